import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type { Received } from "../http/Received.ts"
import type { RequestNotes } from "../http/RequestNotes.ts"

const traceparent = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/

/** The span of the client, as W3C's trace context has it. */
const parentOf = ({ headers }: Received): Tracer.ExternalSpan | undefined => {
  const [, traceId, spanId, flags] = traceparent.exec(headers["traceparent"] ?? "") ?? []
  return traceId === undefined || spanId === undefined
    ? undefined
    : Tracer.externalSpan({ traceId, spanId, sampled: (Number.parseInt(flags ?? "0", 16) & 1) === 1 })
}

/** Whether anybody sees spans. */
export const isTraced = (context: Context.Context<never>): boolean =>
  Context.get(context, Tracer.Tracer) !== Tracer.nativeTracer

/** The span of a request, by OpenTelemetry's conventions for HTTP servers; those of its calls are its children. It ends with the scope. */
export const requestSpan = Effect.fnUntraced(function* (
  received: Received,
  notes: RequestNotes,
  statusOf: () => number
): Effect.fn.Return<Tracer.Span, never, Scope.Scope> {
  const { id, method, remote } = received
  const span = yield* Effect.makeSpan(method, {
    kind: "server",
    parent: parentOf(received),
    attributes: { "http.request.method": method, "effect_llm.gateway.request.id": id }
  })
  if (remote !== undefined) span.attribute("client.address", remote)
  yield* Effect.addFinalizer((exit) =>
    Effect.map(Clock.Clock, (clock) => {
      const status = statusOf()
      const { caller, dialect, route } = notes
      span.attribute("http.response.status_code", status)
      if (route !== undefined) span.attribute("http.route", route)
      if (dialect !== undefined) span.attribute("effect_llm.dialect", dialect)
      if (caller !== undefined) span.attribute("effect_llm.gateway.key", caller.id)
      if (status >= 500) span.attribute("error.type", String(status))
      // A stream that broke after its beginning has a status of success.
      span.end(clock.currentTimeNanosUnsafe(), status >= 500 ? Exit.fail(status) : Exit.asVoid(exit))
    })
  )
  return span
})
