import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Catalog } from "effect-llm/catalog/Catalog"
import * as CatalogModel from "effect-llm/catalog/CatalogModel"
import * as CatalogQuery from "effect-llm/catalog/CatalogQuery"
import * as NearNames from "effect-llm/catalog/NearNames"
import type { Price } from "effect-llm/catalog/Price"
import { Pricing } from "effect-llm/catalog/Pricing"
import * as ProviderName from "effect-llm/catalog/ProviderName"
import * as ModelId from "effect-llm/domain/ModelId"
import { type CliFailure, usage } from "../CliFailure.ts"
import type { ModelFilters } from "./ModelFilters.ts"
import * as Rates from "./Rates.ts"

const withPrice = (model: CatalogModel.CatalogModel, price: Price | undefined): CatalogModel.CatalogModel =>
  price === undefined ? model : { ...model, price }

const didYouMean = (names: ReadonlyArray<string>): string =>
  names.length === 0 ? "`effect-llm models search` finds models by words." : `Did you mean ${names.join(", ")}?`

/**
 * The model of this name, with its newest price. What is merely like the name is named in the error.
 *
 * @since 0.1.0
 * @category getters
 */
export const find = Effect.fnUntraced(function* (
  name: string
): Effect.fn.Return<CatalogModel.CatalogModel, CliFailure, Catalog | Pricing> {
  const catalog = yield* Catalog
  const found = Option.getOrUndefined(yield* catalog.find(name))
  if (found !== undefined && found.match !== "fuzzy") {
    const { table } = yield* Pricing
    const quote = (yield* table).find(ModelId.format({ provider: found.model.provider, model: found.model.id }))
    return withPrice(found.model, quote?.match === "fuzzy" ? undefined : quote?.price)
  }
  const quote = Option.getOrUndefined(yield* Effect.flatMap(Pricing, ({ lookup }) => lookup(name)))
  const id = quote === undefined || quote.match === "fuzzy" ? undefined : ModelId.parse(quote.model)
  if (quote !== undefined && id !== undefined) {
    const { asOf, price, source } = quote
    return CatalogModel.make({ provider: id.provider, id: id.model, price, source, asOf })
  }
  const like = found === undefined ? [] : [ModelId.format({ provider: found.model.provider, model: found.model.id })]
  const near = [...new Set([...like, ...NearNames.find(yield* catalog.index, name)])].slice(0, 3)
  return yield* usage(`no model is known as ${name}. ${didYouMean(near)}`)
})

/**
 * The models that the flags let through, with their newest prices.
 *
 * @since 0.1.0
 * @category getters
 */
export const search = Effect.fnUntraced(function* (
  { can, maxOutputPrice, maxPrice, provider, ...filters }: ModelFilters,
  query: CatalogQuery.CatalogQuery
): Effect.fn.Return<ReadonlyArray<CatalogModel.CatalogModel>, CliFailure, Catalog | Pricing> {
  const index = yield* Effect.flatMap(Catalog, ({ index }) => index)
  const all = index.all()
  yield* checkNames("provider", provider, () => index.providers, ProviderName.canonical)
  const capabilities = () => [...new Set(all.flatMap(({ capabilities }) => capabilities))]
  yield* checkNames("capability", can, capabilities, (name) => name)
  const { status, table } = yield* Pricing
  const prices = yield* table
  const isNewer = (yield* status).prices.feed > 0
  const priced = isNewer
    ? all.map((model) =>
        withPrice(model, prices.find(ModelId.format({ provider: model.provider, model: model.id }))?.price)
      )
    : all
  const at = yield* DateTime.now
  const { limit, ...rest } = query
  const found = CatalogQuery.run(
    priced,
    {
      ...rest,
      deprecated: filters.deprecated,
      minContextWindow: filters.minContext,
      capabilities: can,
      provider: provider.length === 0 ? undefined : provider
    },
    at
  ).filter((model) => Rates.isAtMost(model.price, at, { input: maxPrice, output: maxOutputPrice }))
  return limit === undefined ? found : found.slice(0, limit)
})

const checkNames = (
  what: string,
  asked: ReadonlyArray<string>,
  names: () => ReadonlyArray<string>,
  canonical: (name: string) => string
): Effect.Effect<void, CliFailure> => {
  if (asked.length === 0) return Effect.void
  const known = names()
  const unknown = asked.find((name) => !known.includes(canonical(name)))
  return unknown === undefined
    ? Effect.void
    : Effect.fail(usage(`no model has the ${what} ${unknown}. There are: ${known.toSorted().join(", ")}`))
}
