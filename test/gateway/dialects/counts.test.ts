import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gateway } from "../gateway.ts"

const models = `
models:
  counted: anthropic/sim-healthy
  exact: responses/gpt-4o
  estimated: ollama/sim-healthy
  google: google/sim-healthy
`

const messages = [{ role: "user", content: "How many tokens are in this?" }]
const contents = [{ role: "user", parts: [{ text: "How many tokens are in this?" }] }]
const counter = "x-effect-llm-token-counter"

describe("A count of tokens", () => {
  it.live("is the provider's where it counts, in the dialect of the client", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* gateway(models)
      for (const path of ["/v1/messages/count_tokens?beta=true", "/messages/count_tokens"]) {
        const { headers, status, text } = yield* send(path, { model: "counted", messages, tools: [] })
        assert.strictEqual(status, 200, text)
        assert.isAbove(JSON.parse(text).input_tokens, 5)
        assert.strictEqual(headers.get(counter), "provider")
      }
      const google = yield* send("/v1beta/models/counted:countTokens", { contents })
      assert.strictEqual(google.headers.get(counter), "provider")
      assert.isAbove(JSON.parse(google.text).totalTokens, 5)
      const wrapped = yield* send("/v1/models/counted:countTokens", {
        generateContentRequest: { model: "models/counted", contents }
      })
      assert.strictEqual(wrapped.text, google.text)
      const asked = (yield* simulator.requests).map(({ path }) => path)
      assert.deepStrictEqual([...new Set(asked)], ["/v1/messages/count_tokens"])
    })
  )

  it.live("is our tokenizer's if the provider does not count, with its error bound", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      const count = (model: string) => send("/v1/messages/count_tokens", { model, messages })
      const estimated = yield* count("estimated")
      assert.strictEqual(estimated.headers.get(counter), "estimate")
      assert.isAbove(Number(estimated.headers.get("x-effect-llm-token-count-error")), 0)
      assert.isAbove(JSON.parse(estimated.text).input_tokens, 5)
      // The simulator has no counter of Google's.
      assert.strictEqual((yield* count("google")).headers.get(counter), "estimate")
    })
  )

  it.live("for an unknown model is rejected", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      const missing = yield* send("/v1/messages/count_tokens", { model: "nobody", messages })
      assert.deepStrictEqual([missing.status, JSON.parse(missing.text).error.type], [404, "not_found_error"])
      const wrong = yield* send("/v1/messages/count_tokens", { model: "counted", messages: "Hi" })
      assert.deepStrictEqual([wrong.status, JSON.parse(wrong.text).error.type], [400, "invalid_request_error"])
    })
  )
})
