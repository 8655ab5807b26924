/** What the tests of this protocol share: frames from SSE text, and both ways of reading an answer. */
import { makeParser } from "effect/encoding/Sse"
import { ChatFold, foldEvents } from "../../../src/domain/ChatFold.ts"
import type { ChatEvent } from "../../../src/domain/ChatEvent.ts"
import type { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import type { Frame } from "../../../src/domain/Frame.ts"
import { OpenAiChat, type OpenAiChatQuirks } from "../../../src/protocols/OpenAiChat.ts"
import type { ProviderFailure } from "../../../src/protocols/Protocol.ts"

export const names = { provider: "test", model: "requested" }

export const framesOf = (sse: string): ReadonlyArray<Frame> => {
  const frames: Array<Frame> = []
  const parser = makeParser((event) => {
    if (event._tag !== "Event") return
    frames.push(event.event === "message" ? { data: event.data } : { event: event.event, data: event.data })
  })
  parser.feed(sse)
  return frames
}

export interface Read {
  readonly events: ReadonlyArray<ChatEvent>
  readonly response: ChatResponse
  readonly failure: ProviderFailure | undefined
  /** Whether `[DONE]` was read. */
  readonly done: boolean
  /** What `end` answered; `undefined` when the stream failed. */
  readonly whole: boolean | undefined
}

export const read = (frames: Iterable<Frame>, quirks?: Partial<OpenAiChatQuirks>): Read => {
  const events: Array<ChatEvent> = []
  const decoder = OpenAiChat.makeDecoder({ ...names, quirks })
  for (const frame of frames) {
    const failure = decoder.decode(frame, events)
    if (failure !== undefined) return { events, response: foldEvents(events), failure, done: false, whole: undefined }
  }
  const { done } = decoder
  const whole = decoder.end(events)
  return { events, response: foldEvents(events), failure: undefined, done, whole }
}

/** One frame per object; a string is sent as it is. */
export const chunks = (...data: ReadonlyArray<object | string>): ReadonlyArray<Frame> =>
  data.map((one) => ({ data: typeof one === "string" ? one : JSON.stringify(one) }))

/** A chunk with one delta. */
export const delta = (fields: object, choice: object = {}): object => ({
  id: "answer-1",
  model: "real",
  choices: [{ index: 0, delta: fields, ...choice }]
})

export const stop = (reason = "stop"): object => delta({}, { finish_reason: reason })

/** Reads the deltas as a whole stream. */
export const readDeltas = (deltas: ReadonlyArray<object>, quirks?: Partial<OpenAiChatQuirks>): Read =>
  read(chunks(...deltas.map((fields) => delta(fields)), stop(), "[DONE]"), quirks)

/** Reads a unary body, which must be an answer. */
export const readUnary = (body: unknown, quirks?: Partial<OpenAiChatQuirks>): ChatResponse => {
  const result = OpenAiChat.decodeResponse(body, { ...names, quirks })
  if (result._tag === "Failure") throw new Error(`not an answer: ${JSON.stringify(result.failure)}`)
  return result.success
}

/** A unary body with one message. */
export const unary = (message: object, more: object = {}): object => ({
  id: "answer-1",
  model: "real",
  choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: "stop" }],
  ...more
})

/** What an answer says, without what only one way of reading it has; undefined fields are gone. */
export const comparable = (response: ChatResponse): { readonly [key: string]: unknown } => {
  const { provider: _provider, raw: _, rawFinishReason: __, usage, ...rest } = response
  const { raw: ___, ...counts } = usage
  return JSON.parse(JSON.stringify({ ...rest, usage: counts })) as { readonly [key: string]: unknown }
}

export const foldOf = (events: Iterable<ChatEvent>): ChatFold => {
  const fold = new ChatFold()
  for (const event of events) fold.add(event)
  return fold
}
