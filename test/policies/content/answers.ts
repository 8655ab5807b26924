/** Scripted responses for the tests of content policies. */
import * as Arbitrary from "effect/Arbitrary"
import { Effect, Schema, Stream } from "effect"
import type { ChatEvent } from "../../../src/domain/ChatEvent.ts"
import { ChatFold } from "../../../src/domain/ChatFold.ts"
import { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import type { AssistantPart } from "../../../src/domain/Message.ts"
import * as Usage from "../../../src/domain/Usage.ts"
import type { ChatModel } from "../../../src/model/ChatModel.ts"
import type { ChatRequestInput } from "../../../src/domain/ChatRequest.ts"

export const usage = Usage.make({ input: 1000, output: 100 })

export const answer = (...content: ReadonlyArray<string | AssistantPart>): ChatResponse =>
  new ChatResponse({
    provider: "scripted",
    model: "model",
    content: content.map((part) => (typeof part === "string" ? { type: "text", text: part } : part)),
    finishReason: "stop",
    usage,
    warnings: [],
    attempts: []
  })

/** A stream of one text, cut into these pieces. */
export const textEvents = (pieces: ReadonlyArray<string>): ReadonlyArray<ChatEvent> => [
  { type: "response-start" },
  { type: "text-start", id: "0" },
  ...pieces.map((delta): ChatEvent => ({ type: "text-delta", id: "0", delta })),
  { type: "text-end", id: "0" },
  { type: "usage", usage },
  { type: "finish", finishReason: "stop", usage }
]

/** A text, cut at random places. */
export const cutAt = (text: string, cuts: ReadonlyArray<number>): ReadonlyArray<string> => {
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b)
  return [...places, text.length].map((end, index) => text.slice(places[index - 1] ?? 0, end))
}

/** Texts out of these fragments. */
export const textOf = (...fragments: ReadonlyArray<string>): Arbitrary.Arbitrary<string> =>
  Arbitrary.map(Arbitrary.array(indexBelow(fragments.length), { maxLength: 30 }), (indices) =>
    indices.map((index) => fragments[index]).join("")
  )

/** The events that the reader of a stream sees, and how it ended. */
export const read = Effect.fnUntraced(function* <E>(model: ChatModel<E>, request: ChatRequestInput = "Hi") {
  const events: Array<ChatEvent> = []
  const exit = yield* Effect.result(
    Stream.runForEach(model.stream(request), (event) => Effect.sync(() => void events.push(event)))
  )
  const fold = new ChatFold()
  for (const event of events) fold.add(event)
  return { events, exit, response: ChatResponse.of(fold.fields()) }
})

/** What is wrong with the shape of a stream: deltas outside of their parts, or not exactly one end. */
export const malformed = (events: ReadonlyArray<ChatEvent>): ReadonlyArray<string> => {
  const issues: Array<string> = []
  let open = new Set<string>()
  for (const [index, event] of events.entries()) {
    const [kind = "", phase] = [event.type.replace(/-[a-z]+$/, ""), event.type.split("-").at(-1)]
    if (event.type === "restarted") open = new Set()
    if ("id" in event && /^(?:text|reasoning|refusal|tool-input)$/.test(kind)) {
      const key = `${kind} ${event.id}`
      if (phase === "start") open.add(key)
      else if (!open.has(key)) issues.push(`${event.type} outside of its part`)
      if (phase === "end") open.delete(key)
    }
    if (event.type === "finish" && index < events.length - 1) issues.push("events after finish")
  }
  return issues
}

const indexBelow = (length: number): Arbitrary.Arbitrary<number> =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: length - 1 })))

/** Where a text is cut. */
export const Cuts = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 500 }))).check(
  Schema.isMaxLength(12)
)
