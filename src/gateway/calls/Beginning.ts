import * as Effect from "effect/Effect"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import type { Answer, AnswerHeaders } from "../http/Answer.ts"
import { type EarlyStream, isEvents } from "../http/EarlyStream.ts"
import type { Exchange } from "../http/Routes.ts"
import { type Failure, stopped, toProviderError } from "./Failure.ts"

/** The headers of a stream. */
export const streamHeaders = (contentType: string, headers: Record<string, string>): AnswerHeaders => {
  headers["content-type"] = contentType
  headers["cache-control"] = "no-cache"
  return headers
}

/**
 * A stream that the server may begin while its provider is silent: where it has, a failure is said in the stream, and has no status
 * any more.
 */
export const beginning = <R>(
  { dialect, received }: Exchange,
  contentType: string,
  fail: (error: ProviderError) => string,
  open: Effect.Effect<Answer, Failure, R>
): Effect.Effect<Answer, Failure, R> => {
  const headers = streamHeaders(contentType, { [dialect.requestIdHeader]: received.id })
  if (received.mayBegin === undefined || !isEvents(headers)) return open
  const early: EarlyStream = { headers, isBegun: false, ending: () => fail(stopped) }
  received.mayBegin(early)
  return Effect.matchEffect(open, {
    onSuccess: (answer) => Effect.succeed(early.isBegun ? { ...answer, status: 200 } : answer),
    onFailure: (failure) =>
      early.isBegun
        ? Effect.succeed({ status: 200, headers, body: fail(toProviderError(failure)) })
        : Effect.fail(failure)
  })
}
