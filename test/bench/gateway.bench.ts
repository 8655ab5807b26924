/**
 * CPU time, latency and memory of gateways over one local upstream, each in processes of its own. They take turns, round after
 * round; a raw proxy that looks at nothing is the floor.
 */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Pool } from "undici"
import { type Command, cpuMicros, residentBytes, start, stop, type Target } from "./gateways/Target.ts"
import { model, prompt, text } from "./payload.ts"
import { goal, median, spread, table } from "./table.ts"

const here = import.meta.dirname
const gateways = join(here, "gateways")
const cli = join(here, "..", "..", "dist-gateway", "cli", "main.js")
const kinds = ["unary", "stream"] as const
type Kind = (typeof kinds)[number]

export interface GatewayOptions {
  readonly rounds: number
  readonly unary: number
  readonly streams: number
  /** How many requests are open at once. */
  readonly concurrency: number
  /** The gateways of other people, which take long to install and start. */
  readonly peers: boolean
}

interface Round {
  readonly cpuMicros: number
  readonly latencyMicros: number
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

/** Everything on: keys, routing with two deployments, limits, a budget, cost, ledger, metrics. */
const settings = (upstream: string): string => `
providers:
  openai: { key: sk-upstream, baseUrl: "${upstream}/v1" }
models:
  ${model}: [{ model: openai/${model}, name: a }, { model: openai/${model}, name: b }]
keys:
  bench: { key: "${key}", budgets: [all], limits: { requests: 10000000, per: 1m, tokens: 100000000000 } }
budgets:
  all: { usd: 1000000, every: day }
`
const key = "sk-bench-7f3a9c5e1b8d4f2a6c0e9b7d5f3a1c8e"

/** The gateway of this repository, as it is built. */
export const ownGateway = async (upstream: string, folder: string): Promise<Command> => {
  const port = await freePort()
  const file = join(folder, "settings.yaml")
  writeFileSync(file, settings(upstream))
  return {
    name: "effect-llm",
    command: process.execPath,
    args: [cli, "serve", file, "--port", String(port)],
    url: `http://127.0.0.1:${port}`,
    env: { XDG_DATA_HOME: folder },
    headers: { authorization: `Bearer ${key}` }
  }
}

const commands = async (upstream: string, folder: string, peers: boolean): Promise<ReadonlyArray<Command>> => {
  const node = process.execPath
  const [portkey, litellm] = [await freePort(), await freePort()]
  writeFileSync(
    join(folder, "litellm.yaml"),
    `model_list:\n  - model_name: ${model}\n    litellm_params: { model: openai/${model}, api_base: "${upstream}/v1", api_key: sk-upstream }\n`
  )
  const all: ReadonlyArray<Command | false> = [
    { name: "raw proxy", command: node, args: [join(gateways, "raw.ts"), upstream] },
    { name: "bare Effect", command: node, args: [join(gateways, "effect.ts"), upstream] },
    existsSync(cli) && (await ownGateway(upstream, folder)),
    peers && {
      name: "Portkey",
      command: node,
      args: [
        join(gateways, "node_modules/@portkey-ai/gateway/build/start-server.js"),
        `--port=${portkey}`,
        "--headless"
      ],
      url: `http://127.0.0.1:${portkey}`,
      env: { TRUSTED_CUSTOM_HOSTS: "127.0.0.1,localhost" },
      headers: {
        authorization: "Bearer sk-upstream",
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": `${upstream}/v1`
      }
    },
    peers &&
      existsSync(join(gateways, ".venv/bin/litellm")) && {
        name: "LiteLLM",
        command: join(gateways, ".venv/bin/litellm"),
        args: ["--config", join(folder, "litellm.yaml"), "--host", "127.0.0.1", "--port", String(litellm)],
        url: `http://127.0.0.1:${litellm}`,
        env: {
          LITELLM_LOG: "ERROR",
          LITELLM_LOCAL_MODEL_COST_MAP: "True",
          LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: "true"
        }
      }
  ]
  return all.filter((command) => command !== false)
}

const call = async (pool: Pool, target: Target, kind: Kind): Promise<number> => {
  const began = performance.now()
  const { body, statusCode } = await pool.request({
    method: "POST",
    path: "/v1/chat/completions",
    headers: { "content-type": "application/json", ...target.headers },
    body: JSON.stringify({
      model,
      messages: [{ role: "user", content: prompt }],
      ...(kind === "stream" && { stream: true, stream_options: { include_usage: true } })
    })
  })
  let first = 0
  let answer = ""
  for await (const part of body) {
    if (first === 0) first = performance.now() - began
    answer += String(part)
  }
  const isWhole = kind === "unary" ? answer.includes(text.slice(0, 50)) : answer.trimEnd().endsWith("data: [DONE]")
  if (statusCode !== 200 || !isWhole)
    throw new Error(`${target.name} responded ${statusCode}: ${answer.slice(0, 300)} ... ${answer.slice(-100)}`)
  return first * 1000
}

const inTurn = async (target: Target, kind: Kind, count: number, concurrency: number): Promise<Round> => {
  const pool = new Pool(target.url, { connections: concurrency })
  const latencies: Array<number> = []
  let left = count
  const before = cpuMicros(target)
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (left-- > 0) latencies.push(await patiently(target, () => call(pool, target, kind)))
    })
  )
  const used = cpuMicros(target) - before
  await pool.close()
  return { cpuMicros: used / count, latencyMicros: median(latencies) }
}

