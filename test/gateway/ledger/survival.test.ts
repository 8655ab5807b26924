import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, FileSystem, Layer, Logger, Schedule } from "effect"
import { writeFileSync } from "node:fs"
import * as Calls from "../../../src/gateway/ledger/Calls.ts"
import { Ledger } from "../../../src/gateway/ledger/Ledger.ts"
import * as Spend from "../../../src/gateway/ledger/Spend.ts"
import { Simulator } from "../../../src/testing/Simulator.ts"
import { gate } from "../../services/gate.ts"
import { hasPostgres } from "../../services/services.ts"
import { served } from "../operations/process.ts"
import { folder, ledgerAt, noon, postgresDatabase, rowAt, sqliteFile, storeAt, usd, using } from "./ledger.ts"

const everything = Effect.map(
  Effect.all([using(Calls.page({ limit: 100_000 })), using(Spend.spend({ by: ["model"], from: 0, to: 1_000_000 }))]),
  ([{ calls }, { total }]) => ({ calls, total })
)

const ledger = (address: string, settings?: Parameters<typeof ledgerAt>[1]) =>
  Layer.build(Layer.fresh(ledgerAt(address, settings)))

describe("the ledger", () => {
  it.live("loses no call whose response has ended, and has none twice, when its process is killed under load", () =>
    Effect.gen(function* () {
      const simulator = Context.get(yield* Layer.build(Simulator.layer()), Simulator)
      const cwd = yield* folder
      writeFileSync(
        `${cwd}/settings.yaml`,
        `providers: { openai: { key: sk-upstream, baseUrl: "${simulator.openAiUrl}" } }
models: { fast: openai/sim-healthy }
prices: { openai/sim-healthy: { input: 2, output: 4 } }
server: { port: 0 }`
      )
      const ended = new Set<string>()
      const call = (url: string, stream: boolean) =>
        Effect.tryPromise(async () => {
          const response = await fetch(`${url}/v1/chat/completions`, {
            method: "POST",
            body: JSON.stringify({ model: "fast", messages: [{ role: "user", content: "Hello" }], stream })
          })
          const text = await response.text()
          if (!stream || text.includes("[DONE]")) ended.add(response.headers.get("x-request-id") ?? "")
        })
      const killed = yield* served([], { cwd })
      const caller = (index: number) =>
        Effect.forever(
          Effect.andThen(
            call(killed.url, index % 2 === 0),
            Effect.sync(() => {
              if (ended.size >= 200) killed.signal("SIGKILL")
            })
          )
        )
      yield* Effect.ignore(
        Effect.all(
          Array.from({ length: 10 }, (_, index) => caller(index)),
          { concurrency: "unbounded" }
        )
      )
      yield* Effect.promise(() => killed.exit)
      const next = yield* served([], { cwd })
      yield* call(next.url, false)
      next.signal("SIGTERM")
      yield* Effect.promise(() => next.exit)
      const store = yield* Layer.build(storeAt(`${cwd}/settings.db`))
      const { calls, total } = yield* Effect.provideContext(everything, store)
      const ids = calls.map(({ id }) => id)
      assert.isAbove(ended.size, 200)
      assert.strictEqual(new Set(ids).size, ids.length)
      assert.deepStrictEqual(
        [...ended].filter((id) => !ids.includes(id)),
        []
      )
      assert.strictEqual(total.calls, ids.length)
      assert.strictEqual(total.cost, usd(calls.map(({ cost }) => cost)))
    })
  )

  it.live.skipIf(!hasPostgres)("spools calls while its database is away, and writes them when it is back", () =>
    Effect.gen(function* () {
      const { open, shut, url } = yield* gate(yield* postgresDatabase)
      const directory = yield* folder
      shut()
      const context = yield* ledger(url, { spool: { directory } })
      const { append, flush, state } = Context.get(context, Ledger)
      const rows = Array.from({ length: 1500 }, (_, index) => rowAt(noon + index, { cost: "0.001" }))
      for (const row of rows.slice(0, 1000)) append({ row })
      yield* Effect.repeat(state, { until: ({ isBehind }) => isBehind, schedule: Schedule.spaced("5 millis") })
      assert.deepInclude(yield* state, { waiting: 1000, dropped: 0 })
      yield* Effect.promise(open)
      yield* flush
      shut()
      for (const row of rows.slice(1000)) append({ row })
      yield* Effect.repeat(state, { until: ({ isBehind }) => isBehind, schedule: Schedule.spaced("5 millis") })
      yield* Effect.promise(open)
      yield* flush
      const { calls, total } = yield* Effect.provideContext(everything, context)
      assert.strictEqual(calls.length, 1500)
      assert.strictEqual(total.cost, "1.5")
    }).pipe(Effect.provide(Logger.layer([])))
  )

  it.live("drops and counts calls where the spool is full, and fails none", () =>
    Effect.gen(function* () {
      const file = yield* sqliteFile
      const { append, flush, state } = Context.get(yield* ledger(file, { spool: { maxBytes: 1 } }), Ledger)
      // What has no room in files waits in memory, up to 10,000 calls.
      for (let index = 0; index < 10_007; index++) append({ row: rowAt(noon) })
      assert.deepInclude(yield* state, { waiting: 10_000, dropped: 7 })
      yield* flush
      assert.deepInclude(yield* state, { waiting: 0, dropped: 7 })
    }).pipe(Effect.provide(Logger.layer([])))
  )

  it.live("reads a spool with an incomplete last line, and takes over no file of a live process", () =>
    Effect.gen(function* () {
      const file = yield* sqliteFile
      const directory = yield* folder
      const line = (id: string) => JSON.stringify({ ...rowAt(noon), id })
      const host = yield* Effect.promise(async () => (await import("node:os")).hostname())
      const dead = `${directory}/ledger-${host}-${process.pid}-earlier-1.ndjson`
      const alive = `${directory}/ledger-${host}-${process.ppid}-other-1.ndjson`
      const [a, b] = [rowAt(noon).id, rowAt(noon).id]
      writeFileSync(dead, `${line(a)}\n${line(b).slice(0, 40)}`)
      writeFileSync(alive, `${line(b)}\n`)
      const context = yield* ledger(file, { spool: { directory } })
      const fs = yield* FileSystem.FileSystem
      yield* Effect.repeat(fs.exists(dead), { until: (isThere) => !isThere, schedule: Schedule.spaced("5 millis") })
      const { calls } = yield* Effect.provideContext(everything, context)
      assert.deepStrictEqual(
        calls.map(({ id }) => id),
        [a]
      )
      assert.isTrue(yield* fs.exists(alive))
    }).pipe(Effect.provide(NodeServices.layer), Effect.provide(Logger.layer([])))
  )
})
