import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gateway } from "../gateway.ts"

const messages = [{ role: "user", content: "Hello" }]
const models = `
models:
  fast: openai/gpt-4o
  chain: { deployments: [openai/sim-503, { model: anthropic/sim-healthy, order: 1 }] }
  broken: { deployments: [openai/sim-503, { model: anthropic/sim-503, order: 1 }] }
`

describe("the headers of a response", () => {
  it.live("name what served it, the attempts and the cost", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      const { headers } = yield* send("/v1/chat/completions", { model: "fast", messages })
      assert.strictEqual(headers.get("x-effect-llm-provider"), "openai")
      assert.strictEqual(headers.get("x-effect-llm-attempts"), "1")
      assert.strictEqual(headers.get("x-effect-llm-cache"), "miss")
      assert.match(headers.get("x-effect-llm-cost") ?? "", /^0\.0\d*[1-9]$/)
      assert.match(headers.get("x-effect-llm-overhead-ms") ?? "", /^\d+$/)
    })
  )

  it.live("count every attempt, and give the reason for a missing cost", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      const { headers, status } = yield* send("/v1/chat/completions", { model: "chain", messages })
      assert.strictEqual(status, 200)
      assert.strictEqual(headers.get("x-effect-llm-provider"), "anthropic")
      assert.strictEqual(headers.get("x-effect-llm-attempts"), "2")
      assert.strictEqual(headers.get("x-effect-llm-cost"), "unpriced")
      assert.include(headers.get("x-effect-llm-cost-reason"), "no price")
    })
  )

  it.live("of a stream have what is known at its first content", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      const { headers } = yield* send("/v1/chat/completions", { model: "chain", messages, stream: true })
      assert.strictEqual(headers.get("x-effect-llm-provider"), "anthropic")
      assert.strictEqual(headers.get("x-effect-llm-attempts"), "2")
      assert.isNull(headers.get("x-effect-llm-cost"))
    })
  )

  it.live("of a failure show that all attempts are used up", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      const { headers, status } = yield* send("/v1/chat/completions", { model: "broken", messages })
      assert.strictEqual(status, 503)
      assert.strictEqual(headers.get("x-effect-llm-attempts"), "2")
      assert.strictEqual(headers.get("x-should-retry"), "false")
    })
  )
})
