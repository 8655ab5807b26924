import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { AttemptLog } from "./AttemptLog.ts"

/** Where a policy enters a call: what the policies around it have added. */
export interface Entry {
  readonly context: Context.Context<never>
  /** Where the attempts of the call are logged. */
  readonly log: AttemptLog | undefined
  /** Entering is not interrupted, but for what is given to this. */
  readonly restore: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Closed when the call is over in every way. */
  readonly scope: () => Scope.Scope
}

/** What every policy may add to a call that it watches. */
export interface Added {
  /** Where what is within logs its attempts. */
  readonly log?: AttemptLog | undefined
  /** The services of what is within, over those around. */
  readonly services?: ((outer: Context.Context<never>) => Context.Context<never>) | undefined
}

/**
 * Enters a call. What can be said at once is said by an effect that is an `Exit` already (`Effect.succeed`): such policies enter
 * together, as one step.
 */
export type Begin<Watched, E, R> = (entry: Entry) => Effect.Effect<Watched, E, R>

/** Whether what an effect does is done already. */
export const isDone = <A, E, R>(effect: Effect.Effect<A, E, R>): effect is Exit.Exit<A, E> => Exit.isExit(effect)
