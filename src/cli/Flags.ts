import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Flag from "effect/cli/Flag"
import * as Quantity from "./terminal/Quantity.ts"

/** `--json`. */
export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print JSON"),
  Flag.withoutNegation,
  Flag.withDefault(false)
)

/** A flag for a whole number, such as `200k`. */
export const quantity = (name: string): Flag.Flag<number> =>
  Flag.String(name).pipe(
    Flag.withMetavar("number"),
    Flag.filterMap(
      (text) => Option.fromNullishOr(Quantity.parse(text)),
      (text) => `${text} is not a whole number (write 3000, 200k or 1M)`
    )
  )

const units: { readonly [unit: string]: number } = { ms: 1, "": 1000, s: 1000, m: 60_000, h: 3_600_000 }

/** A flag for a duration, such as `30s` or `5m`; seconds without a unit. */
export const duration = (name: string): Flag.Flag<Duration.Duration> =>
  Flag.String(name).pipe(
    Flag.withMetavar("time"),
    Flag.filterMap(
      (text) => {
        const [, number, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h|)$/.exec(text.trim()) ?? []
        const millis = Number(number) * (units[unit] ?? 0)
        return millis > 0 ? Option.some(Duration.millis(millis)) : Option.none()
      },
      (text) => `${text} is not a duration (write 30s or 5m)`
    )
  )

/** A flag for an amount in US dollars. */
export const dollars = (name: string): Flag.Flag<number> =>
  Flag.String(name).pipe(
    Flag.withMetavar("dollars"),
    Flag.filterMap(
      (text) => (/^\$?\d+(\.\d+)?$/.test(text) ? Option.some(Number(text.replace("$", ""))) : Option.none()),
      (text) => `${text} is not an amount in dollars (write 2.50)`
    )
  )

/** A flag that may be repeated, or given several values separated by commas. */
export const list = (flag: Flag.Flag<string>): Flag.Flag<ReadonlyArray<string>> =>
  Flag.map(Flag.atLeast(flag, 0), (values) =>
    values
      .flatMap((value) => value.split(","))
      .map((value) => value.trim())
      .filter((value) => value !== "")
  )

/** An optional flag; `undefined` if it is absent. */
export const optional = <A>(flag: Flag.Flag<A>): Flag.Flag<A | undefined> =>
  Flag.map(Flag.optional(flag), Option.getOrUndefined)

/** A handler whose module is loaded when it runs, so that `--help` stays fast. */
export const lazyHandler =
  <Input, A, E, R>(load: () => Promise<(input: Input) => Effect.Effect<A, E, R>>) =>
  (input: Input): Effect.Effect<A, E, R> =>
    Effect.flatMap(Effect.promise(load), (handler) => handler(input))

/** The flags that select models. */
export const modelFilters = {
  provider: list(
    Flag.String("provider").pipe(
      Flag.withAlias("p"),
      Flag.withMetavar("name"),
      Flag.withDescription("Only models of this provider (repeatable, or comma-separated)")
    )
  ),
  can: list(
    Flag.String("can").pipe(
      Flag.withAlias("c"),
      Flag.withMetavar("capability"),
      Flag.withDescription("Only models with this capability: tools, vision, reasoning, structuredOutput, pdf, ...")
    )
  ),
  minContext: optional(quantity("min-context").pipe(Flag.withDescription("Minimum context window, in tokens: 200k"))),
  maxPrice: optional(
    dollars("max-price").pipe(Flag.withDescription("Maximum price per million input tokens, in US dollars"))
  ),
  maxOutputPrice: optional(
    dollars("max-output-price").pipe(Flag.withDescription("Maximum price per million output tokens, in US dollars"))
  ),
  deprecated: Flag.Boolean("deprecated").pipe(
    Flag.withDescription("Include retired models"),
    Flag.withoutNegation,
    Flag.withDefault(false)
  )
}

/** The values of `modelFilters`. */
export interface ModelFilters {
  readonly provider: ReadonlyArray<string>
  readonly can: ReadonlyArray<string>
  readonly minContext: number | undefined
  readonly maxPrice: number | undefined
  readonly maxOutputPrice: number | undefined
  readonly deprecated: boolean
}
