import type * as BigDecimal from "effect/BigDecimal"
import type { Cost } from "../../domain/Cost.ts"
import type { CallEvent } from "../../domain/CallEvent.ts"
import type { Usage } from "../../domain/Usage.ts"
import { textIn } from "../AttemptLog.ts"
import * as Estimate from "../Estimate.ts"
import { add, zero } from "./Amounts.ts"
import type { CallEstimate } from "./CallEstimate.ts"
import type { Amounts } from "./Limit.ts"

/** Counts what a stream has used so far: as the provider reports it, and between its reports as an estimate. */
export class StreamMeter {
  /** Output tokens so far. */
  output = 0
  /** What the provider has reported of this attempt. */
  usage: Usage | undefined
  /** Whether a response has begun, and whether it is over. */
  started = false
  finished = false
  /** What attempts before this one have cost. */
  #before = zero
  #tokensBefore = 0
  readonly #estimate: CallEstimate

  constructor(estimate: CallEstimate) {
    this.#estimate = estimate
  }

  see(event: CallEvent): void {
    switch (event.type) {
      case "response-start":
        this.started = true
        this.#reset()
        return
      case "usage":
        this.#report(event.usage)
        return
      case "restarted":
        this.#before = add(this.#before, this.costAt(this.output))
        this.#tokensBefore += this.tokensAt(this.output)
        this.#reset()
        return
      case "finish":
        this.finished = true
        this.#report(event.usage)
        return
    }
    this.started = true
    this.output += Estimate.text(textIn(event))
  }

  #reset(): void {
    this.output = 0
    this.usage = undefined
  }

  #report(usage: Usage | undefined): void {
    if (usage === undefined) return
    this.usage = usage
    if (usage.outputTokens.total !== undefined) this.output = usage.outputTokens.total
  }

  /** What the response costs so far. */
  get cost(): Cost {
    return this.#estimate.costOf(this.output, this.usage)
  }

  /** Dollars of this attempt, with so many output tokens. */
  costAt(output: number): BigDecimal.BigDecimal {
    const cost = this.#estimate.costOf(output, this.usage)
    return cost._tag === "Priced" ? cost.total : zero
  }

  /** Input and output tokens of this attempt. */
  tokensAt(output: number): number {
    return (this.usage?.inputTokens.total ?? this.#estimate.inputTokens) + output
  }

  /** All attempts so far, with so many output tokens of this one. */
  amountsAt(output: number): Amounts {
    return { usd: add(this.#before, this.costAt(output)), tokens: this.#tokensBefore + this.tokensAt(output) }
  }
}
