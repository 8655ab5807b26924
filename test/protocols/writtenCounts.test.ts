/** Some servers write counts and indexes as strings: a response is the same either way, in every protocol. */
import { assert, describe, it } from "@effect/vitest"
import { foldEvents } from "../../src/domain/ChatFold.ts"
import type { ChatProtocol } from "../../src/protocols/ChatProtocol.ts"
import { GoogleGenerateContent } from "../../src/protocols/GoogleGenerateContent.ts"
import { OpenAiChat } from "../../src/protocols/OpenAiChat.ts"
import { chatProtocols } from "./chatProtocols.ts"
import { assertSame, halvesOf, meaning, type Wire } from "./halves.ts"

const chunk = (delta: Wire, finish_reason: string | null = null, more: Wire = {}): Wire => ({
  data: JSON.stringify({ id: "1", model: "m", choices: [{ index: 0, delta, finish_reason }], ...more })
})
const call = (index: number, id: string | undefined, name: string | undefined, args: string): Wire =>
  chunk({ tool_calls: [{ index, id, function: { name, arguments: args } }] })

/** A text and two calls, and their counts. */
const { events } = halvesOf(OpenAiChat, "any").read([
  chunk({ content: "Let me see." }),
  call(0, "a", "f", '{"x":'),
  call(0, undefined, undefined, "1}"),
  call(1, "b", "g", '{"y":'),
  call(1, undefined, undefined, "2}"),
  chunk({}, "tool_calls", { usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 } }),
  { data: "[DONE]" }
])

const counts = /index$|tokens$|tokenCount$|_count$/i

const asStrings = (data: string): string =>
  data.startsWith("{")
    ? JSON.stringify(JSON.parse(data), (key, value) =>
        counts.test(key) && Number.isInteger(value) ? String(value) : value
      )
    : data

describe("counts and indexes written as strings", () => {
  // Bedrock's messages of Anthropic are in Base64.
  const { BedrockAnthropic: _, ...protocols } = chatProtocols
  for (const [name, protocol] of Object.entries(protocols)) {
    it(`make the same response, by ${name}`, () => {
      const { read, toFrames } = halvesOf(protocol, "any")
      const frames = toFrames(events)
      const written = frames.map((frame) => ({ ...frame, data: asStrings(frame.data) }))
      assert.notDeepEqual(written, frames)
      const { events: other, failure, whole } = read(written)
      assert.deepStrictEqual([failure, whole], [undefined, true])
      assert.isFalse(other.some(({ type }) => type === "malformed-frame"))
      const response = foldEvents(other)
      assert.lengthOf(response.toolCalls, 2)
      // What a usage object was is kept as it was written.
      const { usage: one, ...rest } = meaning(response)
      const { usage: same, ...expected } = meaning(foldEvents(read(frames).events))
      assertSame(rest, expected)
      assertSame({ ...one, raw: undefined }, { ...same, raw: undefined })
    })
  }

  const both = (
    frames: (number: (count: number) => number | string) => ReadonlyArray<Wire>,
    protocol: ChatProtocol = OpenAiChat
  ) =>
    [Number, String].map((number) =>
      foldEvents(
        halvesOf(protocol, "any").read(frames(number).map((frame) => ({ data: JSON.stringify(frame) }))).events
      )
    )
  const delta = (delta: Wire) => ({ id: "1", choices: [{ index: 0, delta }] })

  it("distinguish calls with alternating pieces", () => {
    const calls = (...list: ReadonlyArray<Wire>) => delta({ tool_calls: list })
    for (const { toolCalls } of both((number) => [
      calls(
        { index: number(0), id: "a", function: { name: "f", arguments: "" } },
        { index: number(1), id: "b", function: { name: "g", arguments: "" } }
      ),
      calls(
        { index: number(0), function: { arguments: '{"x":' } },
        { index: number(1), function: { arguments: '{"y":' } }
      ),
      calls({ index: number(0), function: { arguments: "1}" } }, { index: number(1), function: { arguments: "2}" } }),
      { id: "1", choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] }
    ])) {
      assert.deepStrictEqual(
        toolCalls.map(({ input, name }) => [name, input]),
        [
          ["f", { x: 1 }],
          ["g", { y: 2 }]
        ]
      )
    }
  })

  it("distinguish reasoning details with alternating pieces", () => {
    const details = (...list: ReadonlyArray<Wire>) =>
      delta({ reasoning_details: list.map((detail) => Object.assign(detail, { type: "reasoning.text" })) })
    for (const { content } of both((number) => [
      details({ index: number(0), text: "A", signature: "s" }),
      details({ index: number(0), text: "a" }, { index: number(1), text: "B" }),
      details({ index: number(1), text: "b" })
    ])) {
      assert.deepStrictEqual(
        content.map((part) => part.type === "reasoning" && part.text),
        ["Aa", "Bb"]
      )
    }
  })

  it("name the sources of a text, and are numbers in the arguments of a call", () => {
    const frame = (part: Wire, more: Wire = {}) => ({
      candidates: [{ content: { role: "model", parts: [part] }, ...more }]
    })
    for (const { content, toolCalls } of both(
      (number) => [
        frame(
          { text: "Hello you" },
          {
            groundingMetadata: {
              groundingChunks: [{ web: { uri: "http://a", title: "t" } }],
              groundingSupports: [
                { segment: { endIndex: number(5), text: "Hello" }, groundingChunkIndices: [number(0)] }
              ]
            }
          }
        ),
        frame({ functionCall: { name: "f", willContinue: true } }),
        frame({
          functionCall: {
            partialArgs: [
              { jsonPath: "$.n", numberValue: number(5) },
              { jsonPath: "$.text", stringValue: "5" }
            ]
          }
        }),
        frame({ functionCall: {} }, { finishReason: "STOP" })
      ],
      GoogleGenerateContent
    )) {
      const [text] = content
      assert.deepStrictEqual(text?.type === "text" && text.citations, [
        { url: "http://a", title: "t", start: 0, end: 5 }
      ])
      assert.deepStrictEqual(toolCalls[0]?.input, { n: 5, text: "5" })
    }
  })

  it("distinguish the choices of a response", () => {
    const choice = (index: string, content: string) => ({ index, delta: { content } })
    const { events: some } = halvesOf(OpenAiChat, "any").read([
      { data: JSON.stringify({ id: "1", choices: [choice("1", "B"), choice("0", "A")] }) },
      { data: JSON.stringify({ id: "1", choices: [choice("0", "a"), choice("1", "b")] }) },
      { data: "[DONE]" }
    ])
    assert.strictEqual(foldEvents(some).text, "Aa")
  })
})
