import type { ChatEvent } from "../../../domain/ChatEvent.ts"
import type { Frame } from "../../../domain/Frame.ts"
import { unknown as unknownUsage } from "../../../domain/Usage.ts"
import { AnswerMetadata, withMetadata } from "../../wire/AnswerMetadata.ts"
import { AnswerIds } from "../../wire/AnswerIds.ts"
import { decodeError, exceptionOf } from "../../wire/BedrockError.ts"
import type { StreamDecoder } from "../../ChatProtocol.ts"
import type { ProviderFailure } from "../../ProviderFailure.ts"
import { isUnusable, unusable } from "../../wire/Unusable.ts"
import { spliced } from "../../wire/Spliced.ts"
import { completed } from "../wire/AssistantBlock.ts"
import { mergeUsage } from "../../wire/CountedUsage.ts"
import { decodeStopReason } from "../wire/StopReason.ts"
import { isObject, object, parse, protocolId, text, type WireObject } from "../wire/Wire.ts"
import { decodeUsage } from "../wire/WireUsage.ts"
import { type BlockReader, openBlock } from "./BlockReader.ts"
import { note } from "../../wire/Shape.ts"
import { eventShape, isPlain } from "../wire/EventShape.ts"
import { responseKeys, routedTo, stopSequenceOf } from "./ResponseDecoder.ts"

/**
 * Reads the stream of one answer. It is whole at the `metadata` that follows `messageStop`, or, when that is missing,
 * at the end of the bytes after `messageStop`. Events of kinds that are not known are passed over.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
 */
export class ConverseStreamDecoder implements StreamDecoder {
  done = false
  readonly #open = new Map<unknown, BlockReader>()
  readonly #data = new AnswerMetadata(protocolId)
  readonly #ids = new AnswerIds("tooluse_")
  #parts = 0
  #stop: WireObject | undefined
  #usage: WireObject | undefined
  #serviceTier: unknown

  decode(frame: Frame, events: Array<ChatEvent>): ProviderFailure | undefined {
    if (this.done) return undefined
    const exception = exceptionOf(frame.event)
    const data = parse(frame.data)
    if (exception !== undefined) return decodeError(data ?? frame.data, undefined, exception)
    if (!isObject(data)) {
      this.#malformed(frame, events, "the data is not a JSON object")
      return undefined
    }
    const [name, event] = frame.event === undefined ? unwrapped(data) : [frame.event, data]
    const failure = this.#read(name, event, frame, events)
    if (failure === undefined && !isPlain(event)) note(eventShape, event, frame, events)
    return failure
  }

  end(events: Array<ChatEvent>): boolean {
    if (!this.done && this.#stop !== undefined) this.#finish(events)
    return this.done
  }

  #read(
    name: string | undefined,
    event: WireObject,
    frame: Frame,
    events: Array<ChatEvent>
  ): ProviderFailure | undefined {
    const index = event.contentBlockIndex
    switch (name) {
      case "contentBlockDelta": {
        const delta = event.delta
        if (!isObject(delta)) this.#malformed(frame, events, "contentBlockDelta has no delta")
        else if (!(this.#open.get(index) ?? this.#begin(index, delta, events)).delta(delta, events)) {
          this.#malformed(frame, events, `${Object.keys(delta).join()} does not belong to this block`)
        }
        return undefined
      }
      case "contentBlockStart":
        this.#close(index, events)
        this.#startBlock(index, object(event.start) ?? {}, events)
        return undefined
      case "contentBlockStop":
        this.#close(index, events)
        return undefined
      case "messageStart":
        return this.#parts > 0 ? spliced(event) : undefined
      case "messageStop":
        if (this.#parts === 0 && isUnusable(text(event.stopReason))) {
          return unusable(String(event.stopReason), undefined, event)
        }
        this.#stop = event
        this.#data.read(event, responseKeys)
        for (const index of this.#open.keys()) this.#close(index, events)
        if (this.#usage !== undefined) this.#finish(events)
        return undefined
      case "metadata":
        this.#metadata(event, events)
        return undefined
      case undefined:
        this.#malformed(frame, events, "the event has no name")
        return undefined
      default:
        return /(?:Exception|Error)$/.test(name) ? decodeError(event, undefined, name) : undefined
    }
  }

  #metadata(event: WireObject, events: Array<ChatEvent>): void {
    this.#data.read(event, responseKeys)
    const model = routedTo(event)
    if (model !== undefined) events.push({ type: "response-metadata", model })
    this.#serviceTier = event.serviceTier ?? this.#serviceTier
    if (isObject(event.usage)) {
      this.#usage = mergeUsage(this.#usage, event.usage)
      events.push({ type: "usage", usage: decodeUsage(this.#usage, this.#serviceTier) })
    }
    if (this.#stop !== undefined) this.#finish(events)
  }

  /** Where the start does not tell the kind of the block, its first delta does. */
  #startBlock(index: unknown, start: WireObject, events: Array<ChatEvent>): void {
    if (Object.keys(start).length === 0) return
    const reader = this.#begin(index, start, events)
    if (start.text !== undefined || start.reasoningContent !== undefined) reader.delta(start, events)
  }

  #begin(index: unknown, start: WireObject, events: Array<ChatEvent>): BlockReader {
    const made = completed(start, (given) => this.#ids.of(given, undefined))
    const reader = openBlock(made, String(this.#parts++), events)
    this.#open.set(index, reader)
    return reader
  }

  #close(index: unknown, events: Array<ChatEvent>): void {
    const reader = this.#open.get(index)
    if (reader === undefined) return
    this.#open.delete(index)
    reader.close(events)
  }

  #finish(events: Array<ChatEvent>): void {
    const word = text(this.#stop?.stopReason)
    events.push({
      type: "finish",
      finishReason: decodeStopReason(word),
      rawFinishReason: word,
      stopSequence: stopSequenceOf(this.#stop ?? {}),
      usage: this.#usage === undefined ? unknownUsage : decodeUsage(this.#usage, this.#serviceTier),
      ...withMetadata(this.#data)
    })
    this.done = true
  }

  #malformed(frame: Frame, events: Array<ChatEvent>, message: string): void {
    events.push({ type: "malformed-frame", frame, message })
  }
}

/** Proxies that send JSON instead of the binary stream wrap the event in its name. */
const unwrapped = (data: WireObject): readonly [string | undefined, WireObject] => {
  const [first] = Object.entries(data)
  const event = object(first?.[1])
  return first === undefined || event === undefined ? [undefined, data] : [first[0], event]
}
