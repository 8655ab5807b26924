import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gateway } from "../gateway.ts"

const contents = [{ role: "user", parts: [{ text: "Hello" }] }]

describe("what clients need", () => {
  it.live("Google's model is found without models/ where its name has a slash, as the AI SDK asks for it", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway("models: { team/fast: openai/sim-healthy }")
      for (const path of [
        "/v1beta/team/fast",
        "/v1beta/models/team/fast",
        "/v1/models/team%2Ffast",
        "/models/team/fast"
      ])
        for (const headers of [{}, { "x-goog-api-key": "k" }])
          assert.strictEqual((yield* send(`${path}:generateContent`, { contents }, headers)).status, 200, path)
    })
  )

  it.live("every chunk of Google's has a part, or its clients forget the turn", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway("models: { fast: openai/sim-healthy }")
      const { text } = yield* send("/v1/models/fast:streamGenerateContent?alt=sse", { contents })
      const chunks = text.split("\n\n").filter((line) => line !== "")
      for (const chunk of chunks)
        assert.isNotEmpty(JSON.parse(chunk.slice("data: ".length)).candidates[0].content.parts, chunk)
    })
  )

  it.live("watsonx, whose requests have other words than OpenAI's, is not sent a client's own", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* gateway("models: { granite: watsonx/granite }")
      const tools = [{ type: "function", function: { name: "f", parameters: { type: "object" } } }]
      const messages = [{ role: "user", content: "Hello" }]
      const body = { model: "granite", messages, tools, tool_choice: "auto" }
      assert.strictEqual((yield* send("/v1/chat/completions", body)).status, 200)
      const { body: sent } = yield* simulator.awaitRequest()
      assert.include(sent as object, { model_id: "granite", tool_choice_option: "auto" })
      assert.doesNotHaveAnyKeys(sent as object, ["model", "tool_choice"])
    })
  )
})
