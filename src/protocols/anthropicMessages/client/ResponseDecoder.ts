import * as Result from "effect/Result"
import { ChatResponse } from "../../../domain/ChatResponse.ts"
import { ResponseParseError } from "../../../domain/errors/ResponseParseError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import { unknown as unknownUsage } from "../../../domain/Usage.ts"
import { AnswerIds } from "../../wire/AnswerIds.ts"
import { AnswerMetadata, withMetadata } from "../../wire/AnswerMetadata.ts"
import { filled } from "../../wire/Blank.ts"
import type { DecodeOptions } from "../../ChatProtocol.ts"
import type { ProviderFailure } from "../../ProviderFailure.ts"
import { decodeBlock, withCallId } from "../wire/AssistantBlock.ts"
import { decodeStopReason } from "../wire/StopReason.ts"
import { array, isObject, protocolId, text, type WireObject } from "../wire/Wire.ts"
import { decodeUsage } from "../wire/WireUsage.ts"
import { decodeError } from "./ErrorDecoder.ts"

/** Reads a whole answer. The words with which a refusal is explained become a refusal part, at the end. */
export const decodeResponse = (
  body: unknown,
  options: DecodeOptions
): Result.Result<ChatResponse, ProviderFailure | ResponseParseError> => {
  const { model, provider } = options
  if (isObject(body) && (body.type === "error" || filled(body.error) !== undefined))
    return Result.fail(decodeError(body))
  if (!isObject(body) || !Array.isArray(body.content)) {
    return Result.fail(new ResponseParseError({ provider, model, body, detail: "there is no array `content`" }))
  }
  const ids = new AnswerIds("toolu_")
  const idOf = (given: unknown) => ids.of(given, text(body.id))
  const content = array(body.content)
    .filter(isObject)
    .flatMap((block) => decodeContent(withCallId(block, idOf)))
  const refusal = refusalOf(body.stop_details)
  if (refusal !== undefined) content.push({ type: "refusal", text: refusal, isExplanation: true })
  const metadata = new AnswerMetadata(protocolId)
  metadata.read(body, messageKeys)
  const word = text(body.stop_reason)
  return Result.succeed(
    ChatResponse.of({
      id: text(body.id),
      model: text(body.model),
      provider,
      content,
      finishReason: decodeStopReason(word),
      rawFinishReason: word,
      stopSequence: text(body.stop_sequence),
      usage: isObject(body.usage) ? decodeUsage(body.usage) : unknownUsage,
      ...withMetadata(metadata),
      warnings: [],
      attempts: [],
      raw: body as Json
    })
  )
}

/** The fields of a message, and of the events that say how it goes on, that the domain has its own for. */
export const messageKeys: ReadonlySet<string> = new Set([
  "type",
  "id",
  "role",
  "model",
  "content",
  "stop_reason",
  "stop_sequence",
  "usage",
  "delta",
  "error"
])

const decodeContent = (block: WireObject): ReadonlyArray<AssistantPart> => {
  const part = decodeBlock(block)
  return part.type === "text" && part.text === "" && part.citations === undefined ? [] : [part]
}

/** How a refusal is explained, or none. */
export const refusalOf = (stopDetails: unknown): string | undefined =>
  isObject(stopDetails) ? text(stopDetails.explanation) : undefined
