import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { TimeoutError } from "effect-llm/domain/ChatResponse"
import * as ProviderSettings from "effect-llm/providers/ProviderSettings"
import type { AnyService } from "effect-llm/providers/Registry"
import { wordsOf } from "../CliFailure.ts"

/**
 * How a provider stands. `setUp` is whether its key, or a local server's address, is set; only then is a problem one.
 *
 * - `answers`: it was asked something cheap and gave an answer.
 * - `notSet`, `notAsked`: there is no key; it was not to be asked.
 * - `badSetting`: a setting cannot be used. `keyRefused`: it does not accept the key. `noAnswer`: it cannot be reached, or
 *   answers with an error.
 */
export interface ProviderCheck {
  readonly id: string
  readonly state: "answers" | "notSet" | "notAsked" | "badSetting" | "keyRefused" | "noAnswer"
  readonly setUp: boolean
  /** Where it is asked. */
  readonly url: string | undefined
  /** What is to be said beside it. Never a key. */
  readonly detail: string
}

/** Whether something that was set up does not work. */
export const isProblem = ({ setUp, state }: ProviderCheck): boolean =>
  setUp && (state === "badSetting" || state === "keyRefused" || state === "noAnswer")

/** Looks at a provider's settings and, unless `offline`, makes a cheap real call. */
export const make = Effect.fnUntraced(function* (
  maker: AnyService,
  { offline }: { readonly offline: boolean }
): Effect.fn.Return<ProviderCheck, never, HttpClient.HttpClient> {
  const { auth, id } = maker.definition
  const names = ProviderSettings.namesOf(maker.definition)
  const missing = yield* Effect.orDie(ProviderSettings.missing(maker))
  const setUp = missing.length === 0
  const told = { id, setUp, url: undefined }
  if (!setUp && !ProviderSettings.requiresNoSettings(maker.definition)) {
    return { ...told, state: "notSet", detail: `set ${missing.slice(0, 3).join(" or ")}` }
  }
  const made = yield* Effect.result(maker.make)
  if (Result.isFailure(made)) return { ...told, state: "badSetting", detail: wordsOf(made.failure) }
  const { baseUrl, check } = made.success
  const at = { ...told, url: baseUrl }
  const keys = yield* Effect.filter(names.keyNames, (name) =>
    Effect.map(Effect.orDie(Config.option(Config.Redacted(name))), Option.isSome)
  )
  const keyTold = keys[0] !== undefined ? `${keys[0]} is set` : setUp && auth !== "none" ? "it is set up" : "no key"
  if (offline || check === undefined) {
    return { ...at, state: setUp ? "notAsked" : "notSet", detail: setUp ? keyTold : `set ${names.baseUrl}` }
  }
  const late = new TimeoutError({ provider: id, phase: "total", duration: Duration.seconds(setUp ? 10 : 1) })
  const asked = yield* Effect.result(
    Effect.timeoutOrElse(check, { duration: late.duration, orElse: () => Effect.fail(late) })
  )
  if (Result.isSuccess(asked)) return { ...at, state: "answers", detail: keyTold }
  const error = asked.failure
  switch (error._tag) {
    case "AuthenticationError":
    case "PermissionDeniedError":
      return { ...at, state: "keyRefused", detail: `${keys[0] ?? "the key"} is not accepted` }
    case "TimeoutError":
    case "NetworkError":
      return {
        ...at,
        state: "noAnswer",
        detail: setUp ? `${keyTold}, but it cannot be reached` : `not running (${names.baseUrl} sets another address)`
      }
    default:
      return { ...at, state: "noAnswer", detail: `${keyTold}, but it answers with ${error.status ?? error._tag}` }
  }
})
