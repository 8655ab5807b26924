import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { toEvents } from "../../../src/domain/ChatFold.ts"
import type { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import * as Conversation from "../../../src/domain/Conversation.ts"
import { OllamaChat } from "../../../src/protocols/OllamaChat.ts"
import { areRecordings, bodyOf, exchangesOf, halvesOf, json, meaning, type Wire } from "../halves.ts"

const { decode, fold, framesOf, read, toBody, toFrames } = halvesOf(OllamaChat, "ollama")

const chats = exchangesOf("ollama-chat")
const exchanges = [...chats, ...exchangesOf("ollama-generate")]

/** What the wire says, read without our code. */
const checkFacts = (lines: ReadonlyArray<Wire>, answer: ChatResponse): void => {
  const all = (field: string) => lines.map((line) => (line.message ?? line)[field] ?? "").join("")
  const last = lines.at(-1)
  assert.strictEqual(answer.text, all("content") + all("response"))
  assert.strictEqual(answer.reasoningText, all("thinking"))
  const calls = lines.flatMap(({ message }) => message?.tool_calls ?? [])
  assert.deepStrictEqual(
    answer.toolCalls.map(({ id, input, name }) => ({ id, name, input })),
    calls.map(({ function: body, id }) => ({ id, name: body.name, input: body.arguments }))
  )
  assert.strictEqual(answer.model, last.model)
  assert.strictEqual(answer.rawFinishReason, last.done_reason)
  assert.strictEqual(answer.finishReason, calls.length > 0 ? "tool-calls" : last.done_reason)
  assert.strictEqual(answer.usage.inputTokens.total, last.prompt_eval_count)
  assert.strictEqual(answer.usage.outputTokens.total, last.eval_count)
  assert.strictEqual((answer.usage.raw as Wire).total_duration, last.total_duration)
  assert.strictEqual((answer.usage.raw as Wire).eval_duration, last.eval_duration)
}

/** Where fields differ in their spelling but not in what they say. */
const normal = ({ format, keep_alive, messages, options, stream, tools, ...rest }: Wire): Wire =>
  json({
    ...rest,
    messages,
    stream: stream ?? true,
    format: format === "" ? undefined : format,
    keep_alive: keep_alive ?? undefined,
    options: Object.keys(options ?? {}).length === 0 ? undefined : options,
    tools: tools?.length === 0 ? undefined : tools
  })

describe.skipIf(!areRecordings)(`recorded exchanges (${exchanges.length})`, () => {
  it("all exist", () => assert.isAtLeast(exchanges.length, 8))

  const answered = exchanges.filter(({ response }) => response.status === 200)

  for (const exchange of exchanges.filter(({ response }) => response.status !== 200)) {
    const { name } = exchange
    it(`${name} is an error with its message`, () => {
      assert.strictEqual(OllamaChat.decodeError(bodyOf(exchange)).message, bodyOf(exchange).error)
    })
  }

  for (const exchange of answered.filter(({ kind }) => kind === "ndjson")) {
    const { name, response } = exchange
    it(`${name} folds to its content, and to what the whole response would decode to`, () => {
      const frames = framesOf(response.body)
      const { events, whole } = read(frames)
      assert.isTrue(whole)
      assert.isFalse(events.some(({ type }) => type === "malformed-frame"))
      assert.lengthOf(
        events.filter(({ type }) => type === "finish"),
        1
      )
      checkFacts(
        frames.map(({ data }) => JSON.parse(data)),
        fold(frames)
      )
      assert.deepStrictEqual(meaning(fold(toFrames(events))), meaning(fold(frames)))
      assert.deepStrictEqual(meaning(decode(toBody(fold(frames)))), meaning(fold(frames)))
      for (let count = 0; count < frames.length; count++) assert.isFalse(read(frames.slice(0, count)).whole)
    })
  }

  for (const exchange of answered.filter(({ kind }) => kind !== "ndjson")) {
    const { name } = exchange
    it(`${name} decodes to its content`, () => {
      const answer = decode(bodyOf(exchange))
      checkFacts([bodyOf(exchange)], answer)
      assert.deepStrictEqual(meaning(decode(toBody(answer))), meaning(answer))
      assert.deepStrictEqual(meaning(fold(toFrames(toEvents(answer)))), meaning(answer))
    })
  }

  for (const { name, request } of chats.filter(({ request }) => typeof request.body === "object")) {
    it(`${name}: the request keeps its meaning through the server half and the client half`, () => {
      const { model, request: decoded, stream } = Result.getOrThrow(OllamaChat.decodeRequest(request.body))
      assert.isUndefined(Conversation.check(decoded))
      const encoded = OllamaChat.encodeRequest(decoded, { provider: "ollama", model, stream })
      assert.deepStrictEqual(Result.getOrThrow(encoded).warnings, [])
      assert.deepStrictEqual(normal(json(Result.getOrThrow(encoded).body)), normal(request.body))
    })
  }
})
