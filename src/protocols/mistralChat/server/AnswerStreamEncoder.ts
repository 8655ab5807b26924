import type { ChatEvent } from "../../../domain/ChatEvent.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import type { AnswerOptions, StreamEncoder } from "../../ChatProtocol.ts"
import { OpenAiChat } from "../../OpenAiChat.ts"
import { renameEvent } from "../../wire/RenamedProtocol.ts"
import { encodeContent, encodeThought, isReference } from "../Content.ts"
import { isObject, protocolId } from "../wire/Wire.ts"

/**
 * Writes a stream as OpenAI's, with content in chunks where it is more than text. References stand where they are told,
 * for text that has been sent is not parted.
 */
export class AnswerStreamEncoder implements StreamEncoder {
  readonly #encoder: StreamEncoder

  constructor(options: AnswerOptions) {
    this.#encoder = OpenAiChat.makeEncoder({ ...options, includeUsage: true })
  }

  encode(event: ChatEvent): ReadonlyArray<Frame> {
    switch (event.type) {
      case "reasoning-start":
      case "reasoning-end":
      case "source":
        return []
      case "reasoning-delta":
        return event.delta === "" ? [] : this.#chunks([encodeThought(event.delta)])
      case "refusal-delta":
        return this.#encoder.encode({ type: "text-delta", id: `refusal ${event.id}`, delta: event.delta })
      case "citation":
        return isReference(event.citation) ? this.#chunks([event.citation.raw]) : []
      case "part": {
        const content = encodeContent([event.part])
        if (typeof content !== "string") return this.#chunks(content)
        return this.#encoder.encode({ type: "text-delta", id: "part", delta: content })
      }
      default:
        return this.#encoder.encode(renameEvent(event, { from: protocolId, to: OpenAiChat.id }))
    }
  }

  end(): ReadonlyArray<Frame> {
    return this.#encoder.end()
  }

  fail(error: ProviderError): ReadonlyArray<Frame> {
    return this.#encoder.fail(error)
  }

  /** A provider part's value is a delta to OpenAI's writer. */
  #chunks(content: unknown): ReadonlyArray<Frame> {
    const value = isObject(content) ? content : { content }
    return this.#encoder.encode({
      type: "part",
      part: { type: "provider", protocol: OpenAiChat.id, value: value as never }
    })
  }
}
