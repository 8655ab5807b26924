/** CPU time per unary call and per 100-chunk stream, beside other clients. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { kinds, measure, type RoundOptions } from "./rounds.ts"
import { goal, table } from "./table.ts"

const here = import.meta.dirname

export const cpuBench = async (options: RoundOptions) => {
  const built = existsSync(join(here, "..", "..", "dist", "providers", "OpenAiCompatible.js"))
  if (!built) console.log("ours is left out: dist/providers/OpenAiCompatible.js is missing\n")
  const names = ["undici", "dispatcher", "openai", "ai", ...(built ? ["ours"] : [])]
  const { cpu, samples, spread } = await measure(names, options)
  console.log(
    `CPU, ${options.rounds} interleaved rounds of ${options.unary} unary calls and ${options.streams} streams of 100 chunks\n`
  )
  console.log(
    table(
      ["client", "unary µs", "±", "x undici", "x openai", "stream µs", "±", "x undici", "x openai"],
      names.map((name) => [
        name,
        ...kinds.flatMap((kind) => [
          cpu(name, kind).toFixed(0),
          spread(name, kind).toFixed(0),
          (cpu(name, kind) / cpu("undici", kind)).toFixed(2),
          (cpu(name, kind) / cpu("openai", kind)).toFixed(2)
        ])
      ])
    )
  )
  console.log()
  const goals = names.includes("ours")
    ? [
        goal("unary, of raw undici", cpu("ours", "unary") / cpu("undici", "unary"), 1.6),
        goal("unary, of the openai SDK", cpu("ours", "unary") / cpu("openai", "unary"), 0.5),
        goal("stream, of the raw byte pump", cpu("ours", "stream") / cpu("undici", "stream"), 2.5),
        goal("stream, of the openai SDK", cpu("ours", "stream") / cpu("openai", "stream"), 0.5)
      ]
    : []
  console.log()
  return {
    unit: "µs of CPU per call",
    ...options,
    medians: Object.fromEntries(
      names.map((name) => [name, Object.fromEntries(kinds.map((kind) => [kind, cpu(name, kind)]))])
    ),
    samples,
    goals
  }
}
