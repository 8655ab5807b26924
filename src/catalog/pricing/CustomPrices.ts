import type { Found } from "../CatalogIndex.ts"
import * as CatalogModel from "../CatalogModel.ts"
import type { Price } from "../Price.ts"
import * as ProviderName from "../ProviderName.ts"

/** Custom prices by model name, in which `*` matches anything; also for models that are not in the catalog. */
export interface CustomPrices {
  /** A model that is not in the catalog, by its full name or without its provider. */
  readonly find: (name: string) => Found | undefined
  /** The model with the custom price of the name that it was requested by. */
  readonly over: (model: CatalogModel.CatalogModel, requested: string) => CatalogModel.CatalogModel
}

/** The source of custom prices. */
export const source = "user"

/** A model as a user's own. */
export const mark = (model: CatalogModel.CatalogModel, price = model.price): CatalogModel.CatalogModel =>
  CatalogModel.make({
    ...model,
    source,
    asOf: price?.asOf,
    price: price === undefined ? undefined : { ...price, source: price.source ?? source }
  })

/** A price for every name that has this beginning and this end. */
interface Pattern {
  readonly prefix: string
  readonly suffix: string
  readonly price: Price
}

const patternOf = (name: string, price: Price): Pattern => {
  const star = name.indexOf("*")
  return { prefix: name.slice(0, star).toLowerCase(), suffix: name.slice(star + 1).toLowerCase(), price }
}

const sizeOf = ({ prefix, suffix }: Pattern): number => prefix.length + suffix.length

const isNamed = ({ prefix, suffix }: Pattern, name: string): boolean =>
  name.length >= prefix.length + suffix.length && name.startsWith(prefix) && name.endsWith(suffix)

const keyOf = ({ id, provider }: CatalogModel.CatalogModel): string => `${provider}/${id}`

/** A model that only its price makes known. */
const unlisted = (name: string, price: Price): CatalogModel.CatalogModel => {
  const slash = name.indexOf("/")
  const provider = slash > 0 ? ProviderName.canonical(name.slice(0, slash)) : source
  return mark(CatalogModel.make({ provider, id: slash > 0 ? name.slice(slash + 1) : name, price }))
}

/** Sorts prices by the models that their names surely mean, as `find` tells. */
export const make = (
  prices: { readonly [model: string]: Price },
  find: (name: string) => Found | undefined
): CustomPrices => {
  const known = new Map<string, Price>()
  const byName = new Map<string, Found>()
  const patterns: Array<Pattern> = []
  for (const [name, price] of Object.entries(prices)) {
    if (name.includes("*")) {
      patterns.push(patternOf(name, price))
      continue
    }
    const found = find(name)
    if (found !== undefined && found.match !== "fuzzy") {
      known.set(keyOf(found.model), price)
      continue
    }
    const model = unlisted(name, price)
    byName.set(name.toLowerCase(), { model, match: "exact" })
    byName.set(keyOf(model).toLowerCase(), { model, match: "exact" })
  }
  // Of several the longest says most.
  patterns.sort((a, b) => sizeOf(b) - sizeOf(a))
  const patterned = (name: string): Price | undefined => patterns.find((pattern) => isNamed(pattern, name))?.price
  const bare = new Map(Array.from(byName.values(), (found) => [found.model.id.toLowerCase(), found]))
  return {
    find: (name) => {
      const requested = name.trim().toLowerCase()
      const found = byName.get(requested) ?? bare.get(requested)
      const price = found === undefined ? patterned(requested) : undefined
      return price === undefined ? found : { model: unlisted(name.trim(), price), match: "exact" }
    },
    over: (model, requested) => {
      const key = keyOf(model)
      const price =
        known.get(key) ??
        (model.source === source
          ? undefined
          : (patterned(requested.trim().toLowerCase()) ?? patterned(key.toLowerCase())))
      return price === undefined ? model : mark(model, price)
    }
  }
}
