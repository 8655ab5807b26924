import noSchemas from "../../data/no-schemas.json" with { type: "json" }
import table from "../../data/restrictions.json" with { type: "json" }
import type { CatalogModel } from "./CatalogModel.ts"
import * as ModelRow from "./ModelRow.ts"

/**
 * How a model deviates from its protocol: a row of `data/restrictions.json` or
 * `data/no-schemas.json`, whose columns `data/README.md` explains. Parameters are those of `ChatRequest`.
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
  /** Parameters that exclude each other. */
  readonly together?: ReadonlyArray<string>
  /** The reasoning efforts for which the row applies, or does not. */
  readonly when?: { readonly reasoningEffort?: ReadonlyArray<string>; readonly reasoning?: string }
  readonly unless?: { readonly reasoningEffort?: ReadonlyArray<string> }
  /** The protocol the row applies to, if not all of the provider's. */
  readonly protocol?: string
  /** Values of rejected parameters that are accepted nevertheless. */
  readonly allow?: { readonly temperature?: number; readonly topP?: number }
  /** The value from which a rejected parameter is accepted. */
  readonly atLeast?: { readonly topP?: number }
  /** What the last of `together` becomes when it is dropped. */
  readonly instead?: { readonly reasoningEffort?: string }
  readonly reasoningEfforts?: ReadonlyArray<string>
  readonly reasoningBudget?: { readonly atLeast: number; readonly belowMaxOutputTokens: boolean }
  readonly note?: string
  readonly source: string
  /** The date of the source, `YYYY-MM-DD`. */
  readonly checked: string
}

/**
 * The restrictions of a model.
 *
 * @since 0.1.0
 * @category accessors
 */
export const of = (model: Pick<CatalogModel, "provider" | "id">): ReadonlyArray<ParameterRestriction> =>
  ModelRow.about(rows, model)

const rows = [
  ...table.restrictions,
  ...Array.from(noSchemas.models, (row) => ({ ...row, reject: ["responseFormat.json_schema"] }))
]
