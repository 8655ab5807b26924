import * as BigDecimal from "effect/BigDecimal"

/**
 * An amount of US dollars as people read it: `$12.35`, and below ten cents with `digits` significant digits, so that a
 * small amount never reads as none (`$0.000123`). Rounds half to even; the decimal itself is exact.
 *
 * @since 0.1.0
 * @category conversions
 */
export const format = (amount: BigDecimal.BigDecimal, options: { readonly digits?: number } = {}): string => {
  const digits = options.digits ?? 3
  const normal = BigDecimal.normalize(amount)
  const size = normal.value < 0n ? -normal.value : normal.value
  const sign = normal.value < 0n ? "-" : ""
  if (size === 0n) return "$0.00"
  const exponent = size.toString().length - normal.scale
  const scale = exponent > -1 ? 2 : digits - exponent
  const rounded = BigDecimal.round(BigDecimal.abs(normal), { scale, mode: "half-even" })
  const [whole = "0", fraction = ""] = formatDecimal(rounded).split(".")
  const shown = fraction.length <= 2 ? fraction.padEnd(2, "0") : fraction.replace(/(?<!0)0+$/, "").padEnd(2, "0")
  return `${sign}$${BigInt(whole).toLocaleString("en-US")}.${shown}`
}

/**
 * All digits of a decimal, without exponent, however small it is: `0.0000000000000000001`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const formatDecimal = ({ scale, value }: BigDecimal.BigDecimal): string => {
  if (value === 0n) return "0"
  const sign = value < 0n ? "-" : ""
  const digits = (value < 0n ? -value : value).toString()
  if (scale <= 0) return `${sign}${digits}${"0".repeat(-scale)}`
  const padded = digits.padStart(scale + 1, "0")
  const point = padded.length - scale
  let end = padded.length
  while (end > point && padded.charCodeAt(end - 1) === zeroDigit) end--
  return end === point ? sign + padded.slice(0, point) : `${sign}${padded.slice(0, point)}.${padded.slice(point, end)}`
}

const zeroDigit = 48

/** Up to here, powers of ten are exact as numbers. */
const exactPowers = Array.from({ length: 23 }, (_, power) => Number(`1e${power}`))

/** The number next to a decimal. */
export const toNumber = (decimal: BigDecimal.BigDecimal): number => {
  const { scale, value } = decimal
  const power = exactPowers[scale]
  const number = Number(value)
  // A quotient of exact numbers is rounded once, as the decimal itself would be.
  return power !== undefined && Number.isSafeInteger(number) ? number / power : BigDecimal.toNumberUnsafe(decimal)
}

/** The decimal that a number is written as. */
export const fromNumber = (number: number): BigDecimal.BigDecimal =>
  Number.isSafeInteger(number) ? BigDecimal.make(BigInt(number), 0) : BigDecimal.fromNumberUnsafe(number)

/** So many times a decimal. */
export const times = (decimal: BigDecimal.BigDecimal, count: number): BigDecimal.BigDecimal =>
  Number.isSafeInteger(count)
    ? BigDecimal.make(decimal.value * BigInt(count), decimal.scale)
    : BigDecimal.multiply(decimal, fromNumber(count))

/** The same decimal without zeros at its end. */
export const normalize = (decimal: BigDecimal.BigDecimal): BigDecimal.BigDecimal => {
  let digits = Number(decimal.value)
  if (digits % 10 !== 0) return decimal
  if (digits === 0 || !Number.isSafeInteger(digits)) return BigDecimal.normalize(decimal)
  let scale = decimal.scale
  for (; digits % 10 === 0; digits /= 10) scale--
  return BigDecimal.make(BigInt(digits), scale)
}
