import { clients, type ClientRow } from "./Clients.ts"
import type { FeatureName } from "./Features.ts"
import { limits } from "./Limits.ts"
import { type Upstream, upstreams } from "./Upstreams.ts"

/** For each feature of a client, the protocols upstream with which it works. */
export type Works = Map<FeatureName, Set<Upstream>>

const columns: ReadonlyArray<readonly [heading: string, features: ReadonlyArray<FeatureName>]> = [
  ["whole", ["whole"]],
  ["streamed", ["streamed", "helper"]],
  ["tools", ["tools", "streamedTools"]],
  ["images", ["image"]],
  ["structured", ["structured"]],
  ["reasoning", ["reasoning", "streamedReasoning"]],
  ["errors", ["status401", "status404", "status429", "status500"]],
  ["left", ["cancelled", "cancelledStream"]],
  ["cut", ["cutWhole", "cut", "cutHelper", "reset", "overloaded"]]
]

const total = Object.keys(upstreams).length

const cell = ({ lacks, title }: ClientRow, works: Works, features: ReadonlyArray<FeatureName>): string => {
  const own = features.filter((feature) => lacks?.includes(feature) !== true)
  if (own.length === 0) return "–"
  const count = (Object.keys(upstreams) as ReadonlyArray<Upstream>).filter((upstream) =>
    own.every((feature) => works.get(feature)?.has(upstream))
  ).length
  const notes = limits.flatMap((limit, index) =>
    (limit.clients?.includes(title) ?? true) && limit.features.some((feature) => own.includes(feature))
      ? [`[${index + 1}]`]
      : []
  )
  return count === total ? String(total) : [count, ...notes].join(" ")
}

const row = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

/** The table of docs/clients.md, and what its numbers refer to. A client that was not run keeps its row of before. */
export const matrix = (results: ReadonlyMap<string, Works>, before: string): string =>
  [
    row(["client", "calls", ...columns.map(([heading]) => heading)]),
    row(["---", "---", ...columns.map(() => "---")]),
    ...clients.flatMap((client) => {
      const works = results.get(client.title)
      const start = `| ${client.title} | `
      if (works === undefined) return before.split("\n").filter((line) => line.startsWith(start))
      return [
        row([client.title, `\`${client.calls}\``, ...columns.map(([, features]) => cell(client, works, features))])
      ]
    }),
    "",
    ...limits.map(
      ({ because, upstreams }, index) =>
        `${index + 1}. ${upstreams.length === total ? "" : `${upstreams.join(", ")}: `}${because}`
    )
  ].join("\n")
