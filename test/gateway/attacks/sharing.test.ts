import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Scenario } from "../../../src/testing/Scenario.ts"
import { gateway } from "../gateway.ts"

const models = (tenant: string) => `
models: { fast: openai/sim-healthy, claude: anthropic/sim-healthy }
prices: { openai/sim-healthy: { input: 2, output: 4 } }
policies: { cache: { ttl: 1h, tenant: ${tenant} }, coalesce: ${tenant} }
users: { ann: {} }
keys:
  a: { key: sk-a-0123456789abcdef }
  b: { key: sk-b-0123456789abcdef }
  ann: { key: sk-ann-0123456789abcdef, user: ann }
server: { adminKey: sk-of-the-administrator-91 }
`

const served = Effect.fnUntraced(function* (
  tenant: "key" | "user" | "all",
  options: Parameters<typeof gateway>[1] = {}
) {
  const { send, simulator } = yield* gateway(models(tenant), options)
  const ask = (key: string, text: string, more: object = {}, headers: Record<string, string> = {}) =>
    Effect.map(
      send(
        "/v1/chat/completions",
        { model: "fast", messages: [{ role: "user", content: text }], ...more },
        { authorization: `Bearer sk-${key}-0123456789abcdef`, ...headers }
      ),
      ({ headers, status, text }) => ({
        text,
        seen: [status, headers.get("x-effect-llm-cache"), headers.get("x-effect-llm-cost")]
      })
    )
  return { ask, simulator }
})

describe("cached responses", () => {
  it.live("belong to a key and user: naming another's user id gives no access to theirs", () =>
    Effect.gen(function* () {
      const { ask, simulator } = yield* served("user")
      const first = yield* ask("ann", "Secret?", { user: "ann" })
      assert.deepStrictEqual(first.seen.slice(0, 2), [200, "miss"])
      const again = yield* ask("ann", "Secret?", { user: "ann" })
      assert.deepStrictEqual(again.seen, [200, "hit", "0"])
      assert.deepStrictEqual(JSON.parse(again.text).choices, JSON.parse(first.text).choices)
      for (const key of ["a", "b"]) {
        const { seen } = yield* ask(key, "Secret?", { user: "ann" }, { "x-user-id": "ann" })
        assert.deepStrictEqual(seen.slice(0, 2), [200, "miss"])
      }
      assert.lengthOf(yield* simulator.requests, 3)
    })
  )

  it.live("are streamed if a stream is requested, and shared by all if configured", () =>
    Effect.gen(function* () {
      const { ask, simulator } = yield* served("all")
      yield* ask("a", "Hello")
      const { seen, text } = yield* ask("b", "Hello", { stream: true })
      assert.deepStrictEqual(seen.slice(0, 2), [200, "hit"])
      assert.include(text, "[DONE]")
      assert.lengthOf(yield* simulator.requests, 1)
      const beta = yield* ask("b", "Hello", {}, { "openai-beta": "another=v1" })
      assert.deepStrictEqual(beta.seen.slice(0, 2), [200, "miss"])
    })
  )

  it.live("are shared in flight by calls of the same key", () =>
    Effect.gen(function* () {
      const slow = Scenario.paced(Scenario.healthy, { latency: "100 millis" })
      const { ask, simulator } = yield* served("user", { simulator: { models: { "sim-healthy": slow } } })
      const all = yield* Effect.forEach(["a", "a", "a", "b"], (key) => ask(key, "Hello"), { concurrency: "unbounded" })
      assert.deepStrictEqual(
        all.map(({ seen }) => seen[0]),
        [200, 200, 200, 200]
      )
      assert.lengthOf(yield* simulator.requests, 2)
    })
  )
})
