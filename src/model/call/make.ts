import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type { Canonical, Capability } from "../../domain/Capability.ts"
import { canonical, refusalOf, refuse } from "./canonical.ts"
import { inParts, type Splitting } from "./inParts.ts"
import { snapshot } from "./snapshot.ts"

const TypeId = "~effect-llm/model/CallModel"

/** A model of which only its id matters. */
export interface Any extends Pipeable {
  readonly [TypeId]: typeof TypeId
  /** `provider/model`, or the parts of a composed model joined by commas. */
  readonly id: string
  /** The longest input it reads, in tokens; absent when it is not known. */
  readonly contextWindow?: number | undefined
}

/**
 * A model that can be asked for something other than a chat. `C` is what for, `E` is every way in which it can fail, `R`
 * every provider it needs.
 */
export interface CallModel<in out C extends Capability, out E = never, out R = never> extends Any {
  readonly capability: Canonical<C>
  /** Asks, and waits for the whole answer. Interrupting it closes the connection. */
  readonly ask: (input: C["Input"]) => Effect.Effect<C["Answer"], E, R>
  /** Asks, and delivers the answer as it is made; absent where it only comes whole. Running it twice asks twice. */
  readonly stream: Streaming<C, E, R>
  /** How a request that is too large for one call is sent in several. */
  readonly splitting?: Effect.Effect<Splitting<C, E>, never, R> | undefined
}

/** How a model streams, where it does. */
export type Streaming<C extends Capability, E, R> = [C["Event"]] extends [never]
  ? undefined
  : (input: C["Input"]) => Stream.Stream<C["Event"], E, R>

/** What a model needs. */
export type Services<M> = M extends CallModel<infer _C, infer _E, infer R> ? R : never

/** How a model fails. */
export type Error<M> = M extends CallModel<infer _C, infer E, infer _R> ? E : never

/** What a model can be asked for. */
export type CapabilityOf<M> = M extends CallModel<infer C, infer _E, infer _R> ? C : never

/** What makes a model: the functions take requests in canonical form. */
export interface Definition<C extends Capability, E, R> {
  readonly ask: (request: C["Request"]) => Effect.Effect<C["Answer"], E, R>
  readonly stream?: ((request: C["Request"]) => Stream.Stream<C["Event"], E, R>) | undefined
  readonly splitting?: Effect.Effect<Splitting<C, E>, never, R> | undefined
}

const Proto = {
  [TypeId]: TypeId,
  pipe() {
    return pipeArguments(this, arguments)
  }
}

/** Makes a model out of what asks a provider, or out of another model: policies are made with it. */
export const make = <C extends Capability, E, R>(
  self: { readonly capability: Canonical<C> } & Pick<Any, "id" | "contextWindow">,
  { ask, splitting, stream }: Definition<C, E, R>
): CallModel<C, E, R> => {
  const { capability, contextWindow, id } = self
  const isPolicy = isCallModel(self)
  const refused = (request: C["Request"]) => {
    const error = isPolicy ? undefined : refusalOf(request)
    return error === undefined ? undefined : refuse(id, error)
  }
  const askNow = (input: C["Input"]): Effect.Effect<C["Answer"], E, R> => {
    const request = canonical(capability, input)
    return refused(request) ?? (splitting === undefined ? ask(request) : timed(inParts(id, splitting, request, ask)))
  }
  const streamNow =
    stream &&
    ((input: C["Input"]): Stream.Stream<C["Event"], E, R> => {
      const request = canonical(capability, input)
      const error = refused(request)
      return error === undefined ? stream(request) : Stream.fromEffect(error)
    })
  return Object.assign(Object.create(Proto), {
    id,
    contextWindow,
    capability,
    splitting,
    ask: (input: C["Input"]) => {
      const { load } = capability
      if (load === undefined) return askNow(input)
      const kept = snapshot(input)
      return Effect.flatMap(load, () => askNow(kept))
    },
    stream:
      streamNow &&
      ((input: C["Input"]) => {
        const { load } = capability
        if (load === undefined) return streamNow(input)
        const kept = snapshot(input)
        return Stream.unwrap(Effect.map(load, () => streamNow(kept)))
      })
  })
}

const timed = <A extends Capability["Answer"], E, R>(answer: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Clock.currentTimeMillis, (startedAtMillis) =>
    Effect.zipWith(answer, Clock.currentTimeMillis, (answer, now) => ({
      ...answer,
      timings: { ...answer.timings, total: Duration.millis(now - startedAtMillis) }
    }))
  )

/** The stream of a model, for those who make another of it. */
export const streamOf = <C extends Capability, E, R>(
  self: CallModel<C, E, R>
): ((input: C["Input"]) => Stream.Stream<C["Event"], E, R>) | undefined => self.stream

/** Whether a value is a `CallModel`. */
export const isCallModel = (u: unknown): u is Any => Predicate.hasProperty(u, TypeId)
