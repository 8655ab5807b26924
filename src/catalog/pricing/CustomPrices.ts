import type { Found } from "../CatalogIndex.ts"
import * as CatalogModel from "../CatalogModel.ts"
import type { Price } from "../Price.ts"
import * as ProviderName from "../ProviderName.ts"

/** Prices that a user gave by name: of models that are known, and of models that nobody else knows. */
export interface CustomPrices {
  /** A model that nobody else knows, by the name that was given, or by that name without its provider. */
  readonly find: (name: string) => Found | undefined
  /** The model with the price that was given for it. */
  readonly over: (model: CatalogModel.CatalogModel) => CatalogModel.CatalogModel
}

/** The source of what a user gave. */
export const source = "user"

/** A model as a user's own. */
export const mark = (model: CatalogModel.CatalogModel, price = model.price): CatalogModel.CatalogModel =>
  CatalogModel.make({
    ...model,
    source,
    asOf: price?.asOf,
    price: price === undefined ? undefined : { ...price, source: price.source ?? source }
  })

const keyOf = ({ id, provider }: CatalogModel.CatalogModel): string => `${provider}/${id}`

/** Sorts prices by the models that their names surely mean, as `find` tells. */
export const make = (
  prices: { readonly [model: string]: Price },
  find: (name: string) => Found | undefined
): CustomPrices => {
  const known = new Map<string, Price>()
  const byName = new Map<string, Found>()
  for (const [name, price] of Object.entries(prices)) {
    const found = find(name)
    if (found !== undefined && found.match !== "fuzzy") {
      known.set(keyOf(found.model), price)
      continue
    }
    const slash = name.indexOf("/")
    const provider = slash > 0 ? ProviderName.canonical(name.slice(0, slash)) : source
    const id = slash > 0 ? name.slice(slash + 1) : name
    const model = mark(CatalogModel.make({ provider, id, price }))
    byName.set(name.toLowerCase(), { model, match: "exact" })
    byName.set(`${provider}/${id}`.toLowerCase(), { model, match: "exact" })
  }
  const bare = new Map(Array.from(byName.values(), (found) => [found.model.id.toLowerCase(), found]))
  return {
    find: (name) => {
      const requested = name.trim().toLowerCase()
      return byName.get(requested) ?? bare.get(requested)
    },
    over: (model) => {
      const price = known.get(keyOf(model))
      return price === undefined ? model : mark(model, price)
    }
  }
}
