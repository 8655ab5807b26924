import { BigDecimal } from "effect"
import { existsSync, readFileSync } from "node:fs"

const folder = `${import.meta.dirname}/../../../shared/data-sources`

/** The vectors of a file beside the repository, or `undefined` where they are not at hand. */
export const load = (file: string): unknown =>
  existsSync(`${folder}/${file}`) ? JSON.parse(readFileSync(`${folder}/${file}`, "utf8")) : undefined

/** Equal as decimals, or within 1e-12 of each other where the expected number is a binary fraction. */
export const agrees = (actual: BigDecimal.BigDecimal, expected: string | number): boolean => {
  const wanted = BigDecimal.fromStringUnsafe(String(expected))
  if (BigDecimal.equals(actual, wanted)) return true
  if (typeof expected === "string" && !/\.\d{29,}/.test(expected)) return false
  const off = BigDecimal.abs(BigDecimal.subtract(actual, wanted))
  return BigDecimal.isLessThanOrEqualTo(off, BigDecimal.multiply(BigDecimal.abs(wanted), BigDecimal.make(1n, 12)))
}
