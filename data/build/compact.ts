import type { CatalogModel } from "../../src/catalog/CatalogModel.ts"
import { type CompactModel, type CompactTier, type CompactVersion, defaultSource, letters, meters } from "../../src/catalog/CompactModel.ts"
import type { Price, PriceVersion, TierPrice } from "../../src/catalog/Price.ts"

import type { Rates } from "../../src/catalog/Rate.ts"
import type { TimeWindow } from "../../src/catalog/TimeWindow.ts"


const lettersOf = (table: { readonly [letter: string]: string }, words: ReadonlyArray<string>): string =>
  Object.entries(table)
    .filter(([, word]) => words.includes(word))
    .map(([letter]) => letter)
    .join("")

const ratesOf = (rates: Rates): NonNullable<CompactVersion["p"]> => {
  const list = meters.map((meter) => rates[meter] ?? null)
  const rest = Object.fromEntries(Object.entries(rates).filter(([meter]) => !meters.some((name) => name === meter)))
  while (list.at(-1) === null) list.pop()
  return Object.keys(rest).length === 0 ? list : [...list, rest]
}

const thresholdsOf = (thresholds: PriceVersion["thresholds"]): Pick<CompactVersion, "t"> =>
  thresholds === undefined || thresholds.length === 0
    ? {}
    : {
        t: thresholds
          .toSorted((a, b) => a.above - b.above)
          .map(({ above, inclusive, rates }) => [above, inclusive === true ? 1 : 0, ratesOf(rates)] as const)
      }

const windowOf = ({ dayZone, days, end, rates, start }: TimeWindow): NonNullable<CompactVersion["w"]>[number] =>
  days === undefined
    ? [start, end, ratesOf(rates)]
    : dayZone === undefined
      ? [start, end, ratesOf(rates), days.join("")]
      : [start, end, ratesOf(rates), days.join(""), dayZone]

const versionOf = ({ rates, thresholds, windows }: PriceVersion): CompactVersion => ({
  p: ratesOf(rates),
  ...thresholdsOf(thresholds),
  ...(windows === undefined || windows.length === 0
    ? {}
    : { w: windows.map(windowOf) })
})

const tierOf = ({ multiplier, rates = {}, thresholds }: TierPrice): CompactTier =>
  multiplier === undefined ? { p: ratesOf(rates), ...thresholdsOf(thresholds) } : Number(multiplier)

const tiersOf = (price: Price | undefined): CompactModel["x"] =>
  price?.tiers === undefined
    ? undefined
    : Object.fromEntries(Object.entries(price.tiers).map(([name, tier]) => [name, tierOf(tier)]))

const regionsOf = (price: Price | undefined): CompactModel["r"] =>
  price?.regions === undefined
    ? undefined
    : Object.fromEntries(Object.entries(price.regions).map(([region, factor]) => [region, Number(factor)]))

const optional = <K extends string, V>(key: K, value: V | undefined, skip?: V): { readonly [k in K]?: V } =>
  value === undefined || value === skip || value === ("" as V)
    ? {}
    : ({ [key]: value } as { readonly [k in K]?: V })

const list = <K extends string>(key: K, values: ReadonlyArray<string>): { readonly [k in K]?: ReadonlyArray<string> } =>
  optional(key, values.length === 0 ? undefined : values)

/** A name that says nothing that the id does not is left out. */
const squashed = (name: string | undefined): string => (name ?? "").toLowerCase().replace(/[^a-z0-9]/g, "")

/** The line of a model, with its keys in one order. */
export const compact = (model: CatalogModel, source: string, withName: boolean): CompactModel => {
  const { price } = model
  const modalities = `${lettersOf(letters.modalities, model.input)}>${lettersOf(letters.modalities, model.output)}`
  const [first, ...later] = price?.versions ?? []
  return {
    i: model.id,
    ...optional("n", withName && squashed(model.name) !== squashed(model.id) ? model.name : undefined),
    ...optional("k", model.kind, "chat"),
    ...optional("c", model.contextWindow),
    ...optional("o", model.maxOutputTokens),
    ...optional("m", modalities, "t>t"),
    ...optional("f", lettersOf(letters.capabilities, model.capabilities)),
    ...optional("e", lettersOf(letters.efforts, model.reasoningEfforts ?? [])),
    ...optional("d", model.deprecated === true ? (1 as const) : typeof model.deprecated === "string" ? model.deprecated : undefined),
    ...(first === undefined ? {} : versionOf(first)),
    ...optional("v", later.length === 0 ? undefined : later.map((version) => [version.from ?? "", versionOf(version)] as const)),
    ...optional("x", tiersOf(price)),
    ...optional("r", regionsOf(price)),
    ...optional("b", price?.billing),
    ...optional("l", price?.minimums),
    ...list("a", model.aliases),
    ...list("q", model.matchers),
    ...optional("s", source, defaultSource)
  }
}
