import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { toEvents } from "../../../src/domain/ChatFold.ts"
import type { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import * as Conversation from "../../../src/domain/Conversation.ts"
import { CohereChat } from "../../../src/protocols/CohereChat.ts"
import { areRecordings, bodyOf, exchangesOf, halvesOf, json, meaning, type Wire } from "../halves.ts"

const { decode, fold, framesOf, read, toBody, toFrames } = halvesOf(CohereChat, "cohere")

const exchanges = exchangesOf("cohere-chat-v2")

/** The whole answer that the events of a stream spell, gathered without our code. */
const gather = (events: ReadonlyArray<Wire>): Wire => {
  const message: Wire = { role: "assistant", content: [], tool_calls: [], citations: [] }
  let body: Wire = {}
  for (const { delta, id, index, type } of events) {
    const said = delta?.message
    if (type === "message-start") body = { id }
    if (type === "content-start") message.content[index] = { ...said.content }
    if (type === "content-delta") {
      for (const [key, piece] of Object.entries(said.content)) message.content[index][key] += piece
    }
    if (type === "tool-plan-delta") message.tool_plan = (message.tool_plan ?? "") + said.tool_plan
    if (type === "tool-call-start") message.tool_calls[index] = json(said.tool_calls)
    if (type === "tool-call-delta") {
      message.tool_calls[index].function.arguments += said.tool_calls.function.arguments
    }
    if (type === "citation-start") message.citations.push(said.citations)
    if (type === "message-end") body = { ...body, ...delta }
  }
  return { ...body, message }
}

/** What the wire says, read without our code. */
const checkFacts = ({ finish_reason, id, message, usage }: Wire, answer: ChatResponse): void => {
  const all = (type: string) =>
    (message.content ?? []).map((block: Wire) => (block.type === type ? block[type] : "")).join("")
  assert.strictEqual(answer.text, all("text"))
  assert.strictEqual(answer.reasoningText, all("thinking") + (message.tool_plan ?? ""))
  assert.deepStrictEqual(
    answer.toolCalls.map(({ id, input, name, rawInput }) => [id, name, rawInput ?? JSON.stringify(input)]),
    (message.tool_calls ?? []).map(({ function: body, id }: Wire) => [id, body.name, body.arguments])
  )
  const cited = answer.content.flatMap((part) =>
    part.type === "text" ? (part.citations ?? []).map((citation) => [part.text, citation] as const) : []
  )
  assert.deepStrictEqual<unknown>(
    cited.map(([, { raw }]) => raw),
    message.citations ?? []
  )
  for (const [text, { end, raw, start }] of cited) assert.strictEqual(text.slice(start, end), (raw as Wire).text)
  assert.strictEqual(answer.id, id)
  assert.strictEqual(answer.rawFinishReason, finish_reason)
  assert.strictEqual(answer.usage.inputTokens.total, usage.billed_units.input_tokens)
  assert.strictEqual(answer.usage.outputTokens.total, usage.billed_units.output_tokens)
  assert.strictEqual(answer.usage.outputTokens.reasoning, usage.tokens.reasoning_tokens)
  assert.deepStrictEqual<unknown>(answer.usage.raw, usage)
}

const reasons: Wire = { COMPLETE: "stop", STOP_SEQUENCE: "stop", TOOL_CALL: "tool-calls" }

/** A stream tells which citation is of which block by its place alone, and writes a plan as a thought. */
const normalAnswer = (answer: ChatResponse): Wire =>
  JSON.parse(
    JSON.stringify(meaning(answer), (key, value) =>
      key === "content_index" || (key === "providerOptions" && value["cohere-chat"]?.tool_plan) ? undefined : value
    )
  )

/** Where fields differ in their spelling but not in what they say. */
const normal = ({ messages, stream, ...rest }: Wire): Wire =>
  json({
    ...rest,
    stream: stream ?? false,
    messages: messages.map(({ content, ...message }: Wire) => {
      const blocks = typeof content === "string" ? [{ type: "text", text: content }] : (content ?? [])
      return { ...message, content: blocks.filter((block: Wire) => block.type !== "text" || block.text !== "") }
    })
  })

describe.skipIf(!areRecordings)(`recorded exchanges (${exchanges.length})`, () => {
  it("all exist", () => assert.isAtLeast(exchanges.length, 11))

  const answered = exchanges.filter(({ response }) => response.status === 200)

  for (const exchange of exchanges.filter(({ response }) => response.status !== 200)) {
    const { name } = exchange
    it(`${name} is an error with its message`, () => {
      const failure = CohereChat.decodeError(bodyOf(exchange))
      assert.strictEqual(failure.message, bodyOf(exchange).message)
      assert.deepStrictEqual(
        Result.getOrThrow(Result.flip(CohereChat.decodeResponse(bodyOf(exchange), { provider: "cohere", model: "" }))),
        failure
      )
    })
  }

  for (const exchange of answered.filter(({ kind }) => kind === "sse")) {
    const { name, response } = exchange
    it(`${name} folds to its content, and to what the whole response would decode to`, () => {
      const frames = framesOf(response.body)
      const { events, whole } = read(frames)
      assert.isTrue(whole)
      assert.isFalse(events.some(({ type }) => type === "malformed-frame"))
      const body = gather(frames.filter(({ data }) => data !== "[DONE]").map(({ data }) => JSON.parse(data)))
      checkFacts(body, fold(frames))
      assert.strictEqual(fold(frames).finishReason, reasons[body.finish_reason])
      assert.deepStrictEqual(normalAnswer(fold(frames)), normalAnswer(decode(body)))
      assert.deepStrictEqual(normalAnswer(fold(toFrames(events))), normalAnswer(fold(frames)))
      for (let count = 0; count < frames.length - 1; count++) assert.isFalse(read(frames.slice(0, count)).whole)
    })
  }

  for (const exchange of answered.filter(({ kind }) => kind !== "sse")) {
    const { name } = exchange
    it(`${name} decodes to its content`, () => {
      const answer = decode(bodyOf(exchange))
      checkFacts(bodyOf(exchange), answer)
      assert.strictEqual(answer.finishReason, reasons[bodyOf(exchange).finish_reason])
      assert.deepStrictEqual(meaning(decode(toBody(answer))), meaning(answer))
      assert.deepStrictEqual(normalAnswer(fold(toFrames(toEvents(answer)))), normalAnswer(answer))
    })
  }

  const asked = exchanges.filter(({ request }) => typeof request.body === "object" && request.body !== null)
  for (const { name, request } of asked) {
    it(`${name}: the request keeps its meaning through the server half and the client half`, () => {
      const { model, request: decoded, stream } = Result.getOrThrow(CohereChat.decodeRequest(request.body))
      assert.isUndefined(Conversation.check(decoded))
      const encoded = CohereChat.encodeRequest(decoded, { provider: "cohere", model, stream })
      assert.deepStrictEqual(Result.getOrThrow(encoded).warnings, [])
      assert.deepStrictEqual(normal(json(Result.getOrThrow(encoded).body)), normal(request.body))
    })
  }
})
