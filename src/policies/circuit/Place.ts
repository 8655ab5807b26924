import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Store from "effect/persistence/CircuitBreaker"
import * as Scope from "effect/Scope"
import type { CircuitOpenError, PolicyStoreError } from "../../domain/PolicyErrors.ts"
import { withoutRetry } from "../../domain/ProviderError.ts"
import { type Entry, isDone } from "../watch/Entry.ts"
import type { Circuit, Outcome } from "./Circuit.ts"
import { failureOf, type Judge } from "./Fault.ts"

/** Enters a circuit with one call. A probe that has not opened after the `probeLimit` gives its place up and goes on. */
export const enter = (
  circuit: Circuit,
  judge: Judge,
  entry: Pick<Entry, "scope">
): Effect.Effect<Place, CircuitOpenError | PolicyStoreError> => {
  const scope = Scope.makeUnsafe()
  return Effect.flatMapEager(circuit.admit(scope), (admission) => {
    const place = new Place(circuit, judge, admission, scope)
    return place.isProbe
      ? Effect.as(Effect.forkIn(Effect.delay(place.giveUp, circuit.settings.probeLimit), entry.scope()), place)
      : Effect.succeed(place)
  })
}

/** One call in a circuit: what becomes of it is recorded once, but for a probe whose stream breaks off after it had opened. */
export class Place {
  readonly #circuit: Circuit
  readonly #judge: Judge
  /** Absent once the outcome is recorded. */
  #admission: Store.Admission | undefined
  readonly #scope: Scope.Closeable
  readonly isProbe: boolean
  readonly #isRecorded: boolean
  #isOpen = false

  constructor(circuit: Circuit, judge: Judge, admission: Store.Admission | undefined, scope: Scope.Closeable) {
    this.#circuit = circuit
    this.#judge = judge
    this.#admission = admission
    this.#scope = scope
    this.isProbe = admission?.probe === true
    this.#isRecorded = admission !== undefined
  }

  /** There is a whole response, or the first content of a stream. */
  opened(): Effect.Effect<void> {
    if (this.#isOpen) return Effect.void
    this.#isOpen = true
    // A probe has passed. Of other calls, the end counts: a model whose streams all break off is not well.
    return this.isProbe ? Effect.asVoid(this.#settle("success")) : Effect.void
  }

  /** The call has failed: before it opened, or later. */
  failed(cause: Cause.Cause<unknown>): Effect.Effect<void> {
    const error = Option.getOrUndefined(Cause.findErrorOption(cause))
    const outcome = error === undefined ? undefined : failureOf(error, this.#isOpen, this.#judge)
    return Effect.mapEager(this.#settle(outcome), (hasOpened) => {
      // A retry would wait, only to be refused.
      if (hasOpened) withoutRetry(error)
    })
  }

  /** The call is over, or was left. */
  end(): Effect.Effect<void> {
    if (this.isProbe && this.#isOpen) return Effect.void
    return Effect.mapEager(this.#settle(this.#isOpen ? "success" : undefined), () => {})
  }

  /** Gives the place up, if the outcome is not known by then. */
  get giveUp(): Effect.Effect<void> {
    return Effect.suspend(() => Effect.asVoid(this.#record(undefined)))
  }

  /** Whether that has opened the circuit. */
  #settle(outcome: Outcome): Effect.Effect<boolean> {
    if (this.#admission !== undefined) return this.#record(outcome)
    return this.#isRecorded && outcome !== undefined ? this.#circuit.recordLate(outcome) : Effect.succeed(false)
  }

  #record(outcome: Outcome): Effect.Effect<boolean> {
    const admission = this.#admission
    if (admission === undefined) return Effect.succeed(false)
    this.#admission = undefined
    const recorded = this.#circuit.record(admission, outcome)
    const isClosed = this.#scope.state._tag === "Empty"
    if (isClosed && isDone(recorded)) return recorded
    const closed = Effect.ensuring(recorded, Scope.close(this.#scope, Exit.void))
    // Nobody waits to learn that a healthy model is still healthy.
    const changesNothing = !admission.probe && (outcome === undefined || outcome === "success")
    return changesNothing ? Effect.as(Effect.forkDetach(closed, { startImmediately: true }), false) : closed
  }
}
