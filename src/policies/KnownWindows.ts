import * as Effect from "effect/Effect"
import { load } from "../catalog/EmbeddedCatalog.ts"
import * as CatalogIndex from "../catalog/CatalogIndex.ts"

let index: CatalogIndex.CatalogIndex | undefined

/**
 * The context windows in tokens, by `provider/model`, that the embedded catalog knows. A name that is merely like a
 * model's has none.
 */
export const windows: Effect.Effect<(id: string) => number | undefined> = Effect.map(load, ({ entries }) => {
  const { find } = (index ??= CatalogIndex.make(entries))
  return (id) => {
    const found = find(id)
    return found === undefined || found.match === "fuzzy" ? undefined : found.model.contextWindow
  }
})
