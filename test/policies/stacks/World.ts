/** One run of a stack of policies: its models, their calls, and what has to hold once all calls are over. */
import { Effect, Logger } from "effect"
import type * as CircuitBreaker from "effect/persistence/CircuitBreaker"
import type { Persistence } from "effect/persistence/Persistence"
import type { Scope } from "effect/Scope"
import type { Pricing } from "../../../src/catalog/Pricing.ts"
import type { Capability } from "../../../src/domain/Capability.ts"
import type { Budgets } from "../../../src/policies/Budgets.ts"
import { Journal } from "../../../src/policies/Journal.ts"
import type * as Model from "../../../src/policies/Model.ts"
import type { RateLimitStore } from "../../../src/policies/RateLimitStore.ts"
import { type Call, type CallRecord, piecesOf, type Script, scripted } from "../capabilities.ts"
import { makeTracer } from "../telemetry/spans.ts"

export type Services =
  | Pricing
  | Budgets
  | RateLimitStore
  | CircuitBreaker.CircuitBreakerStore
  | Persistence
  | Journal
  | Scope

export type AnyModel<C extends Capability> = Model.Model<C, unknown, Services>

/** Tells the keys of one run from those of all others. */
let runs = 0

export class World {
  readonly calls: Array<CallRecord> = []
  /** What must hold once all calls are over; an effect fails where it does not. */
  readonly checks: Array<Effect.Effect<unknown, unknown, Services>> = []
  readonly tracer = makeTracer()
  /** The ids of what was recorded in the journal. */
  readonly journal: Array<string> = []
  /** The calls that were to be recorded there, and those that were to have a span. */
  journaled = 0
  traced = 0
  readonly logged: Array<unknown> = []
  /** The policies by their names, inner to outer. */
  readonly stack: ReadonlyArray<string>
  readonly #scripts: ReadonlyArray<Script>
  readonly #scriptOf = new Map<string, Script>()
  readonly #run = runs++
  #keys = 0

  constructor(stack: ReadonlyArray<string>, scripts: ReadonlyArray<Script>) {
    this.stack = stack
    this.#scripts = scripts
  }

  /** Another model, with the next of the scripts. */
  model<C extends Capability>(call: Call<C>): AnyModel<C> {
    const index = this.#scriptOf.size
    const script = this.#scripts[index % this.#scripts.length]
    if (script === undefined) throw new Error("a run has at least one script")
    const id = `lab/${index}`
    this.#scriptOf.set(id, script)
    return scripted(call, script, this.calls, id)
  }

  /** A key that nothing else has. */
  key(): string {
    return `${this.#run}-${this.#keys++}`
  }

  /** What each call has written, and whether it is all that it meant to write. */
  get written(): ReadonlyArray<{ readonly text: string; readonly isWhole: boolean }> {
    const made = new Map<string, number>()
    return this.calls.map(({ model, outcome }) => {
      const index = made.get(model) ?? 0
      made.set(model, index + 1)
      const script = this.#scriptOf.get(model) ?? []
      const turn = script[index % script.length]
      const pieces = piecesOf(model, index)
      const isAll = turn?.end === "whole"
      const kept = isAll ? pieces : pieces.slice(0, Math.max(0, turn?.after ?? 0))
      return { text: kept.map((piece) => `${piece} `).join(""), isWhole: isAll && outcome === "succeeded" }
    })
  }

  /** Provides what watches a run. */
  readonly observe = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, Exclude<R, Journal>> =>
    this.tracer.provide(effect).pipe(
      Effect.provideService(
        Journal,
        Journal.of({
          append: (make) => void this.journal.push(make(`${this.journal.length}`).id),
          flush: Effect.void,
          dropped: Effect.succeed({})
        })
      ),
      Effect.provide(
        Logger.layer([
          Logger.make(({ cause, logLevel, message }) => {
            if (logLevel === "Error" || logLevel === "Fatal") this.logged.push([message, cause])
          })
        ])
      )
    )
}
