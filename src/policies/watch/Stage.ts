import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { leavable, type Leave } from "../../model/PullStream.ts"
import { isDone } from "./Entry.ts"

type Reader = Fiber.Fiber<unknown, unknown>

/**
 * What is done around each pull, which fails with `E0`. Stages around stages run as one step: each as an effect of its own would
 * cost three.
 */
export interface Stage<A, E, R, E0 = E> {
  /** Begins a pull. An effect that it returns is run in place of what is within, and is shown to the stages around only. */
  readonly begin: (reader: Reader) => Effect.Effect<A, E, R> | undefined
  /** What is pulled, where `begin` returned nothing. */
  readonly within: Effect.Effect<A, E0, R>
  /** Sees what was pulled. An effect that it returns gives what goes on in its place. */
  readonly passed: (pulled: A, reader: Reader) => Effect.Effect<A, E, R> | undefined
  /** Gives what goes on in place of a failure, or of the end. */
  readonly failed: (cause: Cause.Cause<E0>, reader: Reader) => Effect.Effect<A, E, R>
  /** How the next pull can be left, as of a `leavable` one. */
  readonly leave: () => Leave | undefined
}

const StageKey = Symbol("effect-llm/policies/Stage")

/** The stage that makes a pull, if one does. */
const stageOf = <A, E, R>(pull: object): Stage<A, E, R> | undefined =>
  (pull as { readonly [StageKey]?: Stage<A, E, R> })[StageKey]

/** The pull that a stage makes. */
export const pullOf = <A, E, R, E0>(stage: Stage<A, E, R, E0>): Effect.Effect<A, E, R> => {
  const passage = new Passage(stage as object as Stage<A, E, R>)
  const pull = Effect.withFiber<A, E, R>((reader) => passage.begin(reader))
  return Object.assign(
    leavable(pull, () => stage.leave()),
    { [StageKey]: stage }
  )
}

/** Pulls through a stage and those within it. */
class Passage<A, E, R> {
  /** Those of the current pull, the outermost first, and how many of them its result has yet to pass. */
  readonly #stages: Array<Stage<A, E, R>>
  #remaining = 0
  #reader: Reader | undefined
  /** What is within all stages, and the same with what they do after it. */
  #source: Effect.Effect<A, E, R> | undefined
  #pull: Effect.Effect<A, E, R> = Effect.never

  constructor(first: Stage<A, E, R>) {
    this.#stages = [first]
  }

  begin(reader: Reader): Effect.Effect<A, E, R> {
    const stages = this.#stages
    this.#reader = reader
    for (let index = 0, stage = stages[0] as Stage<A, E, R>; ; index++) {
      stages[index] = stage
      const instead = stage.begin(reader)
      if (instead !== undefined) {
        this.#remaining = index
        return this.#outwards(instead)
      }
      const { within } = stage
      const next = stageOf<A, E, R>(within)
      if (next === undefined) {
        this.#remaining = index + 1
        if (within === this.#source) return this.#pull
        stages.length = index + 1
        return (this.#pull = this.#outwards((this.#source = within)))
      }
      stage = next
    }
  }

  /** Shows the result of a pull to the stages that it has yet to pass. One that breaks fails the pull for those around it. */
  #outwards(pull: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.catchCause(Effect.flatMap(pull, this.#passed), this.#failed)
  }

  readonly #passed = (result: A): Effect.Effect<A, E, R> => {
    let pulled = result
    while (this.#remaining > 0) {
      const next = this.#next().passed(pulled, this.#reader as Reader)
      if (next === undefined) continue
      if (!isDone(next) || Exit.isFailure(next)) return Effect.flatMap(next, this.#passed)
      pulled = next.value
    }
    return Effect.succeed(pulled)
  }

  readonly #failed = (cause: Cause.Cause<E>): Effect.Effect<A, E, R> =>
    this.#remaining === 0 ? Effect.failCause(cause) : this.#outwards(Effect.suspend(() => this.#ended(cause)))

  #ended(given: Cause.Cause<E>): Effect.Effect<A, E, R> {
    let cause = given
    while (this.#remaining > 0) {
      const next = this.#next().failed(cause, this.#reader as Reader)
      if (!isDone(next) || Exit.isSuccess(next)) return next
      cause = next.cause
    }
    return Effect.failCause(cause)
  }

  /** The innermost stage that has not seen the result. */
  #next(): Stage<A, E, R> {
    return this.#stages[--this.#remaining] as Stage<A, E, R>
  }
}
