import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { Answer } from "../http/Answer.ts"
import type { Received } from "../http/Received.ts"
import type { Answered } from "../http/Respond.ts"
import type { HttpMetrics } from "./HttpMetrics.ts"

/** The status under which a request is counted whose client left before its answer. */
const clientLeft = 499

/** Counts requests when they are over, and writes a line for each where that is wanted. */
export const reported = (
  respond: (received: Received) => Effect.Effect<Answered, never, Scope.Scope>,
  metrics: HttpMetrics,
  isLogged: () => boolean
): ((received: Received) => Effect.Effect<Answer, never, Scope.Scope>) =>
  Effect.fnUntraced(function* (received) {
    let answer: Answered = { status: clientLeft, headers: {} }
    let isStream = false
    yield* Effect.addFinalizer((exit) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        if (isStream) metrics.streamEnded()
        const millis = now - received.startedAtMillis
        metrics.count(received.method, answer, millis)
        return isLogged() ? logged(received, answer, millis, Exit.isSuccess(exit)) : Effect.void
      })
    )
    answer = yield* respond(received)
    isStream = typeof answer.body === "object" && !(answer.body instanceof Uint8Array)
    if (isStream) metrics.streamBegan()
    return answer
  })

const logged = (
  { id, method, path, remote }: Received,
  { caller, dialect, status }: Answered,
  millis: number,
  isWhole: boolean
): Effect.Effect<void> =>
  Effect.annotateLogs(Effect.logInfo(`${method} ${path} ${status}`), {
    request: id,
    millis,
    ...(caller !== undefined && { key: caller }),
    ...(dialect !== undefined && { dialect }),
    ...(remote !== undefined && { remote }),
    ...(!isWhole && { cut: true })
  })
