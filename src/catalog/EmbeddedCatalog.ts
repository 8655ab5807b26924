import * as Effect from "effect/Effect"
import type { Entry } from "./CatalogIndex.ts"
import type { CatalogModel } from "./CatalogModel.ts"
import { type CompactModel, decode } from "./CompactModel.ts"
import * as PriceTerms from "./PriceTerms.ts"

/**
 * The models that come with this package, as entries of an index, and the day of the youngest source. Files are read on
 * the first run, a model when it is asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface EmbeddedCatalog {
  readonly entries: ReadonlyArray<Entry>
  readonly terms: PriceTerms.PriceTerms
  /** `YYYY-MM-DD`. */
  readonly asOf: string
}

interface Models {
  readonly checked: string
  readonly sources: { readonly [key: string]: { readonly name: string; readonly date: string } }
  readonly providers: { readonly [provider: string]: { readonly models: ReadonlyArray<CompactModel> } }
}

const sourceOf = (sources: Models["sources"], key: string) => {
  const { date, name } = sources[key.charAt(0)] ?? { name: "unknown", date: "" }
  return { name, date, also: sources[key.charAt(1)]?.name }
}

const entriesOf = ({ providers, sources }: Models, terms: PriceTerms.PriceTerms): ReadonlyArray<Entry> => {
  const entries: Array<Entry> = []
  for (const [provider, { models }] of Object.entries(providers)) {
    for (const row of models) {
      let model: CatalogModel | undefined
      entries.push({
        provider,
        id: row.i,
        aliases: row.a,
        matchers: row.q,
        load: () => (model ??= PriceTerms.apply(decode(provider, row, sourceOf(sources, row.s)), terms))
      })
    }
  }
  return entries
}

const read = (): Promise<EmbeddedCatalog> =>
  Promise.all([
    import("../../data/models.json", { with: { type: "json" } }),
    import("../../data/service-tiers.json", { with: { type: "json" } })
  ]).then(([{ default: models }, { default: terms }]) => ({
    entries: entriesOf(models, terms),
    terms,
    asOf: models.checked
  }))

let embedded: Promise<EmbeddedCatalog> | undefined

/**
 * Reads `data/models.json` and `data/service-tiers.json`, once for all catalogs and prices.
 *
 * @since 0.1.0
 * @category constructors
 */
export const load: Effect.Effect<EmbeddedCatalog> = Effect.promise(() => (embedded ??= read()))
