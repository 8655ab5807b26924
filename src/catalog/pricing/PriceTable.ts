import type * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as CatalogIndex from "../CatalogIndex.ts"
import * as CatalogModel from "../CatalogModel.ts"
import type { EmbeddedCatalog } from "../EmbeddedCatalog.ts"
import type { Price } from "../Price.ts"
import * as PriceTerms from "../PriceTerms.ts"
import * as ProviderName from "../ProviderName.ts"
import * as PriceMerge from "./PriceMerge.ts"
import type { PriceQuote } from "./PriceQuote.ts"
import * as PriceRow from "./PriceRow.ts"
import type { PriceSnapshot } from "./PriceSnapshot.ts"

/**
 * The prices at hand, by a model's name. Asked again for the same name, it answers out of a map.
 *
 * @since 0.1.0
 * @category models
 */
export interface PriceTable {
  /** The price of `provider/model`, or of a model by its name alone. */
  readonly find: (model: string) => PriceQuote | undefined
}

/**
 * What a table is made of, the last one winning: the embedded prices, those of a feed, the user's own.
 *
 * @since 0.1.0
 * @category models
 */
export interface PriceSources {
  readonly embedded: EmbeddedCatalog
  readonly snapshot: PriceSnapshot | undefined
  readonly models: ReadonlyArray<CatalogModel.CatalogModel>
  /** By `provider/model`, or another name of the model. */
  readonly prices: { readonly [model: string]: Price }
  readonly clock: Clock.Clock
  /** How long an embedded price is trusted, in milliseconds from its day on. */
  readonly embeddedFor: number
  /** How long a feed's price is trusted, in milliseconds. */
  readonly snapshotFor: number
}

interface Row {
  readonly source: string
  readonly staleAt: number
}

interface Slot {
  readonly fresh: PriceQuote
  readonly stale: PriceQuote
  readonly staleAt: number
}

/** As many names as are remembered: they may come from strangers. */
const capacity = 20_000

/**
 * Makes a table. Only names are read; a price is read when it is asked for.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (sources: PriceSources): PriceTable => {
  const { clock, embedded, snapshot } = sources
  const fresh = snapshot === undefined ? [] : freshEntries(embedded, snapshot)
  const base = [...embedded.entries, ...fresh]
  const own = ownEntries(sources, base)
  const index = CatalogIndex.make([...base, ...own])

  const user = new Set(own.map(keyOf))
  const feed = new Set(fresh.map(keyOf))
  const rowOf = (model: CatalogModel.CatalogModel): Row => {
    const key = keyOf(model)
    if (user.has(key)) return { source: "user", staleAt: Infinity }
    if (snapshot !== undefined && feed.has(key)) {
      return { source: snapshot.feed, staleAt: snapshot.checkedAt + sources.snapshotFor }
    }
    return { source: model.price?.source ?? model.source, staleAt: millisOf(model.asOf) + sources.embeddedFor }
  }

  const slotOf = (asked: string): Slot | undefined => {
    const found = index.find(asked)
    if (found === undefined) return undefined
    const { model } = found
    const { source, staleAt } = rowOf(model)
    const quote = {
      model: `${model.provider}/${model.id}`,
      match: isOfAnother(asked, model) ? "fuzzy" : found.match,
      price: model.price,
      source,
      asOf: model.price?.asOf ?? model.asOf
    } as const
    return { fresh: { ...quote, stale: false }, stale: { ...quote, stale: true }, staleAt }
  }

  const slots = new Map<string, Slot | null>()
  return {
    find: (asked) => {
      let slot = slots.get(asked)
      if (slot === undefined) {
        slot = slotOf(asked) ?? null
        if (slots.size < capacity) slots.set(asked, slot)
      }
      return slot === null ? undefined : clock.currentTimeMillisUnsafe() < slot.staleAt ? slot.fresh : slot.stale
    }
  }
}

const keyOf = ({ id, provider }: { readonly provider: string; readonly id: string }): string =>
  `${ProviderName.canonical(provider)}/${id.toLowerCase()}`

/** Whether a provider is asked for and another one's model was found. */
const isOfAnother = (asked: string, model: CatalogModel.CatalogModel): boolean => {
  const name = asked.trim().toLowerCase()
  const slash = name.indexOf("/")
  return (
    slash > 0 &&
    ProviderName.canonical(name.slice(0, slash)) !== ProviderName.canonical(model.provider) &&
    model.id.toLowerCase() !== name &&
    !model.aliases.some((alias) => alias.toLowerCase() === name)
  )
}

const millisOf = (day: string | undefined): number =>
  Option.match(day === undefined ? Option.none() : DateTime.make(day), {
    onNone: () => -Infinity,
    onSome: DateTime.toEpochMillis
  })

/** The feed's prices, under all names that the model is known by, put together with what was known of them. */
const freshEntries = (embedded: EmbeddedCatalog, snapshot: PriceSnapshot): ReadonlyArray<CatalogIndex.Entry> => {
  const known = new Map(embedded.entries.map((entry) => [keyOf(entry), entry]))
  const asOf = DateTime.formatIsoDateUtc(DateTime.makeUnsafe(snapshot.checkedAt))
  return snapshot.rows.map((row) => {
    const { id, provider } = row
    const before = known.get(keyOf(row))
    const aliases = [...(before?.aliases ?? []), ...PriceRow.aliasesOf(row)]
    const matchers = [...(before?.matchers ?? []), ...PriceRow.matchersOf(row)]
    const load = (): CatalogModel.CatalogModel => {
      const model = before?.load()
      const price = PriceRow.priceOf(row)
      const listed = CatalogModel.make({ provider, id, aliases, matchers, price, source: snapshot.feed, asOf })
      const termed = PriceTerms.apply(listed, embedded.terms).price
      if (termed === undefined) return model ?? listed
      // Terms that name their own source take the place of the feed's price.
      const dated = termed.source === snapshot.feed ? { ...termed, asOf } : termed
      const merged = PriceMerge.merge(model?.price, dated, { now: snapshot.checkedAt, since: model?.asOf })
      return { ...listed, price: merged }
    }
    return { provider, id, aliases, matchers, load }
  })
}

/** The user's own, under all names that the model is known by. */
const ownEntries = (
  { models, prices }: PriceSources,
  base: ReadonlyArray<CatalogIndex.Entry>
): ReadonlyArray<CatalogIndex.Entry> => {
  const priced = models.filter(({ price }) => price !== undefined)
  const overrides = Object.entries(prices)
  if (overrides.length === 0) return priced.map(CatalogIndex.entry)
  const index = CatalogIndex.make([...base, ...priced.map(CatalogIndex.entry)])
  const given = overrides.map(([name, price]) => {
    const found = index.find(name)
    const known = found === undefined || found.match === "fuzzy" || isOfAnother(name, found.model) ? undefined : found.model
    const slash = name.indexOf("/")
    const model = known ?? {
      provider: slash > 0 ? ProviderName.canonical(name.slice(0, slash)) : "user",
      id: name.slice(slash + 1)
    }
    return CatalogModel.make({ ...model, price, source: "user", asOf: price.asOf })
  })
  return [...priced, ...given].map(CatalogIndex.entry)
}
