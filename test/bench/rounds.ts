/**
 * CPU time per unary call and per 100-chunk stream of several clients over the same local server. The server and each client
 * have their own process; clients take turns, one call at a time, round after round.
 */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import type { Bill, Order } from "./client.ts"
import { median, spread } from "./table.ts"

const here = import.meta.dirname
export const kinds = ["unary", "stream"] as const
export type Kind = (typeof kinds)[number]

export interface RoundOptions {
  readonly rounds: number
  readonly unary: number
  readonly streams: number
  /** Calls of each of the two rounds that are not measured. */
  readonly warmUp?: { readonly [K in Kind]: number }
}

const standardWarmUp = { unary: 3000, stream: 500 }

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

export interface Measured {
  /** µs of CPU per call: the median of the rounds, and how far they are spread. */
  readonly cpu: (name: string, kind: Kind) => number
  readonly spread: (name: string, kind: Kind) => number
  readonly samples: Record<string, Record<Kind, ReadonlyArray<Bill>>>
}

/** Measures the adapters of these names: `name`, or `name:variant`. */
export const measure = async (names: ReadonlyArray<string>, options: RoundOptions): Promise<Measured> => {
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
    const warmUp = options.warmUp ?? standardWarmUp
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

    const of = (name: string, kind: Kind) => (bills.get(name)?.[kind] ?? []).map(({ cpuMicros }) => cpuMicros)
    return {
      cpu: (name, kind) => median(of(name, kind)),
      spread: (name, kind) => spread(of(name, kind)),
      samples: Object.fromEntries(bills)
    }
  } finally {
    for (const child of children) child.disconnect()
  }
}
