import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import { withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { compact, isObject, type WireObject } from "../../wire/WireObject.ts"
import { documentName, encodeMedia, protocolId } from "../Media.ts"
import { encodeCall, encodeCitation, reasoningBlock, textBlock } from "../Messages.ts"
import { encodeStopReason } from "../Response.ts"
import { encodeUsage } from "../Usage.ts"

type Fields = { readonly [key: string]: Json }

/**
 * A refusal is text; what the wire has no block for (parts of other protocols, sources of the whole response, media that
 * are not bytes) is left out, and so are the response's id and model.
 */
export const encodeResponse = (response: ChatResponse): Json => ({
  output: { message: { role: "assistant", content: response.content.flatMap(encodePart) as ReadonlyArray<Json> } },
  ...encodeStop(response),
  ...encodeMetadata(response)
})

/** The fields of a whole response, and of the end of a stream, that say why it ended. */
export const encodeStop = (response: Pick<ChatResponse, "finishReason" | "rawFinishReason" | "stopSequence">): Fields =>
  compact({
    stopReason: encodeStopReason(response),
    additionalModelResponseFields:
      response.stopSequence === undefined ? undefined : { stop_sequence: response.stopSequence }
  })

/** The wire demands a latency, which is 0 where nobody measured it. */
export const encodeMetadata = ({ timings, usage }: Pick<ChatResponse, "usage" | "timings">): Fields =>
  compact({
    usage: encodeUsage(usage),
    metrics: { latencyMs: Math.round(Duration.toMillis(timings?.total ?? Duration.zero)) },
    serviceTier: usage.serviceTier === undefined ? undefined : { type: usage.serviceTier }
  })

const encodePart = (part: AssistantPart): ReadonlyArray<WireObject> => {
  switch (part.type) {
    case "text": {
      const block = textBlock(part.text, (part.citations ?? []).map(encodeCitation))
      return block.text === "" ? [] : [block]
    }
    case "refusal":
      return part.text === "" ? [] : [{ text: part.text }]
    case "reasoning":
      return [reasoningBlock(part)]
    case "tool-call":
      return [withOptions(encodeCall(part), part.providerOptions, protocolId, protocolId)]
    case "image":
    case "audio":
      return Result.match(encodeMedia(part, documentName), { onSuccess: (block) => [block], onFailure: () => [] })
    case "provider":
      return part.protocol === protocolId && isObject(part.value) ? [part.value] : []
  }
}
