import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { AuthenticationError } from "../../domain/errors/AuthenticationError.ts"
import { InvalidRequestError } from "../../domain/errors/InvalidRequestError.ts"
import { ModelNotFoundError } from "../../domain/errors/ModelNotFoundError.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { DecodedRequest } from "../../protocols/ChatProtocol.ts"
import type { Pace } from "../Scenario.ts"
import { composeAnswer } from "./ComposeAnswer.ts"
import { type Dialect, dialectAt, dialects } from "./Dialect.ts"
import { type Exchange, jsonOf } from "./Exchange.ts"
import { playError, playStream, playWhole, type Stage } from "./Playback.ts"
import type { Script } from "./Script.ts"

/** What every request is answered with. */
export interface House {
  readonly clock: Clock.Clock
  readonly apiKey: string | undefined
  readonly pace: Pace
  readonly models: () => ReadonlyArray<string>
  /** The script of a model; none when there is no such model. */
  readonly script: (model: string) => Script | undefined
}

/** Reads a request and does what the script of its model says. */
export const receive = Effect.fnUntraced(function* (exchange: Exchange, house: House): Effect.fn.Return<void> {
  const { entry, method, path } = exchange
  const text = yield* exchange.body
  const body = jsonOf(text)
  const place = method === "POST" ? dialectAt(path) : undefined
  if (place === undefined) {
    entry.note({ body })
    return yield* method === "GET" && path === "/v1/models" ? listModels(exchange, house) : noRoute(exchange)
  }
  const { dialect } = place
  const stage = stageOf(exchange, dialect, house)
  const decoded = dialect.protocol.decodeRequest(body)
  if (Result.isFailure(decoded)) {
    entry.note({ body, protocol: dialect.protocol.id })
    const { at, detail } = decoded.failure
    return yield* playError(
      new InvalidRequestError({ at, detail: `${at ?? "the body"}: ${detail ?? "invalid"}` }),
      stage
    )
  }
  const model = place.model ?? decoded.success.model
  const stream = place.stream ?? decoded.success.stream
  const asked = { ...decoded.success, model, stream, ...(dialect.alwaysUsage ? { includeUsage: true } : {}) }
  const { request } = asked
  entry.note({ body, protocol: dialect.protocol.id, model, stream, request })
  if (house.apiKey !== undefined && keyOf(exchange) !== house.apiKey) {
    return yield* playError(new AuthenticationError({ detail: "Incorrect API key provided." }), stage)
  }
  const script = house.script(model)
  yield* script === undefined ? playError(unknownModel(model, house), stage) : perform(script, asked, stage, house)
})

const perform = Effect.fnUntraced(function* (
  script: Script,
  { includeUsage, model, request, stream }: DecodedRequest,
  given: Stage,
  { clock, pace }: House
): Effect.fn.Return<void> {
  const { exchange } = given
  const now = clock.currentTimeMillisUnsafe()
  const act = script.next(request, exchange.entry.request, now)
  if (act.type === "reset") return yield* exchange.reset
  if (act.type === "hang") return yield* Effect.never
  const stage: Stage = { ...given, pace: { ...pace, ...act.pace }, headers: act.headers }
  if (act.type === "fail") return yield* playError(act.error, stage)
  const number = exchange.entry.request.index + 1
  const cache = act.cache === true ? script.remember(request) : { read: 0, write: 0 }
  const answer = composeAnswer(act.answer, { model, request, number, cache })
  const id = `${stage.dialect.answerId}${number}`
  const options = { model, created: Math.floor(now / 1000), id, includeUsage }
  yield* (stream ? playStream : playWhole)(answer, act.fault, options, stage)
})

const stageOf = (exchange: Exchange, dialect: Dialect, { pace }: House): Stage => ({
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

const unknownModel = (model: string, { models }: House): ProviderError =>
  new ModelNotFoundError({
    detail: `The model \`${model}\` does not exist. The simulator has: ${models().join(", ")}.`
  })

const listModels = (exchange: Exchange, { models }: House): Effect.Effect<void> => {
  const data = models().map((id) => ({ id, object: "model", created: 0, owned_by: "simulator" }))
  return exchange.answer(200, JSON.stringify({ object: "list", data }))
}

const noRoute = (exchange: Exchange): Effect.Effect<void> => {
  const routes = [
    "GET /v1/models",
    ...Object.values<Dialect>(dialects).flatMap(({ routes }) => routes.map(({ path }) => `POST ${path}`))
  ].join(", ")
  const message = `no route ${exchange.method} ${exchange.path}: the simulator serves ${routes}`
  return exchange.answer(404, JSON.stringify({ error: { message, type: "invalid_request_error" } }))
}
