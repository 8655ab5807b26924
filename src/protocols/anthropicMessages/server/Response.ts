import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { Citation, ReasoningPart } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import type { AnswerOptions } from "../../ChatProtocol.ts"
import { withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { compact, type WireObject } from "../../wire/WireObject.ts"
import { encodeCall, encodeCitation, encodeReasoning, protocolId } from "../Messages.ts"
import { encodeStopReason } from "../Response.ts"
import { encodeUsage } from "../Usage.ts"

/**
 * A refusal is the explanation in `stop_details`, with the stop reason `refusal`; audio is written as its transcript.
 * What the wire has no block for (images, parts of other protocols, sources of the whole response) is left out.
 */
export const encodeResponse = (response: ChatResponse, options: AnswerOptions): Json => ({
  ...metadataOf(response),
  id: response.id ?? options.id,
  type: "message",
  role: "assistant",
  model: response.model ?? options.model,
  content: response.content.flatMap(encodePart) as ReadonlyArray<Json>,
  ...encodeStop(response, response.refusal),
  usage: encodeUsage(response.usage)
})

type Fields = { readonly [key: string]: Json }

/** What a server of this protocol reported besides. */
export const metadataOf = ({ providerMetadata: metadata }: Pick<ChatResponse, "providerMetadata">): Fields =>
  (metadata !== undefined && Object.hasOwn(metadata, protocolId) ? metadata[protocolId] : undefined) ?? {}

/** The fields of a whole response, and of the end of a stream, that say why it ended. */
export const encodeStop = (
  response: Pick<ChatResponse, "finishReason" | "rawFinishReason" | "stopSequence" | "providerMetadata">,
  refusal: string
): Fields => ({
  stop_reason: refusal === "" ? encodeStopReason(response) : "refusal",
  stop_sequence: response.stopSequence ?? null,
  stop_details:
    metadataOf(response).stop_details ??
    (refusal === "" ? null : { type: "refusal", category: null, explanation: refusal })
})

const encodePart = (part: AssistantPart): ReadonlyArray<WireObject> => {
  switch (part.type) {
    case "text":
      return encodeText(part.text, part.citations ?? [])
    case "reasoning":
      return [reasoningBlock(part)]
    case "tool-call":
      return [withOptions(encodeCall(part), part.providerOptions, protocolId, protocolId)]
    case "audio":
      return encodeText(part.transcript ?? "", [])
    case "provider":
      return part.protocol === protocolId ? [part.value as WireObject] : []
    case "refusal":
    case "image":
      return []
  }
}

const encodeText = (text: string, cited: ReadonlyArray<Citation>): ReadonlyArray<WireObject> => {
  const citations = cited.flatMap((citation) => encodeCitation(citation) ?? [])
  if (text === "" && citations.length === 0) return []
  return [compact({ type: "text", text, citations: citations.length === 0 ? undefined : citations })]
}

/** Reasoning for readers, without proof where it has none. */
export const reasoningBlock = (part: ReasoningPart): WireObject => {
  const { encrypted, signature = "", text: thinking } = part
  const proven = encodeReasoning(part)
  if (proven !== undefined) return proven
  return thinking === "" && encrypted !== undefined
    ? { type: "redacted_thinking", data: encrypted }
    : { type: "thinking", thinking, signature }
}
