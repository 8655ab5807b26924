import * as BigDecimal from "effect/BigDecimal"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { CatalogModel } from "effect-llm/catalog/CatalogModel"
import * as Cost from "effect-llm/catalog/Cost"
import * as Money from "effect-llm/catalog/Money"
import { Tokenizer } from "effect-llm/tokens/Tokenizer"
import { failed, usage } from "../CliFailure.ts"
import * as KnownModels from "../models/KnownModels.ts"
import type { ModelFilters } from "../Flags.ts"
import * as Services from "../Services.ts"
import * as BarChart from "../terminal/BarChart.ts"
import { printJson } from "../terminal/Print.ts"
import * as Quantity from "../terminal/Quantity.ts"
import { style } from "../terminal/Style.ts"
import * as Call from "./Call.ts"

/** The options of `cost compare`. */
export interface CompareCosts extends Call.Call, ModelFilters {
  readonly models: ReadonlyArray<string>
  readonly limit: number
  readonly json: boolean
}

/** `cost compare`. */
export const compareCosts = Effect.fnUntraced(
  function* (options: CompareCosts) {
    const at = yield* DateTime.now
    const isFiltered =
      options.provider.length + options.can.length > 0 ||
      [options.minContext, options.maxPrice, options.maxOutputPrice].some((limit) => limit !== undefined)
    if (options.models.length > 0 === isFiltered) {
      return yield* usage(
        "name the models to compare, or select them with --provider, --can, --min-context or --max-price"
      )
    }
    const models: ReadonlyArray<CatalogModel> = isFiltered
      ? yield* KnownModels.search(options, { kind: "chat", priced: true })
      : yield* Effect.forEach(options.models, KnownModels.find)
    if (models.length === 0) return yield* failed("no model matches")
    yield* Call.checkTier(options.tier, yield* KnownModels.all)
    const input = yield* Call.inputOf(options)
    const priced = yield* Effect.forEach(models, (model) => Call.price(model, options, input, at))
    const sorted = priced
      .toSorted((a, b) => Number(a.lacksTier) - Number(b.lacksTier) || Cost.Order(a.cost, b.cost))
      .slice(0, isFiltered ? options.limit : undefined)
    if (options.json) return yield* printJson(sorted.map((call) => Call.toJson(call, options.calls)))
    yield* Console.log(yield* headline(sorted, options))
    yield* BarChart.print(sorted.map((call) => bar(call, options.tier)))
  },
  Effect.provide(Layer.merge(Services.catalog, Tokenizer.layer))
)

const rangeOf = (counts: ReadonlyArray<number>): string => {
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return least === most ? Quantity.format(least) : `${Quantity.format(least)} to ${Quantity.format(most)}`
}

const headline = Effect.fnUntraced(function* (priced: ReadonlyArray<Call.PricedCall>, { calls, tier }: Call.Call) {
  const input = rangeOf(priced.map(({ input }) => input.tokens))
  const output = rangeOf(priced.map(({ output }) => output))
  const callCount = calls === 1 ? "a call" : `${Quantity.format(calls)} calls`
  const { dim } = yield* style
  return dim(`${callCount} of ${input} tokens in, ${output} out${tier === undefined ? "" : `, ${tier}`}\n`)
})

const bar = ({ cost, lacksTier, model, total }: Call.PricedCall, tier: string | undefined): BarChart.Bar => ({
  label: `${model.provider}/${model.id}`,
  size: total === undefined ? undefined : BigDecimal.toNumberUnsafe(total),
  amount:
    cost._tag === "Unpriced"
      ? Cost.formatReason(cost.reason)
      : lacksTier
        ? `no ${tier} price`
        : total === undefined
          ? ""
          : Money.format(total)
})
