import type { Frame } from "../../domain/Frame.ts"
import type { ProviderFailure } from "../Protocol.ts"
import { decodeError } from "../wire/response/ErrorBody.ts"
import { FrameDecoder, type TextWriter } from "../wire/response/FrameDecoder.ts"
import { number, object, requiredString, string, tagged } from "../wire/response/Shape.ts"
import { spliced } from "../wire/response/ResponseBuilder.ts"
import { isObject, nonNegativeInt, text, type WireObject } from "../wire/WireObject.ts"
import { contentShape, itemShape, ResponseReader, responseShape } from "./Response.ts"

/**
 * A response is whole at the event that holds all of it (`response.completed` and the like),
 * or, where a server leaves that out, at `[DONE]` after items that are all whole. Events of unknown kinds are passed over.
 * Source: https://platform.openai.com/docs/api-reference/responses-streaming
 */
export class StreamReader extends FrameDecoder {
  readonly #reader = new ResponseReader()
  protected readonly response = this.#reader.response
  protected readonly shape = eventShape
  protected override readonly textField = "delta"

  protected override eventIn(data: WireObject, { event }: Frame) {
    return [text(data.type) ?? text(data.event) ?? event, data] as const
  }

  protected override textWriter({ content_index, item_id, output_index }: WireObject): TextWriter {
    return (delta) => {
      this.#reader.read("response.output_text.delta", { item_id, output_index, content_index, delta })
      return true
    }
  }

  protected override readOther(frame: Frame): ProviderFailure | undefined {
    const isEnd = this.#reader.isWhole && frame.data.trim() === "[DONE]"
    return isEnd ? this.#reader.finish({}) : super.readOther(frame)
  }

  protected read(type: string | undefined, data: WireObject): ProviderFailure | undefined {
    const { item, output_index: index, response } = data
    switch (type) {
      case "response.output_item.added":
        if (isObject(item)) this.#reader.begin(item, nonNegativeInt(index))
        else this.response.malformed(`${type} has no item`)
        return undefined
      case "response.output_item.done":
        if (isObject(item)) this.#reader.end(item, nonNegativeInt(index))
        else this.response.malformed(`${type} has no item`)
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
        this.response.malformed(`${type} has no response`)
        return undefined
      case "error":
        return decodeErrorEvent(data)
      case undefined:
        if (isObject(data.error)) return decodeError(data)
        this.response.malformed("the event has no type")
        return undefined
      default:
        if (type.startsWith("response.")) this.#reader.read(type, data)
        return undefined
    }
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
