import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { check, ChatRequestInput } from "../../src/domain/ChatRequest.ts"
import { MediaData } from "../../src/domain/ContentPart.ts"
import { EmbeddingRequestInput } from "../../src/domain/Embedding.ts"
import { ImageRequestInput } from "../../src/domain/Image.ts"
import * as InputCheck from "../../src/domain/InputCheck.ts"
import { ModerationRequestInput } from "../../src/domain/Moderation.ts"
import { RerankRequest } from "../../src/domain/Rerank.ts"
import { SpeechRequestInput } from "../../src/domain/Speech.ts"
import * as Tool from "../../src/domain/Tool.ts"
import { TranscriptionRequest } from "../../src/domain/Transcription.ts"
import { literal, nonNegativeInt } from "./arbitraries.ts"

const inputs: Readonly<Record<string, Schema.Codec<unknown, unknown>>> = {
  ChatRequestInput: ChatRequestInput as Schema.Codec<unknown, unknown>,
  EmbeddingRequestInput: EmbeddingRequestInput as Schema.Codec<unknown, unknown>,
  ModerationRequestInput: ModerationRequestInput as Schema.Codec<unknown, unknown>,
  ImageRequestInput: ImageRequestInput as Schema.Codec<unknown, unknown>,
  SpeechRequestInput: SpeechRequestInput as Schema.Codec<unknown, unknown>,
  TranscriptionRequest: TranscriptionRequest as Schema.Codec<unknown, unknown>,
  RerankRequest: RerankRequest as Schema.Codec<unknown, unknown>
}

type Change = { readonly at: number; readonly value: unknown; readonly key: string }

const change: Arbitrary.Arbitrary<Change> = Arbitrary.map(
  Arbitrary.all([
    nonNegativeInt(60),
    literal("null", "number", "string", "array", "object", "image_url", "boolean"),
    literal("", "", "tool_calls", "type", "content", "text")
  ]),
  ([at, kind, key]) => ({
    at,
    key,
    value: { null: null, number: 0.5, string: "x", array: [], object: {}, image_url: "image_url", boolean: true }[kind]
  })
)

/** The value with another one at some place: in the place of a field or an element, or as a further field. */
const changed = (value: unknown, { at, key, value: other }: Change): unknown => {
  let left = at
  const visit = (one: unknown): unknown => {
    if (left-- === 0)
      return key !== "" && typeof one === "object" && one !== null && !Array.isArray(one)
        ? { ...one, [key]: other }
        : other
    if (one instanceof Uint8Array) return one
    if (Array.isArray(one)) return one.map(visit)
    return typeof one === "object" && one !== null
      ? Object.fromEntries(
          Object.entries(one).map(([name, field]) => [name, field === undefined ? field : visit(field)])
        )
      : one
  }
  return visit(value)
}

