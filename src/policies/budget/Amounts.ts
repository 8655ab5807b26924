import * as BigDecimal from "effect/BigDecimal"
import { normalize } from "../../catalog/Money.ts"

export const zero: BigDecimal.BigDecimal = BigDecimal.make(0n, 0)

export const add = (self: BigDecimal.BigDecimal, that: BigDecimal.BigDecimal): BigDecimal.BigDecimal =>
  normalize(BigDecimal.sum(self, that))

export const sum = (amounts: Iterable<BigDecimal.BigDecimal>): BigDecimal.BigDecimal =>
  normalize(BigDecimal.sumAll(amounts))

/** What is left of each part of a reservation when `actual` was spent: the first parts are used up first, the last may grow. */
export const settled = (
  reserved: ReadonlyArray<BigDecimal.BigDecimal>,
  actual: BigDecimal.BigDecimal
): ReadonlyArray<BigDecimal.BigDecimal> => {
  let left = actual
  return reserved.map((amount, index) => {
    const used = index === reserved.length - 1 ? left : BigDecimal.min(amount, left)
    left = BigDecimal.subtract(left, used)
    return used
  })
}

/**
 * How long the time of spending is kept: what is older, and before every window in use, is added up in one amount per account.
 * The longest window of the calendar fits.
 */
export const keptMillis = 400 * 24 * 60 * 60_000

/** How often an account looks for what it needs to keep no longer. */
export const pruneMillis = 24 * 60 * 60_000
