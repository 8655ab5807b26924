import * as BigDecimal from "effect/BigDecimal"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import * as Meter from "../../catalog/Meter.ts"
import { normalize } from "../../catalog/Money.ts"
import type { Attempt } from "../../domain/ChatResponse.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { Cost, Priced } from "../../domain/Cost.ts"
import { partialOf } from "../../domain/ProviderError.ts"
import { isKnown, type Usage } from "../../domain/Usage.ts"
import * as Estimate from "../Estimate.ts"
import type { AttemptLog } from "../AttemptLog.ts"
import type { CallEnd } from "../watch/CallEnd.ts"
import { zero } from "./Amounts.ts"
import type { CallEstimate } from "./CallEstimate.ts"
import type { Amounts } from "./Limit.ts"
import type { StreamMeter } from "./StreamMeter.ts"

/**
 * What a call has used, failed attempts included: as the providers report it, and where they report nothing, as it is
 * estimated. `meter` is that of a stream. Costs that were estimated go to the `log`, so that the policies around know no others.
 */
export const amountsOf = (
  end: CallEnd<CallRequest, unknown, unknown>,
  estimate: CallEstimate,
  meter: StreamMeter | undefined,
  log: AttemptLog | undefined
): Amounts => {
  const total = new Total(estimate)
  const failed = end.attempts.filter(({ error }) => error !== undefined)
  const isFailure = Exit.isFailure(end.exit) && !Exit.hasInterrupts(end.exit)
  // Of the attempt that broke off last, more may have been seen than was reported.
  const broken = isFailure && meter?.started === true ? failed.pop() : undefined
  for (const attempt of failed) correct(log, attempt, total.addAttempt(attempt))
  if (broken !== undefined && meter !== undefined) correct(log, broken, total.addSeen(broken.cost, meter))
  else if (Exit.isSuccess(end.exit)) {
    if (!isCached(end.exit.value)) total.add(end.cost, end.usage, meter?.output ?? estimate.outputTokens)
  } else if (!isFailure && end.cost !== undefined) {
    // Interrupted while a model was at work.
    const cost =
      meter === undefined ? total.add(end.cost, end.usage, estimate.outputTokens) : total.addSeen(end.cost, meter)
    if (cost !== end.cost) log?.overrideCost(() => cost)
  }
  return total.amounts
}

const correct = (log: AttemptLog | undefined, { cost, error }: Attempt, counted: Cost | undefined): void => {
  if (error !== undefined && counted !== undefined && counted !== cost) log?.correct(error, counted)
}

/** What a call costs that is stopped now, given what its reported usage costs. */
export const costSoFar = (
  reported: Cost | undefined,
  estimate: CallEstimate,
  meter: StreamMeter | undefined
): Cost | undefined => {
  if (reported === undefined) return undefined
  const total = new Total(estimate)
  return meter === undefined ? total.add(reported, undefined, estimate.outputTokens) : total.addSeen(reported, meter)
}

/** A response out of a cache has used nothing, whatever usage it has kept; attempts before it have. */
const isCached = (response: unknown): boolean =>
  Predicate.hasProperty(response, "cached") && response.cached !== undefined

class Total {
  #usd = zero
  #tokens = 0
  #isUnpriced = false
  readonly #estimate: CallEstimate

  constructor(estimate: CallEstimate) {
    this.#estimate = estimate
  }

  get amounts(): Amounts {
    return { usd: normalize(this.#usd), tokens: this.#tokens, isUnpriced: this.#isUnpriced }
  }

  /** A response, or what was reported of one. Gives the cost that counts. */
  add(cost: Cost | undefined, usage: Usage | undefined, outputTokens: number): Cost | undefined {
    const counted = tokensOf(usage, this.#estimate.inputTokens, outputTokens)
    this.#tokens += cost?._tag === "Priced" && usage === undefined ? tokensIn(cost) : counted
    return this.#addCost(isUnknown(cost) ? this.#estimate.costOf(outputTokens, usage) : cost)
  }

  /** An attempt that failed. Without a cost it has used nothing. */
  addAttempt({ cost, error }: Attempt): Cost | undefined {
    if (cost === undefined) return undefined
    const partial = partialOf(error)
    const usage = partial !== undefined && isKnown(partial.usage) ? partial.usage : undefined
    const output =
      partial === undefined ? this.#estimate.outputTokens : Estimate.text(partial.text + partial.reasoningText)
    return this.add(cost, usage, output)
  }

  /** A stream that broke off: what was reported, or what was seen, if that is more. */
  addSeen(reported: Cost | undefined, meter: StreamMeter): Cost | undefined {
    this.#tokens += meter.tokensAt(meter.output)
    const { cost } = meter
    if (cost._tag === "Unpriced") {
      if (!isUnknown(cost)) this.#isUnpriced = true
      if (reported?._tag === "Priced") this.#spend(reported)
      return reported
    }
    const isMore = reported?._tag !== "Priced" || BigDecimal.isGreaterThan(cost.total, reported.total)
    const counted = isMore ? cost : reported
    this.#spend(counted)
    return counted
  }

  #spend({ total }: Priced): void {
    this.#usd = BigDecimal.sum(this.#usd, total)
  }

  #addCost(cost: Cost | undefined): Cost | undefined {
    if (cost?._tag === "Priced") this.#spend(cost)
    else this.#isUnpriced = true
    return cost
  }
}

/** Whether a model has a price, and only how much it made is not known. */
const isUnknown = (cost: Cost | undefined): boolean =>
  cost === undefined || (cost._tag === "Unpriced" && cost.reason._tag === "UnknownUsage")

const tokensOf = (usage: Usage | undefined, input: number, output: number): number =>
  (usage?.inputTokens.total ?? input) + (usage?.outputTokens.total ?? output)

/** The tokens that were billed: their meters have a rate for a million, and a name in the singular. */
const tokensIn = ({
  breakdown
}: {
  readonly breakdown: ReadonlyArray<{ readonly meter: string; readonly quantity: number }>
}) => breakdown.reduce((tokens, { meter, quantity }) => tokens + (isTokens(meter) ? quantity : 0), 0)

const isTokens = (meter: string): boolean => Meter.find(meter)?.per === 1e6 && !Meter.baseOf(meter).endsWith("s")
