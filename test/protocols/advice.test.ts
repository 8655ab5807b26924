import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import type { CallRequest } from "effect-llm/domain/CallRequest"
import { UnsupportedParameterError as Unsupported } from "effect-llm/domain/CallErrors"
import type { CallProtocol } from "effect-llm/protocols/Protocol"
import * as Embeddings from "../../src/protocols/embeddings/Embeddings.ts"
import * as Moderations from "../../src/protocols/moderation/Moderations.ts"
import * as Transcriptions from "../../src/protocols/transcription/Transcriptions.ts"
import type { ChatRequest } from "../../src/domain/ChatRequest.ts"
import type { ContentPart } from "../../src/domain/ContentPart.ts"
import type { Message } from "../../src/domain/Message.ts"
import { chatProtocols, examples, hi } from "./chatProtocols.ts"

const bytes = new Uint8Array([1, 2, 3])

/** Content of every kind, some of which each protocol refuses. */
const parts: ReadonlyArray<ContentPart> = [
  { type: "image", data: bytes, mediaType: "image/png" },
  { type: "image", data: "https://a.example/a.png" },
  { type: "image", data: { fileId: "file-1" } },
  { type: "audio", data: bytes, mediaType: "audio/wav" },
  { type: "audio", data: "https://a.example/a.wav" },
  { type: "file", data: bytes, mediaType: "application/pdf" },
  { type: "file", data: bytes, mediaType: "video/mp4" },
  { type: "file", data: "https://a.example/a.pdf" },
  { type: "file", data: { fileId: "file-1" } }
]

const conversations: ReadonlyArray<ChatRequest["messages"]> = parts.flatMap((part) => {
  const call = { type: "tool-call" as const, id: "c", name: "f", input: {} }
  const content = [{ type: "text" as const, text: "Hi" }, part]
  return [
    [{ role: "user", content }],
    [...hi.messages, { role: "assistant", content }, ...hi.messages],
    [
      ...hi.messages,
      { role: "assistant", content: [call] },
      { role: "tool", content: [{ type: "tool-result", id: "c", output: content }] }
    ]
  ] as ReadonlyArray<ReadonlyArray<Message>>
})

const required = new Set(["messages", "inputs", "documents", "query", "prompt", "text", "audio"])

/** What an error advises that is not possible: to leave out what is required, or `drop` where that does not help. */
const untrue = (error: Unsupported, drop: () => Result.Result<unknown, unknown>): ReadonlyArray<string> => {
  const [, named] = /Leave `([^`]+)` out/.exec(error.message) ?? []
  if (named !== undefined && required.has(named)) return [error.message]
  if (!error.message.includes("onUnsupported")) return []
  const dropped = drop()
  return Result.isFailure(dropped) && dropped.failure instanceof Unsupported ? [error.message] : []
}

describe("the advice in an UnsupportedParameterError", () => {
  for (const [name, protocol] of Object.entries(chatProtocols)) {
    it(`is true: ${name}`, () => {
      const wrong: Array<string> = []
      for (const fields of [...conversations.map((messages) => ({ messages })), ...Object.values(examples)]) {
        const request: ChatRequest = { ...hi, ...fields }
        const encode = (request: ChatRequest) =>
          protocol.encodeRequest(request, { provider: "acme", model: "some-model", stream: false })
        const sent = encode(request)
        if (Result.isSuccess(sent) || !(sent.failure instanceof Unsupported)) continue
        wrong.push(...untrue(sent.failure, () => encode({ ...request, onUnsupported: "drop" })))
      }
      assert.deepStrictEqual(wrong, [])
    })
  }

  it("does not say to leave out an input, which is required", () => {
    const options = { provider: "acme", model: "some-model" }
    const wrong: Array<string> = []
    const text = { type: "text" as const, text: "Hi" }
    const image = { type: "image" as const, data: bytes, mediaType: "image/png" }
    const recording = { type: "audio" as const, data: bytes, mediaType: "audio/wav" }
    const check = <Request extends CallRequest>(
      encode: CallProtocol<Request, never>["encodeRequest"],
      request: Request
    ): void => {
      const sent = encode(request, options)
      if (Result.isSuccess(sent) || !(sent.failure instanceof Unsupported)) return
      wrong.push(...untrue(sent.failure, () => encode({ ...request, onUnsupported: "drop" }, options)))
    }
    for (const { encodeRequest } of Object.values(Embeddings)) {
      for (const input of [{ content: [text, image] }, { content: [text, recording] }, { tokens: [1] }]) {
        check(encodeRequest, { inputs: [input] })
      }
    }
    for (const { encodeRequest } of Object.values(Moderations)) {
      check(encodeRequest, { inputs: [{ content: [text, image] }] })
    }
    for (const { encodeRequest } of Object.values(Transcriptions)) {
      check(encodeRequest, { audio: "https://a.example/a.wav" })
    }
    assert.deepStrictEqual(wrong, [])
  })

  it("suggests onUnsupported only for what is found before sending", () => {
    const of = (parameter: string, status?: number) => new Unsupported({ parameter, status }).message
    assert.include(of("topK"), 'set onUnsupported: "drop"')
    assert.notInclude(of("topK", 400), "set onUnsupported")
    assert.include(of("messages"), "Leave that part out")
    assert.notInclude(of("messages[0].content", 400), "onUnsupported")
    assert.notInclude(of("stream"), "out,")
    assert.notInclude(of("chat"), "out")
  })
})
