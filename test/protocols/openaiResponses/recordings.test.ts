/**
 * Every recorded exchange of this protocol. What a response must say is computed here from the recorded body in the
 * plainest way, apart from the decoder.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { toEvents } from "../../../src/domain/ChatFold.ts"
import type { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import * as Conversation from "../../../src/domain/Conversation.ts"
import type { Frame } from "../../../src/domain/Frame.ts"
import { OpenAiResponses } from "../../../src/protocols/OpenAiResponses.ts"
import { areRecordings, bodyOf, exchangesOf, halvesOf, json, meaning, type Wire } from "../halves.ts"
import { withAllParts } from "./counts.ts"

const { decode, fold, framesOf, options, read, toBody, toFrames } = halvesOf(OpenAiResponses, "openai")

const exchanges = exchangesOf("openai-responses")
const successful = exchanges.filter(({ response }) => response.status === 200)
const isStream = ({ kind }: Wire) => kind === "sse"

const dataOf = (frames: ReadonlyArray<Frame>): ReadonlyArray<Wire> =>
  frames.filter(({ data }) => data !== "[DONE]").map(({ data }) => JSON.parse(data))

/** The whole response, as the last event of a stream holds it. */
const lastOf = (frames: ReadonlyArray<Frame>): Wire =>
  dataOf(frames).findLast(({ type }) => /^response\.(completed|incomplete)$/.test(type))?.response

const textsOf = (parts: Wire): ReadonlyArray<string> => (parts ?? []).map(({ text }: Wire) => text)

/** What the wire says, read without our code. */
const checkFacts = (body: Wire, decoded: ChatResponse): void => {
  const of = (...types: ReadonlyArray<string>): ReadonlyArray<Wire> =>
    body.output.filter(({ type }: Wire) => types.includes(type))
  const content = of("message").flatMap(({ content }) => content)
  assert.strictEqual(decoded.text, textsOf(content).join(""))
  assert.deepStrictEqual(
    decoded.content.flatMap((part) => (part.type === "reasoning" ? [[part.text, part.encrypted]] : [])),
    of("reasoning").map(({ content, encrypted_content, summary }) => [
      (content?.length > 0 ? textsOf(content) : textsOf(summary)).join("\n\n"),
      encrypted_content ?? undefined
    ])
  )
  assert.deepStrictEqual(
    decoded.toolCalls.map(({ id, input, name }) => ({ id, name, input })),
    of("function_call").map(({ arguments: input, call_id, name }) => ({ id: call_id, name, input: JSON.parse(input) }))
  )
  const served = ["web_search_call", "file_search_call", "mcp_call", "image_generation_call", "tool_search_call"]
  assert.deepStrictEqual(
    decoded.content.flatMap((part) => (part.type === "tool-call" && part.providerExecuted ? [part.id] : [])),
    of(...served).map(({ id }) => id)
  )
  const others = body.output.filter(
    ({ type }: Wire) => !["message", "reasoning", "function_call", "image_generation_call"].includes(type)
  )
  assert.deepStrictEqual(
    decoded.content.flatMap((part) => (part.type === "provider" ? [part.value as Wire] : [])),
    others
  )
  assert.deepStrictEqual(
    decoded.content.flatMap((part) => (part.type === "image" ? [String(part.data).replace(/^.*?,/, "")] : [])),
    of("image_generation_call").map(({ result }) => result)
  )
  assert.deepStrictEqual(
    decoded.content.flatMap((part) => (part.type === "text" ? (part.citations ?? []) : [])).map(({ url }) => url),
    content.flatMap(({ annotations }) => annotations.map(({ url }: Wire) => url))
  )
  const { input_tokens_details: inside, output_tokens_details: output, ...usage } = body.usage ?? {}
  assert.strictEqual(decoded.usage.inputTokens.total, usage.input_tokens)
  assert.strictEqual(decoded.usage.inputTokens.cacheRead, inside?.cached_tokens)
  assert.strictEqual(decoded.usage.inputTokens.cacheWrite, inside?.cache_write_tokens)
  assert.strictEqual(decoded.usage.outputTokens.total, usage.output_tokens)
  assert.strictEqual(decoded.usage.outputTokens.reasoning, output?.reasoning_tokens)
  assert.strictEqual(decoded.rawFinishReason, body.status)
  assert.strictEqual(
    decoded.finishReason,
    body.status === "queued" ? "other" : of("function_call").length > 0 ? "tool-calls" : "stop"
  )
  assert.strictEqual(decoded.id, body.id)
  assert.strictEqual(decoded.model, body.model)
}

