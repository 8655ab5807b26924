import type { ChatEvent } from "../../domain/ChatEvent.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { StreamDecoder } from "../ChatProtocol.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { spliced } from "../wire/Spliced.ts"
import type { ProviderFailure } from "../ProviderFailure.ts"
import { isObject, nonNegativeInt, parse, text, type WireObject } from "./wire/Wire.ts"
import { AnswerReader } from "./Response.ts"
import { note } from "../wire/Shape.ts"
import { eventShape, isPlain } from "./wire/EventShape.ts"

/**
 * Reads the stream of one answer. It is whole at the event that holds all of it (`response.completed` and the like), or,
 * when a server leaves that out, at `[DONE]` after items that are all whole. Events of kinds that are not known say
 * nothing.
 * Source: https://platform.openai.com/docs/api-reference/responses-streaming
 */
export class ResponseStreamDecoder implements StreamDecoder {
  done = false
  readonly #answer = new AnswerReader()

  decode(frame: Frame, events: Array<ChatEvent>): ProviderFailure | undefined {
    if (this.done) return undefined
    const data = parse(frame.data)
    if (!isObject(data)) {
      if (frame.event === "error") return decodeError(data ?? frame.data)
      if (frame.data.trim() !== "[DONE]") {
        if (frame.data.trim() !== "") this.#malformed(frame, events, "the data is not a JSON object")
      } else if (this.#answer.isWhole) return this.#finish({}, events)
      return undefined
    }
    const failure = this.#event(text(data.type) ?? text(data.event) ?? frame.event, data, frame, events)
    if (failure === undefined && !isPlain(data)) note(eventShape, data, frame, events)
    return failure
  }

  end(): boolean {
    return this.done
  }

  #event(
    type: string | undefined,
    data: WireObject,
    frame: Frame,
    events: Array<ChatEvent>
  ): ProviderFailure | undefined {
    const { item, response } = data
    switch (type) {
      case "response.output_item.added":
        if (isObject(item)) this.#answer.begin(item, nonNegativeInt(data.output_index), events)
        else this.#malformed(frame, events, `${type} has no item`)
        return undefined
      case "response.output_item.done":
        if (isObject(item)) this.#answer.end(item, nonNegativeInt(data.output_index), events)
        else this.#malformed(frame, events, `${type} has no item`)
        return undefined
      case "response.created":
        if (this.#answer.hasBegun) return spliced(data)
        if (isObject(response)) this.#answer.identify(response, events)
        return undefined
      case "response.queued":
      case "response.in_progress":
        if (isObject(response)) this.#answer.identify(response, events)
        return undefined
      case "response.completed":
      case "response.incomplete":
      case "response.cancelled":
      case "response.failed":
      case "response.done":
        if (isObject(response)) return this.#finish(ended(response, type), events)
        this.#malformed(frame, events, `${type} has no response`)
        return undefined
      case "error":
        return decodeErrorEvent(data)
      case undefined:
        if (isObject(data.error)) return decodeError(data)
        this.#malformed(frame, events, "the event has no type")
        return undefined
      default:
        if (type.startsWith("response.")) this.#answer.read(type, data, events)
        return undefined
    }
  }

  #finish(response: WireObject, events: Array<ChatEvent>): ProviderFailure | undefined {
    const failure = this.#answer.finish(response, events)
    this.done = failure === undefined
    return failure
  }

  #malformed(frame: Frame, events: Array<ChatEvent>, message: string): void {
    events.push({ type: "malformed-frame", frame, message })
  }
}

/** The type of the last event says how the answer ended where the answer does not. */
const ended = (response: WireObject, type: string): WireObject => {
  const status = text(response.status)
  return status === undefined || status === "in_progress" || type === "response.failed"
    ? { ...response, status: type === "response.done" ? "completed" : type.slice("response.".length) }
    : response
}

/** The fields of an error are within `error`, or beside the type of the event. */
const decodeErrorEvent = (data: WireObject): ProviderFailure => {
  const { type: _, ...flat } = data
  return { ...decodeError(isObject(data.error) ? data : { error: flat }), body: data }
}
