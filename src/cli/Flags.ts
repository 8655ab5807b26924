import * as Flag from "effect/cli/Flag"
import * as Option from "effect/Option"
import * as Quantity from "./terminal/Quantity.ts"

/**
 * `--json`: for programs.
 *
 * @since 0.1.0
 * @category flags
 */
export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print JSON"),
  Flag.withoutNegation,
  Flag.withDefault(false)
)

/**
 * A flag that takes a whole number as people write it (`200k`).
 *
 * @since 0.1.0
 * @category flags
 */
export const quantity = (name: string): Flag.Flag<number> =>
  Flag.String(name).pipe(
    Flag.withMetavar("number"),
    Flag.filterMap(
      (text) => Option.fromNullishOr(Quantity.parse(text)),
      (text) => `${text} is not a whole number (write 3000, 200k or 1M)`
    )
  )

/**
 * A flag that takes US dollars.
 *
 * @since 0.1.0
 * @category flags
 */
export const dollars = (name: string): Flag.Flag<number> =>
  Flag.String(name).pipe(
    Flag.withMetavar("dollars"),
    Flag.filterMap(
      (text) => (/^\$?\d+(\.\d+)?$/.test(text) ? Option.some(Number(text.replace("$", ""))) : Option.none()),
      (text) => `${text} is not an amount of dollars (write 2.50)`
    )
  )

/**
 * A flag that may be given more than once, or with several values between commas.
 *
 * @since 0.1.0
 * @category flags
 */
export const list = (flag: Flag.Flag<string>): Flag.Flag<ReadonlyArray<string>> =>
  Flag.map(Flag.atLeast(flag, 0), (values) =>
    values
      .flatMap((value) => value.split(","))
      .map((value) => value.trim())
      .filter((value) => value !== "")
  )

/**
 * The flag's value, or `undefined`.
 *
 * @since 0.1.0
 * @category flags
 */
export const optional = <A>(flag: Flag.Flag<A>): Flag.Flag<A | undefined> =>
  Flag.map(Flag.optional(flag), Option.getOrUndefined)
