import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AnswerOptions } from "../../ChatProtocol.ts"
import { encodeSources } from "../wire/Citations.ts"
import {
  encodeAnswerCall,
  encodeAudio,
  encodeCitations,
  encodeImage,
  encodeMetadata,
  hasDetail
} from "./EncodeAnswer.ts"
import * as FinishReasons from "../wire/FinishReasons.ts"
import { encodeLogprobs } from "../wire/Logprobs.ts"
import { encodeDetail } from "../wire/ReasoningDetails.ts"
import { array, compact, isObject, protocolId } from "../wire/Wire.ts"
import { encodeUsage } from "../Usage.ts"

/**
 * Writes a unary answer. Thinking is said in `reasoning_content`, and in `reasoning_details` too where it has to go
 * back unchanged. Calls that a provider ran itself, and parts that only another protocol knows, are left out.
 */
export const encodeResponse = (response: ChatResponse, options: AnswerOptions): Json => {
  const { finishReason, logprobs, rawFinishReason, sources, stopSequence, usage } = response
  const metadata = encodeMetadata(response.providerMetadata)
  return compact({
    ...metadata.top,
    id: response.id ?? options.id,
    object: "chat.completion",
    created: options.created,
    model: response.model ?? options.model,
    choices: [
      compact({
        ...metadata.choice,
        index: 0,
        message: encodeMessage(response),
        logprobs: logprobs === undefined ? null : encodeLogprobs(logprobs),
        finish_reason: FinishReasons.encode(finishReason, rawFinishReason),
        stop_reason: stopSequence
      })
    ],
    usage: encodeUsage(usage),
    service_tier: usage.serviceTier,
    ...encodeSources(sources)
  }) as Json
}

const encodeMessage = ({ content }: ChatResponse): Json => {
  const thoughts = content.filter((part) => part.type === "reasoning")
  const detailed = thoughts.length > 1 || thoughts.some(hasDetail)
  const annotations: Array<Json> = []
  const images: Array<Json> = []
  const calls: Array<unknown> = []
  const more: Record<string, unknown> = {}
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
      case "tool-call":
        if (part.providerExecuted !== true) calls.push(encodeAnswerCall(part))
        break
      case "image":
        images.push(...[encodeImage(part) ?? []].flat())
        break
      case "audio":
        more.audio = encodeAudio(part)
        break
      case "provider":
        if (part.protocol !== protocolId || !isObject(part.value)) break
        for (const [key, value] of Object.entries(part.value)) {
          if (key === "annotations") annotations.push(...(array(value) as ReadonlyArray<Json>))
          else more[key] = value
        }
    }
  }
  return compact({
    role: "assistant",
    content: text,
    refusal,
    reasoning_content: thoughts.map(({ text }) => text).join("") || undefined,
    reasoning_details: detailed ? thoughts.map(encodeDetail) : undefined,
    images: images.length === 0 ? undefined : images,
    tool_calls: calls.length === 0 ? undefined : calls,
    annotations: annotations.length === 0 ? undefined : annotations,
    ...more
  }) as Json
}
