import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { OverloadedError } from "effect-llm/domain/ChatResponse"
import { worded } from "../calls/Advice.ts"
import { invalid, Refused } from "../calls/Failure.ts"
import { ProviderObjects, type ProviderObject } from "../objects/ProviderObjects.ts"
import type { StoreError } from "../store/Store.ts"
import { itemsOf, referenceOf } from "./Items.ts"
import { advice } from "./Keeping.ts"
import { outputOf, ResponseStore, type WireObject } from "./ResponseStore.ts"

/** The caller of a request, and the model that it names. */
export interface Continuing {
  readonly caller: string
  readonly model: string | undefined
}

/**
 * A request that any provider understands, since it holds the whole conversation, and its own `input`. Where a provider keeps the
 * conversation, the request is unchanged, for the deployment that can read it.
 */
export interface Continued {
  readonly body: WireObject
  readonly input: ReadonlyArray<WireObject>
  readonly previous: string | undefined
  /** The part of the conversation that only its provider has. */
  readonly atProvider: ProviderObject | undefined
}

/** Puts the items that a request refers to, and those of earlier responses, into the request. */
export const continued = Effect.fnUntraced(function* (
  who: Continuing,
  body: WireObject
): Effect.fn.Return<Continued, Refused, ResponseStore | ProviderObjects> {
  const { conversation, input, previous_response_id: previous, ...rest } = body
  if ((conversation ?? null) !== null) {
    return yield* invalid("conversations are not stored here: use previous_response_id, or send all items as input", {
      at: "conversation"
    })
  }
  const itemsOfRequest = itemsOf(input)
  const { atProvider, items: own } = yield* resolveReferences(who, itemsOfRequest)
  const isUnchanged = own === itemsOfRequest
  if ((previous ?? null) === null)
    return { body: isUnchanged ? body : { ...body, input: own }, input: own, previous: undefined, atProvider }
  if (typeof previous !== "string")
    return yield* invalid("expected the id of a response", { at: "previous_response_id" })
  if (input !== undefined && typeof input !== "string" && !Array.isArray(input)) {
    return yield* invalid("expected a text or a list of items", { at: "input" })
  }
  const store = yield* ResponseStore
  const chain = yield* available(store.chain(who.caller, previous))
  const last = chain?.at(-1)
  if (chain === undefined || last === undefined) {
    const known = yield* keptByProvider(who, "response", previous)
    if (known === undefined) return yield* notFound(previous, "previous_response_id")
    return { body: isUnchanged ? body : { ...body, input: own }, input: own, previous, atProvider: known }
  }
  if (last.document.status !== "completed" && last.document.status !== "incomplete") {
    return yield* invalid(`the response ${previous} is ${String(last.document.status)}`, { at: "previous_response_id" })
  }
  const before = chain.flatMap((response) => response.input.concat(outputOf(response)))
  return { body: { ...rest, input: [...before, ...own] }, input: own, previous, atProvider }
})

/** A response or item of the caller that a provider keeps, which only the model that made it can continue. */
const keptByProvider = Effect.fnUntraced(function* (
  { caller, model }: Continuing,
  kind: "response" | "item",
  id: string
): Effect.fn.Return<ProviderObject | undefined, Refused, ProviderObjects> {
  const objects = yield* ProviderObjects
  const known = yield* available(objects.find(caller, kind, id))
  if (known !== undefined && model !== undefined && known.details.model !== model) {
    return yield* invalid(
      `only the model ${known.details.model} can go on from ${id}, whose provider keeps it; ${advice}`,
      { at: kind === "item" ? "input" : "previous_response_id" }
    )
  }
  return known
})

const resolveReferences = Effect.fnUntraced(function* (
  who: Continuing,
  items: ReadonlyArray<WireObject>
): Effect.fn.Return<
  { readonly items: ReadonlyArray<WireObject>; readonly atProvider: ProviderObject | undefined },
  Refused,
  ResponseStore | ProviderObjects
> {
  const references = items.map(referenceOf).filter((id) => id !== undefined)
  if (references.length === 0) return { items, atProvider: undefined }
  const store = yield* ResponseStore
  const known = yield* available(store.items(who.caller, references))
  let atProvider: ProviderObject | undefined
  for (const id of references) {
    if (known.has(id)) continue
    atProvider = yield* keptByProvider(who, "item", id)
    if (atProvider === undefined) {
      return yield* invalid(`there is no item ${id} here: ${advice}`, { at: "input", status: 404 })
    }
  }
  return {
    items: known.size === 0 ? items : items.map((item) => known.get(referenceOf(item) ?? "") ?? item),
    atProvider
  }
})

/** The error for a response that the caller does not have. */
export const notFound = (id: string, at: string): Refused =>
  invalid(`there is no response ${id} here: ${advice}`, { at, status: 404 })

/** Turns errors of the database into a 503, and those of what it was given into a 400. */
export const available = <A, R>(effect: Effect.Effect<A, StoreError, R>): Effect.Effect<A, Refused, R> =>
  Effect.mapError(effect, ({ isUnstorable, message }) =>
    isUnstorable
      ? invalid(message)
      : new Refused({
          error: worded(new OverloadedError({ retryAfter: Duration.seconds(1) }), `${message}. Try again in a moment.`)
        })
  )
