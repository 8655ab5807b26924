import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Store from "effect/persistence/CircuitBreaker"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import { CircuitOpenError, PolicyStoreError } from "../../domain/PolicyErrors.ts"
import { steadyClock } from "../../domain/SteadyClock.ts"
import { record } from "../Decision.ts"
import type { Failure } from "./Fault.ts"

/** The complete options of a breaker. */
export interface Settings {
  readonly trip: Store.TripPolicy
  /** How long a circuit stays open when it opens for the nth time in a row. */
  readonly openFor: (openings: number) => Effect.Effect<Duration.Duration>
  readonly maxRetryAfter: Duration.Duration
  readonly probeLimit: Duration.Duration
  readonly whenStoreFails: "allow" | "fail"
  readonly storeTimeout: Duration.Duration
}

type CircuitStore = Store.CircuitBreakerStore["Service"]

/** As many circuits of a store are known to be open. */
const mostSeenOpen = 10_000

/** The circuits of a store that are open, as far as this process has seen. */
const seenOpen = new WeakMap<CircuitStore, Set<string>>()

const seeOpen = (store: CircuitStore, key: string): void => {
  const seen = seenOpen.get(store)
  if (seen === undefined) seenOpen.set(store, new Set([key]))
  else if (seen.size < mostSeenOpen) seen.add(key)
}

/** Whether a circuit that is closed now was seen open before. */
const seeClosed = (store: CircuitStore, key: string): boolean => seenOpen.get(store)?.delete(key) === true

/** How a call ended: `undefined` says nothing about the provider. */
export type Outcome = "success" | Failure | undefined

/** A circuit of the store; every access has a time limit, and none is left half done by an interruption. */
export class Circuit {
  readonly settings: Settings
  readonly #key: string
  readonly #store: CircuitStore
  readonly #context: Context.Context<never>

  constructor(settings: Settings, store: CircuitStore, key: string, context: Context.Context<never>) {
    this.settings = settings
    this.#store = store
    this.#key = key
    this.#context = steadily(context)
  }

