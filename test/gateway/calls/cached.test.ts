/** Responses that are given again, through the gateway. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gateway } from "../gateway.ts"

const settings = `
models: { chat: openai/sim-healthy, claude: anthropic/sim-healthy }
policies: { cache: { ttl: 1h, tenant: all } }
prices: { openai/sim-healthy: { input: 1, output: 2 } }
`

const messages = [{ role: "user", content: "Hello" }]

describe("a repeated request", () => {
  it.live("gets the cached response, whole or streamed, at no cost", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* gateway(settings)
      for (const [path, body] of [
        ["/v1/chat/completions", { model: "chat", messages, field_of_tomorrow: 1 }],
        ["/v1/messages", { model: "claude", messages, max_tokens: 50 }],
        ["/v1/responses", { model: "chat", input: "Hello" }]
      ] as const) {
        const before = (yield* simulator.requests).length
        const first = yield* send(path, body, { "x-client-request-id": "1" })
        const again = yield* send(path, body, { "x-client-request-id": "2" })
        const streamed = yield* send(path, { ...body, stream: true })
        assert.strictEqual(first.headers.get("x-effect-llm-cache"), "miss")
        for (const { headers } of [again, streamed]) assert.strictEqual(headers.get("x-effect-llm-cache"), "hit", path)
        assert.strictEqual(again.headers.get("x-effect-llm-cost"), "0")
        assert.lengthOf(yield* simulator.requests, before + 1)
      }
    })
  )

  it.live("must also match in fields that only its protocol has", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* gateway(settings)
      const body = { model: "claude", messages, max_tokens: 50 }
      yield* send("/v1/messages", { ...body, field_of_tomorrow: 1 })
      yield* send("/v1/messages", { ...body, field_of_tomorrow: 2 })
      yield* send("/v1/messages", body, { "anthropic-beta": "tomorrow-2027-01-01" })
      yield* send("/v1/messages", body)
      assert.lengthOf(yield* simulator.requests, 4)
    })
  )
})
