import * as BigDecimal from "effect/BigDecimal"
import { formatDecimal } from "effect-llm/catalog/Money"
import type { LedgerRow } from "./LedgerRow.ts"

/** What roll-ups count, besides the cost. */
export const measures = [
  "calls",
  "failed",
  "refused",
  "cached",
  "estimated",
  "unpriced",
  "inputTokens",
  "cacheReadTokens",
  "cacheWriteTokens",
  "outputTokens",
  "reasoningTokens",
  "millis"
] as const

export type Measure = (typeof measures)[number]

/** Sums over calls. The cost is in US dollars, and what is known at least where calls are `unpriced`. */
export type Sums = { readonly [M in Measure]: number } & { readonly cost: string }

/** The sums over no calls. */
export const none: Sums = {
  calls: 0,
  failed: 0,
  refused: 0,
  cached: 0,
  estimated: 0,
  unpriced: 0,
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  millis: 0,
  cost: "0"
}

/** Adds sums up. */
export const add = (a: Sums, b: Sums): Sums => {
  const sums: { [M in Measure]?: number } = {}
  for (const measure of measures) sums[measure] = a[measure] + b[measure]
  return { ...(sums as Sums), cost: added(a.cost, b.cost) }
}

const added = (a: string, b: string): string =>
  a === "0"
    ? b
    : b === "0"
      ? a
      : formatDecimal(BigDecimal.sum(BigDecimal.fromStringUnsafe(a), BigDecimal.fromStringUnsafe(b)))

/** By what the roll-up of a day is kept; what a call lacks is the empty text. */
export const dayDimensions = ["key", "user", "team", "model", "servedModel", "provider"] as const

/** By what the roll-up of a tag and day is kept. */
export const tagDimensions = ["tag", ...dayDimensions] as const

export type DayRollUp = Sums & { readonly day: number } & { readonly [D in (typeof dayDimensions)[number]]: string }

export type TagRollUp = Sums & { readonly day: number } & { readonly [D in (typeof tagDimensions)[number]]: string }

export const dayMillis = 86_400_000

/** The day of a call (UTC), in days since 1970. */
export const dayOf = (millis: number): number => Math.floor(millis / dayMillis)

/** The roll-ups of rows, always in the same order, so that two writers never wait for each other. */
export const rollUp = (
  rows: ReadonlyArray<LedgerRow>
): { readonly days: ReadonlyArray<DayRollUp>; readonly tags: ReadonlyArray<TagRollUp> } => {
  const days = new Map<string, Growing>()
  const tags = new Map<string, Growing & Tagged>()
  for (const row of rows) {
    const own = { day: dayOf(row.at), ...dimensionsOf(row) }
    const id = idOf(own)
    grow(days, id, own, row)
    for (const tag of row.tags ?? []) grow<Tagged>(tags, `${tag}\n${id}`, { tag, ...own }, row)
  }
  return { days: inOrder(days), tags: inOrder(tags) }
}

type Day = Pick<DayRollUp, "day" | (typeof dayDimensions)[number]>

type Tagged = Day & { readonly tag: string }

/** A roll-up that calls are added to. */
type Growing = Day & Counting

type Counting = { -readonly [M in Measure]: number } & { cost: BigDecimal.BigDecimal }

const dimensionsOf = ({ key = "", model, provider = "", servedModel = "", team = "", user = "" }: LedgerRow) => ({
  key,
  user,
  team,
  model,
  servedModel,
  provider
})

const idOf = ({ day, key, model, provider, servedModel, team, user }: Day): string =>
  JSON.stringify([day, key, user, team, model, servedModel, provider])

const grow = <D extends Day>(rollUps: Map<string, D & Growing>, id: string, of: D, row: LedgerRow): void => {
  let sums = rollUps.get(id)
  if (sums === undefined) rollUps.set(id, (sums = { ...of, ...none, cost: zero }))
  count(sums, row)
}

/** The sums over some calls. */
export const sumOf = (rows: ReadonlyArray<LedgerRow>): Sums => {
  const sums = { ...none, cost: zero }
  for (const row of rows) count(sums, row)
  return { ...sums, cost: formatDecimal(sums.cost) }
}

const count = (sums: Counting, row: LedgerRow): void => {
  sums.calls++
  if (row.outcome === "error" || row.outcome === "defect") sums.failed++
  if (row.outcome === "refused") sums.refused++
  if (row.cached === true) sums.cached++
  if (row.estimated === true) sums.estimated++
  if (row.unpriced !== undefined) sums.unpriced++
  sums.inputTokens += row.inputTokens ?? 0
  sums.cacheReadTokens += row.cacheReadTokens ?? 0
  sums.cacheWriteTokens += row.cacheWriteTokens ?? 0
  sums.outputTokens += row.outputTokens ?? 0
  sums.reasoningTokens += row.reasoningTokens ?? 0
  sums.millis += row.millis
  if (row.cost !== undefined) sums.cost = BigDecimal.sum(sums.cost, BigDecimal.fromStringUnsafe(row.cost))
}

const zero = BigDecimal.make(0n, 0)

const inOrder = <R extends Growing>(rollUps: Map<string, R>) =>
  [...rollUps]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, rollUp]) => Object.assign({}, rollUp, { cost: formatDecimal(rollUp.cost) }))
