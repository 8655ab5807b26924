/**
 * CPU time per unary call and per 100-chunk stream over the same local server. The server and each client have their
 * own process; clients take turns, one call at a time, round after round.
 */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { Bill, Order } from "./client.ts"
import { goal, median, spread, table } from "./table.ts"

const here = import.meta.dirname
const kinds = ["unary", "stream"] as const

/** Calls of each of the two rounds that are not measured. */
const warmUp = { unary: 3000, stream: 500 }

const start = (file: string, ...args: ReadonlyArray<string>): ChildProcess =>
  fork(join(here, file), args, { stdio: ["ignore", "inherit", "inherit", "ipc"] })

const message = async <A>(child: ChildProcess): Promise<A> => {
  const stop = new AbortController()
  const exited = once(child, "exit", { signal: stop.signal }).then(([code]) => {
    throw new Error(`a process of the bench ended with ${String(code)}`)
  })
  const received = once(child, "message", { signal: stop.signal })
  exited.catch(() => {})
  const [answer] = (await Promise.race([received, exited])) as [A]
  stop.abort()
  return answer
}

const order = (child: ChildProcess, what: Order): Promise<Bill> => {
  child.send(what)
  return message<Bill>(child)
}

export const cpuBench = async (options: {
  readonly rounds: number
  readonly unary: number
  readonly streams: number
}) => {
  const built = existsSync(join(here, "..", "..", "dist", "providers", "OpenAiCompatible.js"))
  if (!built) console.log("ours is left out: dist/providers/OpenAiCompatible.js is missing\n")
  const names = ["undici", "dispatcher", "openai", "ai", ...(built ? ["ours"] : [])]
  const children: Array<ChildProcess> = []
  try {
    const server = start("server.ts")
    children.push(server)
    const baseUrl = await message<string>(server)
    const clients = new Map<string, ChildProcess>()
    for (const name of names) {
      const child = start("client.ts", name, baseUrl)
      children.push(child)
      await message(child)
      clients.set(name, child)
    }

    const count = { unary: options.unary, stream: options.streams }
    const bills = new Map(names.map((name) => [name, { unary: [] as Array<Bill>, stream: [] as Array<Bill> }]))
    const entries = [...clients]
    for (const kind of kinds) {
      for (let round = -2; round < options.rounds; round++) {
        // Each round starts with another client, so that none always follows the same one.
        const turn = entries.map((_, i) => entries[(i + round + 2) % entries.length] ?? entries[0])
        for (const one of turn) {
          if (one === undefined) continue
          // Warm-up rounds are long enough for the optimizing compiler. What it made is not thrown away again: a forced
          // collection between two rounds would, and each client pays for its own garbage.
          const bill = await order(one[1], {
            kind,
            count: round < 0 ? Math.max(count[kind], warmUp[kind]) : count[kind]
          })
          if (round >= 0) bills.get(one[0])?.[kind].push(bill)
        }
      }
    }

    const of = (name: string, kind: (typeof kinds)[number]) =>
      (bills.get(name)?.[kind] ?? []).map(({ cpuMicros }) => cpuMicros)
    const cpu = (name: string, kind: (typeof kinds)[number]) => median(of(name, kind))
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
            spread(of(name, kind)).toFixed(0),
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
      samples: Object.fromEntries(bills),
      goals
    }
  } finally {
    for (const child of children) child.disconnect()
  }
}