/** Usage keeps the server's own object, and thoughts and calls the form of their items, which are written anew. */
const withoutRaw = (decoded: ChatResponse): Wire => {
  const { usage, ...rest } = meaning(decoded)
  const { raw: _, serviceTier: __, toolRequests: ___, reportedCost: ____, ...counts } = usage
  return { ...rest, usage: withAllParts(counts) }
}

/** OpenRouter gives an item another id in each event. */
const withoutIds = (decoded: Wire): Wire =>
  JSON.parse(JSON.stringify(decoded, (key, value) => (key === "id" && /_tmp_/.test(value) ? undefined : value)))

/** OpenAI encrypts anew in each event; the item's own event is the one that counts. */
const unsealed = (decoded: Wire): Wire =>
  JSON.parse(JSON.stringify(decoded, (_, value) => (String(value).startsWith("gAAAA") ? "sealed" : value)))

/** The whole response still says that Azure's search is searching, unlike the event that ended it. */
const settled = (decoded: Wire): Wire =>
  JSON.parse(JSON.stringify(decoded, (key, value) => (key === "status" && value === "searching" ? "completed" : value)))

/**
 * Two spellings of one request. Taken as equal: a string and one text; an absent key, `null`, an empty list and a default
 * (`stream: false`, a completed item); the place of the server's tools among the tools, since the caller's own come first;
 * and asking for encrypted thoughts where the server is to keep nothing, which we always do.
 */
const normal = (request: Wire): Wire => {
  const { include, input, stream, tools, ...rest } = withoutNulls(request)
  const isOwn = ({ type }: Wire) => type === "function"
  const requested = new Set<string>(include ?? [])
  if (rest.store === false) requested.add("reasoning.encrypted_content")
  return {
    ...rest,
    ...(stream === true ? { stream } : {}),
    ...(requested.size === 0 ? {} : { include: [...requested] }),
    ...(tools === undefined ? {} : { tools: [...tools.filter(isOwn), ...tools.filter((tool: Wire) => !isOwn(tool))] }),
    input: typeof input === "string" ? [{ type: "message", role: "user", content: input }] : input.map(normalItem)
  }
}

const normalItem = ({ content, status, type, ...item }: Wire): Wire => ({
  ...item,
  type: type ?? "message",
  ...(status === undefined || status === "completed" ? {} : { status }),
  ...(content === undefined ? {} : { content: normalContent(content) })
})

const normalContent = (content: Wire): Wire =>
  (typeof content === "string" ? [{ type: "input_text", text: content }] : content).map(
    ({ logprobs: _, type, ...part }: Wire) =>
      Object.assign({}, part, { type: type === "output_text" ? "input_text" : type })
  )

const withoutNulls = (value: Wire): Wire => {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      const bare = withoutNulls(inner)
      const isEmpty = bare === null || (key === "reasoning" && Object.keys(bare).length === 0)
      return isEmpty || (key === "annotations" && bare.length === 0) ? [] : [[key, bare]]
    })
  )
}

