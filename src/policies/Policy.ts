import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { CallEvent } from "../domain/CallEvent.ts"
import type { CallRequest } from "../domain/CallRequest.ts"
import type { Capability, Streaming } from "../domain/Capability.ts"
import { type Any, type Model, streamOf, wrap } from "../model/Model.ts"
import { openPull, toStream } from "../model/Opening.ts"
import { CurrentAttemptLog } from "./Attempts.ts"
import type { CallEnd } from "./watch/CallEnd.ts"
import { observing, observingStream } from "./watch/Observation.ts"
import { type Entry, isDone } from "./watch/Entry.ts"
import { watchedCall } from "./watch/WatchedCall.ts"
import { watched } from "./watch/WatchedStream.ts"
import { unwrap } from "../model/PullStream.ts"

/**
 * Policies: functions from model to model. A policy is written once and holds for every capability. `E1` are the errors that
 * it adds to a model, `R1` the services.
 *
 * ```ts
 * import { Effect, Semaphore } from "effect"
 * import { Policy } from "effect-llm"
 *
 * const atMost = (permits: number): Policy.Policy => {
 *   const semaphore = Semaphore.makeUnsafe(permits)
 *   const permit = Effect.acquireRelease(semaphore.take(1), () => semaphore.release(1))
 *   return Policy.perCall(() => Effect.as(permit, {}))
 * }
 * ```
 *
 * A stream outlives the effect that opens it: hold what a call needs in the scope that `perCall` gives, not around the effect.
 *
 * @since 0.1.0
 * @category models
 */
export interface Policy<out E1 = never, out R1 = never> {
  <C extends Capability, E, R>(self: Model<C, E, R>): Model<C, E | E1, R | R1>
}

/**
 * A call that a policy is asked to make: `run` makes it as it is, `model.generate` or `model.stream` with another request.
 *
 * @since 0.1.0
 * @category models
 */
export interface Call<in out C extends Capability, out E, out R, out Run> {
  /** The model that the policy is on. */
  readonly model: Model<C, E, R>
  /** In canonical form. */
  readonly request: C["Request"]
  readonly run: Run
}

/**
 * A call for a stream; `streaming` says what its events mean.
 *
 * @since 0.1.0
 * @category models
 */
export interface StreamCall<in out C extends Capability, out E, out R> extends Call<
  C,
  E,
  R,
  Stream.Stream<C["Event"], E, R>
> {
  readonly streaming: Streaming<C>
}

/**
 * What a policy does with calls for a whole response, and with streams.
 *
 * @since 0.1.0
 * @category models
 */
export interface Definition<out E1, out R1> {
  readonly generate: <C extends Capability, E, R>(
    call: Call<C, E, R, Effect.Effect<C["Response"], E, R>>
  ) => Effect.Effect<C["Response"], E | E1, R | R1>
  readonly stream: <C extends Capability, E, R>(call: StreamCall<C, E, R>) => Stream.Stream<C["Event"], E | E1, R | R1>
}

/**
 * Makes a policy out of what it does with a call. Where a policy does the same to whole responses and to streams, `perCall`
 * is shorter.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make =
  <E1 = never, R1 = never>(definition: Definition<E1, R1>): Policy<E1, R1> =>
  <C extends Capability, E, R>(self: Model<C, E, R>): Model<C, E | E1, R | R1> => {
    const stream = streamOf(self)
    return wrap<C, E | E1, R | R1>(self, {
      generate: (request) => definition.generate<C, E, R>({ model: self, request, run: self.generate(request) }),
      stream:
        stream &&
        ((request, streaming) => definition.stream<C, E, R>({ model: self, request, streaming, run: stream(request) }))
    })
  }

/**
 * A policy that is chosen for each call by the services around it, such as a reference that says who makes it. A policy that is chosen
 * again is put on a model once.
 *
 * @since 0.1.0
 * @category constructors
 */
