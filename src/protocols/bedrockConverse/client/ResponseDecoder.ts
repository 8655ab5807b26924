import * as Result from "effect/Result"
import { ChatResponse } from "../../../domain/ChatResponse.ts"
import { ResponseParseError } from "../../../domain/errors/ResponseParseError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import { unknown as unknownUsage } from "../../../domain/Usage.ts"
import { AnswerMetadata, withMetadata } from "../../wire/AnswerMetadata.ts"
import { AnswerIds } from "../../wire/AnswerIds.ts"
import { isBlank } from "../../wire/Blank.ts"
import { isUnusable, unusable } from "../../wire/Unusable.ts"
import { decodeError, isError } from "../../wire/BedrockError.ts"
import type { DecodeOptions } from "../../ChatProtocol.ts"
import type { ProviderFailure } from "../../ProviderFailure.ts"
import { decodeBlock, completed } from "../wire/AssistantBlock.ts"
import { decodeStopReason } from "../wire/StopReason.ts"
import { array, isObject, object, protocolId, text, type WireObject } from "../wire/Wire.ts"
import { decodeUsage } from "../wire/WireUsage.ts"

/** Reads a whole answer. It has no id; its model is known only where a prompt router chose it. */
export const decodeResponse = (
  body: unknown,
  options: DecodeOptions
): Result.Result<ChatResponse, ProviderFailure | ResponseParseError> => {
  const { model, provider } = options
  if (isError(body)) return Result.fail(decodeError(body))
  const message = object(object(object(body)?.output)?.message)
  if (!isObject(body) || message === undefined || !Array.isArray(message.content)) {
    const detail = "there is no array `output.message.content`"
    return Result.fail(new ResponseParseError({ provider, model, body, detail }))
  }
  const word = text(body.stopReason)
  if (message.content.every(isBlank) && isUnusable(word)) return Result.fail(unusable(word, undefined, body))
  const metadata = new AnswerMetadata(protocolId)
  metadata.read(body, responseKeys)
  const ids = new AnswerIds("tooluse_")
  const idOf = (given: unknown) => ids.of(given, undefined)
  return Result.succeed(
    ChatResponse.of({
      model: routedTo(body),
      provider,
      content: array(message.content)
        .filter(isObject)
        .flatMap((block) => decodeContent(completed(block, idOf))),
      finishReason: decodeStopReason(word),
      rawFinishReason: word,
      stopSequence: stopSequenceOf(body),
      usage: isObject(body.usage) ? decodeUsage(body.usage, body.serviceTier) : unknownUsage,
      ...withMetadata(metadata),
      warnings: [],
      attempts: [],
      raw: body as Json
    })
  )
}

/** The fields of a response, and of the events that end a stream, that the domain has its own for. */
export const responseKeys: ReadonlySet<string> = new Set(["output", "stopReason", "usage", "serviceTier"])

const decodeContent = (block: WireObject): ReadonlyArray<AssistantPart> => {
  const part = decodeBlock(block)
  return part.type === "text" && part.text === "" && part.citations === undefined ? [] : [part]
}

/** The model that a prompt router chose, without the ARN around it. */
export const routedTo = (answer: WireObject): string | undefined => {
  const invoked = text(object(object(answer.trace)?.promptRouter)?.invokedModelId)
  return invoked?.slice(invoked.lastIndexOf("/") + 1)
}

/** The stop text, where `additionalModelResponseFieldPaths` asked for it. */
export const stopSequenceOf = (answer: WireObject): string | undefined => {
  const fields = object(answer.additionalModelResponseFields)
  return text(fields?.stop_sequence) ?? text(object(fields?.delta)?.stop_sequence)
}
