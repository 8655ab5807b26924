import * as CatalogModel from "./CatalogModel.ts"
import type { PriceVersion, Threshold, TierPrice } from "./Price.ts"
import type { Rate, Rates } from "./Rate.ts"

/** `null` for a rate that is not known, or a map of what has no place in the list. */
type CompactRates = ReadonlyArray<Rate | null | Rates>

/** A version of a price as `data/models.json` writes it. */
export interface CompactVersion {
  /** Dollars per million tokens: input, output, cache read, cache write of 5 minutes, of 1 hour; others by meter. */
  readonly p?: CompactRates
  /** Long context: the threshold, whether it is inclusive, and the rates. */
  readonly t?: ReadonlyArray<readonly [above: number, inclusive: 0 | 1, rates: CompactRates]>
  /** Hours of the day in UTC; on days of the week, in a time zone of theirs, where these are given. */
  readonly w?: ReadonlyArray<
    readonly [start: string, end: string, rates: CompactRates, days?: string, dayZone?: string]
  >
}

/** A service tier as `data/models.json` writes it: a factor on all rates, or rates and thresholds of its own. */
export type CompactTier = number | Pick<CompactVersion, "p" | "t">

/** A model as `data/models.json` writes it: one to a line, what is not known left out. */
export interface CompactModel extends CompactVersion {
  readonly i: string
  readonly n?: string
  /** Kind, where it is not `chat`. */
  readonly k?: string
  readonly c?: number
  readonly o?: number
  /** Modalities: in, `>`, out; `t` text, `i` image, `a` audio, `v` video, `p` pdf. `t>t` is left out. */
  readonly m?: string
  readonly f?: string
  readonly e?: string
  readonly d?: 1 | string
  /** Later versions of the price, oldest first. */
  readonly v?: ReadonlyArray<readonly [from: string, version: CompactVersion]>
  /** Service tiers by name, and the factor of a region by its name. */
  readonly x?: { readonly [tier: string]: CompactTier }
  readonly r?: { readonly [region: string]: number }
  readonly b?: "free" | "subscription"
  /** The least that is billed, by meter. */
  readonly l?: { readonly [meter: string]: number }
  readonly a?: ReadonlyArray<string>
  readonly q?: ReadonlyArray<string>
  /** Keys of the sources that state this price, the newest first; where there is none, of those that list the model. */
  readonly s?: string
}

/** What the letters stand for, in both directions. */
export const letters = {
  modalities: { t: "text", i: "image", a: "audio", v: "video", p: "pdf" },
  capabilities: {
    t: "tools",
    p: "parallelTools",
    s: "structuredOutput",
    r: "reasoning",
    c: "promptCaching",
    w: "webSearch",
    z: "streaming"
  },
  efforts: { n: "none", i: "minimal", l: "low", m: "medium", h: "high", x: "xhigh", a: "max" }
} as const

/** The keys of the sources of a line that names none: most models are listed by LiteLLM alone. */
export const defaultSource = "l"

/** The meters of a list of rates, in its order. */
export const meters = ["input", "output", "cacheRead", "cacheWrite5m", "cacheWrite1h"] as const

const words = (table: { readonly [letter: string]: string }, text: string): ReadonlyArray<string> => {
  const found: Array<string> = []
  for (const letter of text) {
    const word = table[letter]
    if (word !== undefined) found.push(word)
  }
  return found
}

const ratesOf = (compact: CompactRates | undefined): Rates => {
  const rates: Record<string, Rate> = {}
  compact?.forEach((rate, index) => {
    const meter = meters[index]
    if (typeof rate === "object") Object.assign(rates, rate ?? {})
    else if (meter !== undefined) rates[meter] = rate
  })
  return rates
}

const thresholdsOf = (compact: CompactVersion["t"]): ReadonlyArray<Threshold> | undefined =>
  compact?.map(([above, inclusive, rates]) =>
    inclusive === 1 ? { above, inclusive: true, rates: ratesOf(rates) } : { above, rates: ratesOf(rates) }
  )

const tierOf = (compact: CompactTier): TierPrice =>
  typeof compact === "number"
    ? { multiplier: compact }
    : { rates: ratesOf(compact.p), ...(compact.t === undefined ? {} : { thresholds: thresholdsOf(compact.t) }) }

const tiersOf = (compact: CompactModel["x"]): { readonly [tier: string]: TierPrice } | undefined => {
  if (compact === undefined) return undefined
  const tiers: Record<string, TierPrice> = {}
  for (const [name, tier] of Object.entries(compact)) tiers[name] = tierOf(tier)
  return tiers
}

const versionOf = ({ p, t, w }: CompactVersion, from?: string): PriceVersion => ({
  from,
  rates: ratesOf(p),
  thresholds: thresholdsOf(t),
  windows: w?.map(([start, end, rates, days, dayZone]) => ({
    start,
    end,
    rates: ratesOf(rates),
    ...(days === undefined ? {} : { days: Array.from(days, Number) }),
    ...(dayZone === undefined ? {} : { dayZone })
  }))
})

/** The model that a line means. */
export const decode = (
  provider: string,
  row: CompactModel,
  source: { readonly name: string; readonly date: string }
): CatalogModel.CatalogModel => {
  const [input = "t", output = "t"] = (row.m ?? "t>t").split(">")
  return CatalogModel.make({
    provider,
    id: row.i,
    name: row.n,
    kind: row.k ?? "chat",
    contextWindow: row.c,
    maxOutputTokens: row.o,
    input: words(letters.modalities, input),
    output: words(letters.modalities, output),
    capabilities: words(letters.capabilities, row.f ?? ""),
    reasoningEfforts: row.e === undefined ? undefined : words(letters.efforts, row.e),
    deprecated: row.d === 1 ? true : row.d,
    price:
      row.p === undefined && row.b === undefined
        ? undefined
        : {
            versions: [versionOf(row), ...(row.v ?? []).map(([from, version]) => versionOf(version, from))],
            billing: row.b,
            tiers: tiersOf(row.x),
            regions: row.r,
            minimums: row.l,
            source: source.name
          },
    aliases: row.a ?? [],
    matchers: row.q ?? [],
    source: source.name,
    asOf: source.date
  })
}
