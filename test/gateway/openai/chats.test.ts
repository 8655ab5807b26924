/** Chats in OpenAI's two dialects, whole and streamed, from providers of every protocol, checked by OpenAI's document. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { connect } from "node:net"
import { gateway } from "../gateway.ts"
import * as OpenApi from "./openApi.ts"

const behaviours = [
  "healthy",
  "reasoning",
  "tools",
  "parallel-tools",
  "refusal",
  "filtered",
  "cache",
  "broken-tool-call"
]

const providers = ["openai", "anthropic", "google", "responses"]

const models = `
models:
${providers.flatMap((provider) => behaviours.map((name) => `  ${provider}-${name}: ${provider}/sim-${name}`)).join("\n")}
  cut: openai/sim-cut
  failing: anthropic/sim-error-mid-stream
  limited: openai/sim-401
  down: openai/sim-503
`

const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] }

const chatTools = [{ type: "function", function: { name: "weather", description: "The weather", parameters } }]

const responseTools = [{ type: "function", name: "weather", description: "The weather", parameters, strict: false }]

const schema = {
  type: "object",
  properties: { answer: { type: "string" }, sure: { type: "boolean" } },
  required: ["answer", "sure"],
  additionalProperties: false
}

/** What is asked for beside the model, in either dialect. */
const variants: ReadonlyArray<readonly [string, object, object]> = [
  ["plain", {}, {}],
  ["with tools", { tools: chatTools }, { tools: responseTools }],
  [
    "in JSON",
    { response_format: { type: "json_schema", json_schema: { name: "reply", schema, strict: true } } },
    { text: { format: { type: "json_schema", name: "reply", schema, strict: true } } }
  ]
]

const messages = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "What is the weather in Paris?" }
]

describe("every chat completion", () => {
  for (const provider of providers) {
    it.live(`of ${provider} is one by OpenAI's document, whole and streamed`, () =>
      Effect.gen(function* () {
        const { send } = yield* gateway(models)
        for (const name of behaviours) {
          for (const [, fields] of variants) {
            const request = { model: `${provider}-${name}`, messages, ...fields }
            const whole = yield* send("/v1/chat/completions", request)
            if (whole.status !== 200) {
              OpenApi.checkError(JSON.parse(whole.text))
              continue
            }
            OpenApi.checkSchema("CreateChatCompletionResponse", JSON.parse(whole.text))
            const options = { stream: true, stream_options: { include_usage: true } }
            const { text } = yield* send("/v1/chat/completions", { ...request, ...options })
            const events = OpenApi.eventsIn(text)
            assert.strictEqual(events.at(-1)?.data, "[DONE]")
            const chunks = events.slice(0, -1).map(({ data }) => JSON.parse(data))
            for (const chunk of chunks) OpenApi.checkSchema("CreateChatCompletionStreamResponse", chunk)
            assert.strictEqual(chunks.filter(({ usage }) => (usage ?? null) !== null).length, 1)
            assert.deepStrictEqual(chunks.at(-1).choices, [])
          }
        }
      })
    )
  }
})

describe("every response", () => {
  for (const provider of providers) {
    it.live(`of ${provider} is one by OpenAI's document, whole and streamed`, () =>
      Effect.gen(function* () {
        const { send } = yield* gateway(models)
        for (const name of behaviours) {
          for (const [, , fields] of variants) {
            const request = { model: `${provider}-${name}`, input: messages, ...fields }
            const whole = yield* send("/v1/responses", request)
            if (whole.status !== 200) {
              OpenApi.checkError(JSON.parse(whole.text))
              continue
            }
            OpenApi.checkSchema("Response", JSON.parse(whole.text))
            const { text } = yield* send("/v1/responses", { ...request, stream: true })
            const events = OpenApi.eventsIn(text).map(({ data, event }) => ({ event, data: JSON.parse(data) }))
            for (const { data, event } of events) {
              OpenApi.checkEvent("ResponseStreamEvent", data)
              assert.strictEqual(event, data.type)
            }
            assert.deepStrictEqual(
              events.map(({ data }) => data.sequence_number),
              events.map((_, index) => index)
            )
            assert.include(["response.completed", "response.incomplete"], events.at(-1)?.event)
          }
        }
      })
    )
  }
})

