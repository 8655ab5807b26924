import * as Effect from "effect/Effect"
import type { Entry } from "./CatalogIndex.ts"
import type { CatalogModel } from "./CatalogModel.ts"
import { type CompactModel, decode, defaultSource } from "./CompactModel.ts"
import * as PriceTerms from "./PriceTerms.ts"

/**
 * The models that come with this package, as entries of an index, and the day of the oldest source. Files are read on
 * the first run, a model when it is asked for.
 */
export interface EmbeddedCatalog {
  readonly providers: ReadonlyArray<string>
  /** How many models there are. */
  readonly size: number
  /** The models of one provider, by the name that the catalog uses for it. */
  readonly of: (provider: string) => ReadonlyArray<Entry>
  /** All models. */
  readonly entries: ReadonlyArray<Entry>
  readonly terms: PriceTerms.PriceTerms
  /** `YYYY-MM-DD`. */
  readonly asOf: string
}

interface Models {
  readonly sources: { readonly [key: string]: { readonly name: string; readonly date: string } }
  readonly providers: { readonly [provider: string]: { readonly models: ReadonlyArray<CompactModel> } }
}

/** All sources that say so, and the day of the newest, which is the first. */
const sourceOf = (sources: Models["sources"], keys: string) => {
  const found = Array.from(keys, (key) => sources[key] ?? { name: "unknown", date: "" })
  return { name: found.map(({ name }) => name).join(", "), date: found[0]?.date ?? "" }
}

const entryOf = (
  provider: string,
  row: CompactModel,
  sources: Models["sources"],
  terms: PriceTerms.PriceTerms
): Entry => {
  let model: CatalogModel | undefined
  return {
    provider,
    id: row.i,
    aliases: row.a,
    matchers: row.q,
    load: () => (model ??= PriceTerms.apply(decode(provider, row, sourceOf(sources, row.s ?? defaultSource)), terms))
  }
}

const make = ({ providers, sources }: Models, terms: PriceTerms.PriceTerms): EmbeddedCatalog => {
  const names = Object.keys(providers)
  const decoded = new Map<string, ReadonlyArray<Entry>>()
  const of = (provider: string): ReadonlyArray<Entry> => {
    const known = decoded.get(provider)
    if (known !== undefined) return known
    const rows = Object.hasOwn(providers, provider) ? (providers[provider]?.models ?? []) : []
    const entries = rows.map((row) => entryOf(provider, row, sources, terms))
    decoded.set(provider, entries)
    return entries
  }
  return {
    providers: names,
    size: names.reduce((size, name) => size + (providers[name]?.models.length ?? 0), 0),
    of,
    get entries() {
      return names.flatMap(of)
    },
    terms,
    asOf: oldestOf(sources)
  }
}

/** The data is as old as its oldest source; each price has the day of its own. */
const oldestOf = (sources: Models["sources"]): string =>
  Object.values(sources)
    .map(({ date }) => date)
    .toSorted()[0] ?? ""

const read = (): Promise<EmbeddedCatalog> =>
  Promise.all([
    import("../../data/models.json", { with: { type: "json" } }),
    import("../../data/service-tiers.json", { with: { type: "json" } })
  ]).then(([{ default: models }, { default: terms }]) => make(models, terms))

let embedded: Promise<EmbeddedCatalog> | undefined

/** Reads `data/models.json` and `data/service-tiers.json`, once for all catalogs and prices. */
export const load: Effect.Effect<EmbeddedCatalog> = Effect.promise(() => (embedded ??= read()))
