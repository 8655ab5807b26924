import * as BigDecimal from "effect/BigDecimal"
import type { Cost } from "./Cost.ts"

/**
 * What several calls cost together.
 *
 * @since 0.1.0
 * @category models
 */
export interface CostSum {
  /** Of the calls that have a price, in US dollars, exact. */
  readonly total: BigDecimal.BigDecimal
  /** By meter, exact. */
  readonly byMeter: ReadonlyMap<string, BigDecimal.BigDecimal>
  readonly priced: number
  readonly unpriced: number
  /** `false`: some call has no price, or a fee of unknown amount; the total is a lower bound. */
  readonly complete: boolean
}

/** Sums of integers by the number of decimal places, so that a long sum never rescales what it has. */
class Sum {
  readonly byScale = new Map<number, bigint>()

  add(amount: BigDecimal.BigDecimal): void {
    this.byScale.set(amount.scale, (this.byScale.get(amount.scale) ?? 0n) + amount.value)
  }

  get total(): BigDecimal.BigDecimal {
    return BigDecimal.normalize(
      BigDecimal.sumAll(Array.from(this.byScale, ([scale, value]) => BigDecimal.make(value, scale)))
    )
  }
}

/**
 * Adds up costs, in any order, without loss, and says whether something is missing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const of = (costs: Iterable<Cost>): CostSum => {
  const total = new Sum()
  const meters = new Map<string, Sum>()
  let priced = 0
  let unpriced = 0
  let lowerBound = false
  for (const cost of costs) {
    if (cost._tag === "Unpriced") {
      unpriced++
      continue
    }
    priced++
    total.add(cost.total)
    for (const { amount, meter } of cost.breakdown) {
      let sum = meters.get(meter)
      if (sum === undefined) meters.set(meter, (sum = new Sum()))
      sum.add(amount)
    }
    for (const flag of cost.flags) lowerBound ||= flag._tag === "FeeUnpriced"
  }
  return {
    total: total.total,
    byMeter: new Map(Array.from(meters, ([meter, sum]) => [meter, sum.total])),
    priced,
    unpriced,
    complete: unpriced === 0 && !lowerBound
  }
}
