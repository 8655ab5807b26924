import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { foldEvents } from "../../../src/domain/ChatFold.ts"
import type { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import * as Conversation from "../../../src/domain/Conversation.ts"
import { GoogleGenerateContent } from "../../../src/protocols/GoogleGenerateContent.ts"
import { SseReader } from "../../../src/transport/SseReader.ts"
import { answerOptions, areRecordings, bodyOf, exchangesOf, halvesOf, json, meaning, type Wire } from "../halves.ts"

const { decode, fold, framesOf, options, read, toFrames } = halvesOf(GoogleGenerateContent, "google")

const exchanges = exchangesOf("google-generate-content")
const answered = exchanges.filter(({ response }) => response.status === 200)
const isStream = ({ kind }: Wire) => kind === "sse"

/** The whole answer that the chunks of a stream spell, gathered as Google's own clients do: parts one after the other. */
const gather = (chunks: ReadonlyArray<Wire>): Wire => {
  const parts = chunks.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? [])
  const candidate = Object.assign({}, ...chunks.map(({ candidates }) => candidates?.[0]))
  return { ...Object.assign({}, ...chunks), candidates: [{ ...candidate, content: { role: "model", parts } }] }
}

const signaturesOf = (answer: ChatResponse): ReadonlyArray<unknown> =>
  answer.content
    .flatMap((part): ReadonlyArray<unknown> => {
      if (part.type === "provider") return [(part.value as Wire).thoughtSignature]
      if (part.type === "reasoning") return [part.signature]
      return part.type === "refusal" ? [] : [part.providerOptions?.[GoogleGenerateContent.id]?.thoughtSignature]
    })
    .filter((signature) => signature !== undefined)

/** What the wire says, read without our code. */
const checkFacts = (body: Wire, answer: ChatResponse): void => {
  const [{ content, finishReason, groundingMetadata }] = body.candidates
  const parts: ReadonlyArray<Wire> = content?.parts ?? []
  const joined = (thought: boolean) =>
    parts.flatMap((part) => ((part.thought ?? false) === thought ? [part.text ?? ""] : [])).join("")
  assert.strictEqual(answer.text, joined(false))
  assert.strictEqual(answer.reasoningText, joined(true))
  const whole = parts.filter(({ functionCall }) => functionCall?.args !== undefined)
  assert.deepStrictEqual(
    answer.toolCalls
      .filter((_, index) => whole[index] !== undefined)
      .map(({ input, name }) => ({ name, input })) as Wire,
    whole.map(({ functionCall: { args, name } }) => ({ name, input: args }))
  )
  assert.lengthOf(answer.toolCalls, parts.filter(({ functionCall }) => functionCall?.name !== undefined).length)
  assert.deepStrictEqual(
    signaturesOf(answer) as Wire,
    parts.map(({ thoughtSignature }) => thoughtSignature).filter((signature) => signature !== undefined)
  )
  assert.deepStrictEqual(
    answer.content.flatMap((part) => (part.type === "image" || part.type === "audio" ? [part.data] : [])) as Wire,
    parts.flatMap(({ inlineData }) =>
      inlineData === undefined ? [] : [`data:${inlineData.mimeType};base64,${inlineData.data}`]
    )
  )
  const usage = body.usageMetadata
  assert.strictEqual(
    answer.usage.inputTokens.total,
    (usage.promptTokenCount ?? 0) + (usage.toolUsePromptTokenCount ?? 0)
  )
  const total = (answer.usage.inputTokens.total ?? 0) + (answer.usage.outputTokens.total ?? 0)
  assert.strictEqual(total, usage.totalTokenCount)
  assert.strictEqual(answer.usage.outputTokens.reasoning, usage.thoughtsTokenCount)
  assert.strictEqual(answer.rawFinishReason, finishReason)
  assert.strictEqual(answer.id, body.responseId)
  assert.strictEqual(answer.model, body.modelVersion)
  const urls = (groundingMetadata?.groundingChunks ?? []).map(({ web }: Wire) => web.uri)
  assert.deepStrictEqual(
    (answer.sources ?? []).map(({ url }) => url).filter((url) => urls.includes(url)),
    urls
  )
  const said = answer.content.flatMap((part) =>
    part.type === "text" ? (part.citations ?? []).map(({ end, start }) => part.text.slice(start, end)) : []
  )
  const supported = (groundingMetadata?.groundingSupports ?? []).flatMap(({ groundingChunkIndices, segment }: Wire) =>
    groundingChunkIndices.map(() => segment.text)
  )
  assert.deepStrictEqual(said, supported)
}

