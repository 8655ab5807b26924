import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { steadyMillis } from "../../domain/SteadyClock.ts"
import { type AttemptLog, CurrentAttemptLog } from "../AttemptLog.ts"

/** Where a policy enters a call: what the policies around it have added. */
export interface Entry {
  readonly context: Context.Context<never>
  readonly clock: Clock.Clock
  /**
   * The time of day, and the steady time that durations are measured from. Policies that enter together share one reading of
   * the clock, which is renewed after a policy has waited.
   */
  readonly nowMillis: number
  readonly startedAtMillis: number
  /** Where the attempts of the call are logged. */
  readonly log: AttemptLog | undefined
  /** Entering is not interrupted, but for what is given to this. */
  readonly restore: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Closed when the call is over in every way. */
  readonly scope: () => Scope.Scope
}

/** What every policy may add to a call that it watches. */
export interface Added {
  /** The log of attempts for what is inside. */
  readonly log?: AttemptLog | undefined
  /** The services of what is within, over those around. */
  readonly services?: ((outer: Context.Context<never>) => Context.Context<never>) | undefined
}

/**
 * Enters a call. What can be said at once is said by an effect that is an `Exit` already (`Effect.succeed`): such policies enter
 * together, as one step.
 */
export type Begin<Watched, E, R> = (entry: Entry) => Effect.Effect<Watched, E, R>

const Begun: unique symbol = Symbol("effect-llm/policies/Begun")

/** A call or a stream that says how it begins, so that the policies around it can enter it together with theirs. */
export const beginningWith = <Call extends object, Watched, E, R>(call: Call, begin: Begin<Watched, E, R>): Call => {
  const marked: Call & { [Begun]?: Begin<Watched, E, R> } = call
  marked[Begun] = begin
  return call
}

/** How it begins, where a policy watches it. */
export const beginOf = <Watched, E, R>(call: object): Begin<Watched, E, R> | undefined =>
  (call as { readonly [Begun]?: Begin<Watched, E, R> })[Begun]

/** Whether an effect has already completed: `Exit.isExit`, in one step. */
export const isDone = <A, E, R>(effect: Effect.Effect<A, E, R>): effect is Exit.Exit<A, E> => "~effect/Exit" in effect

/** A call on its way inwards, through one policy after another that watches it, to what they are around. */
export abstract class Entering<Watched extends Added, A, E, R> implements Entry {
  context: Context.Context<never>
  log: AttemptLog | undefined
  readonly clock: Clock.Clock
  #nowMillis: number
  #startedAtMillis: number
  /** Whether a policy is waiting, so that time passes. */
  #isWaiting = false
  readonly restore: Entry["restore"]
  protected readonly fiber: Fiber.Fiber<unknown, unknown>
  readonly #outerLog: AttemptLog | undefined
  #scope: Scope.Closeable | undefined
  /** Whether a policy has had to be waited for. */
  #isHeld = false

  constructor(fiber: Fiber.Fiber<unknown, unknown>, restore: Entry["restore"]) {
    this.fiber = fiber
    this.restore = restore
    this.context = fiber.context
    this.clock = fiber.getRef(Clock.Clock)
    this.#nowMillis = this.clock.currentTimeMillisUnsafe()
    this.#startedAtMillis = steadyMillis(this.clock)
    this.log = this.#outerLog = fiber.getRef(CurrentAttemptLog)
  }

  get nowMillis(): number {
    if (this.#isWaiting) this.#nowMillis = this.clock.currentTimeMillisUnsafe()
    return this.#nowMillis
  }

  get startedAtMillis(): number {
    if (this.#isWaiting) this.#startedAtMillis = steadyMillis(this.clock)
    return this.#startedAtMillis
  }

  /** Notes a policy that has been entered, with the context around it, and says how the next one within begins, if there is one. */
  protected abstract add(watched: Watched): Begin<Watched, E, R> | undefined

  /** What the innermost policy is around. */
  protected abstract make(watched: Watched): Effect.Effect<A, E, R>

  readonly scope = (): Scope.Scope => (this.#scope ??= Scope.makeUnsafe())

  protected close(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
    return this.#scope === undefined ? Effect.void : Scope.close(this.#scope, exit)
  }

  protected enter(first: Begin<Watched, E, R>): Effect.Effect<A, E, R> {
    for (let begin = first; ;) {
      const begun = begin(this)
      if (!isDone(begun)) {
        this.#isHeld = true
        this.#isWaiting = true
        this.log?.hold(true)
        this.#within()
        return Effect.flatMap(begun, (watched) => {
          this.#isWaiting = false
          this.#nowMillis = this.clock.currentTimeMillisUnsafe()
          this.#startedAtMillis = steadyMillis(this.clock)
          const next = this.#added(watched)
          return next === undefined ? this.#made(watched) : this.enter(next)
        })
      }
      if (Exit.isFailure(begun)) return Effect.failCause(begun.cause)
      const next = this.#added(begun.value)
      if (next === undefined) return this.#made(begun.value)
      begin = next
    }
  }

  #added(watched: Watched): Begin<Watched, E, R> | undefined {
    const { log, services } = watched
    const next = this.add(watched)
    if (log !== undefined) this.log = log
    if (services !== undefined) this.context = services(this.context)
    return next
  }

  /** Makes the call, which its interruption may still come before: then nothing has been sent. */
  #made(watched: Watched): Effect.Effect<A, E, R> {
    const { log } = this
    this.#within()
    if (!this.#isHeld || log === undefined) return this.restore(this.make(watched))
    log.hold(true)
    return this.restore(
      Effect.suspend(() => {
        log.hold(false)
        return this.make(watched)
      })
    )
  }

  #within(): void {
    const { context, log } = this
    this.fiber.setContext(log === this.#outerLog ? context : Context.add(context, CurrentAttemptLog, log))
  }
}
