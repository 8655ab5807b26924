import type * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as CatalogIndex from "../CatalogIndex.ts"
import type { Found } from "../CatalogIndex.ts"
import * as CatalogModel from "../CatalogModel.ts"
import type { EmbeddedCatalog } from "../EmbeddedCatalog.ts"
import type { Price } from "../Price.ts"
import * as PriceTerms from "../PriceTerms.ts"
import * as ProviderName from "../ProviderName.ts"
import * as CustomPrices from "./CustomPrices.ts"
import * as PriceMerge from "./PriceMerge.ts"
import * as PriceSnapshot from "./PriceSnapshot.ts"

/** The price of a model, how it was matched, its source and its date. */
export interface PriceQuote {
  /** The priced model, `provider/model`. */
  readonly model: string
  /** `fuzzy`: the name is merely similar, or the price is another provider's. */
  readonly match: Found["match"]
  /** `undefined` if the model is known but its price is not. */
  readonly price: Price | undefined
  /** The name of the data (`models.dev`, `genai-prices` ...); `user` for custom prices. */
  readonly source: string
  /** The date (`YYYY-MM-DD`) of the source. */
  readonly asOf: string | undefined
  /** Whether it is older than the layer's ttl. Custom prices never are. */
  readonly stale: boolean
}

/** Prices by model name, with the results of lookups cached. */
export interface PriceTable {
  /** The price of `provider/model`, or of a model by its name alone. */
  readonly find: (model: string) => PriceQuote | undefined
  /** Every model as `provider/model`. */
  readonly names: () => ReadonlyArray<string>
}

/** The sources of a table, the last one winning: embedded prices, those of a feed, custom ones. */
export interface PriceSources {
  readonly embedded: EmbeddedCatalog
  readonly snapshot: PriceSnapshot.PriceSnapshot | undefined
  readonly models: ReadonlyArray<CatalogModel.CatalogModel>
  /** By `provider/model`, or another name of the model; `*` stands for anything. */
  readonly prices: { readonly [model: string]: Price }
  readonly clock: Clock.Clock
  /** How long an embedded price is trusted, in milliseconds from its day on. */
  readonly embeddedFor: number
  /** How long a feed's price is trusted, in milliseconds. */
  readonly snapshotFor: number
}

interface Slot {
  readonly fresh: PriceQuote
  readonly stale: PriceQuote
  readonly staleAt: number
}

/** As many names as are remembered: they may come from strangers. */
const capacity = 20_000

/**
 * Makes a table that reads lazily: a provider's models when one of them, or a model without a provider, is looked up, and a
 * model's price when that model is looked up.
 */
export const make = (sources: PriceSources): PriceTable => {
  const { clock, snapshot } = sources
  const named = indexOf(sources)
  /** A provider whose models are another's has its own first. */
  const index = (requested: string): CatalogIndex.Found | undefined => {
    const found = named.find(requested)
    const other = found === undefined || found.match === "fuzzy" ? ProviderName.elsewhere(requested) : undefined
    return (other === undefined ? undefined : named.find(other)) ?? found
  }
  const customPrices = CustomPrices.make(sources.prices, index)

  const staleAt = (model: CatalogModel.CatalogModel): number => {
    switch (model.source) {
      case CustomPrices.source:
        return Infinity
      case snapshot?.feed:
        return (snapshot?.checkedAt ?? 0) + sources.snapshotFor
      default:
        return millisOf(model.asOf) + sources.embeddedFor
    }
  }

  const slotOf = (requested: string): Slot | undefined => {
    const listed = index(requested)
    const found = listed === undefined || listed.match === "fuzzy" ? (customPrices.find(requested) ?? listed) : listed
    if (found === undefined) return undefined
    const model = customPrices.over(found.model, requested)
    const quote = {
      model: `${model.provider}/${model.id}`,
      match: found.match,
      price: model.price,
      source: model.source === CustomPrices.source ? model.source : (model.price?.source ?? model.source),
      asOf: model.price?.asOf ?? model.asOf
    }
    return { fresh: { ...quote, stale: false }, stale: { ...quote, stale: true }, staleAt: staleAt(model) }
  }

  const slots = new Map<string, Slot | null>()
  return {
    names: named.names,
    find: (requested) => {
      let slot = slots.get(requested)
      if (slot === undefined) {
        slot = slotOf(requested) ?? null
        if (slots.size < capacity) slots.set(requested, slot)
      }
      return slot === null ? undefined : clock.currentTimeMillisUnsafe() < slot.staleAt ? slot.fresh : slot.stale
    }
  }
}

