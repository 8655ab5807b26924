import type { ChatEvent } from "../../domain/ChatEvent.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { StreamDecoder } from "../ChatProtocol.ts"
import type { ProviderFailure } from "../Protocol.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { number, object, requiredString, string, tagged } from "../wire/Shape.ts"
import { spliced } from "../wire/ResponseBuilder.ts"
import { isObject, nonNegativeInt, parse, text, type WireObject } from "../wire/WireObject.ts"
import { contentShape, itemShape, ResponseReader, responseShape } from "./Response.ts"

/**
 * Decodes the stream of one response. It is whole at the event that holds all of it (`response.completed` and the like),
 * or, where a server leaves that out, at `[DONE]` after items that are all whole. Events of unknown kinds are passed over.
 * Source: https://platform.openai.com/docs/api-reference/responses-streaming
 */
export class StreamReader implements StreamDecoder {
  readonly #reader = new ResponseReader()

  get done(): boolean {
    return this.#reader.response.isFinished
  }

  decode(frame: Frame, events: Array<ChatEvent>): ProviderFailure | undefined {
    if (this.done) return undefined
    const { response } = this.#reader
    const data = response.frame(frame, events)
    if (data === undefined) {
      if (frame.event === "error") return decodeError(parse(frame.data) ?? frame.data)
      return this.#reader.isWhole && frame.data.trim() === "[DONE]" ? this.#reader.finish({}) : undefined
    }
    const failure = this.#read(text(data.type) ?? text(data.event) ?? frame.event, data)
    if (failure === undefined && !isPlain(data)) response.check(eventShape, data)
    return failure
  }

  end(): boolean {
    return this.done
  }

  #read(type: string | undefined, data: WireObject): ProviderFailure | undefined {
    const { item, output_index: index, response } = data
    switch (type) {
      case "response.output_item.added":
        if (isObject(item)) this.#reader.begin(item, nonNegativeInt(index))
        else this.#malformed(`${type} has no item`)
        return undefined
      case "response.output_item.done":
        if (isObject(item)) this.#reader.end(item, nonNegativeInt(index))
        else this.#malformed(`${type} has no item`)
        return undefined
      case "response.created":
      case "response.queued":
      case "response.in_progress":
        if (type === "response.created" && this.#reader.hasBegun) return spliced(data)
        if (isObject(response)) this.#reader.identify(response)
        return undefined
      case "response.completed":
      case "response.incomplete":
      case "response.cancelled":
      case "response.failed":
      case "response.done":
        if (isObject(response)) return this.#reader.finish(withStatus(response, type))
        this.#malformed(`${type} has no response`)
        return undefined
      case "error":
        return decodeErrorEvent(data)
      case undefined:
        if (isObject(data.error)) return decodeError(data)
        this.#malformed("the event has no type")
        return undefined
      default:
        if (type.startsWith("response.")) this.#reader.read(type, data)
        return undefined
    }
  }

  #malformed(message: string): void {
    this.#reader.response.malformed(message)
  }
}

/** The type of the last event says how the response ended where the response does not. */
const withStatus = (response: WireObject, type: string): WireObject => {
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

const indexes = { item_id: string, output_index: number, content_index: number, summary_index: number }

const written = (name: string, field: string) => ({
  [`response.${name}.delta`]: object({ ...indexes, delta: requiredString }),
  [`response.${name}.done`]: object({ ...indexes, [field]: string })
})

const itemEvent = object({ output_index: number, item: itemShape })
const partEvent = object({ ...indexes, part: contentShape })
const responseEvent = object({ response: responseShape })

/** The fields of events that hold what the model wrote. */
export const eventShape = tagged("type", {
  "response.output_item.added": itemEvent,
  "response.output_item.done": itemEvent,
  "response.content_part.added": partEvent,
  "response.content_part.done": partEvent,
  "response.reasoning_summary_part.added": partEvent,
  "response.reasoning_summary_part.done": partEvent,
  "response.output_text.annotation.added": object({ ...indexes, annotation: object() }),
  ...written("output_text", "text"),
  ...written("refusal", "refusal"),
  ...written("reasoning_text", "text"),
  ...written("reasoning_summary_text", "text"),
  ...written("function_call_arguments", "arguments"),
  ...written("custom_tool_call_input", "input"),
  ...written("mcp_call_arguments", "arguments"),
  ...written("code_interpreter_call_code", "code"),
  "response.completed": responseEvent,
  "response.incomplete": responseEvent,
  "response.done": responseEvent
})

/** Whether an event is a well-formed delta, as nearly all are; quicker than its shape. */
export const isPlain = ({ content_index, delta, item_id, output_index, summary_index, type }: WireObject): boolean =>
  typeof delta === "string" &&
  typeof item_id === "string" &&
  typeof output_index === "number" &&
  (content_index === undefined || typeof content_index === "number") &&
  (summary_index === undefined || typeof summary_index === "number") &&
  typeof type === "string" &&
  type.endsWith(".delta")
