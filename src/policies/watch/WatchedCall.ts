import type * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { type Added, type Begin, beginningWith, beginOf, Entering, isDone } from "./Entry.ts"

/** What a policy does with one call for a whole response. Every part but the call within may be left out. */
export interface WatchedCall<A, E, R, R1 = never> extends Added {
  readonly run: Effect.Effect<A, E, R>
  /** Gives the response that goes on in place of this one. */
  readonly succeeded?: ((response: A) => Effect.Effect<A, E, R1>) | undefined
  /** Sees why the call failed or was interrupted, and gives what it fails with. */
  readonly failed?: ((cause: Cause.Cause<E>) => Cause.Cause<E>) | undefined
  /** Runs once, however the call ended. */
  readonly end?: ((exit: Exit.Exit<A, E>) => Effect.Effect<void, never, R1>) | undefined
}

type Beginning<A, E, R> = Begin<WatchedCall<A, E, R, R>, E, R>

/**
 * A call that a policy watches; `begin` runs when the call is made.
 *
 * Policies that watch the same call enter it one after another, make it once, and leave it in the reverse order, whatever their
 * number: effects around effects (`onExit`, `provideContext`, generators) would add a dozen steps each.
 */
export const watchedCall = <A, E, R, R1, E2, R2>(
  begin: Begin<WatchedCall<A, E, R, R1>, E2, R2>
): Effect.Effect<A, E | E2, R | R1 | R2> => {
  type All = R | R1 | R2
  const beginning = begin as Beginning<A, E | E2, All>
  const call = Effect.withFiber<A, E | E2, All>((fiber) =>
    Effect.uninterruptibleMask((restore) => new CallPassage<A, E | E2, All>(fiber, restore).through(beginning))
  )
  return beginningWith(call, beginning)
}

/** A call with services, which are added to those of its caller in the same step as its policies. */
export const callWith = <A, E, R, I = never>(
  run: Effect.Effect<A, E, R>,
  services: NonNullable<Added["services"]>
): Effect.Effect<A, E, Exclude<R, I>> =>
  watchedCall(() => Effect.succeed({ run: run as Effect.Effect<A, E, Exclude<R, I>>, services }))

/** A policy that is in a call, with the services of what is around it. */
interface Watcher<A, E, R> extends Pick<WatchedCall<A, E, R, R>, "succeeded" | "failed" | "end"> {
  readonly context: Context.Context<never>
}

/** One call on its way through the policies that watch it, inwards and outwards. */
class CallPassage<A, E, R> extends Entering<WatchedCall<A, E, R, R>, A, E, R> {
  readonly #outer = this.context
  /** Those that have been entered and not left, the outermost first. */
  readonly #watchers: Array<Watcher<A, E, R>> = []
  #exit: Exit.Exit<A, E> = Exit.void as Exit.Exit<never>

  through(begin: Beginning<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.matchCauseEffect(
      Effect.suspend(() => this.enter(begin)),
      {
        onSuccess: (response) => this.#leave(Exit.succeed(response)),
        onFailure: (cause) => this.#leave(Exit.failCause(cause))
      }
    )
  }

  protected add({ end, failed, run, succeeded }: WatchedCall<A, E, R, R>): Beginning<A, E, R> | undefined {
    if (end !== undefined || failed !== undefined || succeeded !== undefined)
      this.#watchers.push({ end, failed, succeeded, context: this.context })
    return beginOf(run)
  }

  protected make({ run }: WatchedCall<A, E, R, R>): Effect.Effect<A, E, R> {
    return run
  }

  #leave(exit: Exit.Exit<A, E>): Effect.Effect<A, E, R> {
    this.#exit = exit
    return Effect.catchCause(
      Effect.suspend(() => this.#leaveNext()),
      // A policy that breaks takes no other's end away.
      (cause) => (this.#watchers.length === 0 ? this.#over(Exit.failCause(cause)) : this.#leave(Exit.failCause(cause)))
    )
  }

  /** Leaves one policy after another, from the innermost outwards. */
  #leaveNext(): Effect.Effect<A, E, R> {
    for (let watcher = this.#watchers.pop(); watcher !== undefined; watcher = this.#watchers.pop()) {
      const { context, end, failed, succeeded } = watcher
      if (Exit.isFailure(this.#exit)) {
        if (failed !== undefined) this.#exit = Exit.failCause(failed(this.#exit.cause))
      } else if (succeeded !== undefined) {
        const changed = succeeded(this.#exit.value)
        if (!isDone(changed)) {
          if (end !== undefined) this.#watchers.push({ end, context, failed: undefined, succeeded: undefined })
          this.fiber.setContext(context)
          return Effect.flatMap(changed, (response) => {
            this.#exit = Exit.succeed(response)
            return this.#leaveNext()
          })
        }
        this.#exit = changed
      }
      const ending = end?.(this.#exit)
      if (ending !== undefined && !isDone(ending)) {
        this.fiber.setContext(context)
        return Effect.flatMap(ending, () => this.#leaveNext())
      }
    }
    return this.#over(this.#exit)
  }

  #over(exit: Exit.Exit<A, E>): Effect.Effect<A, E> {
    this.fiber.setContext(this.#outer)
    const closing = this.close(exit)
    return isDone(closing) ? exit : Effect.andThen(closing, exit)
  }
}
