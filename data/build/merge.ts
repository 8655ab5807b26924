import * as CatalogModel from "../../src/catalog/CatalogModel.ts"
import type { Price } from "../../src/catalog/Price.ts"
import type { Rates } from "../../src/catalog/Rate.ts"
import { facts } from "./facts.ts"
import { pinned } from "./pinned.ts"

export interface Merged {
  readonly models: ReadonlyArray<CatalogModel.CatalogModel>
  /** Where the sources disagree on a price; the first is in the data. */
  readonly disagreements: ReadonlyArray<Disagreement>
}

export interface Disagreement {
  readonly model: string
  readonly chosen: string
  readonly why: string
  readonly rows: ReadonlyArray<readonly [meter: string, chosen: string, other: string]>
}

const key = (provider: string, id: string): string => `${provider}/${id.toLowerCase()}`

/** The version in force when the younger source was made. */
const current = (price: Price | undefined): { readonly rates: Rates; readonly long: Rates; readonly limits: string } => {
  const version = price?.versions.findLast(({ from }) => from === undefined || from <= pinned.pi.date)
  const thresholds = version?.thresholds ?? []
  return {
    rates: version?.rates ?? {},
    long: Object.fromEntries(Object.entries(Object.assign({}, ...thresholds.map(({ rates }) => rates)))),
    limits: thresholds.map(({ above, inclusive }) => `${inclusive === true ? ">=" : ">"} ${above}`).join(", ")
  }
}

/** The rates that both state and differ on. */
const differences = (a: Price | undefined, b: Price | undefined): Disagreement["rows"] => {
  const [left, right] = [current(a), current(b)]
  const compare = (name: string, left: Rates, right: Rates) =>
    Object.keys(left)
      .filter((meter) => meter in right && left[meter] !== right[meter])
      .map((meter) => [`${meter}${name}`, String(left[meter]), String(right[meter])] as const)
  return [
    ...compare("", left.rates, right.rates),
    ...compare(" (long)", left.long, right.long),
    ...(left.limits === right.limits ? [] : [["threshold", left.limits || "none", right.limits || "none"] as const])
  ]
}

const union = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set([...a, ...b])]

const larger = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.max(a, b)

const withFacts = (model: CatalogModel.CatalogModel): CatalogModel.CatalogModel => {
  const found = facts.filter(
    ({ model: pattern, provider, where }) =>
      provider === model.provider &&
      pattern.test(model.id) &&
      model.kind === "chat" &&
      (where ?? []).every((modality) => model.input.includes(modality))
  )
  return found.length === 0
    ? model
    : CatalogModel.make({ ...model, input: found.reduce((all, { input }) => union(all, input ?? []), model.input) })
}

/**
 * One list from two: a model that genai-prices names exactly has its price; one that only a rule of genai-prices would
 * match, or none, has pi-ai's. Capabilities and limits come from pi-ai, the larger window of both.
 */
