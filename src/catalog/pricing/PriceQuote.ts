import type { Found } from "../CatalogIndex.ts"
import type { Price } from "../Price.ts"

/** The price of a model, how surely it is the model's, where it is from and from which day. */
export interface PriceQuote {
  /** The model whose price it is, `provider/model`. */
  readonly model: string
  /** `fuzzy`: the name only looks like this model, or the price is another provider's. */
  readonly match: Found["match"]
  /** `undefined`: the model is known, what it costs is not. */
  readonly price: Price | undefined
  /** The name of the data (`models.dev`, `genai-prices` ...); `user` for what was given to the layer. */
  readonly source: string
  /** The day (`YYYY-MM-DD`) on which the source said so. */
  readonly asOf: string | undefined
  /** Whether that is longer ago than the layer was told to trust it. A price of the user's own never is. */
  readonly stale: boolean
}
