import * as Result from "effect/Result"
import type { ChatEvent } from "../../../domain/ChatEvent.ts"
import { ChatFold } from "../../../domain/ChatFold.ts"
import { ChatResponse } from "../../../domain/ChatResponse.ts"
import { ResponseParseError } from "../../../domain/errors/ResponseParseError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { DecodeOptions } from "../../ChatProtocol.ts"
import type { ProviderFailure } from "../../ProviderFailure.ts"
import { AnswerReader } from "../Response.ts"
import { type OpenAiChatQuirks, withDefaults } from "../Quirks.ts"
import { array, isObject } from "../wire/Wire.ts"

/** How much of a body that is not understood is kept. */
const excerpt = 2000

/** Reads a unary answer. It goes through the same reader as a stream does, so both give the same answer. */
export const decodeResponse = (
  body: unknown,
  options: DecodeOptions<OpenAiChatQuirks>
): Result.Result<ChatResponse, ProviderFailure | ResponseParseError> => {
  const events: Array<ChatEvent> = []
  const answer = new AnswerReader(withDefaults(options.quirks), "message")
  const choices = isObject(body) ? array(body.choices) : []
  const failure = isObject(body) ? answer.read(body, events) : false
  if (failure === false || (failure === undefined && choices.length === 0)) {
    return Result.fail(
      new ResponseParseError({
        provider: options.provider,
        model: options.model,
        detail: "the body is not a chat completion with a choice",
        frame: { data: (typeof body === "string" ? body : (JSON.stringify(body) ?? "")).slice(0, excerpt) }
      })
    )
  }
  if (failure !== undefined) return Result.fail(failure)
  answer.finish(events)
  const fold = new ChatFold()
  for (const event of events) fold.add(event)
  const fields = fold.fields()
  const message = `the server sent ${choices.length} choices; the first one is the answer`
  return Result.succeed(
    ChatResponse.of({
      ...fields,
      warnings:
        choices.length > 1 && choices.some((choice) => isObject(choice) && typeof choice.index === "number")
          ? [...fields.warnings, { type: "other", message }]
          : fields.warnings,
      raw: body as Json
    })
  )
}
