import type { Log } from "./Log.ts"

/** Milliseconds; all 0 where nothing was measured. */
export interface Percentiles {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

/** The requests of a provider: all, those that failed, those whose caller left, and their cost in US dollars. */
export interface ProviderFigures {
  readonly requests: number
  readonly failed: number
  readonly interrupted: number
  readonly cost: number
}

/** A stretch of the run. */
export interface Bucket {
  readonly fromMillis: number
  readonly calls: number
  readonly failed: number
  readonly latency: Percentiles
  /** Requests by provider. */
  readonly requests: Readonly<Record<string, number>>
  /** Those of them that failed; one whose caller left did not. */
  readonly failedRequests: Readonly<Record<string, number>>
}

/**
 * The result of a run: how many calls there were and how many failed, with which errors; the latency of those that succeeded,
 * in milliseconds, until their end and until their first token; what the providers saw; and all of it over time.
 */
export interface Report {
  readonly calls: number
  readonly failed: number
  readonly errors: Readonly<Record<string, number>>
  readonly latency: Percentiles
  readonly firstToken: Percentiles
  readonly providers: Readonly<Record<string, ProviderFigures>>
  /** US dollars. */
  readonly cost: number
  readonly bucketMillis: number
  readonly buckets: ReadonlyArray<Bucket>
}

const percentilesOf = (values: ReadonlyArray<number>): Percentiles => {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: sorted.at(-1) ?? 0 }
}

const countBy = <A>(rows: ReadonlyArray<A>, key: (row: A) => string | undefined): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const row of rows) {
    const name = key(row)
    if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

const figuresOf = (requests: Log["requests"]): ProviderFigures => {
  const interrupted = requests.filter(({ outcome }) => outcome === "interrupted").length
  const succeeded = requests.filter(({ outcome }) => outcome === "succeeded").length
  return {
    requests: requests.length,
    failed: requests.length - succeeded - interrupted,
    interrupted,
    cost: requests.reduce((sum, { cost }) => sum + cost, 0)
  }
}

export const of = ({ calls, requests }: Log, durationMillis: number, count: number): Report => {
  const bucketMillis = durationMillis / count
  const indexOf = ({ atMillis }: { readonly atMillis: number }) =>
    Math.min(count - 1, Math.floor(atMillis / bucketMillis))
  const callsOf = Map.groupBy(calls, indexOf)
  const requestsOf = Map.groupBy(requests, indexOf)
  const latencyOf = (rows: Log["calls"]) =>
    percentilesOf(rows.flatMap(({ error, totalMillis }) => (error === undefined ? [totalMillis] : [])))
  const buckets = Array.from({ length: count }, (_, index): Bucket => {
    const rows = callsOf.get(index) ?? []
    const sent = requestsOf.get(index) ?? []
    return {
      fromMillis: index * bucketMillis,
      calls: rows.length,
      failed: rows.filter(({ error }) => error !== undefined).length,
      latency: latencyOf(rows),
      requests: countBy(sent, ({ provider }) => provider),
      failedRequests: countBy(sent, ({ outcome, provider }) =>
        outcome === "succeeded" || outcome === "interrupted" ? undefined : provider
      )
    }
  })
  const byProvider = Map.groupBy(requests, ({ provider }) => provider)
  return {
    calls: calls.length,
    failed: calls.filter(({ error }) => error !== undefined).length,
    errors: countBy(calls, ({ error }) => error),
    latency: latencyOf(calls),
    firstToken: percentilesOf(
      calls.flatMap(({ error, firstTokenMillis }) =>
        error === undefined && firstTokenMillis !== undefined ? [firstTokenMillis] : []
      )
    ),
    providers: Object.fromEntries([...byProvider].toSorted().map(([id, rows]) => [id, figuresOf(rows)])),
    cost: requests.reduce((sum, { cost }) => sum + cost, 0),
    bucketMillis,
    buckets
  }
}

const seconds = (millis: number) => `${(millis / 1000).toFixed(millis < 10_000 ? 2 : 1)} s`
const percent = (part: number, whole: number) => `${whole === 0 ? 0 : ((part / whole) * 100).toFixed(2)} %`
const dollars = (usd: number) => `$${usd.toFixed(2)}`

export const format = (report: Report): string => {
  const { calls, cost, errors, failed, firstToken, latency } = report
  const kinds = Object.entries(errors).map(([tag, count]) => `${count} ${tag}`)
  const line = ({ max, p50, p90, p99 }: Percentiles) =>
    `p50 ${seconds(p50)}  p90 ${seconds(p90)}  p99 ${seconds(p99)}  max ${seconds(max)}`
  return [
    `calls        ${calls}, ${percent(failed, calls)} failed${kinds.length === 0 ? "" : ` (${kinds.join(", ")})`}`,
    `latency      ${line(latency)}`,
    `first token  ${line(firstToken)}`,
    `cost         ${dollars(cost)}`,
    ...Object.entries(report.providers).map(
      ([id, { cost, failed, interrupted, requests }]) =>
        `${id}  ${requests} requests, ${failed} failed, ${interrupted} interrupted, ${dollars(cost)}`
    )
  ].join("\n")
}
