import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { CallEvent } from "effect-llm/domain/CallEvent"
import type { ChatEvent } from "effect-llm/domain/ChatEvent"
import { type ChatResponse, ServerError } from "effect-llm/domain/ChatResponse"
import type { Frame } from "effect-llm/domain/Frame"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import * as Wire from "effect-llm/domain/Wire"
import { forClients, worded } from "./Advice.ts"
import type { ChatProtocol, EncodeResponseOptions, StreamEncoder } from "effect-llm/protocols/ChatProtocol"

/** The half of a protocol with which responses are written. */
export interface Writing extends Pick<ChatProtocol, "id" | "words" | "encodeResponse" | "makeEncoder"> {
  /** A `json-array` has the frames as its items. */
  readonly framing: ChatProtocol["framing"] | "json-array"
}

/** A whole response: the provider's own, where it speaks the same protocol and nothing has been changed. */
export const whole = (
  protocol: Writing,
  response: ChatResponse,
  options: EncodeResponseOptions
): { readonly status: number; readonly body: string } => {
  const received = Wire.responseOf(response)
  return received?.protocol === protocol.id
    ? { status: statusWithContent(received.status), body: received.text }
    : { status: 200, body: JSON.stringify(protocol.encodeResponse(response, options)) }
}

/** A status of success that a response with content can have: clients read none of a 204 or 205. */
export const statusWithContent = (status: number): number => (status === 204 || status === 205 ? 200 : status)

/** How frames are written, and what comes after the last. */
interface TextFraming {
  readonly contentType: string
  readonly text: (frame: Frame) => string
  /** Writes a message as it was received, or only its content if the framing differs. */
  readonly passOn: (frame: Wire.WireFrame) => string
  readonly close: () => string
}

const asItIs = ({ text }: Wire.WireFrame) => text
const nothing = () => ""

/** The frames of one stream as the items of an array. */
const array = (): TextFraming => {
  let isBegun = false
  const text = ({ data }: Pick<Frame, "data">): string => {
    const before = isBegun ? ",\r\n" : "["
    isBegun = true
    return before + data
  }
  return {
    contentType: "application/json; charset=utf-8",
    text,
    passOn: (frame) => (frame.data === "" ? "" : text(frame)),
    close: () => (isBegun ? "]" : "[]")
  }
}

/** Server-sent events. */
export const sse: TextFraming = {
  close: nothing,
  passOn: asItIs,
  contentType: "text/event-stream; charset=utf-8",
  text: ({ data, event }) => `${event === undefined ? "" : `event: ${event}\n`}data: ${data}\n\n`
}

const framings: { readonly [framing in "sse" | "ndjson"]: TextFraming } = {
  sse,
  ndjson: {
    close: nothing,
    passOn: asItIs,
    contentType: "application/x-ndjson",
    text: ({ data }) => `${data}\n`
  }
}

/** Writes the events of one stream as text. */
export interface StreamWriter<in Event = ChatEvent> {
  readonly contentType: string
  /** The status of a stream that begins with these events: the provider's own, where its messages are passed on. */
  readonly statusOf: (first: ReadonlyArray<Event>) => number
  /** Whether the stream has ended in an error: nothing more may be written. */
  readonly hasFailed: boolean
  readonly write: (events: ReadonlyArray<Event>) => string
  readonly end: () => string
  /** Ends the stream with an error that every client of the dialect understands. */
  readonly fail: (error: ProviderError) => string
}

export const stream = (protocol: Writing, options: EncodeResponseOptions): StreamWriter => {
  const { framing, id } = protocol
  const isUsageWanted = options.includeUsage !== false || id !== "openai-chat"
  const text = framing === "json-array" ? array() : framings[framing === "ndjson" ? framing : "sse"]
  return new EventWriter(id, text, protocol.makeEncoder(options), isUsageWanted)
}

/** What writes events as frames: the encoder of a chat, or of any other stream. */
export interface EventEncoder<in Event> extends Pick<StreamEncoder, "end" | "fail"> {
  readonly encode: (event: Event) => ReadonlyArray<Frame>
}

/** Writes server-sent events of anything but a chat. */
export const events = <Event extends CallEvent>(protocol: string, encoder: EventEncoder<Event>): StreamWriter<Event> =>
  new EventWriter(protocol, sse, encoder, true)

/**
 * Writes the provider's own messages, where it speaks the same protocol, or else what the encoder makes of the events. Which of both
 * is decided with the first content, and holds for the whole stream: the two can't be mixed.
 */