describe("InputCheck", () => {
  for (const [name, schema] of Object.entries(inputs)) {
    const check = InputCheck.make(schema)
    it.prop(`finds nothing wrong with a ${name}`, [schema], ([input]) => assert.isUndefined(check(input)), {
      arbitrary: { runs: 60 }
    })

    const decode = Schema.decodeUnknownResult(Schema.toType(schema), { onExcessProperty: "error" })
    it.prop(
      `agrees with the Schema of ${name} on any change`,
      { input: schema, change },
      ({ change, input }) => {
        const other = changed(input, change)
        const issue = check(other)
        // A tool may hold more than its definition, which the Schema cannot say.
        if (JSON.stringify(other).includes('"inputSchema"')) return
        assert.strictEqual(issue === undefined, decode(other)._tag === "Success", issue?.message)
      },
      { arbitrary: { runs: 100 } }
    )
  }

  const wrong = (input: unknown) => {
    const { at, detail } = check(input) ?? {}
    return [at, detail]
  }
  const user = (...content: ReadonlyArray<unknown>) => ({ messages: ["Hi", { role: "user", content }] })

  it("names the path, and what is allowed there", () => {
    assert.deepStrictEqual(wrong(user("a", { type: "image_url", image_url: { url: "https://a/b" } })), [
      "messages[1].content[1].type",
      'expected one of "text", "image", "audio", "file", "provider", got "image_url"'
    ])
    assert.deepStrictEqual(wrong({ messages: [{ role: "assistant", content: null }] }), [
      "messages[0].content",
      "expected a string, or an array, got null"
    ])
    assert.deepStrictEqual(wrong({ messages: [{ role: "assistant", content: "", tool_calls: [] }] }), [
      "messages[0].tool_calls",
      "there is no such field, so leave it out; the known fields are role, content, name, providerOptions"
    ])
    assert.deepStrictEqual(wrong({ messages: [{ role: "function", content: "x" }] }), [
      "messages[0].role",
      'expected one of "system", "developer", "user", "assistant", "tool", got "function"'
    ])
    assert.deepStrictEqual(wrong({ messages: [{ role: "tool", content: "42", tool_call_id: "c" }] }), [
      "messages[0].content",
      "expected an array, got a string"
    ])
    assert.deepStrictEqual(wrong({ messages: [{ content: "x" }] }), [
      "messages[0].role",
      'expected one of "system", "developer", "user", "assistant", "tool", got undefined'
    ])
    assert.deepStrictEqual(wrong({ messages: null }), ["messages", "expected a string, or an array, got null"])
    assert.deepStrictEqual(wrong({ prompt: "x" }), [
      "prompt",
      "there is no such field, so leave it out; the known fields are messages, maxOutputTokens, temperature, topP, topK, stop, seed, frequencyPenalty, presencePenalty, logprobs, tools, toolChoice, parallelToolCalls, responseFormat, reasoning, user, metadata, serviceTier, headers, providerOptions, onUnsupported"
    ])
    assert.deepStrictEqual(wrong({}), ["messages", "it is missing"])
    assert.deepStrictEqual(wrong(null), [undefined, "expected a string, or an object with `messages`, got null"])
    assert.deepStrictEqual(wrong({ messages: "x", maxOutputTokens: 1.5 }), [
      "maxOutputTokens",
      "expected an integer, got 1.5"
    ])
    assert.deepStrictEqual(wrong({ messages: "x", tools: [{ type: "function", function: { name: "f" } }] }), [
      "tools[0].name",
      "it is missing"
    ])
    assert.deepStrictEqual(wrong({ messages: "x", metadata: { "a b": 1 } }), [
      'metadata["a b"]',
      "expected a string, got 1"
    ])
  })

  it("advises how to store bytes that were stored without the Schema", () => {
    const expected = "expected a string, or a Uint8Array, or an object with `fileId`, or an object with `text`, got "
    const advice = "; encode and decode what you store with its Schema and Schema.toCodecJson"
    const bytes = Uint8Array.from([1, 2])
    for (const [data, got] of [
      [JSON.parse(JSON.stringify(bytes)), `bytes that were written by JSON.stringify${advice}`],
      [JSON.parse(JSON.stringify(Buffer.from(bytes))), `bytes that were written by JSON.stringify${advice}`],
      [Schema.encodeSync(Schema.toCodecJson(MediaData))(bytes), `an object with \`base64\`${advice}`],
      [bytes.buffer, "an ArrayBuffer"],
      [new Blob([bytes]), "a Blob"],
      [{ constructor: { name: "Blob" } }, "an object"],
      [Object.create(null), "an object"]
    ] as const) {
      assert.deepStrictEqual(wrong(user({ type: "image", data, mediaType: "image/png" })), [
        "messages[1].content[0].data",
        `${expected}${got}`
      ])
    }
  })

  it("names the required fields of an object", () => {
    assert.deepStrictEqual(wrong({ messages: "x", reasoning: "high" }), [
      "reasoning",
      "expected an object, got a string"
    ])
    assert.deepStrictEqual(wrong({ messages: "x", responseFormat: "json" }), [
      "responseFormat",
      "expected an object with `type`, got a string"
    ])
    assert.deepStrictEqual(wrong({ messages: [7] }), [
      "messages[0]",
      "expected a string, or an object with `role` and `content`, got 7"
    ])
  })

  it("names the only literal there is without offering a choice", () => {
    const only = InputCheck.make(Schema.Struct({ kind: Schema.Literal("a") }))
    const choice = InputCheck.make(Schema.Struct({ kind: Schema.Literals(["a", "b"]) }))
    assert.strictEqual(only({ kind: "c" })?.detail, 'expected "a", got "c"')
    assert.strictEqual(choice({ kind: "c" })?.detail, 'expected one of "a", "b", got "c"')
  })

  it("finds values outside JSON at any depth, and cycles", () => {
    const call = (input: unknown) => ({
      messages: [{ role: "assistant", content: [{ type: "tool-call", id: "c", name: "f", input }] }]
    })
    assert.deepStrictEqual(wrong(call({ a: [1, 2n] })), [
      "messages[0].content[0].input.a[1]",
      "expected a JSON value, got a bigint"
    ])
    const loop: { self?: unknown } = {}
    loop.self = loop
    assert.match(String(wrong(call(loop))[1]), /contains itself/)
    assert.isUndefined(check(call({ a: undefined, b: null })))
  })

  it("accepts undefined fields, tools with a Schema, and requests that are class instances", () => {
    class Request {
      readonly extra = undefined
      get messages() {
        return "Hi"
      }
    }
    assert.isUndefined(check(new Request()))
    const tools = [Tool.make("f", { parameters: Schema.Struct({ a: Schema.String }) })]
    assert.isUndefined(check({ messages: "Hi", tools, seed: undefined, max_tokens: undefined }))
  })
})
