import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { gateway } from "../gateway.ts"

const contents = [{ role: "user", parts: [{ text: "Hello" }] }]

describe("what clients need", () => {
  it.live("Google's model is found without models/ if its name has a slash, as the AI SDK sends it", () =>
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

  it.live("watsonx, whose requests differ from OpenAI's, does not get a client's own fields", () =>
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

  it.live("parameters that clients always send with their defaults are accepted for every provider", () =>
    Effect.gen(function* () {
      const upstreams = ["openai", "responses", "anthropic", "google", "ollama", "mistral", "cohere", "bedrock"]
      const models = upstreams.map((name) => `  ${name}: ${name}/sim-healthy\n`).join("")
      const { send } = yield* gateway(`models:\n${models}`)
      const tools = [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }]
      const messages = [{ role: "user", content: "Hello" }]
      const always = { parallel_tool_calls: true, frequency_penalty: 0, presence_penalty: 0, service_tier: "auto" }
      for (const model of upstreams) {
        const asked = yield* send("/v1/chat/completions", { model, messages, tools, ...always })
        assert.strictEqual(asked.status, 200, asked.text)
      }
    })
  )

  it.live("one tool call at a time is enforced for providers without that parameter, whole and streamed", () =>
    Effect.gen(function* () {
      const upstreams = ["google", "ollama", "cohere", "bedrock"]
      const { send } = yield* gateway(
        `models:\n${upstreams.map((name) => `  ${name}: ${name}/sim-parallel-tools\n`).join("")}`
      )
      const names = ["first", "second"]
      const parameters = { type: "object", properties: {} }
      const messages = [{ role: "user", content: "Hello" }]
      for (const model of upstreams) {
        const tools = names.map((name) => ({ type: "function", function: { name, parameters } }))
        const chat = { model, messages, tools }
        const callsIn = (text: string): number => text.match(/"name":"(?:first|second)"/g)?.length ?? 0
        for (const stream of [false, true]) {
          const both = yield* send("/v1/chat/completions", { ...chat, stream })
          assert.strictEqual(callsIn(both.text), 2, both.text)
          const one = yield* send("/v1/chat/completions", { ...chat, stream, parallel_tool_calls: false })
          assert.deepStrictEqual([one.status, callsIn(one.text)], [200, 1], one.text)
        }
        // As instructor and @ai-sdk/anthropic send it.
        const named = {
          model,
          messages,
          max_tokens: 99,
          tools: names.map((name) => ({ name, input_schema: parameters })),
          tool_choice: { type: "auto", disable_parallel_tool_use: true }
        }
        const { status, text } = yield* send("/v1/messages", named, { "anthropic-version": "2023-06-01" })
        assert.deepStrictEqual([status, callsIn(text)], [200, 1], text)
      }
    })
  )

  it.live("an error that nothing was retried after leaves retrying to the client, and one that was does not", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(`models:
  once: anthropic/sim-503
  twice: { deployments: [anthropic/sim-503], policies: { retry: { times: 1, base: 1ms } } }
`)
      const ask = (model: string) =>
        send("/v1/messages", { model, max_tokens: 9, messages: [{ role: "user", content: "Hello" }] })
      const once = yield* ask("once")
      assert.isNull(once.headers.get("x-should-retry"))
      assert.strictEqual(once.headers.get("x-effect-llm-attempts"), "1")
      const twice = yield* ask("twice")
      assert.strictEqual(twice.headers.get("x-should-retry"), "false")
      assert.strictEqual(twice.headers.get("x-effect-llm-attempts"), "2")
    })
  )

  it.live("the end of a response of Ollama's has every count and duration, which strict clients want", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway("models: { fast: openai/sim-healthy, own: ollama/sim-healthy }")
      const chat = { messages: [{ role: "user", content: "Hello" }] }
      for (const model of ["fast", "own"])
        for (const [path, asked] of [
          ["/api/chat", chat],
          ["/api/generate", { prompt: "Hello" }]
        ] as const)
          for (const stream of [false, true]) {
            const { text } = yield* send(path, { model, stream, ...asked })
            const end = JSON.parse(text.trim().split("\n").at(-1)!)
            const durations = ["total_duration", "load_duration", "prompt_eval_duration", "eval_duration"]
            for (const name of [...durations, "prompt_eval_count", "eval_count"])
              assert.isTrue(Number.isSafeInteger(end[name]) && end[name] >= 0, `${model} ${path} ${stream}: ${name}`)
          }
    })
  )

  it.live("all requested choices arrive whole, though other calls would use a stream", () =>
    Effect.gen(function* () {
      const asked: Array<{ readonly n?: number; readonly stream?: boolean }> = []
      const server = yield* Effect.acquireRelease(
        Effect.promise(async () => {
          const server = createServer(async (request, response) => {
            const { n = 1, stream } = JSON.parse(await text(request)) as (typeof asked)[number]
            asked.push({ n, ...(stream !== undefined && { stream }) })
            const message = { role: "assistant", content: "Hi" }
            const choices = Array.from({ length: n }, (_, index) => ({ index, message, finish_reason: "stop" }))
            response.setHeader("content-type", "application/json")
            response.end(JSON.stringify({ id: "c1", object: "chat.completion", model: "m", choices }))
          })
          await once(server.listen(0, "127.0.0.1"), "listening")
          return server
        }),
        (server) => Effect.sync(() => server.close())
      )
      const { port } = server.address() as AddressInfo
      const { send } = yield* gateway(`  gpu: { provider: llama-cpp, baseUrl: "http://127.0.0.1:${port}/v1" }
models: { local: gpu/m }
`)
      const body = { model: "local", n: 3, messages: [{ role: "user", content: "Hello" }] }
      const { text: answer } = yield* send("/v1/chat/completions", body)
      assert.lengthOf(JSON.parse(answer).choices, 3, answer)
      assert.deepStrictEqual(asked, [{ n: 3 }])
    })
  )
})
