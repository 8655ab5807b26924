/** Sums over calls, of a group or of all. */
export interface Sums {
  readonly calls: number
  readonly failed: number
  readonly refused: number
  readonly unpriced: number
  readonly inputTokens: number
  readonly cacheReadTokens: number
  readonly outputTokens: number
  readonly reasoningTokens: number
  readonly millis: number
  readonly cost: string
}

export const dimensions = ["model", "provider", "key", "user", "team", "tag"] as const
/** Of what somebody spent alone, there is but one user and one team. */
export const ownDimensions: ReadonlyArray<Dimension> = ["model", "provider", "key", "tag"]
export type Dimension = (typeof dimensions)[number]

export type SpendGroup = Sums & { readonly day?: string } & { readonly [D in Dimension]?: string }

export interface Spend {
  readonly from: string
  readonly to: string
  readonly groups: ReadonlyArray<SpendGroup>
  readonly total: Sums
}

/** Spend with the names of its keys in place of their ids. */
export const withNames = (spend: Spend, nameOfKey: (id: string) => string): Spend => ({
  ...spend,
  groups: spend.groups.map((group) => (group.key ? { ...group, key: nameOfKey(group.key) } : group))
})

export const measures = {
  cost: "Cost",
  calls: "Calls",
  tokens: "Tokens"
} as const

export type Measure = keyof typeof measures

const measured = (group: Sums, measure: Measure): number =>
  measure === "cost" ? Number(group.cost) : measure === "calls" ? group.calls : group.inputTokens + group.outputTokens

const dayMillis = 86_400_000

/** Every day from the first to the last, as `YYYY-MM-DD`. */
export const daysOf = ({ from, to }: Pick<Spend, "from" | "to">): ReadonlyArray<string> => {
  const first = Date.parse(from)
  const length = Math.round((Date.parse(to) - first) / dayMillis) + 1
  return Array.from({ length }, (_, index) => new Date(first + index * dayMillis).toISOString().slice(0, 10))
}

/** The day so many days ago. */
export const daysAgo = (days: number): string => new Date(Date.now() - days * dayMillis).toISOString().slice(0, 10)

export interface Series {
  readonly name: string
  /** One figure a day. */
  readonly values: ReadonlyArray<number>
  readonly total: number
}

const others = "all others"

/** The largest groups, each with a figure a day; what is left of them is one more. */
export const seriesOf = (spend: Spend, by: Dimension, measure: Measure, most = 5): ReadonlyArray<Series> => {
  const days = daysOf(spend)
  const index = new Map(days.map((day, position) => [day, position]))
  const rows = new Map<string, Array<number>>()
  for (const group of spend.groups) {
    const name = group[by] || `no ${by}`
    const values = rows.get(name) ?? days.map(() => 0)
    const position = index.get(group.day ?? "")
    if (position !== undefined) values[position] = (values[position] ?? 0) + measured(group, measure)
    rows.set(name, values)
  }
  const all = [...rows]
    .map(([name, values]) => ({ name, values, total: values.reduce((sum, value) => sum + value, 0) }))
    .toSorted((a, b) => b.total - a.total)
  const rest = all.slice(most)
  if (rest.length === 0) return all
  const values = days.map((_, position) => rest.reduce((sum, row) => sum + (row.values[position] ?? 0), 0))
  return [...all.slice(0, most), { name: others, values, total: rest.reduce((sum, { total }) => sum + total, 0) }]
}
