/**
 * Pieces that are known to fit at a glance are not held against the shapes of their protocol. So a glance may let through
 * only what fits: one value of another type, or one field more, at any place of a plain piece.
 */
import { assert, describe, it } from "@effect/vitest"
import * as anthropic from "../../src/protocols/anthropicMessages/Stream.ts"
import * as bedrock from "../../src/protocols/bedrockConverse/Stream.ts"
import * as cohere from "../../src/protocols/cohereChat/Stream.ts"
import * as google from "../../src/protocols/googleGenerateContent/Response.ts"
import { lineShape } from "../../src/protocols/ollamaChat/Response.ts"
import * as ollama from "../../src/protocols/ollamaChat/Stream.ts"
import * as openAi from "../../src/protocols/openaiChat/ResponseFields.ts"
import * as responses from "../../src/protocols/openaiResponses/Stream.ts"
import { isObject, type WireObject } from "../../src/protocols/wire/WireObject.ts"

const values = ["x", 7, true, null, { x: 1 }, ["x"], [{ text: 1 }]]

/** Fields that shapes speak of. */
const fields =
  `arguments args content data delta done_reason finish_reason finishReason functionCall function_call id image
  images index inlineData message output_index part reasoning reasoning_content refusal response start stopReason summary_index
  text thinking thought thoughtSignature tool_calls toolResult toolUse type`.split(/\s+/)

const withField = (value: WireObject, key: string, made: unknown): WireObject => ({ ...value, [key]: made })

/** The value with one place of it changed, or one field more. */
const changesOf = (value: unknown): ReadonlyArray<unknown> => {
  if (Array.isArray(value)) {
    const within = value.flatMap((item, place) => changesOf(item).map((made) => value.with(place, made)))
    return [...values, [], [...value, ...value], ...within]
  }
  if (!isObject(value)) return values
  const within = Object.entries(value).flatMap(([key, inner]) =>
    changesOf(inner).map((made) => withField(value, key, made))
  )
  const added = fields.filter((field) => !Object.hasOwn(value, field))
  return [...values, ...within, ...added.flatMap((field) => values.map((made) => withField(value, field, made)))]
}

const protocols = [
  {
    name: "OpenAI chat",
    ...openAi,
    shape: openAi.chunkShape,
    piece: { id: "c", choices: [{ index: 0, delta: { content: "Hi" }, logprobs: null, finish_reason: null }] }
  },
  {
    name: "Anthropic messages",
    ...anthropic,
    shape: anthropic.eventShape,
    piece: { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hi" } }
  },
  {
    name: "OpenAI responses",
    ...responses,
    shape: responses.eventShape,
    piece: {
      type: "response.output_text.delta",
      item_id: "i",
      output_index: 0,
      content_index: 0,
      delta: "Hi",
      sequence_number: 4
    }
  },
  {
    name: "Google generateContent",
    ...google,
    shape: google.chunkShape,
    piece: { candidates: [{ content: { parts: [{ text: "Hi" }], role: "model" }, index: 0 }], modelVersion: "g" }
  },
  {
    name: "Bedrock Converse",
    ...bedrock,
    shape: bedrock.eventShape,
    piece: { contentBlockIndex: 0, delta: { text: "Hi" }, p: "abc" }
  },
  {
    name: "Cohere chat",
    ...cohere,
    shape: cohere.eventShape,
    piece: { type: "content-delta", index: 0, delta: { message: { content: { text: "Hi" } } } }
  },
  {
    name: "Ollama chat",
    ...ollama,
    shape: lineShape,
    piece: { model: "m", message: { role: "assistant", content: "Hi" }, done: false }
  }
]

describe("a piece of text", () => {
  for (const { isPlain, name, piece, shape } of protocols) {
    it(`of ${name} is plain at a glance, and no change of it is plain that does not fit`, () => {
      assert.isTrue(isPlain(piece as WireObject))
      const changed = changesOf(piece).filter(isObject)
      for (const value of changed.filter(isPlain)) assert.isUndefined(shape(value), JSON.stringify(value))
      assert.isTrue(
        changed.some((value) => shape(value) !== undefined),
        "some of the changes do not fit"
      )
    })
  }
})
