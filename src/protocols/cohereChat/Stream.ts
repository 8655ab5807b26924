import type { ProviderFailure } from "../Protocol.ts"
import { decodeError } from "../wire/response/ErrorBody.ts"
import { FrameDecoder, type TextWriter } from "../wire/response/FrameDecoder.ts"
import {
  array,
  either,
  number,
  object as objectOf,
  requiredString,
  type Shape,
  string,
  tagged
} from "../wire/response/Shape.ts"
import { spliced } from "../wire/response/ResponseBuilder.ts"
import { isObject, object, text, type WireObject } from "../wire/WireObject.ts"
import { ResponseReader } from "./Response.ts"

const none: WireObject = {}

/**
 * A response is whole at `message-end`. Events of unknown kinds are passed over.
 * Source: https://docs.cohere.com/docs/streaming
 */
export class StreamReader extends FrameDecoder {
  readonly #reader = new ResponseReader()
  protected readonly response = this.#reader.response
  protected readonly shape = eventShape
  protected override readonly textField = "text"

  protected override textWriter({ index }: WireObject): TextWriter {
    return this.writerInto(index)
  }

  protected read(type: unknown, data: WireObject): ProviderFailure | undefined {
    const { response } = this
    if (type === "error" || (data.type === undefined && typeof data.message === "string")) return decodeError(data)
    if (type === undefined) response.malformed("the event has no type")
    const delta = object(data.delta) ?? none
    const message = object(delta.message) ?? none
    switch (type) {
      case "message-start":
        if (!response.isEmpty) return spliced(data)
        response.identify(text(data.id) ?? text(message.id))
        return undefined
      case "content-start":
      case "content-delta":
        this.#reader.content(data.index, object(message.content) ?? none)
        this.#reader.logprobs(data.logprobs ?? delta.logprobs)
        return undefined
      case "content-end":
        this.#reader.end(data.index)
        return undefined
      case "tool-plan-delta":
        this.#reader.plan(text(message.tool_plan) ?? "")
        return undefined
      case "tool-call-start":
      case "tool-call-delta":
        this.#reader.call(`call ${JSON.stringify(data.index)}`, object(message.tool_calls) ?? none)
        return undefined
      case "tool-call-end":
        this.#reader.end(`call ${JSON.stringify(data.index)}`)
        return undefined
      case "citation-start":
        for (const citation of [message.citations].flat()) if (isObject(citation)) this.#reader.cite(citation)
        return undefined
      case "message-end":
        return this.#reader.finish(delta)
      default:
        return undefined
    }
  }
}

const call = objectOf({ id: string, type: string, function: objectOf({ name: string, arguments: string }) })

const delta = (message: { readonly [key: string]: Shape }): Shape =>
  objectOf({ index: number, delta: objectOf({ message: objectOf(message) }) })

const content = delta({ content: objectOf({ type: string, text: string, thinking: string }) })

const calls = delta({ tool_calls: either(call, array(call)) })

export const eventShape = tagged("type", {
  "content-start": content,
  "content-delta": content,
  "content-end": objectOf({ index: number }),
  "tool-plan-delta": delta({ tool_plan: requiredString }),
  "tool-call-start": calls,
  "tool-call-delta": calls,
  "tool-call-end": objectOf({ index: number }),
  "citation-start": delta({ citations: either(objectOf(), array(objectOf())) }),
  "message-end": objectOf({ delta: objectOf({ finish_reason: string }) })
})
