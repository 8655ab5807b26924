import * as CatalogModel from "../../src/catalog/CatalogModel.ts"
import { type CompactModel, decode } from "../../src/catalog/CompactModel.ts"
import type { Price } from "../../src/catalog/Price.ts"

interface File {
  readonly checked: string
  readonly providers: { readonly [provider: string]: { readonly models: ReadonlyArray<CompactModel> } }
}

interface Entry {
  readonly name: string
  readonly model: CatalogModel.CatalogModel
}

const entriesOf = (file: File): ReadonlyMap<string, Entry> =>
  new Map(
    Object.entries(file.providers).flatMap(([provider, { models }]) =>
      models.map((row) => {
        const name = `${provider}/${row.i}`
        return [name.toLowerCase(), { name, model: decode(provider, row, { name: "", date: "" }) }] as const
      })
    )
  )

/** Rates, thresholds, dates and tiers in words that can be compared. */
const pricesOf = (price: Price | undefined, day: string): ReadonlyMap<string, string> => {
  const words = new Map<string, string>()
  if (price === undefined) return words
  if (price.billing !== undefined) words.set("billing", price.billing)
  const current = price.versions.findLast(({ from }) => from === undefined || from <= day)
  for (const [meter, rate] of Object.entries(current?.rates ?? {})) words.set(meter, String(rate))
  for (const { above, inclusive, rates } of current?.thresholds ?? []) {
    for (const [meter, rate] of Object.entries(rates)) words.set(`${meter} ${inclusive === true ? "from" : "above"} ${above}`, String(rate))
  }
  for (const { from, rates } of price.versions) {
    if (from === undefined || from <= day) continue
    for (const [meter, rate] of Object.entries(rates)) words.set(`${meter} from ${from} on`, String(rate))
  }
  return words
}

const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : [`## ${title}: ${lines.length}`, "", ...lines.toSorted(), ""]

/** How much of what there is at whom, the most first. */
const summary = (sections: { readonly [title: string]: ReadonlyArray<string> }): ReadonlyArray<string> => {
  const titles = Object.keys(sections)
  const of = (line: string): string => line.slice(2, line.indexOf("/"))
  const providers = Map.groupBy(Object.values(sections).flat(), of)
  const rows = [...providers].toSorted(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
  return [
    `| provider | ${titles.join(" | ")} |`,
    `|---|${titles.map(() => "---:|").join("")}`,
    ...rows.map(([provider]) => {
      const counts = titles.map((title) => (sections[title] ?? []).filter((line) => of(line) === provider).length)
      return `| ${provider} | ${counts.map((count) => (count === 0 ? "" : count)).join(" | ")} |`
    }),
    ""
  ]
}

const isGone = ({ deprecated }: CatalogModel.CatalogModel, day: string): boolean =>
  deprecated === true || (typeof deprecated === "string" && deprecated <= day)

/** A page for people: what is new, gone, repriced, retired, or ends, from one `data/models.json` to the next. */
export const changesPage = (before: string, after: string, conflicts: number): string => {
  const [old, now] = [JSON.parse(before) as File, JSON.parse(after) as File]
  const [was, is] = [entriesOf(old), entriesOf(now)]
  const aliases = new Map(
    [...is.values()].flatMap(({ model, name }) =>
      model.aliases.map((alias) => [`${model.provider}/${alias}`.toLowerCase(), name] as const)
    )
  )
  const added = [...is].flatMap(([key, { model, name }]) => {
    const price = pricesOf(model.price, now.checked)
    const rates = price.size === 0 ? "no price" : ["input", "output"].flatMap((meter) => (price.has(meter) ? [`${meter} $${price.get(meter)}`] : [])).join(", ")
    return was.has(key) || isGone(model, now.checked) ? [] : [`- ${name}${rates === "" ? "" : ` (${rates})`}`]
  })
  const removed = [...was].flatMap(([key, { name }]) => {
    const other = aliases.get(key)
    return is.has(key) ? [] : [`- ${name}${other === undefined ? "" : `: now another name of ${other}`}`]
  })
  const both = [...is].flatMap(([key, entry]) => {
    const before = was.get(key)
    return before === undefined ? [] : [{ ...entry, before: before.model }]
  })
  const repriced = both.flatMap(({ before, model, name }) => {
    const [a, b] = [pricesOf(before.price, now.checked), pricesOf(model.price, now.checked)]
    const rows = [...new Set([...a.keys(), ...b.keys()])]
      .filter((what) => Number(a.get(what)) !== Number(b.get(what)) && a.get(what) !== b.get(what))
      .map((what) => `${what} ${a.get(what) ?? "unknown"} -> ${b.get(what) ?? "unknown"}`)
    return rows.length === 0 ? [] : [`- ${name}: ${rows.join(", ")}`]
  })
  const retired = both.flatMap(({ before, model, name }) =>
    isGone(model, now.checked) && !isGone(before, now.checked)
      ? [`- ${name}${typeof model.deprecated === "string" ? `: ${model.deprecated}` : ""}`]
      : []
  )
  const ends = [...is.values()].flatMap(({ model, name }) => {
    const before = was.get(name.toLowerCase())?.model.deprecated
    return typeof model.deprecated === "string" && model.deprecated > now.checked && before !== model.deprecated
      ? [`- ${name}: ends ${model.deprecated}${typeof before === "string" ? ` (was ${before})` : ""}`]
      : []
  })
  return [
    `# What changed in models.json from ${old.checked} to ${now.checked}`,
    "",
    "Written by `npm run data:build`. Rates are in dollars for a million tokens, or as the meter says.",
    `The sources disagree in ${conflicts} places: see review.md.`,
    "",
    ...summary({ added, removed, repriced, retired, "will end": ends }),
    ...section("Repriced", repriced),
    ...section("Retired", retired),
    ...section("Will end", ends),
    ...section("Added", added),
    ...section("Removed", removed)
  ].join("\n")
}
