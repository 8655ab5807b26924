import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import type { Answer } from "../http/Answer.ts"
import { millisSince, type Received } from "../http/Received.ts"
import type { RequestNotes } from "../http/RequestNotes.ts"
import { logged } from "./AccessLog.ts"
import type { HttpMetrics } from "./HttpMetrics.ts"
import { isTraced, requestSpan } from "./RequestSpan.ts"

/** The answer of a request whose client left before there was one. */
const clientLeft: Answer = { status: 499, headers: {} }

/** The answer of a request for which there was no time any more. */
const stopped: Answer = { status: 503, headers: {} }

/** Counts requests when they are over, shows them as spans where those are sent on, and writes a line for each where that is wanted. */
export const reported = (
  respond: (received: Received, notes: RequestNotes) => Effect.Effect<Answer, never, Scope.Scope>,
  metrics: HttpMetrics,
  isLogged: () => boolean,
  context: Context.Context<never>
): ((received: Received) => Effect.Effect<Answer, never, Scope.Scope>) => {
  const hasSpans = isTraced(context)
  return (received) =>
    Effect.withFiber((fiber) => {
      const scope = Context.getUnsafe(fiber.context, Scope.Scope)
      const clock = fiber.getRef(Clock.Clock)
      const notes: RequestNotes = { route: undefined, dialect: undefined, caller: undefined }
      let answer = clientLeft
      let isStream = false
      const answered = (given: Answer): Answer => {
        answer = given
        isStream = typeof given.body === "object" && !(given.body instanceof Uint8Array)
        if (isStream) metrics.streamBegan()
        return given
      }
      const over = (exit: Exit.Exit<unknown, unknown>, span: Tracer.Span | undefined): Effect.Effect<void> => {
        if (isStream) metrics.streamEnded()
        if (answer === clientLeft && received.isStopped === true) answer = stopped
        const millis = millisSince(received, clock)
        metrics.count(received.method, notes, answer, millis)
        if (!isLogged()) return Effect.void
        const line = logged(received, notes, answer, millis, Exit.isSuccess(exit))
        return span === undefined ? line : Effect.withParentSpan(line, span)
      }
      const following = (span?: Tracer.Span) => {
        const responding = Effect.map(
          Effect.suspend(() => respond(received, notes)),
          answered
        )
        return Effect.andThen(
          Scope.addFinalizerExit(scope, (exit) => over(exit, span)),
          span === undefined ? responding : Effect.withParentSpan(responding, span)
        )
      }
      return hasSpans
        ? Effect.flatMap(
            requestSpan(received, notes, () => answer.status),
            following
          )
        : following()
    })
}