export const choose =
  <E1 = never, R1 = never>(choice: (context: Context.Context<never>) => Policy<E1, R1>): Policy<E1, R1> =>
  <C extends Capability, E, R>(self: Model<C, E, R>): Model<C, E | E1, R | R1> => {
    const models = new WeakMap<Policy<E1, R1>, Model<C, E | E1, R | R1>>()
    const modelIn = (context: Context.Context<never>): Model<C, E | E1, R | R1> => {
      const policy = choice(context)
      const before = models.get(policy)
      if (before !== undefined) return before
      const model: Model<C, E | E1, R | R1> = policy(self)
      models.set(policy, model)
      return model
    }
    return wrap<C, E | E1, R | R1>(self, {
      generate: (request) => watchedCall(({ context }) => Effect.succeed({ run: modelIn(context).generate(request) })),
      stream:
        streamOf(self) &&
        ((request) =>
          watched(({ context }) => {
            const stream = streamOf(modelIn(context))?.(request) ?? Stream.empty
            return Effect.succeed({ stream: () => stream })
          }))
    })
  }

/**
 * What a policy knows of a call before it is made.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallInfo {
  /** The model that the policy is on: its `id`, its `contextWindow`. */
  readonly model: Any
  /** In canonical form. */
  readonly request: CallRequest
}

/**
 * What a policy does with one call. Every part may be left out.
 *
 * - `open` is put around what may still be repeated unnoticed: a call for a whole response, or the opening of a stream,
 *   which is everything up to its first content.
 * - `event` sees the events of a stream as they pass; the effect that it returns, if any, is run before the event goes on,
 *   and may end the stream with an error.
 * - `end` runs once, however the call ended, and receives all that is known of it, cost and usage included.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hooks<out E1 = never, out R1 = never> {
  readonly open?: (<A, E, R>(opening: Effect.Effect<A, E, R>) => Effect.Effect<A, E | E1, R | R1>) | undefined
  readonly event?: ((event: CallEvent) => Effect.Effect<unknown, E1, R1> | void) | undefined
  readonly end?: ((end: CallEnd<CallRequest, unknown, unknown>) => Effect.Effect<unknown, never, R1>) | undefined
}

/**
 * Makes a policy that does the same to whole responses and to streams. `begin` runs before each call, in a scope that is
 * closed when the call is over: when the response is there, or the stream has finished, failed, been interrupted or been
 * left. It can refuse the call with an error.
 *
 * @since 0.1.0
 * @category constructors
 */
export const perCall = <E1 = never, R1 = never, R2 = Scope.Scope>(
  begin: (call: CallInfo) => Effect.Effect<Hooks<E1, R1>, E1, R2>
): Policy<E1, R1 | Exclude<R2, Scope.Scope>> =>
  make<E1, R1 | Exclude<R2, Scope.Scope>>({
    generate: ({ model, request, run }) =>
      watchedCall((entry) =>
        Effect.mapEager(entering(entry, begin({ model, request })), ({ end, open }) => {
          const response = open === undefined ? run : open(run)
          return end === undefined ? { run: response } : observing(entry, model.id, request, response, end)
        })
      ),
    stream: ({ model, request, run, streaming }) =>
      watched((entry) =>
        Effect.mapEager(entering(entry, begin({ model, request })), ({ end, event, open }) => {
          // What arrives before an opening fails, the policies around learn from the log alone.
          const opened =
            open === undefined
              ? run
              : unwrap(
                  Effect.flatMap(CurrentAttemptLog, (log) =>
                    Effect.map(open(openPull(run, streaming.isContent, log && ((one) => log.see(one)))), toStream)
                  )
                )
          const seen =
            event === undefined ? opened : Stream.mapEffect(opened, (one) => Effect.as(event(one) ?? Effect.void, one))
          return end === undefined
            ? { stream: () => seen }
            : observingStream(entry, model.id, request, seen, streaming, end)
        })
      )
  })

/** What a policy does as a call begins: it may be interrupted, and what it takes is given back when the call is over. */
const entering = <A, E, R>(
  { restore, scope }: Entry,
  begin: Effect.Effect<A, E, R>
): Effect.Effect<A, E, Exclude<R, Scope.Scope>> =>
  isDone(begin) ? begin : restore(Effect.suspend(() => Scope.provide(begin, scope())))
