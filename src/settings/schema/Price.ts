import * as Schema from "effect/Schema"
import * as Meter from "effect-llm/catalog/Meter"
import { Rate } from "effect-llm/catalog/Rate"
import { optional } from "./Setting.ts"

const rate = Rate.annotate({ expected: "dollars, as a number or decimal text, 0 or more" })

const quantities: { readonly [per: number]: string } = { 1000: "thousand", 1e6: "million", 1e9: "billion" }

/** A plural name counts what its last word says, any other counts tokens. */
const unit = (meter: string, { per }: Meter.Meter): string => {
  if (per === 1) return "each"
  if (per === 3600) return "per hour"
  const counted = meter.endsWith("s") ? (meter.split(/(?=[A-Z])/).at(-1) ?? meter).toLowerCase() : "tokens"
  return `per ${quantities[per] ?? per} ${counted}`
}

const Rates = Schema.Struct(
  Object.fromEntries(
    Object.entries(Meter.all).map(([meter, counted]) => [meter, optional(rate, `Dollars ${unit(meter, counted)}`)])
  )
).annotate({
  identifier: "Rates",
  description: "Dollars by meter: input, output, cacheRead ... per million tokens; outputImages each"
})

/** A custom price, instead of the list price. */
export const Price = Schema.Union([Schema.Literal("free"), Rates]).annotate({
  identifier: "Price",
  expected: `rates such as { input: 1.25, output: 10 } in dollars per million tokens, or "free"`
})

export type Price = Schema.Schema.Type<typeof Price>
