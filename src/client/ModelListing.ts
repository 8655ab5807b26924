import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Result from "effect/Result"
import type { ModelInfo } from "../domain/ModelInfo.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import * as ModelList from "../protocols/ModelList.ts"
import { holdsError } from "../protocols/wire/WireObject.ts"
import { withoutMark } from "../transport/Utf8Reader.ts"
import { type Call, isSuccess, overflow, toProviderError, toParseError } from "./Call.ts"
import type { Endpoint } from "./Endpoint.ts"
import { send, textOf } from "./Sending.ts"

/** Guards against a server whose pages never end. */
const mostPages = 100

/** Lists the models of a provider, page after page; `undefined` if it has no list. */
export const list = <Quirks extends object>(
  endpoint: Endpoint<Quirks>
): Effect.Effect<ReadonlyArray<ModelInfo>, ProviderError> | undefined => {
  const { models } = endpoint
  return models === undefined ? undefined : pages(endpoint, models)
}

/** The cheapest call that shows whether the provider is reachable and accepts the key; `undefined` if there is none. */
export const check = <Quirks extends object>(
  endpoint: Endpoint<Quirks>
): Effect.Effect<void, ProviderError> | undefined => {
  const path = endpoint.definition.checkPath ?? endpoint.models?.path
  return path === undefined ? undefined : Effect.asVoid(request(endpoint, path, () => Result.succeed(undefined)))
}

const pages = Effect.fnUntraced(function* <Quirks extends object>(
  endpoint: Endpoint<Quirks>,
  { cursor, path }: ModelList.ModelListEndpoint
): Effect.fn.Return<ReadonlyArray<ModelInfo>, ProviderError> {
  const models = new Map<string, ModelInfo>()
  let next: string | undefined
  for (let page = 0; page < mostPages; page++) {
    const after = next === undefined ? "" : `${path.includes("?") ? "&" : "?"}${cursor}=${encodeURIComponent(next)}`
    const listed: ModelList.ModelPage = yield* request(endpoint, path + after, ModelList.decodePage)
    // A server that ignores the cursor repeats its models.
    for (const model of listed.models) if (!models.has(model.id)) models.set(model.id, model)
    if (cursor === undefined || listed.next === undefined || listed.next === next) break
    next = listed.next
  }
  return [...models.values()]
})

/** Whether a body is an error: not where it lists models and names the error of one of its sources. */
const isError = (body: unknown): boolean =>
  holdsError(body) &&
  Result.match(ModelList.decodePage(body), { onFailure: () => true, onSuccess: ({ models }) => models.length === 0 })

const request = Effect.fnUntraced(function* <Quirks extends object, A>(
  endpoint: Endpoint<Quirks>,
  path: string,
  decode: (body: unknown) => Result.Result<A, { readonly detail?: string | undefined }>
): Effect.fn.Return<A, ProviderError> {
  const { definition, protocol } = endpoint
  const request = endpoint.request(path, "application/json", "GET")
  const http = /^https?:/.test(path) ? HttpClientRequest.setUrl(request, path) : request
  const call: Call = {
    provider: definition.id,
    rows: definition.rows ?? definition.id,
    model: "",
    secrets: endpoint.secrets,
    decodeError: protocol.decodeError
  }
  const { body, endedAtMillis, head } = yield* send(endpoint.sender, call, http)
  const text = withoutMark(textOf(body))
  if (!isSuccess(head)) return yield* Effect.fail(toProviderError(call, head, text, endedAtMillis))
  const json = Result.mapError(
    Result.try((): unknown => JSON.parse(text)),
    () => ({ detail: "the response is not JSON" })
  )
  if (Result.isSuccess(json) && isError(json.success)) {
    return yield* Effect.fail(toProviderError(call, head, text, endedAtMillis))
  }
  const decoded = Result.flatMap(json, (value) =>
    Result.flatMap(Result.try({ try: () => decode(value), catch: overflow }), identity)
  )
  return Result.isSuccess(decoded)
    ? decoded.success
    : yield* Effect.fail(toParseError(call, head, text, decoded.failure.detail ?? "the response cannot be read"))
})