describe("the tokens of an input", () => {
  it.live("are counted without a call of the model", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      for (const provider of providers) {
        const counted = yield* send("/v1/responses/input_tokens", { model: `${provider}-healthy`, input: messages })
        assert.strictEqual(counted.status, 200)
        OpenApi.checkSchema("TokenCountsResource", JSON.parse(counted.text))
        assert.isAbove(JSON.parse(counted.text).input_tokens, 5)
      }
    })
  )
})

describe("a completion of the old kind", () => {
  it.live("is made by chat models, whole, echoed, streamed and of several prompts", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      for (const provider of providers) {
        const model = `${provider}-healthy`
        const whole = yield* send("/v1/completions", { model, prompt: "Once", echo: true, max_tokens: 20 })
        const completion = JSON.parse(whole.text)
        OpenApi.checkSchema("CreateCompletionResponse", completion)
        assert.isTrue(completion.choices[0].text.startsWith("Once"))
        assert.strictEqual(completion.choices[0].finish_reason, "length")
        const options = { stream: true, stream_options: { include_usage: true } }
        const streamed = yield* send("/completions", {
          model,
          prompt: ["Once"],
          echo: true,
          max_tokens: 20,
          ...options
        })
        const events = OpenApi.eventsIn(streamed.text)
        assert.strictEqual(events.at(-1)?.data, "[DONE]")
        const chunks = events.slice(0, -1).map(({ data }) => JSON.parse(data))
        const text = chunks.map(({ choices }) => choices[0]?.text ?? "").join("")
        assert.strictEqual(text, completion.choices[0].text)
        assert.strictEqual(chunks.at(-2).choices[0].finish_reason, "length")
        assert.deepStrictEqual(chunks.at(-1).usage, completion.usage)
      }
      const several = JSON.parse(
        (yield* send("/v1/completions", { model: "openai-healthy", prompt: ["One", "Two"] })).text
      )
      OpenApi.checkSchema("CreateCompletionResponse", several)
      assert.include(several.choices[1].text, "Two")
      assert.strictEqual(several.choices[1].index, 1)
      for (const [field, value] of [
        ["n", 2],
        ["best_of", 3],
        ["suffix", "end"],
        ["prompt", [1, 2]],
        ["prompt", undefined]
      ] as const) {
        const refused = yield* send("/v1/completions", { model: "openai-healthy", prompt: "Once", [field]: value })
        assert.strictEqual(refused.status, 400)
        assert.strictEqual(JSON.parse(refused.text).error.param, field)
      }
    })
  )
})

describe("what fails", () => {
  it.live("is an error by OpenAI's document, before a stream and within it", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      for (const model of ["limited", "down", "nobody"]) {
        for (const stream of [false, true]) {
          const chat = yield* send("/v1/chat/completions", { model, messages, stream })
          OpenApi.checkError(JSON.parse(chat.text))
          const response = yield* send("/v1/responses", { model, input: messages, stream })
          OpenApi.checkError(JSON.parse(response.text))
          assert.strictEqual(response.status, chat.status)
        }
      }
      for (const model of ["cut", "failing"]) {
        const chat = OpenApi.eventsIn((yield* send("/v1/chat/completions", { model, messages, stream: true })).text)
        assert.isTrue(chat.some(({ data }) => data.startsWith('{"error":')))
        const response = OpenApi.eventsIn((yield* send("/v1/responses", { model, input: messages, stream: true })).text)
        const last = JSON.parse(response.at(-1)?.data ?? "")
        OpenApi.checkEvent("ResponseStreamEvent", last)
        assert.strictEqual(last.type, "error")
        assert.notInclude(
          response.map(({ event }) => event),
          "response.completed"
        )
      }
    })
  )
})

describe("a WebSocket for responses", () => {
  it.live("is refused with 426 at once, so that clients fall back to HTTP", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway(models)
      const { hostname, port } = new URL(url)
      for (const path of ["/v1/responses", "/responses", "/openai/v1/responses"]) {
        const head = yield* Effect.promise(
          () =>
            new Promise<string>((resolve, reject) => {
              const socket = connect(Number(port), hostname)
              let text = ""
              socket.on("data", (chunk) => {
                text += chunk.toString()
              })
              socket.once("end", () => resolve(text))
              socket.once("error", reject)
              const key = "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="
              socket.write(
                `GET ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n${key}\r\n\r\n`
              )
            })
        )
        assert.match(head, /^HTTP\/1\.1 426 /)
        OpenApi.checkError(JSON.parse(head.slice(head.indexOf("{"), head.lastIndexOf("}") + 1)))
      }
    })
  )
})
