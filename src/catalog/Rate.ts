import * as BigDecimal from "effect/BigDecimal"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { formatDecimal } from "./Money.ts"

/**
 * An amount of US dollars, or a factor: a JSON number, or a decimal string where a number has too few digits. It stands for the decimal as written, not for the nearest binary fraction: `0.1` is one tenth.
 *
 * @since 0.1.0
 * @category models
 */
export type Rate = number | string

const isDecimal = (text: string): boolean =>
  text.length <= 64 &&
  Option.match(BigDecimal.fromString(text), {
    onNone: () => false,
    onSome: (n) => text !== "" && n.value >= 0n && Math.abs(n.scale) <= 64
  })

/**
 * The schema of `Rate`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Rate: Schema.Codec<Rate> = Schema.Union([
  Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
  Schema.String.check(
    Schema.makeFilter(isDecimal, { expected: "a decimal number of at most 64 characters, 0 or more" })
  )
])

/**
 * Rates by meter, each for the meter's `per` units: dollars per million tokens, per hour, per thousand searches. An absent meter has an unknown rate, not a rate of zero.
 *
 * @since 0.1.0
 * @category models
 */
export interface Rates {
  readonly [meter: string]: Rate
}

/**
 * The schema of `Rates`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Rates: Schema.Codec<Rates> = Schema.Record(Schema.String, Rate)

const known = new Map<Rate, BigDecimal.BigDecimal>()

/**
 * The exact decimal as written; zero for text that is not a decimal number, which the schema rejects.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toDecimal = (rate: Rate): BigDecimal.BigDecimal => {
  const found = known.get(rate)
  if (found !== undefined) return found
  const decimal = Option.getOrElse(BigDecimal.fromString(String(rate)), () => zero)
  if (known.size < 10_000) known.set(rate, decimal)
  return decimal
}

const zero = BigDecimal.make(0n, 0)

/**
 * The rate as JSON: a number where that is exact, else a decimal string.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromDecimal = (decimal: BigDecimal.BigDecimal): Rate => {
  const text = formatDecimal(decimal)
  const number = Number(text)
  const back = BigDecimal.fromString(String(number))
  return Option.isSome(back) && BigDecimal.equals(back.value, decimal) ? number : text
}

/**
 * Reads a rate from unknown input: a non-negative number or its text, else `undefined`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromUnknown = (u: unknown): Rate | undefined =>
  typeof u === "number"
    ? Number.isFinite(u) && u >= 0
      ? u
      : undefined
    : typeof u === "string" && isDecimal(u.trim())
      ? u.trim()
      : undefined

/**
 * The product, exactly.
 *
 * @since 0.1.0
 * @category combinators
 */
export const times = (rate: Rate, factor: Rate): Rate =>
  fromDecimal(BigDecimal.multiply(toDecimal(rate), toDecimal(factor)))

/**
 * The sum, exactly.
 *
 * @since 0.1.0
 * @category combinators
 */
export const sum = (self: Rate, that: Rate): Rate => fromDecimal(BigDecimal.sum(toDecimal(self), toDecimal(that)))
