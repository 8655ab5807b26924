import * as BigDecimal from "effect/BigDecimal"
import type * as DateTime from "effect/DateTime"
import * as CatalogModel from "./CatalogModel.ts"
import * as Cost from "./Cost.ts"
import * as ProviderName from "./ProviderName.ts"

/**
 * A search. Models must meet every given condition; an unknown property does not meet it.
 *
 * @since 0.1.0
 * @category models
 */
export interface CatalogQuery {
  /** Words that must all occur in the provider, id or name. */
  readonly text?: string | undefined
  readonly provider?: string | ReadonlyArray<string> | undefined
  readonly kind?: string | undefined
  readonly capabilities?: ReadonlyArray<string> | undefined
  readonly input?: ReadonlyArray<string> | undefined
  readonly output?: ReadonlyArray<string> | undefined
  readonly minContextWindow?: number | undefined
  readonly minOutputTokens?: number | undefined
  /** The most a call of `tokens` may cost, in US dollars. */
  readonly maxCost?: number | undefined
  /** Only models with a known price on that day. */
  readonly priced?: boolean | undefined
  /** `true` includes retired models; those announced to retire are always included. */
  readonly deprecated?: boolean | undefined
  /**
   * `cost`: the cheapest first for a call of `tokens`, the unpriced and then the retired last. `contextWindow`: the
   * largest first.
   */
  readonly sort?: "cost" | "contextWindow" | "name" | undefined
  /** The call to compare costs by; by default 3,000 input and 1,000 output tokens. */
  readonly tokens?: { readonly input: number; readonly output: number } | undefined
  readonly limit?: number | undefined
}

const includesAll = (has: ReadonlyArray<string>, required: ReadonlyArray<string> | undefined): boolean =>
  (required ?? []).every((want) => has.includes(want))

const isWanted = (
  model: CatalogModel.CatalogModel,
  query: CatalogQuery,
  providers: ReadonlySet<string> | undefined,
  at: DateTime.DateTime
): boolean =>
  (providers === undefined || providers.has(model.provider)) &&
  (query.kind === undefined || model.kind === query.kind) &&
  includesAll(model.capabilities, query.capabilities) &&
  includesAll(model.input, query.input) &&
  includesAll(model.output, query.output) &&
  (query.minContextWindow === undefined || (model.contextWindow ?? 0) >= query.minContextWindow) &&
  (query.minOutputTokens === undefined || (model.maxOutputTokens ?? 0) >= query.minOutputTokens) &&
  (query.deprecated === true || !CatalogModel.isRetired(model, at)) &&
  hasText(model, query.text)

/** Negative for an invalid amount, so that nothing is affordable. */
const amountOf = (dollars: number): BigDecimal.BigDecimal =>
  BigDecimal.fromNumberUnsafe(Number.isFinite(dollars) ? dollars : -1)

const hasText = (model: CatalogModel.CatalogModel, text: string | undefined): boolean => {
  if (text === undefined) return true
  const all = `${model.provider}/${model.id} ${model.name ?? ""}`.toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word))
}

/**
 * The matching models, sorted. Prices are those of `at`.
 *
 * @since 0.1.0
 * @category getters
 */
export const run = (
  models: Iterable<CatalogModel.CatalogModel>,
  query: CatalogQuery,
  at: DateTime.DateTime
): ReadonlyArray<CatalogModel.CatalogModel> => {
  const providers =
    query.provider === undefined
      ? undefined
      : new Set([query.provider].flat().map((name) => ProviderName.canonical(name)))
  const { input, output } = query.tokens ?? { input: 3000, output: 1000 }
  const costs = new Map<CatalogModel.CatalogModel, Cost.Cost>()
  const costOf = (model: CatalogModel.CatalogModel): Cost.Cost => {
    const cost = costs.get(model) ?? Cost.estimate(input, output, model.price, { at })
    costs.set(model, cost)
    return cost
  }
  const limit = query.maxCost === undefined || query.maxCost === Infinity ? undefined : amountOf(query.maxCost)
  const isAffordable = (model: CatalogModel.CatalogModel): boolean => {
    if (limit === undefined && query.priced !== true) return true
    const cost = costOf(model)
    return cost._tag === "Priced" && (limit === undefined || BigDecimal.isLessThanOrEqualTo(cost.total, limit))
  }
  // Retired models come last even where they are wanted: none of them is the cheapest to use.
  const isGone = (model: CatalogModel.CatalogModel): number => (CatalogModel.isRetired(model, at) ? 1 : 0)
  const found = Array.from(models).filter((model) => isWanted(model, query, providers, at) && isAffordable(model))
  const order = query.sort === undefined ? undefined : orders[query.sort](costOf)
  const sorted =
    order === undefined
      ? found
      : found.toSorted(query.sort === "cost" ? (a, b) => isGone(a) - isGone(b) || order(a, b) : order)
  return query.limit === undefined ? sorted : sorted.slice(0, query.limit)
}

type Order = (a: CatalogModel.CatalogModel, b: CatalogModel.CatalogModel) => number

const orders: {
  readonly [sort in NonNullable<CatalogQuery["sort"]>]: (
    costOf: (model: CatalogModel.CatalogModel) => Cost.Cost
  ) => Order
} = {
  cost: (costOf) => (a, b) => Cost.Order(costOf(a), costOf(b)),
  contextWindow: () => (a, b) => (b.contextWindow ?? 0) - (a.contextWindow ?? 0),
  name: () => (a, b) => (`${a.provider}/${a.id}` < `${b.provider}/${b.id}` ? -1 : 1)
}
