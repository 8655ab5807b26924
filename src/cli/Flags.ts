import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Flag from "effect/cli/Flag"
import * as Quantity from "./terminal/Quantity.ts"

/** `--json`: for programs. */
export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print JSON"),
  Flag.withoutNegation,
  Flag.withDefault(false)
)

/** A flag that takes a whole number as people write it (`200k`). */
export const quantity = (name: string): Flag.Flag<number> =>
  Flag.String(name).pipe(
    Flag.withMetavar("number"),
    Flag.filterMap(
      (text) => Option.fromNullishOr(Quantity.parse(text)),
      (text) => `${text} is not a whole number (write 3000, 200k or 1M)`
    )
  )

const units: { readonly [unit: string]: number } = { ms: 1, "": 1000, s: 1000, m: 60_000, h: 3_600_000 }

/** A flag that takes a length of time: `30s`, `5m`; seconds where there is no unit. */
export const duration = (name: string): Flag.Flag<Duration.Duration> =>
  Flag.String(name).pipe(
    Flag.withMetavar("time"),
    Flag.filterMap(
      (text) => {
        const [, number, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h|)$/.exec(text.trim()) ?? []
        const millis = Number(number) * (units[unit] ?? 0)
        return millis > 0 ? Option.some(Duration.millis(millis)) : Option.none()
      },
      (text) => `${text} is not a length of time (write 30s or 5m)`
    )
  )

/** A flag that takes US dollars. */
export const dollars = (name: string): Flag.Flag<number> =>
  Flag.String(name).pipe(
    Flag.withMetavar("dollars"),
    Flag.filterMap(
      (text) => (/^\$?\d+(\.\d+)?$/.test(text) ? Option.some(Number(text.replace("$", ""))) : Option.none()),
      (text) => `${text} is not an amount of dollars (write 2.50)`
    )
  )

/** A flag that may be given more than once, or with several values between commas. */
export const list = (flag: Flag.Flag<string>): Flag.Flag<ReadonlyArray<string>> =>
  Flag.map(Flag.atLeast(flag, 0), (values) =>
    values
      .flatMap((value) => value.split(","))
      .map((value) => value.trim())
      .filter((value) => value !== "")
  )

/** The flag's value, or `undefined`. */
export const optional = <A>(flag: Flag.Flag<A>): Flag.Flag<A | undefined> =>
  Flag.map(Flag.optional(flag), Option.getOrUndefined)

/** A handler whose module is loaded when it runs, so that `--help` does not wait for it. */
export const lazyHandler =
  <Input, A, E, R>(load: () => Promise<(input: Input) => Effect.Effect<A, E, R>>) =>
  (input: Input): Effect.Effect<A, E, R> =>
    Effect.flatMap(Effect.promise(load), (handler) => handler(input))

/** The flags that choose models. */
export const modelFilters = {
  provider: list(
    Flag.String("provider").pipe(
      Flag.withAlias("p"),
      Flag.withMetavar("name"),
      Flag.withDescription("Only models of this provider (repeat it, or separate with commas)")
    )
  ),
  can: list(
    Flag.String("can").pipe(
      Flag.withAlias("c"),
      Flag.withMetavar("capability"),
      Flag.withDescription("Only models with this capability: tools, vision, reasoning, structuredOutput, pdf, ...")
    )
  ),
  minContext: optional(
    quantity("min-context").pipe(Flag.withDescription("The smallest context window, in tokens: 200k"))
  ),
  maxPrice: optional(
    dollars("max-price").pipe(Flag.withDescription("The highest price of a million input tokens, in US dollars"))
  ),
  maxOutputPrice: optional(
    dollars("max-output-price").pipe(
      Flag.withDescription("The highest price of a million output tokens, in US dollars")
    )
  ),
  deprecated: Flag.Boolean("deprecated").pipe(
    Flag.withDescription("Also models that are retired"),
    Flag.withoutNegation,
    Flag.withDefault(false)
  )
}

/** The values of these flags. */
export interface ModelFilters {
  readonly provider: ReadonlyArray<string>
  readonly can: ReadonlyArray<string>
  readonly minContext: number | undefined
  readonly maxPrice: number | undefined
  readonly maxOutputPrice: number | undefined
  readonly deprecated: boolean
}
