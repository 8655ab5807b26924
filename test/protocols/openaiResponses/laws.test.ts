import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import type { ChatEvent } from "../../../src/domain/ChatEvent.ts"
import type { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import { toEvents } from "../../../src/domain/ChatFold.ts"
import type { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import type { ContentPart, ReasoningPart, TextPart } from "../../../src/domain/ContentPart.ts"
import * as Conversation from "../../../src/domain/Conversation.ts"
import type { Json } from "../../../src/domain/Json.ts"
import type { AssistantPart } from "../../../src/domain/Message.ts"
import { OpenAiResponses } from "../../../src/protocols/OpenAiResponses.ts"
import * as Arb from "../../domain/arbitraries.ts"
import { assertSame, halvesOf, json, meaning, type Wire } from "../halves.ts"
import { withAllParts } from "./counts.ts"

const { decode, fold, read, toBody, toFrames } = halvesOf(OpenAiResponses, "openai")

const protocol = "openai-responses"

const withMark = <A extends object>(part: Arbitrary.Arbitrary<A>): Arbitrary.Arbitrary<A> =>
  Arbitrary.map(Arbitrary.all([part, Arb.optional(Arbitrary.Constant({}))]), ([part, cacheControl]) => ({
    ...part,
    cacheControl
  }))

type Media = Extract<ContentPart, { type: "text" | "image" | "file" }>

const media: Arbitrary.Arbitrary<Media> = withMark(
  Arb.oneOf<Media>(
    Arb.textPart,
    Arb.imageUrlPart,
    Arb.imageDataUriPart,
    Arb.imageBytesPart,
    Arb.pdfBytesPart,
    Arb.fileIdPart
  )
)

/** Reasoning with its proof, as a server of this protocol sends it, with or without a summary. */
const reasoning: Arbitrary.Arbitrary<ReasoningPart> = Arbitrary.map(
  Arbitrary.all([Arb.optional(Arb.text), Arb.name, Arb.name]),
  ([text, id, encrypted]) => ({ type: "reasoning", text: text ?? "", id: `rs_${id}`, encrypted, protocol })
)

const kept: Arbitrary.Arbitrary<AssistantPart> = Arbitrary.map(Arb.name, (id): AssistantPart => ({
  type: "provider",
  protocol,
  value: { type: "compaction", id, encrypted_content: "x" }
}))

const named = (part: Arbitrary.Arbitrary<TextPart>): Arbitrary.Arbitrary<TextPart> =>
  Arbitrary.map(Arbitrary.all([part, Arb.optional(Arb.name)]), ([part, id]) =>
    id === undefined ? part : { ...part, providerOptions: { [protocol]: { id: `msg_${id}`, phase: "commentary" } } }
  )

const requests = Arb.request({
  system: withMark(Arb.textPart),
  user: media,
  assistant: Arb.oneOf<AssistantPart>(named(Arb.textPart), reasoning, kept, Arb.refusalPart),
  toolOutput: Arb.oneOf<Wire>(Arb.text, Arbitrary.array(media, { minLength: 1, maxLength: 2 })),
  rawInput: true,
  tools: true,
  parameters: Arb.carriedBy(OpenAiResponses)
})

/** Bytes come back as a `data:` URI; a document without a name gets one. */
const normalPart = (part: Wire): Wire => {
  const { data, fileName, mediaType, ...rest } = part
  if (Array.isArray(part.output)) {
    const [first, ...more] = part.output
    const isBare = first.type === "text" && more.length === 0 && first.cacheControl === undefined
    return { ...part, output: isBare ? first.text : part.output.map(normalPart) }
  }
  if (part.type !== "image" && part.type !== "file") return part
  if (!(data instanceof Uint8Array)) return { ...rest, data, fileName }
  const url = `data:${mediaType};base64,${Buffer.from(data).toString("base64")}`
  return { ...rest, data: url, fileName: fileName ?? (part.type === "file" ? "file.pdf" : undefined) }
}

/** A refusal has no id, and so belongs to the message before it: text that follows in that message is the same message. */
const normalMessage = ({ content, ...message }: Wire): Wire => ({ ...message, content: content.map(normalPart) })

/** A request after it went over the wire. Beside the parts: a tool that says nothing of strictness is not strict. */
const normalRequest = ({ messages, parallelToolCalls, tools, ...rest }: ChatRequest): Wire =>
  json({
    ...rest,
    messages: messages.map(normalMessage),
    tools: tools?.map((tool) => Object.assign({}, tool, { strict: tool.strict ?? false })),
    parallelToolCalls: tools === undefined ? undefined : parallelToolCalls
  })

const citedText: Arbitrary.Arbitrary<TextPart> = Arbitrary.map(
  Arbitrary.all([Arb.text, Arbitrary.array(Arb.urlCitation, { maxLength: 2 })]),
  ([text, citations]) => ({ type: "text", text, ...(citations.length === 0 ? {} : { citations }) })
)

const item = Arbitrary.map(Arb.jsonObject, (value): AssistantPart => ({
  type: "provider",
  protocol,
  value: { ...(value as { [key: string]: Json }), type: "something_new" }
}))

const responses = Arb.response({
  content: Arbitrary.array(Arb.oneOf<AssistantPart>(citedText, reasoning, item, Arb.refusalPart), { maxLength: 4 }),
  rawInput: true
})

/** A response after it went over the wire: messages and calls have ids; the raw word is the wire's; no count is left out. */
const normalResponse = (response: ChatResponse): Wire => {
  const { content, rawFinishReason: _, usage, ...rest } = meaning(response)
  const { raw: __, ...counts } = usage
  return {
    ...rest,
    content: content.map(({ providerOptions: ___, ...part }: Wire) => part),
    usage: withAllParts(counts)
  }
}

const runs = { arbitrary: { runs: 60 } }

describe("a request survives the wire", () => {
  it.prop(
    "encodeRequest, then decodeRequest",
    [requests],
    ([request]) => {
      assert.isUndefined(Conversation.check(request))
      const quirks = { cacheControl: "prompt_cache_breakpoint" } as const
      const encoded = Result.getOrThrow(
        OpenAiResponses.encodeRequest(request, { provider: "openai", model: "gpt", stream: true, quirks })
      )
      const decoded = Result.getOrThrow(OpenAiResponses.decodeRequest(json(encoded.body)))
      assert.strictEqual(decoded.model, "gpt")
      assert.isTrue(decoded.stream)
      const markless = ({ messages, ...rest }: Wire): Wire => ({
        ...rest,
        messages: messages.map(({ content, ...message }: Wire) => ({
          ...message,
          content: content.map(({ cacheControl, ...part }: Wire) =>
            message.role === "assistant" || message.role === "tool" ? part : { ...part, ...json({ cacheControl }) }
          )
        }))
      })
      assertSame(markless(json(decoded.request)), markless(normalRequest(request)))
    },
    runs
  )
})

const isDelta = (event: ChatEvent): event is Extract<ChatEvent, { readonly delta: string }> => "delta" in event

/** The parts of parallel calls come in their own order, all else is shuffled by `picks`. */
const interleave = (events: ReadonlyArray<ChatEvent>, picks: ReadonlyArray<number>): ReadonlyArray<ChatEvent> => {
  const isCall = ({ type }: ChatEvent) => type.startsWith("tool-")
  const queues = new Map<string, Array<ChatEvent>>()
  for (const event of events.filter(isCall)) {
    const id = "id" in event ? String(event.id) : ""
    queues.set(id, [...(queues.get(id) ?? []), event])
  }
  const calls = [...queues.values()]
  const mixed: Array<ChatEvent> = calls.map((queue) => queue.shift()!)
  for (let turn = 0; calls.some((queue) => queue.length > 0); turn++) {
    const open = calls.filter((queue) => queue.length > 0)
    mixed.push(open[(picks[turn % Math.max(1, picks.length)] ?? 0) % open.length]!.shift()!)
  }
  const first = events.findIndex(isCall)
  return events.flatMap((event, index) => (index === first ? mixed : isCall(event) ? [] : [event]))
}

describe("a response survives the wire", () => {
  it.prop(
    "whole and as a stream that folds to it",
    [responses],
    ([response]) => {
      assertSame(normalResponse(decode(toBody(response))), normalResponse(response))
      const frames = toFrames(toEvents(response))
      assert.isTrue(read(frames).whole)
      assertSame(normalResponse(fold(frames)), normalResponse(response))
      const last = JSON.parse(frames.at(-1)!.data)
      assertSame(meaning(decode(last.response)), meaning(fold(frames)))
    },
    runs
  )

  it.prop(
    "however text and arguments are split, and parallel calls interleave",
    [responses, Arb.cuts],
    ([response, cuts]) => {
      const pieces = interleave(toEvents(response), cuts).flatMap((event): ReadonlyArray<ChatEvent> =>
        isDelta(event) ? Arb.cut(event.delta, cuts).map((delta) => Object.assign({}, event, { delta })) : [event]
      )
      assertSame(normalResponse(fold(toFrames(pieces))), normalResponse(response))
    },
    runs
  )

  it.prop(
    "and unknown events and keep-alives change nothing",
    [responses, Arb.cuts],
    ([response, places]) => {
      const frames = [...toFrames(toEvents(response))]
      const noise = [{ type: "keepalive" }, { type: "response.something_new.delta", output_index: 0, delta: "x" }]
      for (const [index, place] of places.entries()) {
        frames.splice(place % (frames.length + 1), 0, { data: JSON.stringify(noise[index % 2]) })
      }
      assertSame(normalResponse(fold(frames)), normalResponse(response))
    },
    runs
  )

  it.prop(
    "even if only the last event has the content, or no event repeats it",
    [responses],
    ([response]) => {
      const frames = toFrames(toEvents(response))
      const of = (pattern: RegExp) => frames.filter(({ event }) => pattern.test(event ?? ""))
      const whole = normalResponse(response)
      assertSame(normalResponse(fold(of(/created|completed|incomplete/))), whole)
      assertSame(normalResponse(fold(of(/created|item.done|completed|incomplete/))), whole)
      assertSame(normalResponse(fold(of(/created|item\.|_part|completed|incomplete/))), whole)
      assertSame(normalResponse(fold(of(/^(?!.*(_part|_text|refusal|arguments|input)\.done)/))), whole)
    },
    runs
  )
})
