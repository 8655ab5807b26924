/** What the tests of this protocol have in common: framing, folding, and a second reading of the wire to check against. */
import * as Sse from "effect/encoding/Sse"
import * as Result from "effect/Result"
import type { ChatEvent } from "../../../src/domain/ChatEvent.ts"
import { foldEvents } from "../../../src/domain/ChatFold.ts"
import type { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import type { Frame } from "../../../src/domain/Frame.ts"
import { AnthropicMessages } from "../../../src/protocols/AnthropicMessages.ts"
import type { ProviderFailure } from "../../../src/protocols/Protocol.ts"

/** JSON of the wire, of which nothing is checked. */
export type Wire = ReturnType<typeof JSON.parse>

export const options = { provider: "anthropic", model: "claude-sonnet-4-5" }

/** The frames of SSE bytes that arrived as one text. */
export const framesOf = (body: string): ReadonlyArray<Frame> => {
  const frames: Array<Frame> = []
  const parser = Sse.makeParser((event) => {
    if (event._tag === "Event") frames.push({ event: event.event, data: event.data })
  })
  parser.feed(body)
  return frames
}

export const frame = (data: Wire): Frame => ({ event: data.type, data: JSON.stringify(data) })

/** What a decoder says of the frames, and whether it found the answer whole. */
export const read = (
  frames: ReadonlyArray<Frame>
): {
  readonly events: ReadonlyArray<ChatEvent>
  readonly failure: ProviderFailure | undefined
  readonly whole: boolean
} => {
  const decoder = AnthropicMessages.makeDecoder(options)
  const events: Array<ChatEvent> = []
  for (const frame of frames) {
    const failure = decoder.decode(frame, events)
    if (failure !== undefined) return { events, failure, whole: false }
  }
  return { events, failure: undefined, whole: decoder.end(events) }
}

export const fold = (frames: ReadonlyArray<Frame>): ChatResponse => foldEvents(read(frames).events)

export const decode = (body: unknown): ChatResponse =>
  Result.getOrThrow(AnthropicMessages.decodeResponse(body, options))

/** Without keys that have no value, as JSON has it. */
export const json = <A>(value: A): A => JSON.parse(JSON.stringify(value))

/** The fields of an answer that the model, not the transport, decides. */
export const meaning = ({
  content,
  finishReason,
  id,
  model,
  rawFinishReason,
  stopSequence,
  usage
}: ChatResponse): Wire => json({ id, model, content, finishReason, rawFinishReason, stopSequence, usage })

/** The message that the frames of one stream spell, gathered as Anthropic's own client gathers it. */
export const gather = (frames: ReadonlyArray<Frame>): Wire => {
  let message: Wire = {}
  const inputs = new Map<number, string>()
  for (const { data } of frames) {
    const event: Wire = JSON.parse(data)
    const block = message.content?.[event.index]
    switch (event.type) {
      case "message_start":
        message = event.message
        break
      case "content_block_start":
        message.content.push(event.content_block)
        break
      case "content_block_delta": {
        const delta = event.delta
        if (delta.type === "text_delta") block.text += delta.text
        if (delta.type === "thinking_delta") block.thinking += delta.thinking
        if (delta.type === "signature_delta") block.signature = delta.signature
        if (delta.type === "citations_delta") block.citations = [...(block.citations ?? []), delta.citation]
        if (delta.type === "input_json_delta") {
          inputs.set(event.index, (inputs.get(event.index) ?? "") + delta.partial_json)
        }
        break
      }
      case "content_block_stop":
        if (inputs.has(event.index) && inputs.get(event.index) !== "") {
          block.input = JSON.parse(inputs.get(event.index)!)
        }
        break
      case "message_delta": {
        const { usage, delta } = event
        const counts = Object.entries(usage as Wire).filter(([, value]) => value !== null)
        message = { ...message, ...delta, usage: { ...message.usage, ...Object.fromEntries(counts) } }
      }
    }
  }
  return message
}