/** Finds models by name, and reads of other providers only where the one that is named has no such model. */
const indexOf = ({ embedded, models, snapshot }: PriceSources) => {
  const customPrices = Map.groupBy(
    models.filter(({ price }) => price !== undefined).map((model) => CatalogIndex.entry(CustomPrices.mark(model))),
    providerOf
  )
  const providers = new Set([...embedded.providers, ...customPrices.keys(), ...(snapshot?.sections.keys() ?? [])])

  const shelves = new Map<string, ReadonlyArray<CatalogIndex.Entry>>()
  const shelf = (provider: string): ReadonlyArray<CatalogIndex.Entry> => {
    const before = embedded.of(provider)
    const made = shelves.get(provider) ?? [
      ...before,
      ...(snapshot === undefined ? [] : freshEntries(provider, before, snapshot, embedded.terms)),
      ...(customPrices.get(provider) ?? [])
    ]
    shelves.set(provider, made)
    return made
  }
  const indexes = new Map<string, CatalogIndex.CatalogIndex>()
  const index = (of: string, shelves: () => Iterable<CatalogIndex.Entry>): CatalogIndex.CatalogIndex => {
    const made = indexes.get(of) ?? CatalogIndex.make(shelves())
    indexes.set(of, made)
    return made
  }
  const everything = () => Array.from(providers).flatMap(shelf)

  const find = (requested: string): CatalogIndex.Found | undefined => {
    const name = requested.trim().toLowerCase()
    const slash = name.indexOf("/")
    const provider = ProviderName.canonical(name.slice(0, Math.max(slash, 0)))
    // A provider that is named has the first word, and the models of others need not be read.
    const near = providers.has(provider) ? index(provider, () => shelf(provider)).find(name) : undefined
    if (near !== undefined && near.match !== "fuzzy") return near
    return index("*", everything).find(name)
  }
  return { find, names: () => index("*", everything).names() }
}

const providerOf = (entry: { readonly provider: string }): string => ProviderName.canonical(entry.provider)

const millisOf = (day: string | undefined): number =>
  Option.match(day === undefined ? Option.none() : DateTime.make(day), {
    onNone: () => -Infinity,
    onSome: DateTime.toEpochMillis
  })

/** The feed's prices, under all names that the models are known by, put together with what was known of them. */
const freshEntries = (
  provider: string,
  before: ReadonlyArray<CatalogIndex.Entry>,
  snapshot: PriceSnapshot.PriceSnapshot,
  terms: PriceTerms.PriceTerms
): ReadonlyArray<CatalogIndex.Entry> => {
  const known = new Map(before.map((entry) => [entry.id.toLowerCase(), entry]))
  const asOf = DateTime.formatIsoDateUtc(DateTime.makeUnsafe(snapshot.checkedAt))
  return PriceSnapshot.rowsOf(snapshot, provider).map((row) => {
    const { id } = row
    const entry = known.get(id.toLowerCase())
    const aliases = [...(entry?.aliases ?? []), ...PriceSnapshot.aliasesOf(row)]
    const matchers = [...(entry?.matchers ?? []), ...PriceSnapshot.matchersOf(row)]
    const load = (): CatalogModel.CatalogModel => {
      const model = entry?.load()
      const price = PriceSnapshot.priceOf(row)
      const listed = CatalogModel.make({ provider, id, aliases, matchers, price, source: snapshot.feed, asOf })
      if (listed.price === undefined) return model ?? listed
      const merged = PriceMerge.merge(model?.price, listed.price, { now: snapshot.checkedAt, since: model?.asOf })
      return PriceTerms.apply({ ...listed, price: merged }, terms)
    }
    return { provider, id, aliases, matchers, load }
  })
}
