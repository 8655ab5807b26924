import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { ReasoningPart } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import type { AnswerOptions } from "../../ChatProtocol.ts"
import { encodeCall, encodeReasoning } from "../wire/AssistantBlock.ts"
import { withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { encodeStopReason } from "../wire/StopReason.ts"
import { compact, protocolId, type WireObject } from "../wire/Wire.ts"
import { encodeCitation } from "../wire/WireCitation.ts"
import { encodeUsage } from "../wire/WireUsage.ts"

/**
 * Writes a whole answer. A refusal's words are its explanation (`stop_details`), and then the stop reason is `refusal`;
 * a recording is said by its transcript; what the wire has no block for (images, parts of other protocols, sources of
 * the answer as a whole) is left out.
 */
export const encodeResponse = (response: ChatResponse, options: AnswerOptions): Json => {
  const { finishReason, rawFinishReason, refusal, stopSequence } = response
  return {
    ...ownMetadata(response.providerMetadata),
    id: response.id ?? options.id,
    type: "message",
    role: "assistant",
    model: response.model ?? options.model,
    content: response.content.flatMap(encodePart) as ReadonlyArray<Json>,
    ...encodeStop({ finishReason, rawFinishReason, stopSequence, refusal }, response.providerMetadata),
    usage: encodeUsage(response.usage)
  }
}

/** What another server of this protocol said of a response besides. */
export const ownMetadata = (metadata: ChatResponse["providerMetadata"]): { readonly [key: string]: Json } =>
  (metadata !== undefined && Object.hasOwn(metadata, protocolId) ? metadata[protocolId] : undefined) ?? {}

/** Why an answer ended, in the fields that a whole answer and the end of a stream have alike. */
export const encodeStop = (
  answer: {
    readonly finishReason: ChatResponse["finishReason"]
    readonly rawFinishReason: string | undefined
    readonly stopSequence: string | undefined
    readonly refusal: string
  },
  metadata?: ChatResponse["providerMetadata"]
): { readonly [key: string]: Json } => ({
  stop_reason: answer.refusal === "" ? encodeStopReason(answer) : "refusal",
  stop_sequence: answer.stopSequence ?? null,
  stop_details:
    ownMetadata(metadata).stop_details ??
    (answer.refusal === "" ? null : { type: "refusal", category: null, explanation: answer.refusal })
})

const encodePart = (part: AssistantPart): ReadonlyArray<WireObject> => {
  switch (part.type) {
    case "text":
      return encodeText(part.text, part.citations ?? [])
    case "reasoning":
      return [encodeThought(part)]
    case "tool-call":
      return [withOptions(encodeCall(part), part.providerOptions, protocolId, protocolId)]
    case "audio":
      return encodeText(part.transcript ?? "", [])
    case "provider":
      return part.protocol === protocolId ? [part.value as WireObject] : []
    default:
      return []
  }
}

const encodeText = (
  text: string,
  citations: NonNullable<Extract<AssistantPart, { type: "text" }>["citations"]>
): ReadonlyArray<WireObject> => {
  const cited = citations.flatMap((citation) => encodeCitation(citation) ?? [])
  return text === "" && cited.length === 0
    ? []
    : [compact({ type: "text", text, citations: cited.length === 0 ? undefined : cited })]
}

/** A thought as a reader of answers sees it: without proof, where it has none. */
export const encodeThought = (part: ReasoningPart): WireObject => {
  const proven = encodeReasoning(part)
  if (proven !== undefined) return proven
  return part.text === "" && part.encrypted !== undefined
    ? { type: "redacted_thinking", data: part.encrypted }
    : { type: "thinking", thinking: part.text, signature: part.signature ?? "" }
}
