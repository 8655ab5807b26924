/** Batches that nobody asks for: what was reserved for them does not stay so. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, FileSystem, Layer, Logger, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { Simulator } from "../../../src/testing/Simulator.ts"
import { serve, upstream } from "../calls/upstream.ts"
import { holder, type Json } from "./http.ts"

const settings = (address: string) => `
providers: { openai: { key: sk-upstream, baseUrl: "${address}" } }
models: { chat: openai/sim-healthy }
prices: { openai/sim-healthy: { input: 2, output: 8 } }
budgets: { some: { usd: 1 } }
teams: { support: {} }
keys: { eve: { key: key-of-eve-0815-4711, team: support, tags: [nightly], budgets: [some] } }
server: { adminKey: the-admin-of-the-gateway-4711 }
`

const line = JSON.stringify({
  custom_id: "1",
  method: "POST",
  url: "/v1/chat/completions",
  body: { model: "chat", messages: [{ role: "user", content: "Hello" }], max_tokens: 20 }
})

const at = (url: string) => {
  const eve = holder(url, "key-of-eve-0815-4711")
  const admin = holder(url, "the-admin-of-the-gateway-4711")
  return {
    begin: Effect.gen(function* () {
      const form = new FormData()
      form.append("purpose", "batch")
      form.append("file", new Blob([line]), "batch.jsonl")
      const file = yield* eve("POST", "/v1/files", form)
      const batch = { input_file_id: file.body.id, endpoint: "/v1/chat/completions", completion_window: "24h" }
      const made = yield* eve("POST", "/v1/batches", batch)
      assert.strictEqual(made.status, 200, JSON.stringify(made.body))
    }),
    budget: Effect.map(admin("GET", "/admin/budgets"), ({ body }): Json =>
      body.budgets.find((one: Json) => one.id === "some")
    ),
    rows: Effect.map(admin("GET", "/admin/calls?capability=batch&key=eve"), ({ body }): ReadonlyArray<Json> =>
      body.calls.filter(({ servedModel, error }: Json) => servedModel !== undefined || error !== undefined)
    )
  }
}

type At = ReturnType<typeof at>

/** Lets time go by until what was reserved is free, and the calls are in the ledger. */
const settled = Effect.fnUntraced(function* ({ budget, rows }: At) {
  assert.isAbove(Number((yield* budget).reserved), 0)
  while (Number((yield* budget).reserved) > 0) yield* TestClock.adjust("1 minute")
  while ((yield* rows).length === 0) yield* TestClock.adjust("1 second")
  const [row, ...others] = yield* rows
  assert.lengthOf(others, 0)
  assert.strictEqual(Number((yield* budget).spent), Number(row.cost))
  assert.deepInclude(row, { key: "eve", team: "support", tags: ["nightly"], model: "chat", provider: "openai" })
  return row
})

describe("a batch that no client polls", () => {
  it.effect("is settled when it has ended, by the first of several instances that polls it", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const database = Redacted.make(`${yield* fs.makeTempDirectoryScoped()}/gateway.db`)
      const simulator = Context.get(yield* Layer.build(Simulator.layer()), Simulator)
      const text = settings(simulator.openAiUrl)
      const [url] = [yield* serve(text, { database }), yield* serve(text, { database })]
      const gatewayAt = at(url)
      yield* gatewayAt.begin
      const row = yield* settled(gatewayAt)
      assert.isUndefined(row.estimated)
      assert.strictEqual(row.outcome, "success")
      yield* TestClock.adjust("20 minutes")
      const looks = (yield* simulator.requests).filter(
        ({ method, path }) => method === "GET" && path.startsWith("/v1/batches/")
      )
      assert.lengthOf(looks, 1)
    }).pipe(Effect.provide(NodeServices.layer), Effect.provide(Logger.layer([])))
  )

  it.effect(
    "is charged as it was estimated once its provider has forgotten it, and not while the provider is away",
    () =>
      Effect.gen(function* () {
        const provider = { isAway: true, looks: 0 }
        const address = yield* upstream((incoming, outgoing) => {
          const { method, url = "" } = incoming
          const isLook = method === "GET" && url.includes("/batches/")
          if (isLook) provider.looks++
          outgoing.writeHead(isLook ? (provider.isAway ? 503 : 404) : 200, { "content-type": "application/json" })
          outgoing.end(
            isLook
              ? '{"error":{"message":"No batch found with id batch_1.","type":"invalid_request_error","code":null}}'
              : url.includes("/files")
                ? '{"id":"file_1","object":"file","bytes":1,"created_at":1,"filename":"a","purpose":"batch"}'
                : '{"id":"batch_1","object":"batch","status":"in_progress","endpoint":"/v1/chat/completions","input_file_id":"file_1","created_at":1}'
          )
        })
        const url = yield* serve(settings(`${address}/v1`))
        const gatewayAt = at(url)
        yield* gatewayAt.begin
        while (provider.looks < 2) {
          yield* TestClock.adjust("1 minute")
          assert.isAbove(Number((yield* gatewayAt.budget).reserved), 0)
        }
        provider.isAway = false
        const row = yield* settled(gatewayAt)
        assert.isTrue(row.estimated)
        assert.isAbove(Number(row.cost), 0)
      }).pipe(Effect.provide(Logger.layer([])))
  )
})
