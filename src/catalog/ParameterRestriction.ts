import table from "../../data/restrictions.json" with { type: "json" }
import type { CatalogModel } from "./CatalogModel.ts"

/**
 * What a model does otherwise than its protocol says: a row of `data/restrictions.json`, whose columns `data/README.md`
 * explains. Parameters are those of `ChatRequest`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ParameterRestriction {
  /** Parameters that are refused. */
  readonly reject?: ReadonlyArray<string>
  /** Parameters that have no effect; `*` is every one of them. */
  readonly ignore?: ReadonlyArray<string>
  readonly rejectValues?: { readonly toolChoice?: ReadonlyArray<string> }
  /** Parameters that are not taken together. */
  readonly together?: ReadonlyArray<string>
  /** The reasoning with which the row holds, and with which it does not. */
  readonly when?: { readonly reasoningEffort?: ReadonlyArray<string>; readonly reasoning?: string }
  readonly unless?: { readonly reasoningEffort?: ReadonlyArray<string> }
  /** Values of refused parameters that are taken nevertheless. */
  readonly allow?: { readonly temperature?: number; readonly topP?: number }
  readonly reasoningEfforts?: ReadonlyArray<string>
  readonly note?: string
  readonly source: string
  /** The day on which the source said so, `YYYY-MM-DD`. */
  readonly checked: string
}

/**
 * The restrictions of a model. What holds for Claude at Anthropic holds for it on Bedrock, where its name has the
 * maker's before it.
 *
 * @since 0.1.0
 * @category accessors
 */
export const of = ({ id, provider }: Pick<CatalogModel, "provider" | "id">): ReadonlyArray<ParameterRestriction> => {
  const rows = table.restrictions.filter(about(provider, id))
  const claude = provider === "bedrock" ? /(?:^|[./])anthropic\.(claude-.*)$/.exec(id)?.[1] : undefined
  return claude === undefined ? rows : [...rows, ...table.restrictions.filter(about("anthropic", claude))]
}

const about = (provider: string, model: string) => (row: { readonly provider: string; readonly model: string }) =>
  row.provider === provider && new RegExp(row.model).test(model)
