import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { Citation, ProviderOptions } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import type { AnswerOptions } from "../../ChatProtocol.ts"
import { withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { encodeCall } from "../Parts.ts"
import { encodeFinishReason } from "../wire/FinishReasons.ts"
import { encodeGrounding } from "../Grounding.ts"
import { encodeMedia } from "../wire/Media.ts"
import { compact, isObject, protocolId, type WireObject } from "../wire/Wire.ts"
import { encodeLogprobs } from "../wire/WireLogprobs.ts"
import { encodeUsage } from "../Usage.ts"

/**
 * Writes a whole answer. Words of refusal are text; what the wire has no part for (parts of other protocols) is left out.
 */
export const encodeResponse = (response: ChatResponse, options: AnswerOptions): Json => {
  const parts: Array<WireObject> = []
  const cited: Array<Cited> = []
  for (const part of response.content) {
    const encoded = encodePart(part)
    if (encoded === undefined) continue
    const last = parts.at(-1)
    const base = part.type === "text" && last !== undefined && isPlain(last) ? String(last.text) : undefined
    if (base !== undefined) parts.pop()
    parts.push(base === undefined ? encoded : { ...encoded, text: base + String(encoded.text) })
    if (part.type !== "text") continue
    const text = (base ?? "") + part.text
    for (const citation of part.citations ?? []) {
      cited.push({ index: parts.length - 1, text, citation: moved(citation, base?.length ?? 0) })
    }
  }
  const { finishReason, logprobs, rawFinishReason, sources = [], usage } = response
  return {
    candidates: [
      compact({
        content: { role: "model", parts },
        finishReason: encodeFinishReason(finishReason, rawFinishReason),
        index: 0,
        groundingMetadata: encodeGrounding(sources, cited),
        logprobsResult: logprobs === undefined ? undefined : encodeLogprobs(logprobs)
      }) as Json
    ],
    usageMetadata: encodeUsage(usage) as Json,
    modelVersion: response.model ?? options.model,
    responseId: response.id ?? options.id
  }
}

/** A text part that the next one goes on from. */
const isPlain = (part: WireObject): boolean => typeof part.text === "string" && Object.keys(part).length === 1

interface Cited {
  readonly index: number
  readonly text: string
  readonly citation: Citation
}

/** A citation in a text that begins later. */
export const moved = (citation: Citation, by: number): Citation =>
  citation.end === undefined ? citation : { ...citation, start: (citation.start ?? 0) + by, end: citation.end + by }

const encodePart = (part: AssistantPart): WireObject | undefined => {
  switch (part.type) {
    case "text":
      return part.text === "" && part.providerOptions?.[protocolId] === undefined
        ? undefined
        : withOwn({ text: part.text }, part.providerOptions)
    case "refusal":
      return part.text === "" ? undefined : { text: part.text }
    case "reasoning": {
      const thoughtSignature = part.protocol === protocolId ? part.signature : undefined
      const isSaid = part.text !== "" || thoughtSignature !== undefined
      return isSaid
        ? withOwn(compact({ text: part.text, thought: true, thoughtSignature }), part.providerOptions)
        : undefined
    }
    default:
      return encodeWholePart(part)
  }
}

/** A part that is written in one piece; none where the wire has no place for it. */
export const encodeWholePart = (
  part: Extract<AssistantPart, { type: "tool-call" | "image" | "audio" | "provider" }>
): WireObject | undefined => {
  if (part.type === "provider") return part.protocol === protocolId && isObject(part.value) ? part.value : undefined
  const encoded = part.type === "tool-call" ? encodeCall(part, true) : encodeMedia(part.data, part.mediaType)
  return encoded === undefined ? undefined : withOwn(encoded, part.providerOptions)
}

export const withOwn = (part: WireObject, options: ProviderOptions | undefined): WireObject =>
  withOptions(part, options, protocolId, protocolId)
