/**
 * Ten thousand streams open at once, each through all policies: memory per stream, and how late the event loop is. The client
 * has a process of its own, and so has the server.
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { goal, table } from "./table.ts"

const here = import.meta.dirname

interface Figures {
  readonly open: number
  readonly kilobytesPerStream: number
  readonly lagP50Millis: number
  readonly lagP99Millis: number
  readonly finished: number
}

const run = async (baseUrl: string, count: number): Promise<Figures> => {
  const { make } = await import("./adapters/policies.ts")
  const adapter = await make(baseUrl, "stack")
  // Loads what a call needs; it goes on beside the others.
  const warmUp = adapter.stream()
  await sleep(3000)
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  let open = 0
  let finished = 0
  const streams: Array<Promise<unknown>> = []
  // A hundred at a time, as connections are accepted.
  while (open < count) {
    for (let i = 0; i < 100 && open < count; i++, open++) streams.push(adapter.stream().then(() => finished++))
    await sleep(50)
  }
  await sleep(4000)
  globalThis.gc?.()
  const used = process.memoryUsage().rss - before
  const lag = monitorEventLoopDelay({ resolution: 5 })
  lag.enable()
  await sleep(15_000)
  lag.disable()
  const stillOpen = count - finished
  await Promise.all([warmUp, ...streams])
  return {
    open: stillOpen,
    kilobytesPerStream: used / count / 1024,
    lagP50Millis: lag.percentile(50) / 1e6 - 5,
    lagP99Millis: lag.percentile(99) / 1e6 - 5,
    finished
  }
}

if (process.argv[2] === "run") {
  process.send?.(await run(process.argv[3] ?? "", Number(process.argv[4])))
  process.exit()
}

export const streamsBench = async ({ count }: { readonly count: number }) => {
  const server = fork(join(here, "streamServer.ts"), [], { stdio: ["ignore", "inherit", "inherit", "ipc"] })
  try {
    const [baseUrl] = (await once(server, "message")) as [string]
    const client = fork(import.meta.filename, ["run", baseUrl, String(count)], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      execArgv: ["--expose-gc"]
    })
    const [figures] = (await once(client, "message")) as [Figures]
    const { kilobytesPerStream, lagP50Millis, lagP99Millis, open } = figures
    console.log(`${count} streams at once through all policies, half a chunk a second each\n`)
    console.log(
      table(
        ["open", "kB per stream", "lag p50 ms", "lag p99 ms"],
        [[String(open), kilobytesPerStream.toFixed(1), lagP50Millis.toFixed(1), lagP99Millis.toFixed(1)]]
      )
    )
    console.log()
    const goals = [goal("event loop lag, 99th percentile, of 50 ms", lagP99Millis / 50, 1)]
    console.log()
    return { ...figures, goals }
  } finally {
    server.disconnect()
  }
}
