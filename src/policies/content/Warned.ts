import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ChatEvent } from "../../domain/ChatEvent.ts"
import type { ChatResponse } from "../../domain/ChatResponse.ts"
import type { Warning } from "../../domain/Warning.ts"

/** The response with one more warning. */
export const warnedResponse = <E, R>(
  response: Effect.Effect<ChatResponse, E, R>,
  warning: Warning | undefined
): Effect.Effect<ChatResponse, E, R> =>
  warning === undefined
    ? response
    : Effect.map(response, (response) => response.with({ warnings: [...response.warnings, warning] }))

/** The stream with one more warning, at its beginning. */
export const warnedStream = <E, R>(
  stream: Stream.Stream<ChatEvent, E, R>,
  warning: Warning | undefined
): Stream.Stream<ChatEvent, E, R> =>
  warning === undefined
    ? stream
    : Stream.map(stream, (event) =>
        event.type === "response-start" ? { ...event, warnings: [...(event.warnings ?? []), warning] } : event
      )