const withoutRaw = (answer: ChatResponse): Wire => {
  const { usage, ...rest } = meaning(answer)
  const { raw: _, toolRequests: __, ...counts } = usage
  return { ...rest, usage: { ...counts, serviceTier: undefined } }
}

/** Citations and sources are written anew, and an answer's own ids of calls are made of its id. */
const again = (answer: ChatResponse): Wire => JSON.parse(JSON.stringify(withoutRaw(answer)))

describe.skipIf(!areRecordings)(`recorded exchanges (${exchanges.length})`, () => {
  it("all exist", () => assert.isAtLeast(exchanges.length, 31))

  describe("whole responses decode to their content", () => {
    for (const exchange of answered.filter((exchange) => !isStream(exchange))) {
      const body = bodyOf(exchange)
      it(`${exchange.name}`, () => {
        if (body.candidates[0].finishReason === "SAFETY") {
          const failure = Result.getOrThrow(Result.flip(GoogleGenerateContent.decodeResponse(body, options)))
          assert.deepInclude(failure, { _tag: "ProviderFailure", type: "RESPONSE_BLOCKED", code: "SAFETY", body })
          return
        }
        if (body.candidates[0].finishReason === "MALFORMED_FUNCTION_CALL") {
          const failure = Result.getOrThrow(Result.flip(GoogleGenerateContent.decodeResponse(body, options)))
          assert.deepInclude(failure, { _tag: "ProviderFailure", code: "MALFORMED_FUNCTION_CALL", body })
          return
        }
        const answer = decode(body)
        checkFacts(body, answer)
        assert.deepStrictEqual(
          again(decode(GoogleGenerateContent.encodeResponse(answer, answerOptions))),
          again(answer)
        )
      })
    }
  })

  describe("streams fold to their content, and to what the whole response would decode to", () => {
    for (const exchange of answered.filter(isStream)) {
      const frames = framesOf(exchange.response.body)
      const chunks = frames.map(({ data }) => JSON.parse(data))
      it(`${exchange.name}`, () => {
        const { events, whole } = read(frames)
        assert.isTrue(whole)
        assert.lengthOf(
          events.filter(({ type }) => type === "finish"),
          1
        )
        assert.isFalse(events.some(({ type }) => type === "malformed-frame"))
        const answer = fold(frames)
        checkFacts(gather(chunks), answer)
        assert.deepStrictEqual(meaning(decode(gather(chunks))), meaning(answer))
        assert.deepStrictEqual(again(foldEvents(read(toFrames(events)).events)), again(answer))
        const last = chunks.findIndex(({ candidates }) => candidates?.[0]?.finishReason !== undefined)
        for (let count = 0; count <= last; count++) assert.isFalse(read(frames.slice(0, count)).whole)
      })
    }
  })

  it("arguments that arrive in pieces are put together", () => {
    const streamed = answered.filter(({ response }) => String(response.body).includes("partialArgs"))
    assert.isAtLeast(streamed.length, 2)
    const inputs = streamed.map(({ response }) => fold(framesOf(response.body)).toolCalls.map(({ input }) => input))
    assert.deepStrictEqual(inputs[0], [{ location: "Boston" }, { location: "San Francisco" }])
    const recipe = (inputs[1]?.[0] as Wire)?.recipe
    assert.lengthOf(recipe.ingredients, 10)
    assert.deepStrictEqual(recipe.ingredients[9], { amount: "1/2 tsp", name: "Pepper" })
    assert.strictEqual(recipe.steps[1], "Cook lasagna noodles according to package directions, drain and set aside.")
  })

  it("streams decode the same however their bytes are split", () => {
    const { response } = answered.find(({ tags }) => tags.includes("sse-crlf") && tags.includes("citations"))!
    const reader = new SseReader()
    const pieces = Array.from(new TextEncoder().encode(response.body), (byte) => reader.read(Uint8Array.of(byte)))
    const frames = [...pieces, reader.end()].flatMap((read) => ("_tag" in read ? [] : read))
    assert.deepStrictEqual(meaning(fold(frames)), meaning(fold(framesOf(response.body))))
  })

  describe("errors have their status and message", () => {
    for (const exchange of exchanges.filter(({ response }) => response.status !== 200)) {
      it(`${exchange.response.status} ${exchange.name}`, () => {
        const body = bodyOf(exchange)
        const failure = GoogleGenerateContent.decodeError(body)
        assert.strictEqual(failure.status, exchange.response.status)
        assert.strictEqual(failure.type, body.error.status)
        assert.strictEqual(failure.message, body.error.message)
        assert.strictEqual(failure.retryAfterSeconds, exchange.response.status === 429 ? 48 : undefined)
        assert.deepStrictEqual(GoogleGenerateContent.decodeError([body]).message, body.error.message)
        assert.deepStrictEqual(
          Result.getOrThrow(Result.flip(GoogleGenerateContent.decodeResponse(body, options))),
          failure
        )
      })
    }
  })

  describe("requests keep their meaning through the server half and the client half", () => {
    const asked = exchanges.filter(({ request }) => typeof request.body === "object" && request.body !== null)
    it("are here (two were recorded without a request)", () => assert.isAtLeast(asked.length, 29))
    for (const { name, request, response } of asked) {
      it(`${name}`, () => {
        const model = /models\/([^:]+):/.exec(request.url)?.[1] ?? ""
        const decoded = Result.getOrThrow(GoogleGenerateContent.decodeRequest(request.body))
        if (response.status === 200) assert.isUndefined(Conversation.check(decoded.request))
        const encoded = GoogleGenerateContent.encodeRequest(decoded.request, {
          provider: "google",
          model,
          stream: true
        })
        const { body, warnings } = Result.getOrThrow(encoded)
        assert.deepStrictEqual(normal(json(body)), normal(request.body))
        assert.deepStrictEqual(warnings, [])
      })
    }
  })
})

