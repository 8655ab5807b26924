import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import type { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import * as Conversation from "../../../src/domain/Conversation.ts"
import { MistralChat } from "../../../src/protocols/MistralChat.ts"
import { areRecordings, bodyOf, exchangesOf, halvesOf, json, meaning, type Wire } from "../halves.ts"

const { decode, fold, framesOf, read, toBody, toFrames } = halvesOf(MistralChat, "mistral")

const exchanges = exchangesOf("mistral-chat")

const textOf = (content: Wire, type: string): string =>
  (typeof content === "string" ? [{ type: "text", text: content }] : (content ?? []))
    .filter((chunk: Wire) => chunk.type === type)
    .flatMap((chunk: Wire) => (type === "thinking" ? chunk.thinking.map(({ text }: Wire) => text) : [chunk.text]))
    .join("")

/** What the wire says, read without our code. */
const checkFacts = (bodies: ReadonlyArray<Wire>, answer: ChatResponse): void => {
  const messages = bodies.flatMap(({ choices }) => choices.map((choice: Wire) => choice.delta ?? choice.message))
  const all = (type: string) => messages.map(({ content }) => textOf(content, type)).join("")
  assert.strictEqual(answer.text, all("text"))
  assert.strictEqual(answer.reasoningText, all("thinking"))
  const calls = messages.flatMap(({ tool_calls }) => tool_calls ?? [])
  assert.deepStrictEqual(
    answer.toolCalls.map(({ id, input, name, rawInput }) => [id, name, rawInput ?? JSON.stringify(input)]),
    calls.map(({ function: body, id }) => [id, body.name, body.arguments])
  )
  const { choices, usage } = bodies.at(-1)
  assert.strictEqual(answer.rawFinishReason, choices[0].finish_reason)
  assert.strictEqual(answer.finishReason, calls.length > 0 ? "tool-calls" : choices[0].finish_reason)
  assert.strictEqual(answer.usage.inputTokens.total, usage.total_tokens - usage.completion_tokens)
  assert.strictEqual(answer.usage.outputTokens.total, usage.completion_tokens)
  assert.strictEqual(answer.usage.inputTokens.cacheRead, usage.prompt_tokens_details?.cached_tokens)
  assert.strictEqual(answer.usage.inputTokens.audio, usage.prompt_tokens_details?.audio_tokens)
  assert.strictEqual(answer.usage.serviceTier, usage.service_tier)
  assert.strictEqual(answer.id, bodies[0].id)
}

const withoutRaw = (answer: ChatResponse): Wire => {
  const { usage, ...rest } = meaning(answer)
  const { raw: _, ...counts } = usage
  return { ...rest, usage: counts }
}

/** Where fields differ in their spelling but not in what they say. */
const normal = ({ messages, stream, ...rest }: Wire): Wire =>
  json({
    ...rest,
    stream: stream ?? false,
    messages: messages.map(({ content, ...message }: Wire) => ({
      ...message,
      content: message.role === "assistant" && content === "" ? undefined : (content ?? undefined)
    }))
  })

describe.skipIf(!areRecordings)(`recorded exchanges (${exchanges.length})`, () => {
  it("all exist", () => assert.isAtLeast(exchanges.length, 12))

  const answered = exchanges.filter(({ response }) => response.status === 200)

  for (const exchange of exchanges.filter(({ response }) => response.status !== 200)) {
    const { name } = exchange
    it(`${name} is an error with its message`, () => {
      const body = bodyOf(exchange)
      const failure = MistralChat.decodeError(body)
      const message = body.message ?? body.detail
      if (typeof message === "string") assert.strictEqual(failure.message, message)
      else assert.include(failure.message ?? "", message[0].msg)
      assert.strictEqual(failure.type, body.type)
      assert.strictEqual(failure.code, body.code)
    })
  }

  for (const exchange of answered.filter(({ kind }) => kind === "sse")) {
    const { name, response } = exchange
    it(`${name} folds to its content`, () => {
      const frames = framesOf(response.body)
      const { events, whole } = read(frames)
      assert.isTrue(whole)
      assert.isFalse(events.some(({ type }) => type === "malformed-frame"))
      const bodies = frames.filter(({ data }) => data !== "[DONE]").map(({ data }) => JSON.parse(data))
      checkFacts(bodies, fold(frames))
      assert.deepStrictEqual(withoutRaw(fold(toFrames(events))), withoutRaw(fold(frames)))
      assert.deepStrictEqual(withoutRaw(decode(toBody(fold(frames)))), withoutRaw(fold(frames)))
      assert.isFalse(read(frames.slice(0, -2)).whole)
    })
  }

  for (const exchange of answered.filter(({ kind }) => kind !== "sse")) {
    const { name } = exchange
    it(`${name} decodes to its content`, () => {
      const answer = decode(bodyOf(exchange))
      checkFacts([bodyOf(exchange)], answer)
      assert.deepStrictEqual(withoutRaw(decode(toBody(answer))), withoutRaw(answer))
    })
  }

  const sent = exchanges.filter(({ request }) => typeof request.body === "object" && request.body !== null)
  for (const { name, request, response } of sent) {
    it(`${name}: the request keeps its meaning through the server half and the client half`, () => {
      const result = MistralChat.decodeRequest(request.body)
      if (response.status === 422) {
        assert.strictEqual(Result.getOrThrow(Result.flip(result)).at, "messages[0].content")
        return
      }
      const { model, request: decoded, stream } = Result.getOrThrow(result)
      assert.isUndefined(Conversation.check(decoded))
      const encoded = MistralChat.encodeRequest(decoded, { provider: "mistral", model, stream })
      assert.deepStrictEqual(Result.getOrThrow(encoded).warnings, [])
      assert.deepStrictEqual(normal(json(Result.getOrThrow(encoded).body)), normal(request.body))
    })
  }
})
