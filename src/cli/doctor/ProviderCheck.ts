import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { TimeoutError } from "effect-llm/domain/ChatResponse"
import * as ProviderSettings from "effect-llm/providers/ProviderSettings"
import type { AnyService } from "effect-llm/providers/Registry"
import { messageOf } from "../CliFailure.ts"

/**
 * The state of a provider. A failure is a problem only if the provider is `configured`: its key, or a local server's base
 * URL, is set.
 *
 * - `working`: a cheap call succeeded. `failing`: it is unreachable or responds with an error.
 * - `notSet`: it has no key. `unchecked`: nothing was sent.
 * - `invalidSetting`: a setting cannot be used. `keyRejected`: the provider rejected the key.
 */
export interface ProviderCheck {
  readonly id: string
  readonly state: "working" | "failing" | "notSet" | "unchecked" | "invalidSetting" | "keyRejected"
  readonly configured: boolean
  /** The base URL. */
  readonly url: string | undefined
  /** The explanation. Never contains a key. */
  readonly detail: string
}

/** Whether a configured provider does not work. */
export const isProblem = ({ configured, state }: ProviderCheck): boolean =>
  configured && (state === "invalidSetting" || state === "keyRejected" || state === "failing")

/** Checks a provider's settings and, unless `offline`, makes a cheap real call. */
export const make = Effect.fnUntraced(function* (
  maker: AnyService,
  { offline }: { readonly offline: boolean }
): Effect.fn.Return<ProviderCheck, never, HttpClient.HttpClient> {
  const { auth, id } = maker.definition
  const names = ProviderSettings.namesOf(maker.definition)
  const missing = yield* Effect.orDie(ProviderSettings.missing(maker))
  const configured = missing.length === 0
  const base = { id, configured, url: undefined }
  if (!configured && !ProviderSettings.requiresNoSettings(maker.definition)) {
    return { ...base, state: "notSet", detail: `set ${missing.slice(0, 3).join(" or ")}` }
  }
  const service = yield* Effect.result(maker.make)
  if (Result.isFailure(service)) return { ...base, state: "invalidSetting", detail: messageOf(service.failure) }
  const { baseUrl, check } = service.success
  const checked = { ...base, url: baseUrl }
  const keys = yield* Effect.filter(names.keyNames, (name) =>
    Effect.map(Effect.orDie(Config.option(Config.Redacted(name))), Option.isSome)
  )
  const keyStatus =
    keys[0] !== undefined ? `${keys[0]} is set` : configured && auth !== "none" ? "it is configured" : "no key"
  if (offline || check === undefined) {
    return {
      ...checked,
      state: configured ? "unchecked" : "notSet",
      detail: configured ? keyStatus : `set ${names.baseUrl}`
    }
  }
  const timeoutError = new TimeoutError({
    provider: id,
    phase: "total",
    duration: Duration.seconds(configured ? 10 : 1)
  })
  const outcome = yield* Effect.result(
    Effect.timeoutOrElse(check, { duration: timeoutError.duration, orElse: () => Effect.fail(timeoutError) })
  )
  if (Result.isSuccess(outcome)) return { ...checked, state: "working", detail: keyStatus }
  const error = outcome.failure
  switch (error._tag) {
    case "AuthenticationError":
    case "PermissionDeniedError":
      return { ...checked, state: "keyRejected", detail: `${keys[0] ?? "the key"} was rejected` }
    case "TimeoutError":
    case "NetworkError":
      return {
        ...checked,
        state: "failing",
        detail: configured
          ? `${keyStatus}, but it cannot be reached`
          : `not running (set ${names.baseUrl} for another URL)`
      }
    default:
      return {
        ...checked,
        state: "failing",
        detail: `${keyStatus}, but it responds with ${error.status ?? error._tag}`
      }
  }
})