const camel = (key: string) => key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** Data of the caller's, whose keys are its own. */
const free = new Set(["args", "response", "properties"])

/**
 * Two spellings of one request. Taken as equal: snake case and camel case; the two ways to write a schema; an empty
 * object and none; the role of instructions; the model in the body and in the path; titles and defaults in a schema.
 */
const normal = (request: Wire): Wire => {
  const { generationConfig, model: _, systemInstruction, tools, ...rest } = plain(request)
  const { responseJsonSchema, responseSchema, ...config } = generationConfig ?? {}
  const schema = responseJsonSchema ?? responseSchema
  const declared = (tools ?? []).flatMap((tool: Wire) => tool.functionDeclarations ?? [])
  return json({
    ...rest,
    contents: rest.contents.map(({ parts, role }: Wire) => ({ parts, role })),
    system: systemInstruction?.parts,
    config: schema === undefined ? config : { ...config, schema: lower(schema) },
    tools: [
      ...declared.map(({ parameters, parametersJsonSchema, ...tool }: Wire) =>
        Object.assign(tool, { schema: lower(parametersJsonSchema ?? parameters) })
      ),
      ...(tools ?? []).filter((tool: Wire) => tool.functionDeclarations === undefined)
    ]
  })
}

const plain = (value: Wire): Wire => {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [camel(key), free.has(key) ? inner : plain(inner)])
  )
}

const lower = (schema: Wire): Wire => {
  if (Array.isArray(schema)) return schema.map(lower)
  if (typeof schema !== "object" || schema === null) return schema
  const { default: _, description: __, title: ___, ...rest } = schema
  return Object.fromEntries(
    Object.entries(rest).map(([key, inner]) => [key, key === "type" ? String(inner).toLowerCase() : lower(inner)])
  )
}
