import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { Json } from "../../../domain/Json.ts"
import type { EncodeResponseOptions } from "../../ChatProtocol.ts"
import { encodeCalls, responseEncoder } from "../../openaiChat/server/Response.ts"
import { ChunkEncoder } from "../../openaiChat/server/Stream.ts"
import { compact } from "../../wire/WireObject.ts"
import { encodeContent, encodeReasoning, isReference, protocolId } from "../Messages.ts"
import type { WrittenEvent } from "../../wire/response/ResponseWriter.ts"

const encode = responseEncoder(protocolId, (content, protocol) =>
  compact({ role: "assistant", content: encodeContent(content), tool_calls: encodeCalls(content, protocol) })
)

/** Mistral has no field for the sources of the response as a whole. */
export const encodeResponse = (response: ChatResponse, options: EncodeResponseOptions): Json =>
  encode(response.with({ sources: undefined }), options)

/** Content that is more than text is written in chunks, and references where they come, after the text they are about. */
export class MistralChunkEncoder extends ChunkEncoder {
  constructor(options: EncodeResponseOptions) {
    super(protocolId, { ...options, includeUsage: true })
  }

  protected override add(event: WrittenEvent): void {
    switch (event.type) {
      case "reasoning-start":
      case "reasoning-end":
      case "source":
        return
      case "reasoning-delta":
        if (event.delta !== "") this.delta({ content: [encodeReasoning(event.delta)] })
        return
      case "refusal-delta":
        return this.text(event.delta)
      case "citation":
        if (isReference(event.citation)) this.delta({ content: [event.citation.raw] })
        return
      case "part": {
        const content = encodeContent([event.part])
        return typeof content === "string" ? this.text(content) : this.delta({ content })
      }
      default:
        super.add(event)
    }
  }
}