  /** Lets a call through, or refuses it; `undefined` lets it through unrecorded, without a store that responds. */
  admit(scope: Scope.Scope): Effect.Effect<Store.Admission | undefined, CircuitOpenError | PolicyStoreError> {
    return Effect.catchEager(
      Effect.flatMapEager(this.#admitIn(scope), (admission) =>
        admission.probe
          ? Effect.as(record({ type: "circuit-probed", circuit: this.#key }), admission)
          : seeClosed(this.#store, this.#key)
            ? // Another process has closed it.
              Effect.as(record({ type: "circuit-closed", circuit: this.#key }), admission)
            : Effect.succeed(admission)
      ),
      (error): Effect.Effect<undefined, CircuitOpenError | PolicyStoreError> => {
        if (error._tag === "CircuitOpenError") {
          seeOpen(this.#store, this.#key)
          return Effect.andThen(record({ type: "circuit-refused", circuit: this.#key }), Effect.fail(error))
        }
        return this.settings.whenStoreFails === "fail" ? Effect.fail(error) : Effect.succeed(undefined)
      }
    )
  }

  /** Records the outcome of an admitted call; whether that has opened the circuit. */
  record(admission: Store.Admission, outcome: Outcome): Effect.Effect<boolean> {
    const failure = typeof outcome === "object" ? outcome : undefined
    const recorded = Effect.flatMapEager(this.#openFor(admission, outcome), (openFor) =>
      this.#within(
        this.#store.record({
          key: this.#key,
          generation: admission.generation,
          outcome: failure !== undefined ? "Failure" : outcome === "success" ? "Success" : "Ignored",
          tripPolicy: this.#asksToStayAway(failure, openFor) ? atOnce : this.settings.trip,
          openFor
        }),
        this.#context
      )
    )
    return Effect.catchEager(
      Effect.flatMapEager(recorded, (transition) => {
        if (transition === undefined || transition.to === "HalfOpen") return Effect.succeed(false)
        const isOpen = transition.to === "Open"
        if (isOpen) seeOpen(this.#store, this.#key)
        else seeClosed(this.#store, this.#key)
        return Effect.as(record({ type: isOpen ? "circuit-opened" : "circuit-closed", circuit: this.#key }), isOpen)
      }),
      () => Effect.succeed(false)
    )
  }

  /**
   * Records what became of a call whose place is gone, in the circuit as it is now. A circuit that closed less than its open time
   * ago opens again at once: its probe had promised too much.
   */
  recordLate(outcome: "success" | Failure): Effect.Effect<boolean> {
    return Effect.suspend(() => {
      const scope = Scope.makeUnsafe()
      return this.#admitIn(scope).pipe(
        Effect.flatMap((admission): Effect.Effect<boolean> => {
          // A broken stream is older than the circuit's next probe, which is left to decide.
          if (admission.probe) return this.record(admission, outcome === "success" ? outcome : undefined)
          if (outcome === "success") return Effect.succeed(false)
          return admission.consecutiveOpenings === 0
            ? this.record(admission, outcome)
            : this.#trippingAtOnce.record(admission, outcome)
        }),
        Effect.orElseSucceed(() => false),
        Effect.ensuring(Scope.close(scope, Exit.void))
      )
    })
  }

  get #trippingAtOnce(): Circuit {
    return new Circuit({ ...this.settings, trip: atOnce }, this.#store, this.#key, this.#context)
  }

  #admitIn(scope: Scope.Scope): Effect.Effect<Store.Admission, CircuitOpenError | PolicyStoreError> {
    return this.#within(this.#store.admit(this.#key), Context.add(this.#context, Scope.Scope, scope))
  }

  #openFor({ consecutiveOpenings, probe }: Store.Admission, outcome: Outcome): Effect.Effect<Duration.Duration> {
    if (outcome === undefined || (outcome === "success" && (probe || this.settings.trip._tag === "Consecutive"))) {
      return Effect.succeed(Duration.zero)
    }
    const base = this.settings.openFor(consecutiveOpenings + 1)
    if (outcome === "success") return base
    const requestedWait = Duration.min(outcome.retryAfter, this.settings.maxRetryAfter)
    return Effect.map(base, (base) => Duration.max(base, requestedWait))
  }

  /** Whether the provider asks for no less than the open time: then the circuit opens without waiting for more failures. */
  #asksToStayAway(failure: Failure | undefined, openFor: Duration.Duration): boolean {
    return (
      failure !== undefined && !Duration.isZero(openFor) && Duration.isGreaterThanOrEqualTo(failure.retryAfter, openFor)
    )
  }

  /** Begins an access, which is over when this returns where the store responds at once, as one in memory does. */
  #within<A, R>(
    access: Effect.Effect<A, Store.CircuitBreakerError, R>,
    context: Context.Context<R>
  ): Effect.Effect<A, CircuitOpenError | PolicyStoreError> {
    const fiber = Effect.runForkWith(context)(access)
    return Effect.catchEager(
      fiber.pollUnsafe() ?? this.#waitFor(fiber),
      (error): Effect.Effect<never, CircuitOpenError | PolicyStoreError> => {
        if (error._tag === "PolicyStoreError") return storeFailed(error)
        const { reason } = error
        switch (reason._tag) {
          case "CircuitOpen":
            return Effect.fail(new CircuitOpenError({ circuit: this.#key, retryAfter: reason.retryAfter }))
          case "CircuitHalfOpen":
            return Effect.fail(new CircuitOpenError({ circuit: this.#key }))
          case "CircuitBreakerStoreError":
            return storeFailed(new PolicyStoreError({ policy: "CircuitBreaker", cause: reason }))
        }
      }
    )
  }

  /** An admission that nobody records would hold its place: the access is waited for, within its time. */
  #waitFor<A, E>(fiber: Fiber.Fiber<A, E>): Effect.Effect<A, E | PolicyStoreError> {
    const limit = this.settings.storeTimeout
    const late = () => {
      const cause = new Error(`no response within ${Duration.format(limit)}`)
      return Effect.andThen(
        Fiber.interrupt(fiber),
        Effect.fail(new PolicyStoreError({ policy: "CircuitBreaker", cause }))
      )
    }
    return Effect.uninterruptible(Effect.timeoutOrElse(Fiber.join(fiber), { duration: limit, orElse: late }))
  }
}

/** A store in memory measures with the time of day. */
const steadily = (context: Context.Context<never>): Context.Context<never> =>
  Context.add(context, Clock.Clock, steadyClock(Context.get(context, Clock.Clock)))

const storeFailed = (error: PolicyStoreError): Effect.Effect<never, PolicyStoreError> =>
  Effect.andThen(record({ type: "store-failed", policy: "CircuitBreaker" }), Effect.fail(error))

const atOnce: Store.TripPolicy = { _tag: "Consecutive", failures: 1 }

/** How long a circuit stays open: always as long, or by a schedule that is stepped once for each time it opens in a row. */
export const openTimes = (
  open: Duration.Input | Schedule.Schedule<unknown, number>
): ((openings: number) => Effect.Effect<Duration.Duration>) => {
  if (!Schedule.isSchedule(open)) {
    const always = Effect.succeed(Duration.fromInputUnsafe(open))
    return () => always
  }
  return Effect.fnUntraced(function* (openings) {
    const step = yield* Schedule.toStep(open)
    // The schedule sees the time that the circuit was open, not the time of day.
    let now = yield* Clock.currentTimeMillis
    let delay = Duration.zero
    for (let opening = 1; opening <= openings; opening++) {
      const result = yield* Effect.exit(step(now, opening))
      if (Exit.isFailure(result)) break
      delay = result.value[1]
      now += Duration.toMillis(delay)
    }
    return delay
  })
}
