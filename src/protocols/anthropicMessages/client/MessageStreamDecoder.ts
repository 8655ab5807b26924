import type { ChatEvent } from "../../../domain/ChatEvent.ts"
import type { Frame } from "../../../domain/Frame.ts"
import { unknown as unknownUsage } from "../../../domain/Usage.ts"
import type { StreamDecoder } from "../../ChatProtocol.ts"
import type { ProviderFailure } from "../../ProviderFailure.ts"
import { AnswerIds } from "../../wire/AnswerIds.ts"
import { AnswerMetadata, withMetadata } from "../../wire/AnswerMetadata.ts"
import { filled } from "../../wire/Blank.ts"
import { withCallId } from "../wire/AssistantBlock.ts"
import { spliced } from "../../wire/Spliced.ts"
import { decodeStopReason } from "../wire/StopReason.ts"
import { array, isObject, parse, protocolId, text, type WireObject } from "../wire/Wire.ts"
import { mergeUsage } from "../../wire/CountedUsage.ts"
import { decodeUsage } from "../wire/WireUsage.ts"
import { type BlockReader, openBlock } from "./BlockReader.ts"
import { decodeError } from "./ErrorDecoder.ts"
import { note } from "../../wire/Shape.ts"
import { eventShape, isPlain } from "../wire/EventShape.ts"
import { messageKeys, refusalOf } from "./ResponseDecoder.ts"

/**
 * Reads the stream of one answer. It is whole at `message_stop`, or, when a server leaves that out, at the end of the
 * bytes after a stop reason. Events of kinds that are not known are passed over, as Anthropic asks of its clients.
 * Source: https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export class MessageStreamDecoder implements StreamDecoder {
  done = false
  readonly #open = new Map<unknown, BlockReader>()
  readonly #metadata = new AnswerMetadata(protocolId)
  readonly #ids = new AnswerIds("toolu_")
  #id: string | undefined
  #parts = 0
  #stopReason: string | undefined
  #stopSequence: string | undefined
  #usage: WireObject | undefined

  decode(frame: Frame, events: Array<ChatEvent>): ProviderFailure | undefined {
    if (this.done) return undefined
    const data = parse(frame.data)
    if (!isObject(data)) {
      if (frame.event === "error") return decodeError(frame.data)
      if (frame.data !== "[DONE]") this.#malformed(frame, events, "the data is not a JSON object")
      return undefined
    }
    const failure = this.#read(frame, data, events)
    if (failure === undefined && !isPlain(data)) note(eventShape, data, frame, events)
    return failure
  }

  #read(frame: Frame, data: WireObject, events: Array<ChatEvent>): ProviderFailure | undefined {
    const type = data.type ?? frame.event
    switch (type) {
      case "content_block_delta": {
        const delta = data.delta
        if (!isObject(delta)) this.#malformed(frame, events, "content_block_delta has no delta")
        else if (!this.#readerAt(data.index, delta, events).delta(delta, events)) {
          this.#malformed(frame, events, `${String(delta.type)} does not belong to this block`)
        }
        return undefined
      }
      case "content_block_start":
        if (isObject(data.content_block)) this.#begin(data.index, data.content_block, events)
        else this.#malformed(frame, events, "content_block_start has no content_block")
        return undefined
      case "content_block_stop":
        this.#close(data.index, events)
        return undefined
      case "message_start":
        if (this.#parts > 0 && isObject(data.message)) return spliced(data)
        if (isObject(data.message)) this.#start(data.message, events)
        else this.#malformed(frame, events, "message_start has no message")
        return undefined
      case "message_delta":
        this.#metadata.read(data, messageKeys)
        this.#update(isObject(data.delta) ? data.delta : {}, data.usage, events)
        return undefined
      case "message_stop":
        this.#finish(events)
        return undefined
      case "error":
        return decodeError(data)
      default:
        if (filled(data.error) !== undefined) return decodeError(data)
        if (type === undefined) this.#malformed(frame, events, "the event has no type")
        return undefined
    }
  }

  end(events: Array<ChatEvent>): boolean {
    if (!this.done && this.#stopReason !== undefined) this.#finish(events)
    return this.done
  }

  /** A stream that goes on from an earlier answer begins with whole blocks, and may have its stop reason at once. */
  #start(message: WireObject, events: Array<ChatEvent>): void {
    this.#countUsage(message.usage, events)
    this.#id = text(message.id)
    events.push({ type: "response-metadata", id: this.#id, model: text(message.model) })
    for (const block of array(message.content)) {
      if (!isObject(block)) continue
      this.#begin(undefined, block, events)
      this.#close(undefined, events)
    }
    this.#update(message, undefined, events)
  }

  #begin(index: unknown, block: WireObject, events: Array<ChatEvent>): BlockReader {
    this.#close(index, events)
    const made = withCallId(block, (given) => this.#ids.of(given, this.#id))
    const reader = openBlock(made, String(this.#parts++), events)
    this.#open.set(index, reader)
    return reader
  }

  /** Some servers write text and thoughts without starting their block. */
  #readerAt(index: unknown, delta: WireObject, events: Array<ChatEvent>): BlockReader {
    return this.#open.get(index) ?? this.#begin(index, { type: String(delta.type).replace(/_delta$/, "") }, events)
  }

  #close(index: unknown, events: Array<ChatEvent>): void {
    const reader = this.#open.get(index)
    if (reader === undefined) return
    this.#open.delete(index)
    reader.close(events)
  }

  #update(delta: WireObject, usage: unknown, events: Array<ChatEvent>): void {
    this.#metadata.read(delta, messageKeys)
    this.#stopReason = text(delta.stop_reason) ?? this.#stopReason
    this.#stopSequence = text(delta.stop_sequence) ?? this.#stopSequence
    const refusal = refusalOf(delta.stop_details)
    if (refusal !== undefined) {
      const id = String(this.#parts++)
      events.push({ type: "refusal-start", id })
      events.push({ type: "refusal-delta", id, delta: refusal })
      events.push({ type: "refusal-end", id, isExplanation: true })
    }
    this.#countUsage(usage, events)
  }

  #countUsage(usage: unknown, events: Array<ChatEvent>): void {
    if (!isObject(usage)) return
    this.#usage = mergeUsage(this.#usage, usage)
    events.push({ type: "usage", usage: decodeUsage(this.#usage) })
  }

  #finish(events: Array<ChatEvent>): void {
    for (const index of this.#open.keys()) this.#close(index, events)
    events.push({
      type: "finish",
      finishReason: decodeStopReason(this.#stopReason),
      rawFinishReason: this.#stopReason,
      stopSequence: this.#stopSequence,
      usage: this.#usage === undefined ? unknownUsage : decodeUsage(this.#usage),
      ...withMetadata(this.#metadata)
    })
    this.done = true
  }

  #malformed(frame: Frame, events: Array<ChatEvent>, message: string): void {
    events.push({ type: "malformed-frame", frame, message })
  }
}
