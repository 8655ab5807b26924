import * as Result from "effect/Result"
import type { ChatEvent } from "../../../domain/ChatEvent.ts"
import { ChatResponse } from "../../../domain/ChatResponse.ts"
import { ResponseParseError } from "../../../domain/errors/ResponseParseError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { DecodeOptions } from "../../ChatProtocol.ts"
import { decodeError } from "../../wire/ErrorBody.ts"
import type { ProviderFailure } from "../../ProviderFailure.ts"
import { isObject } from "../wire/Wire.ts"
import { AnswerReader } from "../Response.ts"

/**
 * Reads a whole answer. One that is still to come (`background`) has no content yet and the finish reason `other`; its
 * raw word is `queued` or `in_progress`.
 */
export const decodeResponse = (
  body: unknown,
  { model, provider }: DecodeOptions
): Result.Result<ChatResponse, ProviderFailure | ResponseParseError> => {
  if (!isObject(body) || (!Array.isArray(body.output) && !isObject(body.error))) {
    return Result.fail(new ResponseParseError({ provider, model, body, detail: "there is no array `output`" }))
  }
  if (!Array.isArray(body.output)) return Result.fail(decodeError(body))
  const events: Array<ChatEvent> = []
  const failure = new AnswerReader().finish(body, events)
  if (failure !== undefined) return Result.fail(failure)
  return Result.succeed(ChatResponse.fold(events).with({ provider, raw: body as Json }))
}
