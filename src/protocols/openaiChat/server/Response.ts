import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type {
  AudioPart,
  Citation,
  ImagePart,
  ProviderOptions,
  ReasoningPart,
  ToolCallPart
} from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import type { EncodeResponseOptions } from "../../ChatProtocol.ts"
import { urlOf } from "../../wire/request/MediaInput.ts"
import { encodeLogprobs } from "../../wire/response/Logprobs.ts"
import { array, compact, setOf, isObject, type WireObject } from "../../wire/WireObject.ts"
import { encodeAnnotation, encodeSources } from "../Content.ts"
import { encodeFinishReason } from "../ResponseFields.ts"
import { encodeDetail, isDetail } from "../Reasoning.ts"
import { encodeCall } from "../ToolCalls.ts"
import { encodeUsage } from "../Usage.ts"
import { OwnFields } from "../../wire/request/OwnFields.ts"

type Content = ChatResponse["content"]

/** The encoder of whole responses, for a protocol that may write the message in its own way. */
export const responseEncoder =
  (id: string, encodeMessage: (content: Content, id: string) => WireObject = encodeContent) =>
  (response: ChatResponse, options: EncodeResponseOptions): Json => {
    const { content, finishReason, logprobs, rawFinishReason, sources, stopSequence, usage } = response
    const metadata = encodeMetadata(response.providerMetadata, id)
    return compact({
      ...metadata.body,
      id: response.id ?? options.id,
      object: "chat.completion",
      created: options.created,
      model: response.model ?? options.model,
      choices: [
        compact({
          ...metadata.choice,
          index: 0,
          message: encodeMessage(content, id),
          logprobs: logprobs === undefined ? null : { content: encodeLogprobs(logprobs), refusal: null },
          finish_reason: encodeFinishReason(finishReason, rawFinishReason),
          stop_reason: stopSequence
        })
      ],
      usage: encodeUsage(usage),
      service_tier: usage.serviceTier,
      ...encodeSources(sources)
    }) as Json
  }

/** Reasoning goes into `reasoning_content`, and into `reasoning_details` too where it has to come back unchanged. */
const encodeContent = (content: Content, id: string): WireObject => {
  const reasoning = content.filter((part) => part.type === "reasoning")
  const needsDetails = reasoning.length > 1 || reasoning.some(hasDetail)
  const annotations: Array<unknown> = []
  const images: Array<Json> = []
  const own: Record<string, unknown> = {}
  let text: string | null = null
  let refusal: string | null = null
  for (const part of content) {
    switch (part.type) {
      case "text":
        annotations.push(...encodeCitations(part.citations, text?.length ?? 0))
        text = (text ?? "") + part.text
        break
      case "refusal":
        refusal = (refusal ?? "") + part.text
        break
      case "image":
        images.push(...encodeImage(part))
        break
      case "audio":
        own.audio = encodeAudio(part)
        break
      case "provider":
        if (part.protocol !== id || !isObject(part.value)) break
        for (const [key, value] of Object.entries(part.value)) {
          if (key === "annotations") annotations.push(...array(value))
          else own[key] = value
        }
    }
  }
  return compact({
    role: "assistant",
    content: text,
    refusal,
    reasoning_content: reasoning.map(({ text }) => text).join("") || undefined,
    reasoning_details: needsDetails ? reasoning.map(encodeDetail) : undefined,
    images: nonEmpty(images),
    tool_calls: encodeCalls(content, id),
    annotations: nonEmpty(annotations),
    ...own
  })
}

const nonEmpty = <A>(list: ReadonlyArray<A>): ReadonlyArray<A> | undefined => (list.length === 0 ? undefined : list)

/** The calls that the caller is to run. */
export const encodeCalls = (content: Content, id: string): ReadonlyArray<WireObject> | undefined =>
  nonEmpty(
    content.flatMap((part) =>
      part.type === "tool-call" && part.providerExecuted !== true ? [encodeResponseCall(part, id)] : []
    )
  )

export const encodeResponseCall = (part: ToolCallPart, id: string): WireObject =>
  new OwnFields(id).patched(encodeCall(part, id), part.providerOptions)

/** The annotations of a text that begins at `offset` within the whole content. */
export const encodeCitations = (citations: ReadonlyArray<Citation> | undefined, offset: number): ReadonlyArray<Json> =>
  (citations ?? []).flatMap((citation) => {
    const { end, start } = citation
    const moved: Citation =
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

export const encodeImage = (part: ImagePart): ReadonlyArray<Json> => {
  const url = urlOf(part.data, part.mediaType)
  return url === undefined ? [] : [{ type: "image_url", image_url: { url } }]
}

/** `expires_at` is required; how long the recording is kept is not known here. */
export const encodeAudio = ({ data, id, mediaType, transcript }: AudioPart): Json => {
  const url = urlOf(data, mediaType) ?? ""
  return { id: id ?? "", data: url.slice(url.indexOf(",") + 1), transcript: transcript ?? "", expires_at: 0 }
}

/** Fields that OpenRouter and Azure put into the choice rather than the body. */
const choiceMetadata = setOf("native_finish_reason content_filter_results content_filter_result")

/** The protocol's own metadata, of the body and of its choice. */
export const encodeMetadata = (
  metadata: ProviderOptions | undefined,
  id: string
): { readonly body: WireObject; readonly choice: WireObject } => {
  const fields = Object.entries((metadata !== undefined && Object.hasOwn(metadata, id) && metadata[id]) || {})
  return {
    body: Object.fromEntries(fields.filter(([name]) => !choiceMetadata.has(name))),
    choice: Object.fromEntries(fields.filter(([name]) => choiceMetadata.has(name)))
  }
}

/** Whether reasoning is more than text, so that it needs a detail. */
export const hasDetail = ({ encrypted, id, raw, signature }: ReasoningPart): boolean =>
  encrypted !== undefined || id !== undefined || signature !== undefined || isDetail(raw)
