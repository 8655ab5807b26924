import type { CatalogModel } from "../../src/catalog/CatalogModel.ts"
import { type CompactModel, type CompactVersion, letters, meters } from "../../src/catalog/CompactModel.ts"
import type { PriceVersion } from "../../src/catalog/PriceVersion.ts"
import type { Rates } from "../../src/catalog/Rate.ts"

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

const versionOf = ({ rates, thresholds, windows }: PriceVersion): CompactVersion => ({
  p: ratesOf(rates),
  ...(thresholds === undefined || thresholds.length === 0
    ? {}
    : {
        t: thresholds
          .toSorted((a, b) => a.above - b.above)
          .map(({ above, inclusive, rates }) => [above, inclusive === true ? 1 : 0, ratesOf(rates)] as const)
      }),
  ...(windows === undefined || windows.length === 0
    ? {}
    : { w: windows.map(({ end, rates, start }) => [start, end, ratesOf(rates)] as const) })
})

const optional = <K extends string, V>(key: K, value: V | undefined, skip?: V): { readonly [k in K]?: V } =>
  value === undefined || value === skip || value === ("" as V)
    ? {}
    : ({ [key]: value } as { readonly [k in K]?: V })

const list = <K extends string>(key: K, values: ReadonlyArray<string>): { readonly [k in K]?: ReadonlyArray<string> } =>
  optional(key, values.length === 0 ? undefined : values)

/** The line of a model, with its keys in one order. */
export const compact = (model: CatalogModel, source: string, withName: boolean): CompactModel => {
  const { price } = model
  const modalities = `${lettersOf(letters.modalities, model.input)}>${lettersOf(letters.modalities, model.output)}`
  const [first, ...later] = price?.versions ?? []
  return {
    i: model.id,
    ...optional("n", withName && model.name !== model.id ? model.name : undefined),
    ...optional("k", model.kind, "chat"),
    ...optional("c", model.contextWindow),
    ...optional("o", model.maxOutputTokens),
    ...optional("m", modalities, "t>t"),
    ...optional("f", lettersOf(letters.capabilities, model.capabilities)),
    ...optional("e", lettersOf(letters.efforts, model.reasoningEfforts ?? [])),
    ...optional("d", model.deprecated === true ? (1 as const) : typeof model.deprecated === "string" ? model.deprecated : undefined),
    ...(first === undefined ? {} : versionOf(first)),
    ...optional("v", later.length === 0 ? undefined : later.map((version) => [version.from ?? "", versionOf(version)] as const)),
    ...optional("b", price?.billing),
    ...optional("l", price?.minimums),
    ...list("a", model.aliases),
    ...list("q", model.matchers),
    s: source
  }
}
