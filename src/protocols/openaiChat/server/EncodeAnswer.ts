import type { AudioPart, ImagePart, ReasoningPart, TextPart, ToolCallPart } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import type { ProviderOptions } from "../../../domain/ProviderOptions.ts"
import { encodeAnnotation } from "../wire/Citations.ts"
import { urlOf } from "../wire/DataUrl.ts"
import { withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { isDetail } from "../wire/ReasoningDetails.ts"
import { encodeCall } from "../wire/ToolCalls.ts"
import { compact, protocolId, type WireObject } from "../wire/Wire.ts"

/** The citations of a text that begins at `offset` within the whole content. */
export const encodeCitations = (citations: TextPart["citations"], offset: number): ReadonlyArray<Json> =>
  (citations ?? []).flatMap((citation) => {
    const { end, start } = citation
    const moved =
      offset === 0
        ? citation
        : {
            ...citation,
            raw: undefined,
            start: start === undefined ? undefined : start + offset,
            end: end === undefined ? undefined : end + offset
          }
    return encodeAnnotation(moved) ?? []
  })

/** A tool call of an answer. */
export const encodeAnswerCall = (part: ToolCallPart): WireObject =>
  withOptions(encodeCall(part), part.providerOptions, protocolId, protocolId)

/** An image of an answer; none where it has no address. */
export const encodeImage = (part: ImagePart): Json | undefined => {
  const url = urlOf(part.data, part.mediaType)
  return url === undefined ? undefined : { type: "image_url", image_url: { url } }
}

/** A recording of an answer. OpenAI says until when it keeps it; we do not know, and say 0. */
export const encodeAudio = ({ data, id, mediaType, transcript }: AudioPart): Json => {
  const url = urlOf(data, mediaType) ?? ""
  return compact({ id: id ?? "", data: url.slice(url.indexOf(",") + 1), transcript: transcript ?? "", expires_at: 0 })
}

/** What OpenRouter and Azure say of the choice rather than of the whole. */
const ofChoice = new Set(["native_finish_reason", "content_filter_results", "content_filter_result"])

/** What another server of this protocol said of a response besides, of the whole (`top`) and of its choice. */
export const encodeMetadata = (
  metadata: ProviderOptions | undefined
): { readonly top: WireObject; readonly choice: WireObject } => {
  const own = Object.entries(
    (metadata !== undefined && Object.hasOwn(metadata, protocolId) && metadata[protocolId]) || {}
  )
  return {
    top: Object.fromEntries(own.filter(([name]) => !ofChoice.has(name))),
    choice: Object.fromEntries(own.filter(([name]) => ofChoice.has(name)))
  }
}

/** Whether a thought is more than text, so that it must be said as a detail too. */
export const hasDetail = ({ encrypted, id, raw, signature }: ReasoningPart): boolean =>
  encrypted !== undefined || id !== undefined || signature !== undefined || isDetail(raw)
