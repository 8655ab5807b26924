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
  return { unit: "µs of CPU per call", ...options, samples, goals, steady: await steadyState(options) }
}

/** Calls before V8 has compiled all that a call runs through: in the rounds above it still does. */
const settled = { unary: 15_000, stream: 3000 }

/** What all policies add in a process that has been serving for a while. */
const steadyState = async ({ rounds }: RoundOptions) => {
  const options = { rounds, unary: 1000, streams: 100, warmUp: settled }
  const { cpu, samples } = await measure(["policies:bare", "policies:stack"], options)
  for (const kind of ["unary", "stream"] as const) {
    const [bare, stack] = [cpu("policies:bare", kind), cpu("policies:stack", kind)]
    console.log(
      `after ${2 * settled[kind]} calls, ${kind}: all policies add ${(stack - bare).toFixed(0)} µs to ${bare.toFixed(0)}, ${(stack / bare).toFixed(2)} x`
    )
  }
  console.log()
  return samples
}
