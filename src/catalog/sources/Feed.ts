import type { CatalogModel } from "../CatalogModel.ts"
import type { Threshold } from "../Price.ts"
import { canonical } from "../ProviderName.ts"
import type { Rates } from "../Rate.ts"

/** The models that a price source lists. A row that does not fit its format is left out and named. */
export interface Feed {
  readonly models: ReadonlyArray<CatalogModel>
  /** `provider/model` of the rows left out. */
  readonly rejected: ReadonlyArray<string>
}

/** Collects rows; `undefined` stands for one that does not fit. */
export const make = (rows: Iterable<readonly [name: string, model: CatalogModel | undefined]>): Feed => {
  const models: Array<CatalogModel> = []
  const rejected: Array<string> = []
  for (const [name, model] of rows) {
    if (model === undefined) rejected.push(name)
    else models.push(model)
  }
  return { models, rejected }
}

/** https://docs.x.ai/docs/models: "long context >= 200k tokens". */
const inclusive = new Set(["xai"])

/** https://platform.openai.com/docs/pricing: "> 272K", whoever serves the model. */
const exclusive = new Set([272_000])

/**
 * A threshold in the words of the vendor. Sources write the same limit in three ways: 200,000 (`>`), 199,999 (`>`, to
 * mean `>=` 200,000) and 200,001 (`>=`, to mean `>` 200,000). Where the vendor's own page says which it is, that holds.
 */
export const longContext = (provider: string, above: number, rates: Rates): Threshold => {
  const limit = above % 1000 === 999 ? above + 1 : above % 1000 === 1 ? above - 1 : above
  return inclusive.has(canonical(provider)) || (above % 1000 === 999 && !exclusive.has(limit))
    ? { above: limit, inclusive: true, rates }
    : { above: limit, rates }
}
