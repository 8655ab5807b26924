/** Models whose calls a test ends one by one, and what breakers decide about them. */
import { Cause, Deferred, Effect, Exit, Fiber, Layer } from "effect"
import { CircuitBreaker as Store } from "effect/persistence"
import type { Embedding } from "../../../src/domain/Capability.ts"
import { CircuitOpenError } from "../../../src/domain/PolicyErrors.ts"
import type { EmbeddingResponse } from "../../../src/domain/Embedding.ts"
import * as Usage from "../../../src/domain/Usage.ts"
import { kind } from "../../../src/model/EmbeddingModel.ts"
import * as Decision from "../../../src/policies/Decision.ts"
import * as Model from "../../../src/policies/Model.ts"

const response: EmbeddingResponse = { embeddings: [[1]], usage: Usage.unknown, warnings: [], attempts: [] }

/** A model whose calls stay open until the test ends them; `calls` are those that reached it. */
export const manual = <E = unknown>(id = "lab/0") => {
  const calls: Array<Deferred.Deferred<EmbeddingResponse, E>> = []
  const model = Model.make<Embedding, E, never>({
    id,
    kind,
    generate: () =>
      Effect.suspend(() => {
        const call = Deferred.makeUnsafe<EmbeddingResponse, E>()
        calls.push(call)
        return Deferred.await(call)
      })
  })
  return { calls, model, response }
}

/** A model that does what `respond` says at the time of the call; `calls` counts them. */
export const acting = <E>(respond: () => Effect.Effect<unknown, E>, id = "lab/0") => {
  const counted = { calls: 0 }
  const model = Model.make<Embedding, E, never>({
    id,
    kind,
    generate: () =>
      Effect.suspend(() => {
        counted.calls++
        return Effect.as(respond(), response)
      })
  })
  return Object.assign(counted, { model })
}

export const memory: Layer.Layer<Store.CircuitBreakerStore> = Layer.suspend(() => Store.layerStoreMemory())

/** Runs an effect with a store of its own. */
export const inMemory = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provide(effect, Layer.fresh(memory))

/** `passed`, `refused` or the tag of the error. */
export const outcomeOf = (exit: Exit.Exit<unknown, unknown>): string => {
  if (Exit.isSuccess(exit)) return "passed"
  if (Cause.hasInterruptsOnly(exit.cause)) return "interrupted"
  const error = Cause.squash(exit.cause)
  return error instanceof CircuitOpenError ? "refused" : String((error as { readonly _tag?: unknown })._tag)
}

export const outcome = <A, E, R>(call: Effect.Effect<A, E, R>) => Effect.map(Effect.exit(call), outcomeOf)

/** Starts a call and gives it the time to reach its model, where no store is far away. */
export const start = <A, E, R>(call: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.forkChild(call, { startImmediately: true }), (fiber) => ({
    fiber,
    end: Effect.map(Fiber.await(fiber), outcomeOf),
    leave: Fiber.interrupt(fiber)
  }))

/** Records the decisions of an effect. */
export const decisions = <A, E, R>(effect: Effect.Effect<A, E, R>) => {
  const all: Array<Decision.Decision> = []
  const observed = Effect.provideService(effect, Decision.CurrentDecisionObserver, (one) => void all.push(one))
  return Effect.map(observed, (result) => ({ result, decisions: all.map(({ type }) => type) }))
}
