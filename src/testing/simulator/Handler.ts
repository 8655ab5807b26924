import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { AuthenticationError, InvalidRequestError, ModelNotFoundError } from "../../domain/CallErrors.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { DecodedRequest } from "../../protocols/ChatProtocol.ts"
import type { Pace } from "../Scenario.ts"
import { composeResponse } from "./ComposeResponse.ts"
import { type Dialect, dialectAt, dialects } from "./Dialect.ts"
import { type Exchange, jsonOf } from "./Exchange.ts"
import { writeError, writeStream, writeUnary, type ResponseTarget } from "./ResponseWriter.ts"
import type { Script } from "./Script.ts"

/** What all requests share. */
export interface SimulatorState {
  readonly clock: Clock.Clock
  readonly apiKey: string | undefined
  readonly pace: Pace
  readonly models: () => ReadonlyArray<string>
  /** The script of a model, if it exists. */
  readonly script: (model: string) => Script | undefined
}

/** Decodes a request and responds as its model's script says. */
export const handle = Effect.fnUntraced(function* (exchange: Exchange, state: SimulatorState): Effect.fn.Return<void> {
  const { entry, method, path } = exchange
  const text = yield* exchange.body
  const body = jsonOf(text)
  const place = method === "POST" ? dialectAt(path) : undefined
  if (place === undefined) {
    entry.record({ body })
    return yield* method === "GET" && path === "/v1/models" ? listModels(exchange, state) : unknownRoute(exchange)
  }
  const { dialect } = place
  const target = targetOf(exchange, dialect, state)
  const decoded = dialect.protocol.decodeRequest(body)
  if (Result.isFailure(decoded)) {
    entry.record({ body, protocol: dialect.protocol.id })
    const { at, detail } = decoded.failure
    return yield* writeError(
      new InvalidRequestError({ at, detail: `${at ?? "the body"}: ${detail ?? "invalid"}` }),
      target
    )
  }
  const model = place.model ?? decoded.success.model
  const stream = place.stream ?? decoded.success.stream
  const call = { ...decoded.success, model, stream, ...(dialect.alwaysUsage ? { includeUsage: true } : {}) }
  const { request } = call
  entry.record({ body, protocol: dialect.protocol.id, model, stream, request })
  if (state.apiKey !== undefined && keyOf(exchange) !== state.apiKey) {
    return yield* writeError(new AuthenticationError({ detail: "Incorrect API key provided." }), target)
  }
  const script = state.script(model)
  yield* script === undefined ? writeError(unknownModel(model, state), target) : respond(script, call, target, state)
})

const respond = Effect.fnUntraced(function* (
  script: Script,
  { includeUsage, model, request, stream }: DecodedRequest,
  given: ResponseTarget,
  { clock, pace }: SimulatorState
): Effect.fn.Return<void> {
  const { exchange } = given
  const now = clock.currentTimeMillisUnsafe()
  const step = script.next(request, exchange.entry.request, now)
  if (step.type === "reset") return yield* exchange.reset
  if (step.type === "hang") return yield* Effect.never
  const target: ResponseTarget = { ...given, pace: { ...pace, ...step.pace }, headers: step.headers }
  if (step.type === "fail") return yield* writeError(step.error, target)
  const number = exchange.entry.request.index + 1
  const cache = step.cache === true ? script.remember(request) : { read: 0, write: 0 }
  const reply = composeResponse(step.reply, { model, request, number, cache })
  const id = `${target.dialect.responseId}${number}`
  const options = { model, created: Math.floor(now / 1000), id, includeUsage }
  yield* (stream ? writeStream : writeUnary)(reply, step.fault, options, target)
})

const targetOf = (exchange: Exchange, dialect: Dialect, { pace }: SimulatorState): ResponseTarget => ({
  exchange,
  dialect,
  requestId: `req_sim_${exchange.entry.request.index + 1}`,
  pace,
  headers: undefined
})

const keyOf = (exchange: Exchange): string | undefined =>
  exchange.header("x-api-key") ??
  exchange.header("api-key") ??
  exchange.header("x-goog-api-key") ??
  exchange.header("authorization")?.replace(/^\w+ /, "")

const unknownModel = (model: string, { models }: SimulatorState): ProviderError =>
  new ModelNotFoundError({
    detail: `The model \`${model}\` does not exist. The simulator has: ${models().join(", ")}.`
  })

const listModels = (exchange: Exchange, { models }: SimulatorState): Effect.Effect<void> => {
  const data = models().map((id) => ({ id, object: "model", created: 0, owned_by: "simulator" }))
  return exchange.reply(200, JSON.stringify({ object: "list", data }))
}

const unknownRoute = (exchange: Exchange): Effect.Effect<void> => {
  const routes = [
    "GET /v1/models",
    ...Object.values<Dialect>(dialects).flatMap(({ routes }) => routes.map(({ path }) => `POST ${path}`))
  ].join(", ")
  const message = `no route ${exchange.method} ${exchange.path}: the simulator serves ${routes}`
  return exchange.reply(404, JSON.stringify({ error: { message, type: "invalid_request_error" } }))
}
