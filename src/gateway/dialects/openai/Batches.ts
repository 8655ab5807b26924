import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import type { Capability, Kind } from "effect-llm/domain/Capability"
import type { CallRequest } from "effect-llm/domain/CallRequest"
import type { CallResponse } from "effect-llm/domain/CallResponse"
import * as Usage from "effect-llm/domain/Usage"
import { hold } from "../../../settings/policies/CallerBudgets.ts"
import * as OwnKeys from "../../access/OwnKeys.ts"
import { type Failure, invalid } from "../../calls/Failure.ts"
import * as FreeCall from "../../calls/FreeCall.ts"
import { Models } from "../../calls/Models.ts"
import { type Answer, json } from "../../http/Answer.ts"
import * as Body from "../../http/Body.ts"
import type { Exchange, Route } from "../../http/Routes.ts"
import type { Ledger } from "../../ledger/Ledger.ts"
import * as BatchCharge from "../../objects/BatchCharge.ts"
import { batchOf, isObject, listOf } from "../../objects/OpenAiShapes.ts"
import { type BatchInputFacts, type Held, type ProviderObject, ProviderObjects } from "../../objects/ProviderObjects.ts"
import { queryOf } from "../../objects/Query.ts"
import * as SeenBatch from "../../objects/SeenBatch.ts"
import { available } from "../../responses/Continuation.ts"
import type { WireObject } from "../../responses/ResponseStore.ts"
import { openAi } from "./OpenAi.ts"
import { versionedPathsOf } from "./Paths.ts"

/** What files and batches need beyond models. */
export type ObjectServices = Models | ProviderObjects | Ledger

/** A new batch as policies and the ledger see it. */
interface NewBatch extends Capability {
  readonly id: "batch"
  readonly Input: CallRequest
  readonly Request: CallRequest
  readonly Response: CallResponse & { readonly document: WireObject }
  readonly Event: never
}

const newBatches: Kind<NewBatch> = { id: "batch", make: (request) => request }

const create = Effect.fnUntraced(function* (exchange: Exchange): Effect.fn.Return<Answer, Failure, ObjectServices> {
  yield* OwnKeys.none(exchange)
  const body = yield* Body.json(exchange.received)
  if (!isObject(body)) return yield* invalid("the body is not an object")
  const services = yield* Effect.context<ObjectServices>()
  const { headers, response } = yield* FreeCall.make<NewBatch, Failure>(exchange, {
    kind: newBatches,
    id: "batches",
    request: {},
    run: Effect.provideContext(made(exchange, body), services)
  })
  return json(response.document, { headers })
})

/** Makes a batch of a file of the caller's, if its budgets have room for what it may cost. */
const made = Effect.fnUntraced(function* (exchange: Exchange, body: WireObject) {
  const { endpoint, input_file_id: id, metadata, ...others } = body
  if (typeof id !== "string") return yield* invalid("expected the id of a file", { at: "input_file_id" })
  if (typeof endpoint !== "string") return yield* invalid("expected a path", { at: "endpoint" })
  const objects = yield* ProviderObjects
  const caller = exchange.caller.id
  const file = yield* available(objects.find(caller, "file", id))
  const input = file?.details.input
  if (file === undefined) return yield* invalid(`there is no file ${id}`, { at: "input_file_id", status: 404 })
  if (input === undefined)
    return yield* invalid(`${id} was not uploaded for a batch: its purpose is ${file.details.purpose}`, {
      at: "input_file_id"
    })
  const batches = yield* SeenBatch.batchesOf(file)
  const held = yield* reserved(input)
  const release = held === undefined ? Effect.void : BatchCharge.settle(held, nothing)
  const batch = yield* batches
    .createFromFile({
      file: id,
      endpoint,
      metadata: isObject(metadata) ? (metadata as { readonly [name: string]: string }) : undefined,
      providerOptions: { "openai-batches": others }
    })
    .pipe(Effect.onError(() => release))
  const document = batchOf(batch)
  const saved = objects.save({
    caller,
    kind: "batch",
    id: batch.id,
    account: file.account,
    details: { document, input, who: exchange.caller.annotations, charge: { reserved: held } }
  })
  // A batch that could not be recorded is cancelled, since no one could find it again.
  yield* available(saved).pipe(Effect.onError(() => Effect.andThen(Effect.ignore(batches.cancel(batch.id)), release)))
  return { document, usage: Usage.unknown, warnings: [], attempts: [] }
})

const nothing = { usd: BigDecimal.make(0n, 0), tokens: 0 }

/** What a batch may cost, reserved in the budgets of its caller until it has ended. */
const reserved = Effect.fnUntraced(function* ({ tokens, unpriced, usd }: BatchInputFacts) {
  const { state } = yield* Models
  const { context } = yield* state
  const held = yield* Effect.provideContext(hold({ usd: BigDecimal.fromStringUnsafe(usd), tokens, unpriced }), context)
  if (held === undefined) return undefined
  const budgets = held.budgets.map(({ id, unit, window }) => ({ id, unit, window }))
  return { id: held.id, budgets } satisfies Held
})

const found = Effect.fnUntraced(function* ({ caller, params }: Exchange) {
  const { id = "" } = params
  const objects = yield* ProviderObjects
  const object = yield* available(objects.find(caller.id, "batch", id))
  return object ?? (yield* invalid(`there is no batch ${id}`, { at: "batch_id", status: 404 }))
})

const retrieve = (exchange: Exchange) =>
  Effect.map(
    Effect.flatMap(found(exchange), (object) => SeenBatch.current(exchange.received, object)),
    (document) => json(document)
  )

const cancel = Effect.fnUntraced(function* (exchange: Exchange) {
  const object = yield* found(exchange)
  const batches = yield* SeenBatch.batchesOf(object)
  return json(yield* SeenBatch.seen(exchange.received, object, yield* batches.cancel(object.id)))
})

/** How many batches of a list are looked at, at once. */
const concurrency = 4

const list = Effect.fnUntraced(function* (exchange: Exchange) {
  const query = yield* queryOf(exchange.received, 100, 20)
  const objects = yield* ProviderObjects
  const page = { ...query, purpose: undefined, limit: query.limit + 1 }
  const found = yield* available(objects.list(exchange.caller.id, "batch", page))
  const shown = yield* Effect.forEach(
    found.slice(0, query.limit),
    (object) =>
      Effect.catch(SeenBatch.current(exchange.received, object), () => Effect.succeed(object.details.document ?? {})),
    { concurrency }
  )
  return json(listOf(shown, found.length > query.limit))
})

/** Writes down what the batch has cost whose output is read. */
export const chargeOfOutput = Effect.fnUntraced(function* (exchange: Exchange, { caller, details }: ProviderObject) {
  if (details.batch === undefined) return
  const objects = yield* ProviderObjects
  const batch = yield* available(objects.find(caller, "batch", details.batch))
  if (batch !== undefined && batch.details.charge?.isDone !== true) yield* SeenBatch.current(exchange.received, batch)
})

type Run = (exchange: Exchange) => Effect.Effect<Answer, Failure, ObjectServices>

const routes = (method: Route["method"], path: string, run: Run): ReadonlyArray<Route<ObjectServices>> =>
  versionedPathsOf(path).map((path) => ({ method, path, dialect: openAi, access: "key", run }))

/** Batches of the files of callers, each of which sees its own. */
export const batches: ReadonlyArray<Route<ObjectServices>> = [
  ...routes("POST", "/batches", create),
  ...routes("GET", "/batches", list),
  ...routes("GET", "/batches/{id}", retrieve),
  ...routes("POST", "/batches/{id}/cancel", cancel)
]