class EventWriter<Event extends CallEvent> implements StreamWriter<Event> {
  hasFailed = false
  /** The id of the client's protocol. */
  readonly #protocol: string
  readonly #framing: TextFraming
  readonly #encoder: EventEncoder<Event>
  readonly #isUsageWanted: boolean
  #passesOn: boolean | undefined
  /** The message whose events are being read, and how many have been. */
  #frame: Wire.WireFrame | undefined
  #read = 0
  #isEndMissing = false
  #isUnreadable = false

  constructor(protocol: string, framing: TextFraming, encoder: EventEncoder<Event>, isUsageWanted: boolean) {
    this.#protocol = protocol
    this.#framing = framing
    this.#encoder = encoder
    this.#isUsageWanted = isUsageWanted
  }

  get contentType(): string {
    return this.#framing.contentType
  }

  statusOf(first: ReadonlyArray<Event>): number {
    if (first.length > 0) this.#passesOn ??= this.#canPassOn(first)
    const head = this.#passesOn === true ? first.map(Wire.headOf).find((one) => one !== undefined) : undefined
    return statusWithContent(head?.status ?? 200)
  }

  write(events: ReadonlyArray<Event>): string {
    if (this.hasFailed) return ""
    this.#passesOn ??= this.#canPassOn(events)
    let text = ""
    for (const event of events) {
      text += this.#passesOn ? this.#passOn(event) : this.#encode(event)
      if (this.hasFailed) break
    }
    return text
  }

  end(): string {
    if (this.hasFailed) return ""
    const end = this.#passesOn === true && !this.#isEndMissing ? "" : this.#joined(this.#encoder.end())
    return end + this.#framing.close()
  }

  fail(error: ProviderError): string {
    if (this.hasFailed) return ""
    this.hasFailed = true
    const received = Wire.errorOf(error)
    const text =
      received?.frame !== undefined && received.protocol === this.#protocol && this.#framing.passOn === asItIs
        ? received.text
        : this.#joined(this.#encoder.fail(forClients(error)))
    return text + this.#framing.close()
  }

  #canPassOn(events: ReadonlyArray<Event>): boolean {
    let isFramed = false
    for (const event of events) {
      const at = Wire.frameOf(event)
      if (at === undefined ? !isBare(event) : at.frame.protocol !== this.#protocol) return false
      isFramed ||= at !== undefined
    }
    return isFramed
  }

  #encode(event: Event): string {
    if (Wire.isSilent(event)) return ""
    const frames = this.#encoder.encode(event)
    if (event.type === "restarted") this.hasFailed = frames.length > 0
    return this.#joined(frames)
  }

  /** A message is written with its last event: if not all of them say what they said, the stream is broken. */
  #passOn(event: Event): string {
    // What follows a message that nobody can read would look whole: the stream ends with an error.
    if (event.type === "malformed-frame") this.#isUnreadable = true
    if (this.#isUnreadable) return ""
    const at = Wire.frameOf(event)
    if (event.type === "finish") this.#isEndMissing = at === undefined || at.frame.text === ""
    if (at === undefined) return isBare(event) ? "" : this.fail(event.type === "restarted" ? restarted : changed)
    const { frame, index } = at
    if (index === 0 && this.#read === 0) this.#frame = frame
    if (frame !== this.#frame || index !== this.#read) return this.fail(changed)
    if (++this.#read < frame.events.length) return ""
    this.#read = 0
    return this.#isUsageWanted || !isUsageOnly(frame) ? this.#framing.passOn(frame) : ""
  }

  #joined(frames: ReadonlyArray<Frame>): string {
    let text = ""
    for (const frame of frames) text += this.#framing.text(frame)
    return text
  }
}

const restarted = worded(new ServerError({ status: 502 }), "The response started over: discard it, and retry.")
const changed = worded(new ServerError({ status: 500 }), "The response was changed on its way, and cannot go on.")

/** What no message stands behind: what we know of a response, and the end of one that has no message for its end. */
const isBare = ({ type }: CallEvent): boolean =>
  type === "response-start" || type === "malformed-frame" || type === "usage" || type === "finish"

/** Whether a chunk of a chat completion holds its usage and nothing else. */
const isUsageOnly = ({ data, events }: Wire.WireFrame): boolean => {
  if (!events.every((event) => event.type === "usage" || event.type === "response-metadata")) return false
  const chunk = Result.try((): unknown => JSON.parse(data))
  if (Result.isFailure(chunk) || !Predicate.isObject(chunk.success)) return false
  const { choices, usage } = chunk.success
  return Array.isArray(choices) && choices.length === 0 && Predicate.isObject(usage)
}
