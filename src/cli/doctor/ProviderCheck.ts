import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Option from "effect/Option"
import type { AnyProvider } from "../../providers/Registry.ts"
import { wordsOf } from "../CliFailure.ts"
import { checkBaseUrl, checkKey, namesOf } from "../../providers/Settings.ts"

/**
 * How a provider stands. `setUp` is whether its key, or a local server's address, is set; only then is a problem one.
 *
 * - `answers`: it was asked for its models and gave an answer.
 * - `notSet`, `notAsked`: there is no key; it was not to be asked.
 * - `badSetting`: a setting cannot be used. `keyRefused`: it does not accept the key. `noAnswer`: it cannot be reached, or
 *   answers with an error.
 *
 * @since 0.1.0
 * @category models
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

/**
 * Whether something that was set up does not work.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isProblem = ({ setUp, state }: ProviderCheck): boolean =>
  setUp && (state === "badSetting" || state === "keyRefused" || state === "noAnswer")

const modelsUrl = (baseUrl: string): string =>
  /\/v\d+[a-z]*$/.test(baseUrl) ? `${baseUrl}/models` : `${baseUrl}/v1/models`

/**
 * Looks at a provider's settings and, unless `offline`, asks it which models it has, which costs nothing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function* (
  { definition }: AnyProvider,
  { offline }: { readonly offline: boolean }
): Effect.fn.Return<ProviderCheck, never, HttpClient.HttpClient> {
  const { auth = "bearer", headers = {}, id, keyOptional } = definition
  const names = namesOf(definition)
  const key = yield* Effect.orDie(Config.option(Config.Redacted(names.keyNames[0])))
  const address = yield* Effect.orDie(Config.option(Config.String(names.baseUrl)))
  const isLocal = auth === "none" || keyOptional === true
  const setUp = Option.isSome(key) || (isLocal && Option.isSome(address))
  const told = { id, setUp, url: undefined }
  if (!setUp && !isLocal) return { ...told, state: "notSet", detail: `set ${names.apiKey}` }

  const checked = yield* Effect.result(
    Effect.all({
      baseUrl: checkBaseUrl(
        names.baseUrl,
        Option.getOrElse(address, () => (typeof definition.baseUrl === "string" ? definition.baseUrl : undefined))
      ),
      key: Option.isNone(key) ? Effect.succeed(undefined) : checkKey(names.apiKey, key.value)
    })
  )
  if (checked._tag === "Failure") return { ...told, state: "badSetting", detail: wordsOf(checked.failure) }
  const { baseUrl } = checked.success
  const url = modelsUrl(baseUrl)
  const at = { ...told, url: baseUrl }
  const keyTold = Option.isSome(key) ? `${names.apiKey} is set` : "no key"
  if (offline) return { ...at, state: setUp ? "notAsked" : "notSet", detail: setUp ? keyTold : `set ${names.baseUrl}` }

  const secret = checked.success.key
  const authorization =
    secret === undefined
      ? {}
      : typeof auth === "object"
        ? { [auth.header]: secret }
        : { authorization: `Bearer ${secret}` }
  const request = HttpClientRequest.setHeaders(HttpClientRequest.get(url), { ...headers, ...authorization })
  const answer = yield* Effect.option(
    Effect.timeout(
      Effect.scoped(Effect.map(HttpClient.execute(request), ({ status }) => status)),
      setUp ? "10 seconds" : "1 second"
    )
  )
  if (Option.isNone(answer)) {
    const detail = setUp
      ? `${keyTold}, but it cannot be reached`
      : `not running (${names.baseUrl} sets another address)`
    return { ...at, state: "noAnswer", detail }
  }
  const status = answer.value
  if (status === 401 || status === 403) return { ...at, state: "keyRefused", detail: `${names.apiKey} is not accepted` }
  return status < 500 && status !== 404
    ? { ...at, state: "answers", detail: keyTold }
    : { ...at, state: "noAnswer", detail: `${keyTold}, but it answers with ${status}` }
})
