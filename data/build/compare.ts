/**
 * Compares the catalog with the sources that it is made from, and prints the figures of `docs/pricing.md`. It is run by
 * hand: `npx tsx data/build/compare.ts`.
 */
import { Effect } from "effect"
import * as CatalogIndex from "../../src/catalog/CatalogIndex.ts"
import type { CatalogModel } from "../../src/catalog/CatalogModel.ts"
import * as EmbeddedCatalog from "../../src/catalog/EmbeddedCatalog.ts"
import * as Meter from "../../src/catalog/Meter.ts"
import type { Price } from "../../src/catalog/Price.ts"
import * as ProviderName from "../../src/catalog/ProviderName.ts"
import providers from "../providers.json" with { type: "json" }
import { readGenai } from "./genai.ts"
import { readLiteLlm } from "./litellm.ts"
import { keyOf, type Source } from "./merge.ts"
import { readPi } from "./pi.ts"
import { newest, pinned } from "./pinned.ts"
import { isIncluded } from "./scope.ts"
import { unpack } from "./unpack.ts"

const sources: ReadonlyArray<Source> = [
  { key: "g", date: pinned.genai.date, models: readGenai() },
  { key: "p", date: pinned.pi.date, models: readPi(unpack(pinned.pi)) },
  { key: "l", date: pinned.litellm.date, models: readLiteLlm() }
]

const index = CatalogIndex.make((await Effect.runPromise(EmbeddedCatalog.load)).entries)
const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(2)} % (${part} of ${whole})`

/** The rates of a day by name: `input`, `output above 200000`. Fees are not rates of a model. */
const ratesOf = (price: Price | undefined): ReadonlyMap<string, number> => {
  const rates = new Map<string, number>()
  const version = price?.versions.findLast(({ from }) => from === undefined || from <= newest)
  const add = (suffix: string, all: { readonly [meter: string]: number | string } = {}) => {
    for (const [meter, rate] of Object.entries(all)) {
      if (Meter.find(meter)?.fee !== true) rates.set(`${meter}${suffix}`, Number(Number(rate).toPrecision(6)))
    }
  }
  add("", version?.rates)
  for (const { above, rates: long } of version?.thresholds ?? []) add(` above ${above}`, long)
  return rates
}

const named = (models: ReadonlyArray<CatalogModel>): ReadonlyMap<string, CatalogModel> =>
  new Map(models.flatMap((model) => [...model.aliases, model.id].map((id) => [keyOf(model.provider, id), model])))

const pairs = [[1, 2], [0, 2], [0, 1]] as const
const all = { right: 0, total: 0 }
for (const [a, b] of pairs) {
  const [left, right] = [sources[a], sources[b]]
  if (left === undefined || right === undefined) continue
  const others = named(right.models)
  const count = { right: 0, total: 0, unknown: 0 }
  const wrong: Array<string> = []
  for (const model of left.models) {
    const other = others.get(keyOf(model.provider, model.id))
    if (other === undefined || !isIncluded(model)) continue
    const found = index.find(`${model.provider}/${model.id}`)
    const isGone = typeof other.deprecated === "string" && other.deprecated <= newest
    const ours = ratesOf(found === undefined || found.match === "fuzzy" ? undefined : found.model.price)
    const [x, y] = [ratesOf(model.price), ratesOf(other.price)]
    for (const [meter, rate] of x) {
      if (y.get(meter) !== rate || rate === 0) continue
      // What is gone from a gateway is left out on purpose.
      if (ours.size === 0 && isGone) continue
      count.total++
      if (ours.get(meter) === rate) count.right++
      else wrong.push(`${model.provider}/${model.id} ${meter}: both ${rate}, ours ${ours.get(meter) ?? "unknown"}`)
    }
  }
  all.right += count.right
  all.total += count.total
  console.log(`${left.key} and ${right.key} agree: the catalog has ${percent(count.right, count.total)}`)
  for (const line of wrong.slice(0, process.argv.includes("--all") ? wrong.length : 5)) console.log(`  ${line}`)
}
console.log(`all pairs: ${percent(all.right, all.total)}`)

const models = index.all()
const priced = Map.groupBy(models.filter(({ price }) => price !== undefined), ({ provider }) => provider)
const own = Object.entries(providers.providers as { readonly [id: string]: { readonly class?: string } }).flatMap(([id, row]) =>
  row.class === undefined ? [] : [id]
)
const unpriced = own.filter((id) => (priced.get(ProviderName.canonical(id)) ?? []).length === 0)
console.log(`providers with a class and a price: ${percent(own.length - unpriced.length, own.length)}; without: ${unpriced.join(", ")}`)

/** What the catalog says a model can do, where both newer sources list it: what either says it can, it can. */
const flags = ["tools", "parallelTools", "structuredOutput", "reasoning", "promptCaching", "vision", "pdf", "audioInput"]
const litellm = named(sources[2]?.models ?? [])
const both = (sources[1]?.models ?? []).flatMap((model) => {
  const other = litellm.get(keyOf(model.provider, model.id))
  return other === undefined || model.kind !== "chat" || !isIncluded(model) ? [] : [{ model, other }]
})
const step = both.length / 60
const sample = Array.from({ length: 60 }, (_, i) => both[Math.floor(i * step)])
const told = { right: 0, total: 0 }
for (const pair of sample) {
  if (pair === undefined) continue
  const found = index.find(`${pair.model.provider}/${pair.model.id}`)
  for (const flag of flags) {
    const can = [pair.model, pair.other].some(({ capabilities }) => capabilities.includes(flag))
    told.total++
    if ((found?.model.capabilities.includes(flag) ?? false) === can) told.right++
  }
}
console.log(`capabilities of a sample of ${sample.length}: ${percent(told.right, told.total)}`)
const gone = models.filter(({ deprecated }) => deprecated !== undefined)
console.log(`${models.length} models, ${gone.length} with an end, ${models.filter(({ price }) => price?.tiers !== undefined).length} with service tiers`)
