import * as Schema from "effect/Schema"
import * as Meter from "effect-llm/catalog/Meter"
import { Rate } from "effect-llm/catalog/Rate"

const rate = Schema.optionalKey(Rate.annotate({ expected: "dollars, as a number or decimal text, 0 or more" }))

const Rates = Schema.Struct(Object.fromEntries(Object.keys(Meter.all).map((meter) => [meter, rate]))).annotate({
  identifier: "Rates",
  description: "Dollars by meter: input, output, cacheRead ... per million tokens; outputImages each"
})

/** A custom price, instead of the list price. */
export const Price = Schema.Union([Schema.Literal("free"), Rates]).annotate({
  identifier: "Price",
  expected: `rates such as { input: 1.25, output: 10 } in dollars per million tokens, or "free"`
})

export type Price = Schema.Schema.Type<typeof Price>
