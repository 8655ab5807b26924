import type { ChatEvent } from "../../../domain/ChatEvent.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { StreamDecoder } from "../../ChatProtocol.ts"
import type { ProviderFailure } from "../../Protocol.ts"
import { decodeError, isErrorBody } from "./ErrorBody.ts"
import type { ResponseBuilder } from "./ResponseBuilder.ts"
import type { Shape } from "./Shape.ts"
import { TextFrames } from "./TextFrames.ts"
import { parse, type WireObject } from "../WireObject.ts"

/** Writes a piece of text that was found without parsing its frame; false if it must be parsed after all. */
export type TextWriter = (piece: string) => boolean

/** Decodes a stream of frames that are JSON objects; a protocol says what each event means. */
export abstract class FrameDecoder implements StreamDecoder {
  protected abstract readonly response: ResponseBuilder
  /** Where an event says what the model wrote. */
  protected abstract readonly shape: Shape
  /** The field of pieces of text, if frames that differ in nothing else need not be parsed. */
  protected readonly textField: string | undefined = undefined
  readonly #texts = new TextFrames()
  #textEvent: string | undefined
  #writeText: TextWriter | undefined

  protected abstract read(name: unknown, event: WireObject): ProviderFailure | undefined

  get done(): boolean {
    return this.response.isFinished
  }

  decode(frame: Frame, events: Array<ChatEvent>): ProviderFailure | undefined {
    if (this.done || frame.event === "ping") return undefined
    const { response } = this
    if (this.#writeText !== undefined && frame.event === this.#textEvent) {
      const piece = this.#texts.textOf(frame.data)
      if (piece !== undefined) {
        response.into(frame, events)
        if (this.#writeText(piece)) return undefined
      }
    }
    const from = events.length
    const data = response.frame(frame, events)
    if (data === undefined) return this.readOther(frame)
    const [name, event] = this.eventIn(data, frame)
    const failure = this.read(name, event)
    if (failure !== undefined) return failure
    if (response.malformedFrame === frame && events.length === from + 1 && isErrorBody(event)) {
      events.length = from
      return decodeError(event)
    }
    response.check(this.shape, event)
    const only = events.length === from + 1 ? events[from] : undefined
    if (this.textField !== undefined && only?.type === "text-delta")
      this.#learn(this.textField, only.delta, event, frame)
    return undefined
  }

  end(events: Array<ChatEvent>): boolean {
    if (this.done) return true
    this.response.into(undefined, events)
    this.atEnd()
    return this.done
  }

  /** The name of an event, and its fields. */
  protected eventIn(data: WireObject, frame: Frame): readonly [name: unknown, event: WireObject] {
    return [data.type ?? frame.event, data]
  }

  /** A frame that holds no object: `[DONE]`, or an error in plain text. */
  protected readOther(frame: Frame): ProviderFailure | undefined {
    return frame.event === "error" ? decodeError(parse(frame.data) ?? frame.data) : undefined
  }

  /** The bytes ended before the response did: finishes it if it is whole nevertheless. */
  protected atEnd(): void {}

  /** Writes the text of frames like that of this event, whose only content is text. */
  protected textWriter(_event: WireObject): TextWriter | undefined {
    return undefined
  }

  /** Writes into the open text with this key. */
  protected writerInto(key: unknown): TextWriter {
    return (piece) => {
      const part = this.response.at(key)
      if (part?.type !== "text") return false
      this.response.delta(part, piece)
      return true
    }
  }

  #learn(field: string, text: string, event: WireObject, frame: Frame): void {
    const write = this.textWriter(event)
    if (write === undefined || !this.#texts.learn(frame.data, field, text)) return
    this.#writeText = write
    this.#textEvent = frame.event
  }
}
