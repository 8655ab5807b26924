import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gateway } from "./gateway.ts"

const models = "models: { fast: openai/sim-healthy, claude: anthropic/sim-healthy }"
const messages = [{ role: "user", content: "Hello" }]

describe("chat completions", () => {
  it.live("are responded to by any provider, whole and streamed", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      for (const model of ["fast", "claude"]) {
        const whole = yield* send("/v1/chat/completions", { model, messages })
        assert.strictEqual(whole.status, 200)
        const { choices, object } = JSON.parse(whole.text)
        assert.strictEqual(object, "chat.completion")
        assert.strictEqual(choices[0].finish_reason, "stop")
        const streamed = yield* send("/v1/chat/completions", { model, messages, stream: true })
        assert.strictEqual(streamed.headers.get("content-type"), "text/event-stream; charset=utf-8")
        const lines = streamed.text.split("\n\n").filter((line) => line !== "")
        assert.strictEqual(lines.at(-1), "data: [DONE]")
        const text = lines
          .slice(0, -1)
          .map((line) => JSON.parse(line.slice("data: ".length)).choices[0]?.delta.content ?? "")
          .join("")
        assert.strictEqual(text, choices[0].message.content)
      }
    })
  )

  it.live("of a model that is not there are a 404 in OpenAI's words", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      const { status, text } = yield* send("/v1/chat/completions", { model: "fats", messages })
      assert.strictEqual(status, 404)
      const { error } = JSON.parse(text)
      assert.strictEqual(error.code, "model_not_found")
      assert.include(error.message, "Did you mean fast")
    })
  )

  it.live("that are malformed or too deep are a 400, and do the gateway no harm", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      for (const body of [
        "{",
        `{"model":"fast","messages":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
        "[]",
        '{"model":1}'
      ])
        assert.strictEqual((yield* send("/v1/chat/completions", body)).status, 400)
      assert.strictEqual((yield* send("/v1/chat/completions", { model: "fast", messages })).status, 200)
    })
  )

  it.live("are canceled at the provider when the client leaves the stream", () =>
    Effect.gen(function* () {
      const { simulator, url } = yield* gateway("models: { stalls: openai/sim-stall }")
      const controller = new AbortController()
      const body = JSON.stringify({ model: "stalls", messages, stream: true })
      const { signal } = controller
      const headers = { "content-type": "application/json" }
      const response = yield* Effect.promise(() =>
        fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body, signal })
      )
      yield* Effect.promise(() => response.body?.getReader().read() ?? Promise.reject(new Error("no body")))
      controller.abort()
      assert.strictEqual((yield* simulator.awaitClosed()).outcome, "client-closed")
    })
  )
})
