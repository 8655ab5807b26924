import type * as Exit from "effect/Exit"
import type { Capability } from "../../domain/Capability.ts"
import type { Attempt } from "../../domain/ChatResponse.ts"
import type { Cost } from "../../domain/Cost.ts"
import type { Timings } from "../../domain/Timings.ts"
import type { Usage } from "../../domain/Usage.ts"
import type { CutShort } from "../journal/CutShort.ts"

/**
 * How a call ended, whatever the end was.
 *
 * - `exit`: the response (of a stream, the one that its events add up to), the error, or the interruption. A reader that
 *   leaves a stream before its `finish` interrupts it.
 * - `usage`: what the last attempt consumed, as far as the provider reported it; `undefined` where it reported nothing.
 * - `cost`: what that cost, where costs are computed (`withCost`, within or around); flagged `Estimated` unless the call
 *   succeeded, and `Unpriced` where a model was at work and reported nothing. Earlier attempts have a `cost` of their
 *   own; `costs` gathers them all.
 * - `attempts`: the attempts that failed, and the one that succeeded, if one did. The one that an interruption cut is not
 *   among them.
 * - `timings`: until the first content of a stream, and until the end.
 * - `cutShort`: of a call that was interrupted while a model was at work, what is known of that attempt.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallEnd<out Request, out Response, out E> {
  /** The id of the model that the observer is on. */
  readonly model: string
  readonly request: Request
  readonly exit: Exit.Exit<Response, E>
  readonly usage: Usage | undefined
  readonly cost: Cost | undefined
  readonly attempts: ReadonlyArray<Attempt>
  readonly timings: Timings
  readonly cutShort?: (() => CutShort) | undefined
}

/**
 * The end of a call for a capability.
 *
 * @since 0.1.0
 * @category models
 */
export type EndOf<C extends Capability, E> = CallEnd<C["Request"], C["Response"], E>
