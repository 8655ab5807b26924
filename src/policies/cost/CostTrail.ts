import type { Attempt } from "../../domain/Attempt.ts"
import type { CallEvent } from "../../domain/Capability.ts"
import type { Cost } from "../../domain/Cost.ts"
import { partialOf } from "../../domain/errors/Partial.ts"
import { TimeoutError } from "../../domain/errors/TimeoutError.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import { isKnown, type Usage } from "../../domain/Usage.ts"
import { type Pricer, Trail } from "../../model/call/Trail.ts"

/** The failed tries of one call, each with what it cost. */
export class CostTrail extends Trail {
  readonly #pricer: Pricer
  readonly #known = new Map<ProviderError, Cost>()
  /** What the try at hand has consumed, as far as it told. */
  #usage: Usage | undefined

  constructor(parent: Trail | undefined, pricer: Pricer) {
    super(parent)
    this.#pricer = pricer
    this.priceBy(pricer)
  }

  /** Looks at what arrives. */
  override see(event: CallEvent): void {
    super.see(event)
    if (event.type === "usage") this.#usage = event.usage
    else if (event.type === "response-start") this.#usage = undefined
  }

  override push(attempt: Attempt): void {
    const cost = attempt.cost ?? this.#spentOn(attempt)
    this.#usage = undefined
    if (cost === undefined || attempt.error === undefined) return super.push(attempt)
    this.#known.set(attempt.error, cost)
    super.push({ ...attempt, cost })
  }

  /** What the try that failed with this error cost. */
  override costOf(error: ProviderError): Cost | undefined {
    return this.#known.get(error) ?? super.costOf(error)
  }

  #spentOn({ error, model }: Attempt): Cost | undefined {
    if (error === undefined) return undefined
    const partial = partialOf(error)?.usage
    const usage = partial !== undefined && isKnown(partial) ? partial : this.#usage
    if (usage !== undefined && isKnown(usage)) {
      const cost = this.#pricer(model, usage, {})
      // The counts are those of the last report before the end.
      return cost._tag === "Priced" ? { ...cost, flags: [...cost.flags, { _tag: "Estimated" }] } : cost
    }
    return mayHaveConsumed(error)
      ? { _tag: "Unpriced", reason: { _tag: "UnknownUsage", side: "output" }, row: undefined }
      : undefined
  }
}

/** Whether a model was at work when it failed. Providers do not bill what they turned down. */
const mayHaveConsumed = (error: ProviderError): boolean =>
  partialOf(error) !== undefined ||
  (error instanceof TimeoutError && error.phase !== "connect") ||
  error._tag === "ResponseParseError"
