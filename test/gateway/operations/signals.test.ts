import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { merged } from "../../../src/gateway/operations/MergedMetrics.ts"
import { Simulator } from "../../../src/testing/Simulator.ts"
import { temporary } from "../../cli/cli.ts"
import { served } from "./process.ts"
import { raw } from "./sockets.ts"

const settings = ({ openAiUrl }: Simulator["Service"], more: string) =>
  `providers: { openai: { baseUrl: "${openAiUrl}", key: "\${KEY}" } }\n${more}`
const env = { KEY: "sk-upstream-0123456789" }

const statusOf = (url: string, model: string) =>
  Effect.promise(async () => {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { connection: "close" },
      body: JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] })
    })
    await response.arrayBuffer()
    return response.status
  })

/** A gateway of a file in a folder of its own, before a simulator. */
const inFolder = Effect.fnUntraced(function* (more: string, args: ReadonlyArray<string> = []) {
  const cwd = yield* temporary
  const simulator = Context.get(yield* Layer.build(Simulator.layer()), Simulator)
  const file = join(cwd, "settings.yaml")
  const write = (more: string) => writeFileSync(file, settings(simulator, more))
  write(more)
  return { ...(yield* served(args, { cwd, env })), simulator, write }
})

describe("a process that serves", () => {
  it.live(
    "reloads its settings on a signal and when their file changes, and keeps the old ones if the new ones are invalid",
    () =>
      Effect.gen(function* () {
        const cwd = yield* temporary
        const file = join(cwd, "settings.yaml")
        const model = (name: string) => `models: { ${name}: openai/sim-healthy }\nserver: { port: 0 }`
        writeFileSync(file, model("one"))
        const { output, signal, until } = yield* served([], { cwd, env: { OPENAI_API_KEY: env.KEY } })
        writeFileSync(file, model("two"))
        yield* until(/models\.one: removed/)
        assert.match(output(), /models\.two(?:\.\S+)?: added/)
        writeFileSync(file, "models: { two: nothing }")
        yield* until(/the previous ones stay in use/)
        signal("SIGHUP")
        yield* until(/(?:the previous ones stay in use[^]*){2}/)
        assert.notInclude(output(), env.KEY)
      })
  )

  it.live("exits gracefully when it is stopped, and at once when it is stopped twice", () =>
    Effect.gen(function* () {
      const cwd = yield* temporary
      const idle = yield* served(["--port", "0"], { cwd })
      idle.signal("SIGTERM")
      assert.strictEqual(yield* Effect.promise(() => idle.exit), 0)
      const busy = yield* served(["--port", "0"], { cwd })
      const client = yield* raw(busy.url)
      const body = JSON.stringify({ model: "sim-stall", stream: true, messages: [{ role: "user", content: "Hello" }] })
      client.send(
        `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}`
      )
      yield* client.until(/data: /)
      busy.signal("SIGTERM")
      yield* busy.until(/Stopping/)
      busy.signal("SIGTERM")
      assert.strictEqual(yield* Effect.promise(() => busy.exit), 130)
    })
  )
})

describe("several workers", () => {
  it.live(
    "share one limit and one page of metrics, and are started again when they end",
    () =>
      Effect.gen(function* () {
        const limits = "policies: { limits: { requests: 4, per: 1h } }"
        const { output, pids, signal, exit, until, url } = yield* inFolder(
          `models: { fast: { deployments: [openai/sim-healthy], ${limits} } }\nserver: { port: 0, metrics: open, drain: 1s }`,
          ["--workers", "2"]
        )
        assert.include(output(), "2 workers share it")
        const statuses = yield* Effect.forEach(Array.from({ length: 12 }), () => statusOf(url, "fast"), {
          concurrency: 6
        })
        assert.strictEqual(statuses.filter((status) => status === 200).length, 4)
        const metrics = yield* Effect.promise(async () => (await fetch(`${url}/metrics`)).text())
        assert.match(metrics, /process_memory_usage\{worker="2"\}/)
        const count = /http_server_request_duration_count\{[^}]*"\/v1\/chat\/completions"[^}]*"200"[^}]*\} (\d+)/.exec(
          metrics
        )
        assert.strictEqual(count?.[1], "4")
        process.kill(pids()[0] ?? 0, "SIGKILL")
        yield* until(/another one starts/)
        assert.strictEqual((yield* Effect.promise(() => fetch(`${url}/health/live`))).status, 200)
        signal("SIGTERM")
        assert.strictEqual(yield* Effect.promise(() => exit), 0)
      }),
    120_000
  )

  it("add up counters, and label gauges by worker", () => {
    const text = (count: number) =>
      `# HELP a_total A.\n# TYPE a_total counter\na_total{x="}"} ${count}\n# HELP g G.\n# TYPE g gauge\ng ${count}\n`
    assert.strictEqual(
      merged([text(1), text(2)]),
      '# HELP a_total A.\n# TYPE a_total counter\na_total{x="}"} 3\n# HELP g G.\n# TYPE g gauge\ng{worker="1"} 1\ng{worker="2"} 2\n'
    )
  })
})
