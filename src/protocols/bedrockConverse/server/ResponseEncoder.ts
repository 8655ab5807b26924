import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { TextPart } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import { withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { encodeCall, thoughtContent } from "../wire/AssistantBlock.ts"
import { documentName, encodeMedia } from "../wire/MediaBlock.ts"
import { encodeStopReason } from "../wire/StopReason.ts"
import { compact, isObject, protocolId, type WireObject } from "../wire/Wire.ts"
import { citedBlock, encodeCitation } from "../wire/WireCitation.ts"
import { encodeUsage } from "../wire/WireUsage.ts"

/**
 * Writes a whole answer. A refusal is text; what the wire has no block for (parts of other protocols, sources of the
 * answer as a whole, media that are not bytes) is left out, and so are the answer's id and model.
 */
export const encodeResponse = (response: ChatResponse): Json => ({
  output: { message: { role: "assistant", content: response.content.flatMap(encodePart) as ReadonlyArray<Json> } },
  ...encodeStop(response),
  ...encodeMetadata(response)
})

/** Why an answer ended, in the fields that a whole answer and the end of a stream have alike. */
export const encodeStop = (
  answer: Pick<ChatResponse, "finishReason" | "rawFinishReason" | "stopSequence">
): { readonly [key: string]: Json } =>
  compact({
    stopReason: encodeStopReason(answer),
    additionalModelResponseFields:
      answer.stopSequence === undefined ? undefined : { stop_sequence: answer.stopSequence }
  })

/** What an answer took. Where nobody measured the time it is said as 0, for the wire demands a number. */
export const encodeMetadata = (answer: Pick<ChatResponse, "usage" | "timings">): { readonly [key: string]: Json } =>
  compact({
    usage: encodeUsage(answer.usage),
    metrics: { latencyMs: Math.round(Duration.toMillis(answer.timings?.total ?? Duration.zero)) },
    serviceTier: answer.usage.serviceTier === undefined ? undefined : { type: answer.usage.serviceTier }
  })

const encodePart = (part: AssistantPart): ReadonlyArray<WireObject> => {
  switch (part.type) {
    case "text":
      return encodeText(part)
    case "refusal":
      return part.text === "" ? [] : [{ text: part.text }]
    case "reasoning":
      return [{ reasoningContent: thoughtContent(part) }]
    case "tool-call":
      return [withOptions(encodeCall(part), part.providerOptions, protocolId, protocolId)]
    case "image":
    case "audio":
      return Result.match(encodeMedia(part, documentName), { onSuccess: (block) => [block], onFailure: () => [] })
    case "provider":
      return part.protocol === protocolId && isObject(part.value) ? [part.value] : []
  }
}

const encodeText = ({ citations, text }: TextPart): ReadonlyArray<WireObject> => {
  const cited = (citations ?? []).map(encodeCitation).filter((citation) => citation !== undefined)
  if (cited.length > 0) return [citedBlock(text, cited)]
  return text === "" ? [] : [{ text }]
}
