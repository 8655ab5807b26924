import type { ProviderFailure } from "../Protocol.ts"
import { FrameDecoder, type TextWriter } from "../wire/response/FrameDecoder.ts"
import { filled, isObject, text, type WireObject } from "../wire/WireObject.ts"
import { number, object, requiredString, string, tagged } from "../wire/response/Shape.ts"
import { spliced } from "../wire/response/ResponseBuilder.ts"
import { decodeError } from "./Errors.ts"
import { blockShape, MessageReader, messageShape } from "./Response.ts"

/**
 * A stream is complete at `message_stop`, or, when a server leaves that out, at the end of the bytes after a stop reason.
 * Events of unknown kinds are passed over, as Anthropic asks of its clients.
 * Source: https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export class StreamReader extends FrameDecoder {
  readonly #reader = new MessageReader()
  protected readonly response = this.#reader.response
  protected readonly shape = eventShape
  protected override readonly textField = "text"

  protected override textWriter({ index }: WireObject): TextWriter {
    return this.writerInto(index)
  }

  protected override atEnd(): void {
    if (this.#reader.stopReason !== undefined) this.#reader.finish()
  }

  protected read(type: unknown, data: WireObject): ProviderFailure | undefined {
    const reader = this.#reader
    const { response } = reader
    switch (type) {
      case "content_block_delta": {
        const { delta, index } = data
        if (!isObject(delta)) response.malformed("content_block_delta has no delta")
        // Some servers write text and thinking without starting their block.
        else if (!reader.delta(response.at(index) ?? reader.open(index, { type: kindOf(delta) }), delta)) {
          response.malformed(`${text(delta.type) ?? "a delta"} does not belong to this block`)
        }
        return undefined
      }
      case "content_block_start":
        if (isObject(data.content_block)) reader.open(data.index, data.content_block)
        else response.malformed("content_block_start has no content_block")
        return undefined
      case "content_block_stop":
        reader.close(response.at(data.index))
        return undefined
      case "message_start":
        if (!isObject(data.message)) response.malformed("message_start has no message")
        else if (!response.isEmpty) return spliced(data)
        else reader.message(withoutOutput(data.message))
        return undefined
      case "message_delta":
        reader.update(data)
        if (isObject(data.delta)) reader.update(data.delta)
        response.count(data.usage)
        return undefined
      case "message_stop":
        reader.finish()
        return undefined
      case "error":
        return decodeError(data)
      default:
        if (filled(data.error) !== undefined) return decodeError(data)
        if (type === undefined) response.malformed("the event has no type")
        return undefined
    }
  }
}

/** A message as it begins, without its count of the output, which is of what has been written until then. */
const withoutOutput = (message: WireObject): WireObject => {
  if (!isObject(message.usage) || text(message.stop_reason) !== undefined) return message
  const { output_tokens: _, ...usage } = message.usage
  return { ...message, usage }
}

const kindOf = ({ type }: WireObject): string => String(type).replace(/_delta$/, "")

/** Where an event says what the model wrote. */
export const eventShape = tagged("type", {
  message_start: object({ message: messageShape }),
  content_block_start: object({ index: number, content_block: blockShape }),
  content_block_delta: object({
    index: number,
    delta: tagged("type", {
      text_delta: object({ text: requiredString }),
      input_json_delta: object({ partial_json: requiredString }),
      thinking_delta: object({ thinking: requiredString }),
      signature_delta: object({ signature: requiredString }),
      citations_delta: object({ citation: object() })
    })
  }),
  content_block_stop: object({ index: number }),
  message_delta: object({
    delta: object({ stop_reason: string, stop_details: object({ explanation: string }) })
  })
})
