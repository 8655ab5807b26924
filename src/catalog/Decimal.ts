import * as BigDecimal from "effect/BigDecimal"

/**
 * All digits of a decimal, without exponent, however small it is: `0.0000000000000000001`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const format = (decimal: BigDecimal.BigDecimal): string => {
  const { scale, value } = BigDecimal.normalize(decimal)
  const sign = value < 0n ? "-" : ""
  const digits = (value < 0n ? -value : value).toString()
  if (scale <= 0) return `${sign}${digits}${"0".repeat(-scale)}`
  const padded = digits.padStart(scale + 1, "0")
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`
}
