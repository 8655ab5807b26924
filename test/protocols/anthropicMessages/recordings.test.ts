import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import type { ToolCallPart } from "../../../src/domain/ContentPart.ts"
import * as Conversation from "../../../src/domain/Conversation.ts"
import type { Frame } from "../../../src/domain/Frame.ts"
import { AnthropicMessages } from "../../../src/protocols/AnthropicMessages.ts"
import { decode, fold, framesOf, gather, json, meaning, options, read, type Wire } from "./wire.ts"

const folder = fileURLToPath(new URL("../../../../shared/recordings/", import.meta.url))
const isThere = existsSync(`${folder}index.json`)
const load = (file: string): Wire => JSON.parse(readFileSync(folder + file, "utf8"))

const exchanges = isThere
  ? (load("index.json") as ReadonlyArray<Wire>)
      .filter(({ protocol }) => protocol === "anthropic-messages")
      .map(({ file }) => Object.assign(load(file), { name: String(file).replace(/^.*__(.*?)__(.*)\.json$/, "$1 $2") }))
  : []

const bodyOf = ({ response }: Wire): Wire => {
  const { body } = response
  if (typeof body !== "string") return body
  return body.startsWith("event:") ? undefined : JSON.parse(body)
}

/** A fixture may hold several streams of one conversation, one after the other. */
const streamsOf = ({ response }: Wire): ReadonlyArray<ReadonlyArray<Frame>> => {
  const streams: Array<Array<Frame>> = []
  for (const frame of framesOf(response.body)) {
    if (streams.length === 0 || frame.event === "message_start") streams.push([])
    streams.at(-1)!.push(frame)
  }
  return streams
}

const isStream = ({ response }: Wire) => typeof response.body === "string" && response.body.startsWith("event:")

/** What the wire says, read without our code. */
const checkFacts = (message: Wire, answer: ChatResponse): void => {
  const blocks: ReadonlyArray<Wire> = message.content
  const of = (...types: ReadonlyArray<string>) => blocks.filter(({ type }) => types.includes(type))
  const said = of("text").map(({ text }) => text)
  assert.strictEqual(answer.text, said.join(""))
  assert.strictEqual(
    answer.reasoningText,
    of("thinking")
      .map(({ thinking }) => thinking)
      .join("")
  )
  assert.deepStrictEqual(
    answer.content.flatMap((part) => (part.type === "reasoning" ? [part.signature ?? part.encrypted] : [])),
    of("thinking", "redacted_thinking").map(({ data, signature }) => signature ?? data)
  )
  assert.deepStrictEqual(
    answer.content
      .filter((part): part is ToolCallPart => part.type === "tool-call")
      .map(({ id, input, name, providerExecuted }) => ({ id, name, input, server: providerExecuted === true })),
    of("tool_use", "server_tool_use").map(({ id, input, name, type }) => ({
      id,
      name,
      input,
      server: type === "server_tool_use"
    }))
  )
  assert.deepStrictEqual(
    answer.content.flatMap((part) => (part.type === "provider" ? [part.value] : [])) as unknown,
    blocks.filter(
      ({ type }) => !["text", "thinking", "redacted_thinking", "tool_use", "server_tool_use"].includes(type)
    )
  )
  assert.deepStrictEqual(
    answer.content.flatMap((part) => (part.type === "text" ? (part.citations ?? []).map(({ raw }) => raw) : [])),
    of("text").flatMap(({ citations }) => citations ?? [])
  )
  const { usage } = message
  const cached = (usage.cache_creation_input_tokens ?? 0) + (usage.cache_read_input_tokens ?? 0)
  assert.strictEqual(answer.usage.inputTokens.total, usage.input_tokens + cached)
  assert.strictEqual(answer.usage.outputTokens.total, usage.output_tokens)
  assert.strictEqual(answer.usage.outputTokens.reasoning, usage.output_tokens_details?.thinking_tokens)
  assert.strictEqual(answer.rawFinishReason, message.stop_reason)
  assert.strictEqual(answer.stopSequence, message.stop_sequence ?? undefined)
  assert.strictEqual(answer.id, message.id)
  assert.strictEqual(answer.model, message.model)
  assert.strictEqual(answer.refusal, message.stop_details?.explanation ?? "")
}

/** The input of a call as it was written in a stream differs in white space from what `JSON.stringify` writes. */
const withoutRawInput = (answer: ChatResponse): Wire => {
  const { content, ...rest } = meaning(answer)
  return { ...rest, content: content.map(({ rawInput: _, ...part }: Wire) => part) }
}

/**
 * Two spellings of one request. Taken as equal: a string and one text block; an absent key, `null` and the default
 * (`stream: false`); messages of one role in a row and one message; the place of server tools among the tools, since
 * the caller's own come first.
 */
const normal = (request: Wire): Wire => {
  const { messages, stream, system, tools, ...rest } = withoutNulls(request)
  const turns: Array<Wire> = []
  for (const { content, ...message } of messages as ReadonlyArray<Wire>) {
    const blocks = blocksOf(content)
    const last = turns.at(-1)
    if (last !== undefined && last.role === message.role) last.content.push(...blocks)
    else turns.push({ ...message, content: [...blocks] })
  }
  const isOwn = ({ type }: Wire) => type === undefined || type === "custom"
  return {
    ...rest,
    messages: turns,
    ...(stream === true ? { stream } : {}),
    ...(system === undefined ? {} : { system: blocksOf(system) }),
    ...(tools === undefined ? {} : { tools: [...tools.filter(isOwn), ...tools.filter((tool: Wire) => !isOwn(tool))] })
  }
}

