import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as CatalogModel from "effect-llm/catalog/CatalogModel"
import * as ParameterRestriction from "effect-llm/catalog/ParameterRestriction"
import * as Services from "../Services.ts"
import { printDetails, printJson } from "../terminal/Print.ts"

import * as Quantity from "../terminal/Quantity.ts"
import { style } from "../terminal/Style.ts"
import * as KnownModels from "./KnownModels.ts"
import * as Rates from "./Rates.ts"

/** `models show`. */
export const showModel = Effect.fnUntraced(function* (input: { readonly model: string; readonly json: boolean }) {
  const model = yield* KnownModels.find(input.model)
  if (input.json) return yield* printJson({ ...model, restrictions: ParameterRestriction.of(model) })
  const { bold } = yield* style
  const at = yield* DateTime.now
  const { contextWindow, maxOutputTokens, price, reasoningEfforts } = model
  const rates = Rates.all(price, at)
  const restrictions = ParameterRestriction.of(model)
  const unsupported = [
    ...new Set(restrictions.flatMap(({ reject = [], unless, when }) => ((when ?? unless) === undefined ? reject : [])))
  ]
  const tokens = (count: number | undefined) => (count === undefined ? undefined : `${Quantity.format(count)} tokens`)
  const lines: ReadonlyArray<readonly [name: string, value: string | undefined]> = [
    ["kind", model.kind],
    ["context window", tokens(contextWindow)],
    ["max output", tokens(maxOutputTokens)],
    ["input", model.input.join(", ")],
    ["output", model.output.join(", ")],
    ["capabilities", model.capabilities.join(", ")],
    ["reasoning efforts", reasoningEfforts?.join(", ")],
    ["unsupported", unsupported.join(", ")],
    ["aliases", model.aliases.join(", ")],
    ["end of life", CatalogModel.formatEnd(model, at)],
    ...(price?.billing === undefined ? [] : ([["billing", price.billing]] as const)),
    ...rates.map(({ meter, rate }, index) => [index === 0 ? "price" : "", `${meter}: ${rate}`] as const),
    ...(rates.length === 0 && price?.billing === undefined ? ([["price", "not known"]] as const) : []),
    ["", (price?.versions.at(-1)?.thresholds ?? []).length > 0 ? "(long requests cost more)" : ""],
    ["service tiers", Object.keys(price?.tiers ?? {}).join(", ")],
    [
      "source",
      [price?.source ?? model.source, price?.asOf ?? model.asOf].filter((part) => part !== undefined).join(", ")
    ]
  ]
  const name = model.name === undefined || model.name === model.id ? "" : ` (${model.name})`
  yield* Console.log(`${bold(`${model.provider}/${model.id}`)}${name}\n`)
  yield* printDetails(lines)
}, Effect.provide(Services.catalog))
