import * as Result from "effect/Result"
import type { ChatEvent } from "../../../domain/ChatEvent.ts"
import { ChatResponse } from "../../../domain/ChatResponse.ts"
import { ResponseParseError } from "../../../domain/errors/ResponseParseError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { DecodeOptions } from "../../ChatProtocol.ts"
import { isBlank } from "../../wire/Blank.ts"
import type { ProviderFailure } from "../../ProviderFailure.ts"
import { isObject } from "../wire/Wire.ts"
import { decodeError } from "../Errors.ts"
import { GenerateStreamDecoder } from "../Response.ts"

/**
 * Reads a whole answer, which is a stream of one piece. An array is a stream that was asked for without `alt=sse`.
 */
export const decodeResponse = (
  body: unknown,
  { model, provider }: DecodeOptions
): Result.Result<ChatResponse, ProviderFailure | ResponseParseError> => {
  const decoder = new GenerateStreamDecoder()
  const events: Array<ChatEvent> = []
  const pieces = Array.isArray(body) ? body : [body]
  for (const piece of pieces) {
    if (isObject(piece) && !isBlank(piece.error)) return Result.fail(decodeError(piece))
    if (!isObject(piece) || !["candidates", "promptFeedback", "usageMetadata"].some((key) => isKey(piece, key))) {
      return Result.fail(new ResponseParseError({ provider, model, body, detail: "there is no array `candidates`" }))
    }
    const failure = decoder.add(piece, events)
    if (failure !== undefined) return Result.fail(failure)
  }
  decoder.finish(events)
  return Result.succeed(ChatResponse.fold(events).with({ provider, raw: body as Json }))
}

const isKey = (piece: { readonly [key: string]: unknown }, key: string): boolean =>
  typeof piece[key] === "object" && piece[key] !== null