const blocksOf = (content: Wire): ReadonlyArray<Wire> =>
  (typeof content === "string" ? [{ type: "text", text: content }] : content).map((block: Wire) =>
    block.type === "tool_result" && Array.isArray(block.content)
      ? Object.assign({}, block, { content: blocksOf(block.content) })
      : block
  )

const withoutNulls = (value: Wire): Wire => {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]]))
  )
}

/** On Google's Vertex AI the model stands in the URL, not in the body. */
const withModel = ({ body, url }: Wire): Wire =>
  "model" in body ? body : { ...body, model: /models\/([^:]+):/.exec(url)?.[1] }

describe.skipIf(!isThere)(
  `recorded exchanges (${isThere ? exchanges.length : "the folder is absent, skipped"})`,
  () => {
    it("all exist", () => assert.isAtLeast(exchanges.length, 39))

    const answered = exchanges.filter(({ response }) => response.status === 200)

    describe("whole responses decode to their content", () => {
      for (const exchange of answered.filter((exchange) => !isStream(exchange))) {
        it(`${exchange.name}`, () => {
          const body = bodyOf(exchange)
          checkFacts(body, decode(body))
          const again = AnthropicMessages.encodeResponse(decode(body), { model: "asked", created: 0, id: "none" })
          assert.deepStrictEqual(withoutRaw(decode(again)), withoutRaw(decode(body)))
        })
      }
    })

    describe("streams fold to their content, and to what the whole response would decode to", () => {
      for (const exchange of answered.filter(isStream)) {
        const streams = streamsOf(exchange)
        for (const [index, frames] of streams.entries()) {
          if (frames.some(({ event }) => event === "error")) continue
          it(`${exchange.name}${streams.length > 1 ? ` (stream ${index + 1})` : ""}`, () => {
            const { events, whole } = read(frames)
            assert.isTrue(whole)
            assert.deepStrictEqual(
              events.filter(({ type }) => type === "malformed-frame"),
              []
            )
            assert.lengthOf(
              events.filter(({ type }) => type === "finish"),
              1
            )
            const message = gather(frames)
            checkFacts(message, fold(frames))
            assert.deepStrictEqual(withoutRawInput(fold(frames)), withoutRawInput(decode(message)))

            const encoder = AnthropicMessages.makeEncoder({ model: "asked", created: 0, id: "none" })
            const again = [...events.flatMap((event) => encoder.encode(event)), ...encoder.end()]
            assert.deepStrictEqual(withoutRaw(fold(again)), withoutRaw(fold(frames)))
          })

          it(`${exchange.name} (stream ${index + 1}) that breaks off anywhere before its stop reason is not whole`, () => {
            const last = frames.findIndex(
              ({ data }) => (JSON.parse(data).delta ?? JSON.parse(data).message)?.stop_reason
            )
            for (let count = 0; count <= last; count++) assert.isFalse(read(frames.slice(0, count)).whole)
          })
        }
      }
    })

    describe("errors within streams end them", () => {
      const broken = answered.filter(isStream).filter(({ response }) => response.body.includes("event: error"))
      it("are here", () => assert.lengthOf(broken, 2))
      for (const exchange of broken) {
        it(`${exchange.name}`, () => {
          const frames = framesOf(exchange.response.body)
          const { events, failure, whole } = read(frames)
          assert.isFalse(whole)
          assert.strictEqual(failure?.type, "overloaded_error")
          assert.strictEqual(failure?.message, "Overloaded")
          assert.isFalse(events.some(({ type }) => type === "finish"))
          const said = frames.map(({ data }) => JSON.parse(data).delta?.text ?? "").join("")
          assert.strictEqual(fold(frames).text, said)
        })
      }
    })

    describe("errors have their type and message", () => {
      const types: { readonly [status: number]: string } = {
        400: "invalid_request_error",
        401: "authentication_error",
        404: "not_found_error",
        429: "rate_limit_error",
        529: "overloaded_error"
      }
      for (const exchange of exchanges.filter(({ response }) => response.status !== 200)) {
        it(`${exchange.response.status} ${exchange.name}`, () => {
          const body = bodyOf(exchange)
          const failure = AnthropicMessages.decodeError(body)
          assert.strictEqual(failure.type, types[exchange.response.status])
          assert.strictEqual(failure.message, body.error.message)
          assert.strictEqual(failure.requestId, body.request_id ?? undefined)
          assert.deepStrictEqual(
            Result.getOrThrow(Result.flip(AnthropicMessages.decodeResponse(body, options))),
            failure
          )
        })
      }
    })

    describe("requests keep their meaning through the server half and the client half", () => {
      const asked = exchanges.filter(({ request }) => typeof request.body === "object" && request.body !== null)
      it("exist (the others were recorded without a request)", () => assert.isAtLeast(asked.length, 34))
      for (const { name, request, response } of asked) {
        it(`${name}`, () => {
          const body = withModel(request)
          const decoded = Result.getOrThrow(AnthropicMessages.decodeRequest(body))
          if (response.status === 200) assert.isUndefined(Conversation.check(decoded.request))
          const encoded = AnthropicMessages.encodeRequest(decoded.request, {
            provider: "anthropic",
            model: decoded.model,
            stream: decoded.stream,
            quirks: { systemInConversation: true }
          })
          const { body: again, warnings } = Result.getOrThrow(encoded)
          assert.deepStrictEqual(normal(json(again)), normal(body))
          assert.deepStrictEqual(warnings, [])
        })
      }
    })
  }
)

/** Usage keeps the provider's own object, which is written anew. */
const withoutRaw = (answer: ChatResponse): Wire => {
  const { usage, ...rest } = meaning(answer)
  const { raw: _, ...counts } = usage
  return { ...rest, usage: counts }
}
