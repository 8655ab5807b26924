import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { Answer } from "../http/Answer.ts"
import type { Received } from "../http/Received.ts"
import type { RequestNotes } from "../http/RequestNotes.ts"
import { logged } from "./AccessLog.ts"
import type { HttpMetrics } from "./HttpMetrics.ts"
import { isTraced, requestSpan } from "./RequestSpan.ts"

/** The answer of a request whose client left before there was one. */
const clientLeft: Answer = { status: 499, headers: {} }

/** Counts requests when they are over, shows them as spans where those are sent on, and writes a line for each where that is wanted. */
export const reported = (
  respond: (received: Received, notes: RequestNotes) => Effect.Effect<Answer, never, Scope.Scope>,
  metrics: HttpMetrics,
  isLogged: () => boolean,
  context: Context.Context<never>
): ((received: Received) => Effect.Effect<Answer, never, Scope.Scope>) => {
  const hasSpans = isTraced(context)
  return Effect.fnUntraced(function* (received) {
    const notes: RequestNotes = { route: undefined, dialect: undefined, caller: undefined }
    let answer = clientLeft
    let isStream = false
    const span = hasSpans ? yield* requestSpan(received, notes, () => answer.status) : undefined
    yield* Effect.addFinalizer((exit) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        if (isStream) metrics.streamEnded()
        const millis = now - received.startedAtMillis
        metrics.count(received.method, notes, answer, millis)
        if (!isLogged()) return Effect.void
        const line = logged(received, notes, answer, millis, Exit.isSuccess(exit))
        return span === undefined ? line : Effect.withParentSpan(line, span)
      })
    )
    const responding = respond(received, notes)
    answer = yield* span === undefined ? responding : Effect.withParentSpan(responding, span)
    isStream = typeof answer.body === "object" && !(answer.body instanceof Uint8Array)
    if (isStream) metrics.streamBegan()
    return answer
  })
}
