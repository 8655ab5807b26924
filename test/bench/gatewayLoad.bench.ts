/** What a gateway takes to hold many streams open, and whether it grows over many calls. */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { Pool } from "undici"
import { ownGateway } from "./gateway.bench.ts"
import { cpuMicros, residentBytes, start, stop, type Target } from "./gateways/Target.ts"
import { model, prompt } from "./payload.ts"
import { goal, median, table } from "./table.ts"

const here = import.meta.dirname

export interface LoadOptions {
  /** How many streams are open at once; each takes a minute. */
  readonly streams: number
  /** How many calls are made one after another, sixteen at a time. */
  readonly calls: number
}

/** How many files a process may open. A stream takes two: one to its client, one to the upstream. */
const openFiles = (): number =>
  Number(/^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? Infinity)

/** A gateway, and what measures its objects in use after a full collection; only that of one process. */
interface Loaded extends Target {
  readonly heapBytes: () => Promise<number>
}

const heapBytesOf =
  ({ process: { pid = 0 } }: Target, file: string) =>
  async (): Promise<number> => {
    rmSync(file, { force: true })
    process.kill(pid, "SIGUSR2")
    while (!existsSync(file)) await sleep(50)
    return Number(readFileSync(file, "utf8"))
  }

const withGateway = async <A>(server: string, workers: number, use: (target: Loaded) => Promise<A>): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), "effect-llm-bench-"))
  const upstream: ChildProcess = fork(join(here, server), { stdio: ["ignore", "inherit", "inherit", "ipc"] })
  try {
    const [address] = (await once(upstream, "message")) as [string]
    const own = await ownGateway(new URL(address).origin, folder)
    const heap = join(folder, "heap")
    const args =
      workers > 1
        ? [...own.args, "--workers", String(workers)]
        : ["--import", join(here, "gateways/heap.ts"), ...own.args]
    const target = await start({ ...own, args, env: { ...own.env, BENCH_HEAP: heap }, ready: "/health/ready" })
    try {
      return await use({ ...target, heapBytes: heapBytesOf(target, heap) })
    } finally {
      await stop(target.process)
    }
  } finally {
    upstream.disconnect()
    rmSync(folder, { recursive: true, force: true })
  }
}

const request = (target: Target, isStream: boolean) => ({
  method: "POST" as const,
  path: "/v1/chat/completions",
  headers: { "content-type": "application/json", ...target.headers },
  body: JSON.stringify({ model, messages: [{ role: "user", content: prompt }], ...(isStream && { stream: true }) })
})

/** Opens streams, reads each to its end, and looks at the memory of the gateway when all are open. */
const holdStreams = (count: number, workers: number) =>
  withGateway("streamServer.ts", workers, async (target) => {
    const pool = new Pool(target.url, { connections: count, headersTimeout: 180_000, bodyTimeout: 180_000 })
    const idle = residentBytes(target)
    const firstBytes: Array<number> = []
    let open = 0
    let most = 0
    let whole = 0
    let memory = 0
    const failures = new Map<string, number>()
    const one = async () => {
      const began = performance.now()
      const { body, statusCode } = await pool.request(request(target, true))
      if (statusCode !== 200) throw new Error(`${statusCode} ${(await body.text()).slice(0, 100)}`)
      let tail = ""
      for await (const part of body) {
        if (tail === "") {
          firstBytes.push(performance.now() - began)
          most = Math.max(most, ++open)
        }
        tail = String(part)
      }
      open--
      if (tail.includes("[DONE]")) whole++
    }
    const watch = setInterval(() => (memory = Math.max(memory, residentBytes(target))), 1000)
    const before = cpuMicros(target)
    await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        // Callers come over ten seconds.
        await new Promise((resolve) => setTimeout(resolve, (index / count) * 10_000))
        await one().catch((error: unknown) => {
          const text = String(error)
          failures.set(text, (failures.get(text) ?? 0) + 1)
        })
      })
    )
    clearInterval(watch)
    await pool.close()
    const cpu = (cpuMicros(target) - before) / count
    for (const [failure, times] of failures) console.log(`${times} x ${failure}`)
    const firstByte = firstBytes.toSorted((a, b) => a - b)
    return {
      count,
      most,
      whole,
      kBPerStream: (memory - idle) / most / 1000,
      memoryMB: memory / 1e6,
      firstByteMedianMillis: median(firstBytes),
      firstByte99Millis: firstByte[Math.floor(firstByte.length * 0.99)] ?? Number.NaN,
      cpuMicros: cpu
    }
  })

/** Makes calls, and looks at memory all the while. */
const soak = (count: number) =>
  withGateway("server.ts", 1, async (target) => {
    const pool = new Pool(target.url, { connections: 16 })
    const memoryMB: Array<number> = []
    const heapMB: Array<number> = []
    const part = Math.ceil(count / 20)
    for (let done = 0; done < count; done += part) {
      let left = part
      await Promise.all(
        Array.from({ length: 16 }, async (_, index) => {
          while (left-- > 0) {
            const { body, statusCode } = await pool.request(request(target, index === 0))
            await body.text()
            if (statusCode !== 200) throw new Error(`the gateway responded ${statusCode}`)
          }
        })
      )
      memoryMB.push(residentBytes(target) / 1e6)
      // The gateway is collected only at its half and its end, as that changes what it holds.
      if (memoryMB.length % 10 === 0) heapMB.push((await target.heapBytes()) / 1e6)
    }
    await pool.close()
    const growth = (figures: ReadonlyArray<number>) => (figures.at(-1) ?? 0) - (figures[0] ?? 0)
    return { count, memoryMB, heapMB, growthMB: growth(memoryMB.slice(10)), heapGrowthMB: growth(heapMB) }
  })

export const gatewayLoadBench = async (options: LoadOptions) => {
  // Connections are dealt out by chance, so no worker has its share exactly.
  const workers = Math.ceil((2.2 * options.streams) / openFiles())
  const streams = await holdStreams(options.streams, workers)
  console.log(`${streams.count} streams of a minute, through ${workers} gateway process${workers === 1 ? "" : "es"}\n`)
  console.log(
    table(
      [
        "open at once",
        "whole",
        "kB a stream",
        "MB in all",
        "first byte ms",
        "of the 99th",
        "CPU µs a stream of 33 chunks"
      ],
      [
        [
          String(streams.most),
          String(streams.whole),
          streams.kBPerStream.toFixed(1),
          streams.memoryMB.toFixed(0),
          streams.firstByteMedianMillis.toFixed(0),
          streams.firstByte99Millis.toFixed(0),
          streams.cpuMicros.toFixed(0)
        ]
      ]
    )
  )
  const long = await soak(options.calls)
  const list = (figures: ReadonlyArray<number>, digits: number) => figures.map((mB) => mB.toFixed(digits)).join(", ")
  console.log(`\n${long.count} calls: ${list(long.memoryMB, 0)} MB`)
  console.log(`objects in use after a full collection, at half and at the end: ${list(long.heapMB, 1)} MB\n`)
  return {
    streams,
    soak: long,
    goals: [
      goal("streams that are not whole", streams.count - streams.whole, 0),
      goal("growth over the second half of the calls, MB", long.growthMB, 20),
      goal("of it objects in use, MB", long.heapGrowthMB, 2)
    ]
  }
}
