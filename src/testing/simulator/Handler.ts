import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { AuthenticationError, InvalidRequestError } from "../../domain/CallErrors.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { Json } from "../../domain/Json.ts"
import type { DecodedRequest } from "../../protocols/ChatProtocol.ts"
import { Form } from "../../protocols/Protocol.ts"
import type { Pace, RespondScenario } from "../Scenario.ts"
import { batches } from "./Batches.ts"
import { respondToLine, unknownModel } from "./BatchLine.ts"
import { bodyOf, endpoints, type SimulatedEndpoint } from "./Calls.ts"
import { composeResponse } from "./ComposeResponse.ts"
import { type Dialect, dialectAt, dialects } from "./Dialect.ts"
import { type Exchange, jsonOf } from "./Exchange.ts"
import { files } from "./Files.ts"
import { writeError, writeRaw, writeStream, writeUnary, type ResponseTarget } from "./ResponseWriter.ts"
import type { Script } from "./Script.ts"
import type { Storage } from "./Storage.ts"

/** State that all requests share. */
export interface SimulatorState {
  readonly clock: Clock.Clock
  readonly apiKey: string | undefined
  readonly pace: Pace
  readonly models: () => ReadonlyArray<string>
  /** The script of a model, if it exists. */
  readonly script: (model: string) => Script | undefined
  readonly storage: Storage
}

/** Decodes a request and responds as its model's script says. */
export const handle = Effect.fnUntraced(function* (exchange: Exchange, state: SimulatorState): Effect.fn.Return<void> {
  const { entry, method, path } = exchange
  const bytes = yield* exchange.body
  const body = jsonOf(bytes.toString("utf8"))
  if (method === "POST" && Object.hasOwn(endpoints, path)) {
    return yield* handleCall(endpoints[path] as SimulatedEndpoint, bodyOf(exchange, bytes, body), exchange, state)
  }
  const [kept, ...below] = path.startsWith("/v1/") ? path.slice("/v1/".length).split("/").map(decodeURIComponent) : []
  if (kept === "files" || kept === "batches") return yield* handleKept(kept, below, bytes, exchange, state)
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

/** The same for other endpoints: scenarios decide what happens, but not the content of the response. */
const handleCall = Effect.fnUntraced(function* (
  { decode, protocol, textOf, write }: SimulatedEndpoint,
  body: unknown,
  exchange: Exchange,
  state: SimulatorState
): Effect.fn.Return<void> {
  const target = targetOf(exchange, dialects["openai-chat"], state)
  const decoded = decode(body)
  const model = Result.isSuccess(decoded) ? decoded.success.model : undefined
  exchange.entry.record({ body: body instanceof Form ? logOf(body) : (body as Json), protocol, model })
  if (Result.isFailure(decoded)) {
    const { at, detail } = decoded.failure
    return yield* writeError(new InvalidRequestError({ at, detail }), target)
  }
  if (state.apiKey !== undefined && keyOf(exchange) !== state.apiKey) {
    return yield* writeError(new AuthenticationError({ detail: "Incorrect API key provided." }), target)
  }
  const script = state.script(decoded.success.model)
  if (script === undefined) return yield* writeError(unknownModel(decoded.success.model, state), target)
  const text = textOf(decoded.success.request)
  const asChat: ChatRequest = { messages: [{ role: "user", content: [{ type: "text", text }] }] }
  yield* follow(script, asChat, target, state, ({ fault }, target, created) =>
    write({ ...decoded.success, created, id: `sim-${exchange.entry.request.index + 1}` }, fault, target)
  )
})

/** Files and batches, of which each key has its own. */
const handleKept = Effect.fnUntraced(function* (
  kept: "files" | "batches",
  below: ReadonlyArray<string>,
  body: Buffer,
  exchange: Exchange,
  state: SimulatorState
): Effect.fn.Return<void> {
  const form = bodyOf(exchange, body, jsonOf(body.toString("utf8")))
  exchange.entry.record({ body: form instanceof Form ? logOf(form) : (form as Json), protocol: `openai-${kept}` })
  const key = keyOf(exchange)
  if (state.apiKey !== undefined && key !== state.apiKey) {
    const target = targetOf(exchange, dialects["openai-chat"], state)
    return yield* writeError(new AuthenticationError({ detail: "Incorrect API key provided." }), target)
  }
  const { clock, storage } = state
  const now = Math.floor(clock.currentTimeMillisUnsafe() / 1000)
  const keeping = { exchange, body, storage, account: storage.of(key), now }
  yield* kept === "files"
    ? files(keeping, below)
    : batches(keeping, below, respondToLine(exchange.entry.request, state, now))
})

/** The fields of a form as they are logged, with files by their sizes. */
const logOf = ({ parts }: Form): Json =>
  parts.map((part) =>
    "value" in part
      ? { name: part.name, value: part.value }
      : { name: part.name, fileName: part.fileName, mediaType: part.mediaType, bytes: part.bytes.length }
  )

const respond = (
  script: Script,
  { includeUsage, model, request, stream }: DecodedRequest,
  given: ResponseTarget,
  state: SimulatorState
): Effect.Effect<void> =>
  follow(script, request, given, state, (step, target, created) => {
    const number = target.exchange.entry.request.index + 1
    const cache = step.cache === true ? script.remember(request) : { read: 0, write: 0 }
    const reply = composeResponse(step.reply, { model, request, number, cache })
    const id = `${target.dialect.responseId}${number}`
    const { body } = target.exchange.entry.request
    const requestBody = typeof body === "object" && body !== null ? (body as { readonly [key: string]: unknown }) : {}
    const options = { model, created, id, includeUsage, requestBody }
    return (stream ? writeStream : writeUnary)(reply, step.fault, options, target)
  })

/** Takes the next step of a script, and writes it if it is a response. */
const follow = Effect.fnUntraced(function* (
  script: Script,
  request: ChatRequest,
  given: ResponseTarget,
  { clock, pace }: SimulatorState,
  write: (step: RespondScenario, target: ResponseTarget, created: number) => Effect.Effect<void>
): Effect.fn.Return<void> {
  const { exchange } = given
  const now = clock.currentTimeMillisUnsafe()
  const step = script.next(request, exchange.entry.request, now)
  if (step.type === "reset") return yield* exchange.reset
  if (step.type === "hang") return yield* Effect.never
  const target: ResponseTarget = { ...given, pace: { ...pace, ...step.pace }, headers: step.headers }
  if (step.type === "raw") return yield* writeRaw(step, target)
  yield* step.type === "fail" ? writeError(step.error, target) : write(step, target, Math.floor(now / 1000))
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

const listModels = (exchange: Exchange, { models }: SimulatorState): Effect.Effect<void> => {
  const data = models().map((id) => ({ id, object: "model", created: 0, owned_by: "simulator" }))
  return exchange.reply(200, JSON.stringify({ object: "list", data }))
}

const unknownRoute = (exchange: Exchange): Effect.Effect<void> => {
  const routes = [
    "GET /v1/models",
    "/v1/files",
    "/v1/batches",
    ...Object.keys(endpoints).map((path) => `POST ${path}`),
    ...Object.values<Dialect>(dialects).flatMap(({ routes }) => routes.map(({ path }) => `POST ${path}`))
  ].join(", ")
  const message = `no route ${exchange.method} ${exchange.path}: the simulator serves ${routes}`
  return exchange.reply(404, JSON.stringify({ error: { message, type: "invalid_request_error" } }))
}
