import type * as Cost from "../catalog/Cost.ts"
import { type Attempt, type AttemptError, type ChatResponse, TimeoutError } from "../domain/ChatResponse.ts"
import type { CallEvent } from "../domain/CallEvent.ts"
import { partialOf } from "../domain/ProviderError.ts"
import { isKnown, type Usage, unknown } from "../domain/Usage.ts"
import { AttemptLog, type Pricer } from "./AttemptLog.ts"

/** The failed attempts of one call, each with what it cost. */
export class CostLog extends AttemptLog {
  readonly #pricer: Pricer
  readonly #estimate: ((model: string, usage: Usage, partial: ChatResponse) => Cost.Cost) | undefined
  /** Of the attempts that failed and cost something. */
  #known: Map<AttemptError, Cost.Cost> | undefined
  /** What the current attempt has consumed, as far as it was reported. */
  #usage: Usage | undefined

  /** `estimate` is for what arrived of an attempt that broke off, as far as its provider did not report what that used. */
  constructor(
    parent: AttemptLog | undefined,
    pricer: Pricer,
    estimate?: (model: string, usage: Usage, partial: ChatResponse) => Cost.Cost
  ) {
    super(parent)
    this.#pricer = pricer
    this.#estimate = estimate
    this.priceBy(pricer)
  }

  override note(event: CallEvent): void {
    if (event.type === "usage") this.#usage = event.usage
    else if (event.type === "response-start") this.#usage = undefined
  }

  override push(attempt: Attempt): void {
    const cost = attempt.cost ?? this.#charged(attempt)
    this.#usage = undefined
    if (cost === undefined || attempt.error === undefined) return super.push(attempt)
    this.#know(attempt.error, cost)
    super.push({ ...attempt, cost })
  }

  override correct(error: AttemptError, cost: Cost.Cost): void {
    this.#know(error, cost)
    super.correct(error, cost)
  }

  #know(error: AttemptError, cost: Cost.Cost): void {
    this.#known ??= new Map()
    this.#known.set(error, cost)
  }

  override costOf(error: AttemptError): Cost.Cost | undefined {
    return this.#known?.get(error) ?? super.costOf(error)
  }

  /** Of an attempt that was stopped, what a policy within was charged for it, or will be. */
  #charged(attempt: Attempt): Cost.Cost | undefined {
    const spent = this.#spentOn(attempt)
    return attempt.error instanceof TimeoutError ? (this.overridingCost ?? this.estimated(spent)) : spent
  }

  #spentOn({ error, model }: Attempt): Cost.Cost | undefined {
    if (error === undefined) return undefined
    const partial = partialOf(error)
    const usage = partial !== undefined && isKnown(partial.usage) ? partial.usage : this.#usage
    const isReported = usage !== undefined && isKnown(usage)
    const cost = isReported ? this.#pricer(model, usage, {}) : undefined
    if (partial !== undefined && (cost === undefined || isUnreported(cost)) && this.#estimate !== undefined)
      return this.#estimate(model, usage ?? unknown, partial)
    // The counts are those of the last report before the end.
    if (cost !== undefined)
      return cost._tag === "Priced" ? { ...cost, flags: [...cost.flags, { _tag: "Estimated" }] } : cost
    return mayHaveConsumed(error) || (error instanceof TimeoutError && this.chargesWhenStopped)
      ? { _tag: "Unpriced", reason: { _tag: "UnknownUsage", side: "output" }, row: undefined }
      : undefined
  }
}

/** Whether only the usage is missing. */
export const isUnreported = (cost: Cost.Cost): boolean =>
  cost._tag === "Unpriced" && cost.reason._tag === "UnknownUsage"

/** Whether a model was at work when it failed. Providers do not bill what they refused. */
const mayHaveConsumed = (error: AttemptError): boolean =>
  partialOf(error) !== undefined ||
  (error instanceof TimeoutError && error.phase !== "connect") ||
  error._tag === "ResponseParseError"
