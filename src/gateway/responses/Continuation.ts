import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { OverloadedError } from "effect-llm/domain/ChatResponse"
import { invalid, Refused } from "../calls/Failure.ts"
import type { StoreError } from "../store/Store.ts"
import { itemsOf, referenceOf } from "./Items.ts"
import { outputOf, ResponseStore, type WireObject } from "./ResponseStore.ts"

/** A request that any provider understands, since it holds the whole conversation, and what is its own of it. */
export interface Continued {
  readonly body: WireObject
  readonly input: ReadonlyArray<WireObject>
  readonly previous: string | undefined
}

/** Puts the items that a request refers to, and those of the responses before it, into the request. */
export const continued = Effect.fnUntraced(function* (
  caller: string,
  body: WireObject
): Effect.fn.Return<Continued, Refused, ResponseStore> {
  const { conversation, input, previous_response_id: previous, ...rest } = body
  if ((conversation ?? null) !== null) {
    return yield* invalid("conversations are not kept here: use previous_response_id, or send all items as input", {
      at: "conversation"
    })
  }
  const given = itemsOf(input)
  const own = yield* resolved(caller, given)
  const isAsGiven = own === given
  if ((previous ?? null) === null)
    return { body: isAsGiven ? body : { ...body, input: own }, input: own, previous: undefined }
  if (typeof previous !== "string")
    return yield* invalid("expected the id of a response", { at: "previous_response_id" })
  if (input !== undefined && typeof input !== "string" && !Array.isArray(input)) {
    return yield* invalid("expected a text or a list of items", { at: "input" })
  }
  const store = yield* ResponseStore
  const chain = yield* available(store.chain(caller, previous))
  const last = chain?.at(-1)
  if (chain === undefined || last === undefined) return yield* notFound(previous, "previous_response_id")
  if (last.document.status !== "completed" && last.document.status !== "incomplete") {
    return yield* invalid(`the response ${previous} is ${String(last.document.status)}`, { at: "previous_response_id" })
  }
  const before = chain.flatMap((response) => response.input.concat(outputOf(response)))
  return { body: { ...rest, input: [...before, ...own] }, input: own, previous }
})

const resolved = Effect.fnUntraced(function* (
  caller: string,
  items: ReadonlyArray<WireObject>
): Effect.fn.Return<ReadonlyArray<WireObject>, Refused, ResponseStore> {
  const references = items.map(referenceOf).filter((id) => id !== undefined)
  if (references.length === 0) return items
  const store = yield* ResponseStore
  const known = yield* available(store.items(caller, references))
  const missing = references.find((id) => !known.has(id))
  if (missing !== undefined) {
    return yield* invalid(`there is no item ${missing}`, { at: "input", status: 404 })
  }
  return items.map((item) => known.get(referenceOf(item) ?? "") ?? item)
})

/** Refuses a response that the caller does not have. */
export const notFound = (id: string, at: string): Refused => invalid(`there is no response ${id}`, { at, status: 404 })

/** What the database has, or 503 while it is away. */
export const available = <A, R>(effect: Effect.Effect<A, StoreError, R>): Effect.Effect<A, Refused, R> =>
  Effect.mapError(
    effect,
    ({ message }) => new Refused({ error: new OverloadedError({ detail: message, retryAfter: Duration.seconds(1) }) })
  )
