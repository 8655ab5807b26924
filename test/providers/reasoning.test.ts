import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Result, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { Anthropic, type ChatModel, OpenRouter } from "effect-llm"
import { AnthropicMessages } from "effect-llm/protocols/AnthropicMessages"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import { Groq } from "effect-llm/providers/Groq"
import { SambaNova } from "effect-llm/providers/SambaNova"
import { Together } from "effect-llm/providers/Together"
import { eventStream, serve } from "./server.ts"
import { foldEvents } from "../../src/domain/ChatFold.ts"

const signed = { type: "thinking", thinking: "Let me \u{1F600} see\n", signature: "Er0/+==" }
const unseen = { type: "thinking", thinking: "", signature: "sig+/=" }
const redacted = { type: "redacted_thinking", data: 'Emw"\\u0000\u2028é+/==' }
const call = { type: "tool_use", id: "toolu_1", name: "look", input: { z: 1, a: { y: [1.5, "b"] } } }
const blocks = [unseen, redacted, signed, { type: "text", text: "One moment." }, call]
const message = { id: "msg_1", type: "message", role: "assistant", model: "claude", usage: { input_tokens: 1 } }

const frame = (data: { readonly type: string; readonly [key: string]: unknown }) =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`

/** The blocks as Anthropic streams them: a signature after its text, a redacted thought whole, a call by its JSON. */
const streamed = [
  frame({ type: "message_start", message: { ...message, content: [], stop_reason: null } }),
  ...blocks.flatMap((block, index) => {
    const delta = (delta: object) => frame({ type: "content_block_delta", index, delta })
    const start = (content_block: object) => frame({ type: "content_block_start", index, content_block })
    const stop = frame({ type: "content_block_stop", index })
    if ("thinking" in block) {
      const text = delta({ type: "thinking_delta", thinking: block.thinking })
      const proof = delta({ type: "signature_delta", signature: block.signature })
      return [start({ type: "thinking", thinking: "", signature: "" }), ...(block.thinking ? [text] : []), proof, stop]
    }
    if ("text" in block) {
      return [start({ type: "text", text: "" }), delta({ type: "text_delta", text: block.text }), stop]
    }
    if (!("input" in block)) return [start(block), stop]
    const input = delta({ type: "input_json_delta", partial_json: JSON.stringify(block.input) })
    return [start({ ...block, input: {} }), input, stop]
  }),
  frame({ type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 9 } }),
  frame({ type: "message_stop" })
].join("")

const details = [
  { type: "reasoning.text", text: "hm", signature: "s+/==", format: "anthropic-claude-v1", index: 0 },
  { type: "reasoning.encrypted", data: "AB/+=", id: "rs_1", format: "openai-responses-v1", index: 1 }
]

describe("reasoning goes back byte for byte in the next turn", () => {
  for (const stream of [false, true]) {
    it.live(`to Anthropic, redacted blocks too, after a response ${stream ? "as a stream" : "as a whole"}`, () =>
      Effect.gen(function* () {
        const bodies: Array<string> = []
        const server = yield* serve((response, body) => {
          bodies.push(body)
          if (stream) return response.writeHead(200, eventStream).end(streamed)
          response.writeHead(200, { "content-type": "application/json" })
          return response.end(JSON.stringify({ ...message, content: blocks, stop_reason: "tool_use" }))
        })
        const layer = Anthropic.layer({ apiKey: Redacted.make("k"), baseUrl: server.url })
        yield* Effect.gen(function* () {
          const model = Anthropic.model("claude-sonnet-4-5")
          const answer = stream ? foldEvents(yield* Stream.runCollect(model.stream("Hi"))) : yield* model.generate("Hi")
          const result = { type: "tool-result", id: "toolu_1", name: "look", output: "42" } as const
          yield* Stream.runDrain(
            model.stream({ messages: ["Hi", answer.message, { role: "tool", content: [result] }] })
          )
        }).pipe(Effect.provide(Layer.provide(layer, FetchHttpClient.layer)))
        assert.include(bodies[1], JSON.stringify(blocks))
      })
    )
  }

  it.live("to OpenRouter, as the details that it sent", () =>
    Effect.gen(function* () {
      const bodies: Array<string> = []
      const server = yield* serve((response, body) => {
        bodies.push(body)
        const message = { role: "assistant", content: "ok", reasoning: "hm", reasoning_details: details }
        response.writeHead(200, { "content-type": "application/json" })
        response.end(JSON.stringify({ id: "g", model: "m", choices: [{ index: 0, message, finish_reason: "stop" }] }))
      })
      const layer = OpenRouter.layer({ apiKey: Redacted.make("k"), baseUrl: server.url })
      yield* Effect.gen(function* () {
        const model = OpenRouter.model("anthropic/claude")
        const answer = yield* model.generate("Hi")
        yield* model.generate({ messages: ["Hi", answer.message, "Go on"] })
      }).pipe(Effect.provide(Layer.provide(layer, FetchHttpClient.layer)))
      assert.include(bodies[1], `"reasoning_details":${JSON.stringify(details)}`)
    })
  )
})

describe("reasoning signed by another protocol", () => {
  const request = {
    messages: [
      { role: "user" as const, content: [{ type: "text" as const, text: "Hi" }] },
      {
        role: "assistant" as const,
        content: [
          { type: "reasoning" as const, text: "hm", signature: "theirs", protocol: "google-generate-content" },
          { type: "text" as const, text: "Hello" }
        ]
      },
      { role: "user" as const, content: [{ type: "text" as const, text: "And?" }] }
    ]
  }
  const options = { provider: "any", model: "any", stream: false }
  const written = [
    AnthropicMessages.encodeRequest(request, options),
    OpenAiChat.encodeRequest(request, { ...options, quirks: { reasoningField: "reasoning_details" } })
  ].map((encoded) => JSON.stringify(Result.getOrThrow(encoded).body))

  for (const [name, body] of [
    ["Anthropic", written[0] ?? ""],
    ["OpenRouter", written[1] ?? ""]
  ] as const) {
    it(`is not sent to ${name}, and the rest of the turn is`, () => {
      assert.notInclude(body, "theirs")
      assert.include(body, "Hello")
    })
  }
})

describe("reasoning that a hosted model writes into its text", () => {
  const content = "<think>\nhm\n</think>\n\nyes"
  const body = JSON.stringify({ id: "c", choices: [{ index: 0, message: { content }, finish_reason: "stop" }] })
  const read = <E, R>(
    name: string,
    model: ChatModel.ChatModel<E, R>,
    layerAt: (url: string) => Layer.Layer<R, unknown>
  ) =>
    it.live(`is no text of ${name}`, () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => {
          response.writeHead(200, { "content-type": "application/json" }).end(body)
        })
        const response = yield* Effect.provide(model.generate("Hi"), layerAt(server.url))
        assert.deepStrictEqual([response.reasoningText.trim(), response.text], ["hm", "yes"])
      }).pipe(Effect.scoped)
    )
  const apiKey = Redacted.make("k")
  const client = Layer.provide(FetchHttpClient.layer)
  read("Groq", Groq.model("qwen/qwen3-32b"), (baseUrl) => client(Groq.layer({ apiKey, baseUrl })))
  read("SambaNova", SambaNova.model("DeepSeek-R1"), (baseUrl) => client(SambaNova.layer({ apiKey, baseUrl })))
  read("Together", Together.model("deepseek-ai/DeepSeek-R1"), (baseUrl) => client(Together.layer({ apiKey, baseUrl })))
})
