import * as Result from "effect/Result"
import { ChatResponse } from "../../../domain/ChatResponse.ts"
import { ResponseParseError } from "../../../domain/errors/ResponseParseError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { Logprob } from "../../../domain/Logprob.ts"
import { unknown as unknownUsage } from "../../../domain/Usage.ts"
import type { DecodeOptions } from "../../ChatProtocol.ts"
import { AnswerMetadata, withMetadata } from "../../wire/AnswerMetadata.ts"
import { AnswerIds } from "../../wire/AnswerIds.ts"
import { decodeError } from "../../wire/ErrorBody.ts"
import type { ProviderFailure } from "../../ProviderFailure.ts"
import { decodeAnswer } from "../wire/Answer.ts"
import { decodeFinishReason, failureOf } from "../wire/FinishReasons.ts"
import { array, isObject, object, protocolId, text } from "../wire/Wire.ts"
import { decodeUsage } from "../wire/WireUsage.ts"

/** Reads a whole answer. */
export const decodeResponse = (
  body: unknown,
  { model, provider }: DecodeOptions
): Result.Result<ChatResponse, ProviderFailure | ResponseParseError> => {
  const message = isObject(body) ? object(body.message) : undefined
  if (!isObject(body) || message === undefined) {
    return isObject(body) && text(body.message) !== undefined
      ? Result.fail(decodeError(body))
      : Result.fail(new ResponseParseError({ provider, model, body, detail: "there is no object `message`" }))
  }
  const word = text(body.finish_reason)
  const failure = failureOf(word, body.error, body)
  if (failure !== undefined) return Result.fail(failure)
  const metadata = new AnswerMetadata(protocolId)
  metadata.read(body, responseKeys)
  const ids = new AnswerIds("call_")
  const content = decodeAnswer(message, (given) => ids.of(given, text(body.id)))
  const logprobs = array(body.logprobs).flatMap(decodeLogprob)
  return Result.succeed(
    ChatResponse.of({
      id: text(body.id),
      model: undefined,
      provider,
      content,
      finishReason: decodeFinishReason(
        word,
        content.some(({ type }) => type === "tool-call")
      ),
      rawFinishReason: word,
      usage: isObject(body.usage) ? decodeUsage(body.usage) : unknownUsage,
      logprobs: logprobs.length === 0 ? undefined : logprobs,
      ...withMetadata(metadata),
      warnings: [],
      attempts: [],
      raw: body as Json
    })
  )
}

/** The fields of a response, and of the event that ends a stream, that the domain has its own for. */
export const responseKeys: ReadonlySet<string> = new Set([
  "id",
  "message",
  "finish_reason",
  "usage",
  "logprobs",
  "error"
])

/** The log probability of a piece of text; that of several tokens is their sum. */
export const decodeLogprob = (u: unknown): ReadonlyArray<Logprob> => {
  if (!isObject(u) || typeof u.text !== "string") return []
  const values = array(u.logprobs).filter((value) => typeof value === "number")
  return values.length === 0 ? [] : [{ token: u.text, logprob: values.reduce((sum, value) => sum + value, 0) }]
}
