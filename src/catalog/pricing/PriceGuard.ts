import type { PriceRefreshError } from "./PriceRefreshError.ts"

/** What a new file of prices is judged by. */
export interface PriceGuard {
  /** How many prices it has. */
  readonly prices: number
  /** How many of its rows do not fit the format. */
  readonly rejected: number
  /** How many prices the last good one has. */
  readonly previous: number | undefined
  /** How many it has to have at least. */
  readonly minimum: number
}

/**
 * Why a file is not believed; `undefined` when it is. A file that lost half of its prices, or whose rows mostly do not fit,
 * is taken for a mistake of the one who published it.
 */
export const check = (file: PriceGuard): Pick<PriceRefreshError, "reason" | "detail"> | undefined => {
  const { minimum, previous, prices, rejected } = file
  if (rejected > prices) {
    return { reason: "Invalid", detail: `${rejected} rows do not fit the format, ${prices} do` }
  }
  if (prices < minimum) return { reason: "TooFew", detail: `it has ${prices} prices, fewer than ${minimum}` }
  if (previous !== undefined && prices * 2 < previous) {
    return { reason: "Shrunk", detail: `it has ${prices} prices, less than half of the ${previous} before` }
  }
  return undefined
}
