import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Catalog } from "effect-llm/catalog/Catalog"
import * as CatalogModel from "effect-llm/catalog/CatalogModel"
import * as CatalogQuery from "effect-llm/catalog/CatalogQuery"
import type { Price } from "effect-llm/catalog/Price"
import { Pricing } from "effect-llm/catalog/Pricing"
import * as ProviderName from "effect-llm/catalog/ProviderName"
import * as ModelId from "effect-llm/domain/ModelId"
import { type CliFailure, usage } from "../CliFailure.ts"
import type { ModelFilters } from "../Flags.ts"
import * as Rates from "./Rates.ts"

const withPrice = (model: CatalogModel.CatalogModel, price: Price | undefined): CatalogModel.CatalogModel =>
  price === undefined ? model : { ...model, price }

const didYouMean = (names: ReadonlyArray<string>): string =>
  names.length === 0 ? "Try `effect-llm models search`." : `Did you mean ${names.join(", ")}?`

/** The model of this name, with its newest price. The error suggests similar names. */
export const find = Effect.fnUntraced(function* (
  name: string
): Effect.fn.Return<CatalogModel.CatalogModel, CliFailure, Catalog | Pricing> {
  const catalog = yield* Catalog
  const found = Option.getOrUndefined(yield* catalog.find(name))
  if (found !== undefined && found.match !== "fuzzy") {
    const fullName = ModelId.format({ provider: found.model.provider, model: found.model.id })
    const requestedId = ModelId.parse(name)
    if (requestedId === undefined || ProviderName.canonical(requestedId.provider) !== found.model.provider) {
      yield* Console.error(`effect-llm: ${name} is ${fullName}`)
    }
    const { table } = yield* Pricing
    const quote = (yield* table).find(fullName)
    return withPrice(found.model, quote?.match === "fuzzy" ? undefined : quote?.price)
  }
  const quote = Option.getOrUndefined(yield* Effect.flatMap(Pricing, ({ lookup }) => lookup(name)))
  const id = quote === undefined || quote.match === "fuzzy" ? undefined : ModelId.parse(quote.model)
  if (quote !== undefined && id !== undefined) {
    const { asOf, price, source } = quote
    return CatalogModel.make({ provider: id.provider, id: id.model, price, source, asOf })
  }
  const similar = found === undefined ? [] : [ModelId.format({ provider: found.model.provider, model: found.model.id })]
  const near = [...new Set([...similar, ...(yield* catalog.suggestions(name))])].slice(0, 3)
  return yield* usage(`no model is named ${name}. ${didYouMean(near)}`)
})

/** Every model in the catalog and, once newer prices were fetched, every model in those; with the newest prices. */
export const all = Effect.gen(function* () {
  const models = (yield* Effect.flatMap(Catalog, ({ index }) => index)).all()
  const { status, table } = yield* Pricing
  if ((yield* status).prices.feed === 0) return models
  const prices = yield* table
  const known = new Map(models.map((model) => [nameOf(model).toLowerCase(), model]))
  const newer = prices.names().flatMap((name) => {
    const id = ModelId.parse(name)
    const quote = id === undefined || known.has(name.toLowerCase()) ? undefined : prices.find(name)
    if (id === undefined || quote?.price === undefined) return []
    const { asOf, price, source } = quote
    // Only its price is known. A model without an output rate is not a chat model.
    const kind = price.versions.at(-1)?.rates.output === undefined ? "other" : "chat"
    return [CatalogModel.make({ provider: id.provider, id: id.model, kind, price, source, asOf })]
  })
  return [...models.map((model) => withPrice(model, prices.find(nameOf(model))?.price)), ...newer]
})

const nameOf = ({ id, provider }: CatalogModel.CatalogModel): string => ModelId.format({ provider, model: id })

/** The models that match the flags, with their newest prices. */
export const search = Effect.fnUntraced(function* (
  { can, maxOutputPrice, maxPrice, provider, ...filters }: ModelFilters,
  query: CatalogQuery.CatalogQuery
): Effect.fn.Return<ReadonlyArray<CatalogModel.CatalogModel>, CliFailure, Catalog | Pricing> {
  const models = yield* all
  const providers = () => [...new Set(models.map(({ provider }) => provider))]
  yield* checkNames("provider", provider, providers, ProviderName.canonical)
  const capabilities = () => [...new Set(models.flatMap(({ capabilities }) => capabilities))]
  yield* checkNames("capability", can, capabilities, (name) => name)
  const at = yield* DateTime.now
  const { limit, ...rest } = query
  const found = CatalogQuery.run(
    models,
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
  noun: string,
  requestedNames: ReadonlyArray<string>,
  names: () => ReadonlyArray<string>,
  canonical: (name: string) => string
): Effect.Effect<void, CliFailure> => {
  if (requestedNames.length === 0) return Effect.void
  const known = names()
  const unknown = requestedNames.find((name) => !known.includes(canonical(name)))
  return unknown === undefined
    ? Effect.void
    : Effect.fail(usage(`no model has the ${noun} ${unknown}. Known values: ${known.toSorted().join(", ")}`))
}
