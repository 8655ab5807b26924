/** What each policy adds to the CPU time of a call, and what all of them together do. */
import { measure, type RoundOptions } from "./rounds.ts"
import { goal, table } from "./table.ts"

const single = ["timeout", "retry", "breaker", "limit", "cost", "budget", "telemetry", "journal"]

export const policiesBench = async (options: RoundOptions) => {
  const names = ["bare", ...single, "stack"]
  const { cpu, samples, spread } = await measure(
    names.map((name) => `policies:${name}`),
    options
  )
  const of = (name: string, kind: "unary" | "stream") => cpu(`policies:${name}`, kind)
  const added = (name: string, kind: "unary" | "stream") => (of(name, kind) - of("bare", kind)).toFixed(0)
  console.log(
    `policies, ${options.rounds} interleaved rounds of ${options.unary} unary calls and ${options.streams} streams of 100 chunks\n`
  )
  console.log(
    table(
      ["policy", "unary µs", "±", "adds", "stream µs", "±", "adds"],
      names.map((name) => {
        const cells = (["unary", "stream"] as const).flatMap((kind) => [
          of(name, kind).toFixed(0),
          spread(`policies:${name}`, kind).toFixed(0),
          added(name, kind)
        ])
        return [name].concat(cells)
      })
    )
  )
  console.log()
  const goals = [
    goal("all policies, unary, of the bare call", of("stack", "unary") / of("bare", "unary"), 1.5),
    goal("all policies, stream, of the bare call", of("stack", "stream") / of("bare", "stream"), 1.2)
  ]
  console.log()
  return { unit: "µs of CPU per call", ...options, samples, goals }
}