export const merge = (
  genai: ReadonlyArray<CatalogModel.CatalogModel>,
  pi: ReadonlyArray<CatalogModel.CatalogModel>
): Merged => {
  const models = new Map(genai.map((model) => [key(model.provider, model.id), model]))
  const aliases = new Map(
    genai.flatMap((model) => model.aliases.map((alias) => [key(model.provider, alias), model] as const))
  )
  const fresh = new Map(pi.map((model) => [key(model.provider, model.id), model]))
  const disagreements: Array<Disagreement> = []
  const review = (model: CatalogModel.CatalogModel, chosen: string, why: string, a?: Price, b?: Price) => {
    const rows = a === undefined || b === undefined ? [] : differences(a, b)
    if (rows.length > 0) disagreements.push({ model: `${model.provider}/${model.id}`, chosen, why, rows })
  }
  for (const [name, model] of fresh) {
    const exact = models.get(name)
    const named = aliases.get(name)
    const alias = meant(model, models) ?? (named === undefined || isOther(named, model) ? undefined : named)
    if (exact !== undefined) {
      review(model, "genai-prices", "exact id in both", exact.price, model.price)
      models.set(name, combine(exact, model))
    } else if (alias !== undefined) {
      const target = key(alias.provider, alias.id)
      review(model, "genai-prices", `another name of ${alias.id}`, alias.price, model.price)
      const whole = models.get(target) ?? alias
      models.set(target, fresh.has(target) ? withAlias(whole, model.id) : combine(withAlias(whole, model.id), model))
    } else {
      const fuzzy = genai.find(
        (other) => other.provider === model.provider && other.matchers.some((rule) => holds(rule, model.id))
      )
      const like = named ?? fuzzy
      if (like !== undefined) {
        const why = named === undefined ? `only a rule of ${like.id} matches` : `called another name of ${like.id}`
        review(model, "pi-ai", why, model.price, like.price)
      }
      models.set(name, model)
    }
  }
  return {
    models: [...models.values()].map(withFacts).map((model) => withoutTaken(model, models)),
    disagreements: disagreements.toSorted((a, b) => (a.model < b.model ? -1 : 1))
  }
}

/**
 * The model that genai-prices means by a name of pi-ai, where a rule alone would not do: a dated name (`-20250929`,
 * `-2026-04-23`) of it, or Bedrock's name without a region, which has the price of a region, not the global one.
 */
const meant = (
  model: CatalogModel.CatalogModel,
  models: ReadonlyMap<string, CatalogModel.CatalogModel>
): CatalogModel.CatalogModel | undefined => {
  const undated = /^(.+?)-(?:\d{8}|\d{4}-\d{2}-\d{2})$/.exec(model.id)?.[1]
  const regional = model.provider === "bedrock" ? `regional.${model.id}` : undefined
  const names = [undated, regional, regional === undefined ? undefined : `${regional}-v1:0`]
  return names
    .flatMap((name) => (name === undefined ? [] : (models.get(key(model.provider, name)) ?? [])))
    .find((found) => found.matchers.some((rule) => holds(rule, model.id)))
}

/** Another name with another price is another model, but on Bedrock, where the names of regions share one row. */
const isOther = (named: CatalogModel.CatalogModel, model: CatalogModel.CatalogModel): boolean =>
  model.provider !== "bedrock" && differences(named.price, model.price).length > 0

const withAlias = (model: CatalogModel.CatalogModel, alias: string): CatalogModel.CatalogModel => ({
  ...model,
  aliases: union(model.aliases, [alias])
})

const holds = (rule: string, id: string): boolean => {
  const [how, text] = [rule[0], rule.slice(1)]
  return how === "^"
    ? id.startsWith(text)
    : how === "$"
      ? id.endsWith(text)
      : how === "*"
        ? id.includes(text)
        : new RegExp(text.slice(0, -1)).test(id)
}

const combine = (genai: CatalogModel.CatalogModel, pi: CatalogModel.CatalogModel): CatalogModel.CatalogModel =>
  CatalogModel.make({
    ...genai,
    name: genai.name ?? pi.name,
    kind: pi.kind,
    contextWindow: larger(genai.contextWindow, pi.contextWindow),
    maxOutputTokens: pi.maxOutputTokens,
    input: union(pi.input, genai.input),
    output: pi.output,
    capabilities: union(genai.capabilities, pi.capabilities),
    reasoningEfforts: pi.reasoningEfforts,
    price: genai.price ?? pi.price,
    source: "both"
  })

/** A name that is a model's own is no alias of another. */
const withoutTaken = (
  model: CatalogModel.CatalogModel,
  models: ReadonlyMap<string, CatalogModel.CatalogModel>
): CatalogModel.CatalogModel => ({
  ...model,
  aliases: model.aliases.filter((alias) => !models.has(key(model.provider, alias))).toSorted()
})
