/** One adapter in a process of its own: `client.ts <adapter>[:<variant>] <base url>`. Told how many calls to make, it says what they cost. */
import { text } from "./payload.ts"
import type { MakeAdapter } from "./adapters/Adapter.ts"

export interface Order {
  readonly kind: "unary" | "stream"
  readonly count: number
}
export interface Bill {
  /** CPU time of the process, user and system, per call. */
  readonly cpuMicros: number
  readonly wallMicros: number
}

const [, , name = "", baseUrl = ""] = process.argv
const [file, variant] = name.split(":")
const { make } = (await import(`./adapters/${file}.ts`)) as { make: MakeAdapter }
const adapter = await make(baseUrl, variant)

const check = (result: string | number): void => {
  if (typeof result === "number" ? result < text.length : result !== text) {
    throw new Error(`${name} read something else: ${String(result).slice(0, 200)}`)
  }
}

process.on("message", async ({ count, kind }: Order) => {
  const cpu = process.cpuUsage()
  const start = performance.now()
  for (let i = 0; i < count; i++) check(await adapter[kind]())
  const wall = performance.now() - start
  const { system, user } = process.cpuUsage(cpu)
  process.send?.({ cpuMicros: (user + system) / count, wallMicros: (wall * 1000) / count } satisfies Bill)
})
process.on("disconnect", () => process.exit())
process.send?.("ready")