const failures = new Map<string, number>()

/** A gateway may fail now and then; its failures are counted, and what they cost is counted to its calls. */
const patiently = async (target: Target, make: () => Promise<number>): Promise<number> => {
  for (let failed = 0; failed < 5; failed++) {
    const millis = await make().catch((error: unknown) => void console.error(String(error).slice(0, 200)))
    if (millis !== undefined) return millis
    failures.set(target.name, (failures.get(target.name) ?? 0) + 1)
  }
  throw new Error(`${target.name} fails`)
}

/** Latency is measured of one request at a time. */
const latency = async (target: Target, kind: Kind, count: number): Promise<number> =>
  (await inTurn(target, kind, count, 1)).latencyMicros

export const gatewayBench = async (options: GatewayOptions) => {
  const folder = mkdtempSync(join(tmpdir(), "effect-llm-bench-"))
  const server: ChildProcess = fork(join(here, "server.ts"), { stdio: ["ignore", "inherit", "inherit", "ipc"] })
  const targets: Array<Target> = []
  try {
    const [address] = (await once(server, "message")) as [string]
    const upstream = new URL(address).origin
    for (const command of await commands(upstream, folder, options.peers)) {
      const target = await start(command).catch((error: unknown) => console.log(String(error)))
      if (target !== undefined) targets.push(target)
    }
    // At rest: what the start and a first call took has been given back.
    await new Promise((resolve) => setTimeout(resolve, 10_000))
    const idle = new Map(targets.map((target) => [target.name, residentBytes(target)]))
    const rounds = new Map(targets.map(({ name }) => [name, { unary: [] as Array<Round>, stream: [] as Array<Round> }]))
    const latencies = new Map(
      targets.map(({ name }) => [name, { unary: [] as Array<number>, stream: [] as Array<number> }])
    )
    const slow = (name: string) => (name === "LiteLLM" ? 0.1 : 1)
    for (const kind of kinds) {
      const count = kind === "unary" ? options.unary : options.streams
      for (let round = -1; round < options.rounds; round++) {
        for (const [i] of targets.entries()) {
          const target = targets[(i + round + 1) % targets.length]
          if (target === undefined) continue
          const calls = Math.max(1, Math.ceil((round < 0 ? 3 * count : count) * slow(target.name)))
          const result = await inTurn(target, kind, calls, options.concurrency)
          if (round < 0) continue
          rounds.get(target.name)?.[kind].push(result)
          latencies.get(target.name)?.[kind].push(await latency(target, kind, Math.ceil(calls / 10)))
        }
      }
    }
    const cpu = (name: string, kind: Kind) => (rounds.get(name)?.[kind] ?? []).map(({ cpuMicros }) => cpuMicros)
    const ratio = (name: string, kind: Kind) => median(cpu(name, kind)) / median(cpu("raw proxy", kind))
    const wait = (name: string, kind: Kind) => median(latencies.get(name)?.[kind] ?? [])
    console.log(
      `Gateways, ${options.rounds} interleaved rounds of ${options.unary} unary calls and ${options.streams} streams of 100 chunks, ${options.concurrency} at once\n`
    )
    console.log(
      table(
        [
          "gateway",
          "unary µs",
          "±",
          "x raw",
          "stream µs",
          "±",
          "x raw",
          "latency ms",
          "first byte ms",
          "start ms",
          "idle MB",
          "MB after"
        ],
        targets.map((target) => [
          target.name,
          ...kinds.flatMap((kind) => [
            median(cpu(target.name, kind)).toFixed(0),
            spread(cpu(target.name, kind)).toFixed(0),
            ratio(target.name, kind).toFixed(2)
          ]),
          (wait(target.name, "unary") / 1000).toFixed(2),
          (wait(target.name, "stream") / 1000).toFixed(2),
          target.startMillis.toFixed(0),
          ((idle.get(target.name) ?? 0) / 1e6).toFixed(0),
          (residentBytes(target) / 1e6).toFixed(0),
          String(failures.get(target.name) ?? 0)
        ])
      )
    )
    console.log()
    const own = targets.some(({ name }) => name === "effect-llm")
    const goals = own
      ? [
          goal("unary, of a raw proxy", ratio("effect-llm", "unary"), 1.6),
          goal("stream, of a raw proxy", ratio("effect-llm", "stream"), 1.3),
          goal("added latency, ms", (wait("effect-llm", "unary") - wait("raw proxy", "unary")) / 1000, 1),
          goal(
            "added time to the first byte, ms",
            (wait("effect-llm", "stream") - wait("raw proxy", "stream")) / 1000,
            1
          ),
          goal("start, ms", targets.find(({ name }) => name === "effect-llm")?.startMillis ?? Number.NaN, 500),
          goal("idle, MB", (idle.get("effect-llm") ?? Number.NaN) / 1e6, 100)
        ]
      : []
    console.log()
    return {
      unit: "µs of CPU per call, of all processes of a gateway",
      ...options,
      samples: Object.fromEntries(rounds),
      latencies: Object.fromEntries(latencies),
      goals
    }
  } finally {
    for (const target of targets) await stop(target.process)
    server.disconnect()
    rmSync(folder, { recursive: true, force: true })
  }
}
