/**
 * Stops calling a model that keeps failing, and calls it again as soon as it has recovered.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { CircuitBreaker } from "effect/persistence"
 * import { Anthropic, Fallback, OpenAi } from "effect-llm"
 * import * as Breaker from "effect-llm/policies/CircuitBreaker"
 *
 * const guarded = Breaker.make({ trip: { consecutive: 3 }, open: "5 seconds" })
 * const chain = Fallback.make([OpenAi.model("gpt-5.4-mini").pipe(guarded), Anthropic.model("claude-haiku-4-5")])
 * const response = Effect.provide(chain.generate("Hello"), CircuitBreaker.layerStoreMemory())
 * ```
 *
 * Breakers with the same key and the same store share one circuit: in a process with `layerStoreMemory`, across processes with
 * `layerStoreRedis`. Put timeouts inside: one around a breaker looks to it like a caller who left. Where callers bring their own
 * keys to the provider, leave its rate limits out (`rateLimits: "ignore"`), or the limit of one caller stops them all.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Store from "effect/persistence/CircuitBreaker"
import type * as Schedule from "effect/Schedule"
import type * as Stream from "effect/Stream"
import type { CallEvent } from "../domain/CallEvent.ts"
import type { CircuitOpenError, PolicyStoreError } from "../domain/PolicyErrors.ts"
import { type Entry, isDone } from "./watch/Entry.ts"
import { Circuit, openTimes } from "./circuit/Circuit.ts"
import { enter, type Place } from "./circuit/Place.ts"
import { type CallInfo, make as makePolicy, type Policy } from "./Policy.ts"
import { watchedCall } from "./watch/WatchedCall.ts"
import { watched, type Watched } from "./watch/WatchedStream.ts"

/**
 * - `trip`: what opens the circuit: so many failures in a row, or a share of the last `of` calls (once there were `atLeast` of
 *   them; all of them, if left out). Default: 5 in a row.
 * - `open`: how long it stays open before a probe is let through (5 s). A schedule is stepped once for each time that it opens in a
 *   row; cap one that grows, so that a model is used again soon after it recovers.
 * - `key`: which circuit a call belongs to. Default: the id of the model.
 * - `rateLimits`: whether the provider's rate limits (429) count as failures. Default: they do.
 * - `isFailure`: judges errors in place of the default; `undefined` leaves an error to the default.
 * - `maxRetryAfter`: the longest `Retry-After` to honour (10 minutes). One that is longer than the open time prolongs it, and opens
 *   the circuit with the first failure.
 * - `probeLimit`: how long a probe may take to open before the next one is let through beside it (30 s).
 * - `whenStoreFails`: whether calls are let through unrecorded (`allow`, the default) or fail with `PolicyStoreError`.
 * - `storeTimeout`: how long to wait for the store (250 ms).
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly trip?:
    | { readonly consecutive: number }
    | { readonly rate: number; readonly of: number; readonly atLeast?: number | undefined }
    | undefined
  readonly open?: Duration.Input | Schedule.Schedule<unknown, number> | undefined
  readonly key?: string | ((call: CallInfo) => string) | undefined
  readonly rateLimits?: "count" | "ignore" | undefined
  readonly isFailure?: ((error: unknown) => boolean | undefined) | undefined
  readonly maxRetryAfter?: Duration.Input | undefined
  readonly probeLimit?: Duration.Input | undefined
  readonly whenStoreFails?: "allow" | "fail" | undefined
  readonly storeTimeout?: Duration.Input | undefined
}

/**
 * Opens a circuit when a model keeps failing: calls then fail at once with `CircuitOpenError`, which a fallback takes to the next
 * model, until a probe succeeds. Probes go one at a time, and are calls like any other.
 *
 * What counts are failures of the provider: errors of the server, the network or the response, overload, timeouts, streams that
 * break off and, by default, rate limits. What the caller or the key earned (400, 401, 403, 404, no quota, content
 * policy, context overflow), what our own policies refused and calls that were left say nothing about the provider. A chain of
 * models is judged by its last error that is not a policy's.
 *
 * A call counts once it is over; a probe is good as soon as it has opened. If its stream then breaks off within the time that the
 * circuit was open, the circuit opens again at once; later, that is a failure like any other.
 *
 * @since 0.1.0
 * @category constructors
 */
export function make(
  options?: Options & { readonly whenStoreFails?: "allow" | undefined }
): Policy<CircuitOpenError, Store.CircuitBreakerStore>
export function make(options: Options): Policy<CircuitOpenError | PolicyStoreError, Store.CircuitBreakerStore>
export function make(options: Options = {}): Policy<CircuitOpenError | PolicyStoreError, Store.CircuitBreakerStore> {
  const { isFailure, key, rateLimits = "count", trip = { consecutive: 5 }, whenStoreFails = "allow" } = options
  const judge = { isFailure, rateLimits }
  const settings = {
    trip:
      "consecutive" in trip
        ? Store.consecutive(trip.consecutive)
        : Store.rate({ threshold: trip.rate, size: trip.of, minimumCalls: trip.atLeast }),
    openFor: openTimes(options.open ?? "5 seconds"),
    maxRetryAfter: Duration.fromInputUnsafe(options.maxRetryAfter ?? "10 minutes"),
    probeLimit: Duration.fromInputUnsafe(options.probeLimit ?? "30 seconds"),
    whenStoreFails,
    storeTimeout: Duration.fromInputUnsafe(options.storeTimeout ?? "250 millis")
  }
  const keyOf = typeof key === "function" ? key : (call: CallInfo) => key ?? call.model.id

  const begin = (entry: Entry, call: CallInfo) => {
    const store = Context.getUnsafe(entry.context, Store.CircuitBreakerStore)
    return enter(new Circuit(settings, store, keyOf(call), entry.context), judge, entry)
  }

  return makePolicy<CircuitOpenError | PolicyStoreError, Store.CircuitBreakerStore>({
    generate: ({ model, request, run }) =>
      watchedCall((entry) =>
        Effect.mapEager(begin(entry, { model, request }), (place) => ({ run, end: (exit) => ended(place, exit) }))
      ),
    stream: ({ model, request, run, streaming }) =>
      watched((entry) =>
        Effect.mapEager(begin(entry, { model, request }), (place) => reading(run, streaming.isContent, place))
      )
  })
}

const ended = (place: Place, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> =>
  Exit.isFailure(exit) ? place.failed(exit.cause) : Effect.flatMapEager(place.opened(), () => place.end())

/** A stream opens with its first content; a failure counts at once, and otherwise that it was read or left. */
const reading = <Event extends CallEvent, E, R>(
  stream: Stream.Stream<Event, E, R>,
  isContent: (event: Event) => boolean,
  place: Place
): Watched<Event, E, R> => {
  let isOpen = false
  let failure: Cause.Cause<E> | undefined
  return {
    stream: () => stream,
    pass: (events) => {
      if (isOpen || !events.some((event) => isContent(event) || event.type === "finish")) return undefined
      isOpen = true
      const opened = place.opened()
      return isDone(opened) ? undefined : Effect.as(opened, events)
    },
    failed: (cause) => (failure = cause),
    end: () => (failure === undefined ? place.end() : place.failed(failure))
  }
}
