/** Bodies with one value that nobody should send, at every place: both halves refuse it or read around it, and never throw. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Protocols from "effect-llm/providers/Protocols"
import type { ChatEvent } from "../../src/domain/ChatEvent.ts"
import type { ChatRequest } from "../../src/domain/ChatRequest.ts"
import { ChatResponse } from "../../src/domain/ChatResponse.ts"
import { toEvents } from "../../src/domain/ChatFold.ts"
import type { Frame } from "../../src/domain/Frame.ts"
import { mutationsOf } from "../providers/mutations.ts"
import { chatProtocols } from "./chatProtocols.ts"

/** The last two cannot be made a string. */
const values = ["-1", '{"toString":null,"valueOf":null}', '[{"toString":null}]']
const mutated = (body: unknown) => mutationsOf(body, values)

const schema = {
  type: "object",
  properties: { city: { type: "string" }, near: { type: "array", items: { type: "string" } } },
  required: ["city"]
}
const call = { type: "tool-call", id: "call_1", name: "find", input: { city: "Rome" } } as const
const request: ChatRequest = {
  messages: [
    { role: "system", content: [{ type: "text", text: "Be brief." }] },
    { role: "user", content: [{ type: "text", text: "Where?" }] },
    { role: "assistant", content: [{ type: "text", text: "Let me see." }, call] },
    { role: "tool", content: [{ type: "tool-result", id: "call_1", output: "Rome" }] }
  ],
  tools: [{ name: "find", description: "Finds.", inputSchema: schema, strict: true }],
  toolChoice: "auto",
  maxOutputTokens: 77
}
const usage = { inputTokens: { total: 3 }, outputTokens: { total: 5 } }
const response = ChatResponse.of({
  content: [
    { type: "text", text: "Rome.", citations: [{ url: "https://a.example", title: "A", start: 0, end: 4 }] },
    call
  ],
  finishReason: "tool-calls",
  usage,
  id: "1",
  model: "m",
  warnings: [],
  attempts: []
})
const answered = { model: "m", created: 0, id: "1" }

describe("a hostile value at any place of", () => {
  for (const [name, protocol] of Object.entries(chatProtocols)) {
    const decoding = { provider: "p", model: "m" }
    const encode = (request: ChatRequest) => protocol.encodeRequest(request, { ...decoding, stream: false })

    it(`a request does not break ${name}`, () => {
      const read = (text: string) => {
        const decoded = protocol.decodeRequest(JSON.parse(text), { model: "m", stream: false })
        if (Result.isSuccess(decoded)) encode(decoded.success.request)
      }
      for (const text of mutated(Result.getOrThrow(encode(request)).body)) assert.doesNotThrow(() => read(text))
    })

    it(`a response does not break ${name}`, () => {
      const read = (text: string) => {
        const decoded = protocol.decodeResponse(JSON.parse(text), decoding)
        if (Result.isSuccess(decoded)) protocol.encodeResponse(decoded.success, answered)
      }
      for (const text of mutated(protocol.encodeResponse(response, answered))) assert.doesNotThrow(() => read(text))
    })

    it(`a stream does not break ${name}`, () => {
      const write = (events: ReadonlyArray<ChatEvent>) => {
        const encoder = protocol.makeEncoder(answered)
        return [...events.flatMap((event) => encoder.encode(event)), ...encoder.end()]
      }
      const read = (frames: ReadonlyArray<Frame>) => {
        const decoder = protocol.makeDecoder(decoding)
        const events: Array<ChatEvent> = []
        for (const frame of frames) decoder.decode(frame, events)
        decoder.end(events)
        write(events)
      }
      const frames = write(toEvents(response))
      for (const [index, frame] of frames.entries()) {
        if (!frame.data.startsWith("{")) continue
        for (const data of mutated(JSON.parse(frame.data))) {
          assert.doesNotThrow(() => read(frames.with(index, { ...frame, data })))
        }
      }
    })
  }

  const bodies: ReadonlyArray<readonly [string, Effect.Effect<Readable>, object]> = [
    ["openAiEmbeddings", Protocols.openAiEmbeddings, { model: "m", input: ["a"], dimensions: 8 }],
    ["mistralEmbeddings", Protocols.mistralEmbeddings, { model: "m", input: ["a"] }],
    ["voyageEmbeddings", Protocols.voyageEmbeddings, { model: "m", input: ["a"] }],
    ["jinaEmbeddings", Protocols.jinaEmbeddings, { model: "m", input: ["a"] }],
    ["cohereEmbed", Protocols.cohereEmbed, { model: "m", texts: ["a"], input_type: "search_query" }],
    ["ollamaEmbed", Protocols.ollamaEmbed, { model: "m", input: ["a"] }],
    [
      "googleEmbeddings",
      Protocols.googleEmbeddings,
      { requests: [{ content: { parts: [{ text: "a" }, { inlineData: { mimeType: "image/png", data: "AA==" } }] } }] }
    ],
    [
      "vertexEmbeddings",
      Protocols.vertexEmbeddings,
      { instances: [{ content: "a" }], parameters: { outputDimensionality: 8 } }
    ],
    ["cohereRerank", Protocols.cohereRerank, { model: "m", query: "q", documents: ["a", "b"], top_n: 1 }],
    ["jinaRerank", Protocols.jinaRerank, { model: "m", query: "q", documents: ["a", "b"] }],
    ["openAiModerations", Protocols.openAiModerations, { model: "m", input: ["a"] }],
    ["mistralModerations", Protocols.mistralModerations, { model: "m", input: ["a"] }]
  ]
  for (const [name, loading, body] of bodies) {
    it.effect(`a request does not break ${name}`, () =>
      Effect.map(loading, (protocol) => {
        for (const text of mutated(body)) assert.doesNotThrow(() => protocol.decodeRequest?.(JSON.parse(text), "m"))
      })
    )
  }
})

interface Readable {
  readonly decodeRequest?: ((body: unknown, model?: string) => unknown) | undefined
}