describe.skipIf(!areRecordings)(`recorded exchanges (${exchanges.length})`, () => {
  it("all exist", () => assert.isAtLeast(exchanges.length, 47))

  describe("unary responses decode to their content", () => {
    for (const exchange of successful.filter((exchange) => !isStream(exchange))) {
      it(`${exchange.provider} ${exchange.name}`, () => {
        const decoded = decode(bodyOf(exchange))
        checkFacts(bodyOf(exchange), decoded)
        assert.deepStrictEqual(withoutRaw(decode(toBody(decoded))), withoutRaw(decoded))
        assert.deepStrictEqual(withoutRaw(fold(toFrames(toEvents(decoded)))).content.length, decoded.content.length)
      })
    }
  })

  describe("streams fold to their content, and to the unary response", () => {
    for (const exchange of successful.filter(isStream)) {
      const frames = framesOf(exchange.response.body)
      if (frames.some(({ event }) => event === "error")) continue
      it(`${exchange.provider} ${exchange.name}`, () => {
        const { events, whole } = read(frames)
        assert.isTrue(whole)
        assert.isFalse(events.some(({ type }) => type === "malformed-frame"))
        assert.lengthOf(
          events.filter(({ type }) => type === "finish"),
          1
        )
        const body = lastOf(frames)
        const normalized = (decoded: ChatResponse) => settled(unsealed(withoutIds(meaning(decoded))))
        checkFacts(body, decode(body))
        assert.deepStrictEqual(normalized(fold(frames)), normalized(decode(body)))
        const items = dataOf(frames).filter(({ type }) => type === "response.output_item.done")
        assert.deepStrictEqual(
          fold(frames).content.flatMap((part) => (part.type === "reasoning" ? [part.encrypted] : [])),
          items.flatMap(({ item }) => (item.type === "reasoning" ? [item.encrypted_content ?? undefined] : []))
        )
        assert.deepStrictEqual(withoutRaw(fold(toFrames(events))), withoutRaw(fold(frames)))
      })

      it(`${exchange.provider} ${exchange.name} that breaks off anywhere is not whole`, () => {
        const last = dataOf(frames).findIndex(({ type }) => type === "response.completed")
        // At each frame of a short stream, at a hundred or more of a long one, at its last in any case.
        const step = Math.max(1, Math.floor(last / 100))
        for (let count = last; count >= 0; count -= step) assert.isFalse(read(frames.slice(0, count)).whole)
      })
    }
  })

  describe("an error within a stream ends it", () => {
    const broken = successful.filter(isStream).filter(({ response }) => response.body.includes('"type":"error"'))
    it("is here", () => assert.lengthOf(broken, 1))
    for (const exchange of broken) {
      it(`${exchange.name}`, () => {
        const frames = framesOf(exchange.response.body)
        const { events, failure, whole } = read(frames)
        assert.isFalse(whole)
        assert.strictEqual(failure?.code, "insufficient_quota")
        assert.strictEqual(failure?.type, "insufficient_quota")
        assert.isFalse(events.some(({ type }) => type === "finish"))
        const { failure: failed } = read(frames.filter(({ data }) => JSON.parse(data).type !== "error"))
        assert.strictEqual(failed?.code, "insufficient_quota")
        assert.strictEqual(failed?.message, failure?.message)
      })
    }
  })

  describe("error responses decode to their errors", () => {
    for (const exchange of exchanges.filter(({ response }) => response.status !== 200)) {
      it(`${exchange.response.status} ${exchange.name}`, () => {
        const body = bodyOf(exchange)
        const failure = OpenAiResponses.decodeError(body)
        const { code, message, param, type } = body.error
        assert.deepStrictEqual(
          [failure.code, failure.message, failure.param, failure.type],
          [code, message, param ?? undefined, type]
        )
        assert.deepStrictEqual(Result.getOrThrow(Result.flip(OpenAiResponses.decodeResponse(body, options))), failure)
      })
    }
  })

  describe("requests keep their meaning through the server half and the client half", () => {
    const requested = exchanges.filter(({ request }) => typeof request.body === "object" && request.body !== null)
    it("exist (the others were recorded without a request)", () => assert.isAtLeast(requested.length, 39))
    for (const { name, request, response } of requested) {
      it(`${name}`, () => {
        const { model, request: decoded, stream } = Result.getOrThrow(OpenAiResponses.decodeRequest(request.body))
        if (response.status === 200) assert.isUndefined(Conversation.check(decoded))
        const encoded = OpenAiResponses.encodeRequest(decoded, { provider: "openai", model, stream })
        const { body, warnings } = Result.getOrThrow(encoded)
        assert.deepStrictEqual(normal(json(body)), normal(request.body))
        assert.deepStrictEqual(warnings, [])
      })
    }
  })
})

describe.skipIf(!areRecordings)("a recorded compaction", () => {
  it("decodes to items that go back unchanged", () => {
    for (const exchange of exchangesOf("openai-responses-compact")) {
      const decoded = decode(bodyOf(exchange))
      assert.deepStrictEqual(
        decoded.content.map((part) => part.type === "provider" && (part.value as Wire)),
        bodyOf(exchange).output
      )
      assert.strictEqual(decoded.usage.outputTokens.total, 342)
    }
  })
})

describe.skipIf(!areRecordings)("a recorded stream with a missing text delta", () => {
  const warnings = (frames: ReadonlyArray<Frame>) => fold(frames).warnings.map(({ message }) => message)
  const lost = "the text at the end of the stream differs from its pieces, of which some may be missing"
  const isPiece = ({ data }: Frame) => data.includes('"response.output_text.delta"')

  for (const { name, response } of successful.filter(isStream)) {
    const frames = framesOf(response.body)
    it(`has a warning: ${name}`, () => {
      assert.notInclude(warnings(frames), lost)
      const said = fold(frames).text
      const pieces = frames.filter(isPiece)
      for (const piece of [pieces[0], pieces[Math.floor(pieces.length / 2)], pieces.at(-1)]) {
        const left = frames.filter((frame) => frame !== piece)
        if (fold(left).text !== said) assert.include(warnings(left), lost)
      }
    })
  }
})
