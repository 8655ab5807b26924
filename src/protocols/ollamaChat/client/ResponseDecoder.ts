import * as Result from "effect/Result"
import type { ChatEvent } from "../../../domain/ChatEvent.ts"
import { ChatResponse } from "../../../domain/ChatResponse.ts"
import { ResponseParseError } from "../../../domain/errors/ResponseParseError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { DecodeOptions } from "../../ChatProtocol.ts"
import { isBlank } from "../../wire/Blank.ts"
import { decodeError } from "../../wire/ErrorBody.ts"
import type { ProviderFailure } from "../../ProviderFailure.ts"
import { type OllamaChatQuirks, withDefaults } from "../Request.ts"
import { isObject, text } from "../wire/Wire.ts"
import { AnswerReader } from "./AnswerReader.ts"

/** Reads a whole answer, with the same reader as a stream. */
export const decodeResponse = (
  body: unknown,
  { model, provider, quirks }: DecodeOptions<OllamaChatQuirks>
): Result.Result<ChatResponse, ProviderFailure | ResponseParseError> => {
  if (isObject(body) && !isBlank(body.error)) return Result.fail(decodeError(body))
  const events: Array<ChatEvent> = []
  const answer = new AnswerReader(withDefaults(quirks))
  if (!isObject(body) || !answer.read(body, events)) {
    return Result.fail(new ResponseParseError({ provider, model, body, detail: "there is no object `message`" }))
  }
  answer.finish(text(body.done_reason), events)
  return Result.succeed(ChatResponse.fold(events).with({ provider, raw: body as Json }))
}
