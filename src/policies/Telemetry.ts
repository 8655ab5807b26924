/**
 * Spans and metrics of calls, by OpenTelemetry's conventions for generative AI. They go to Effect's tracer and metrics, so the
 * exporters of `effect/observability` send them on.
 *
 * ```ts
 * import { OpenAi, Retry, Model } from "effect-llm"
 * import * as Telemetry from "effect-llm/policies/Telemetry"
 *
 * const model = OpenAi.model("gpt-5.4-mini").pipe(Model.retry(Retry.standard), Telemetry.standard)
 * ```
 *
 * Put it outermost, once: it then sees retries and fallbacks as attempts of one call. Applied twice it counts twice.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import type { CallResponse } from "../domain/CallResponse.ts"
import type { CallRequest } from "../domain/CallRequest.ts"
import type { Capability, Streaming } from "../domain/Capability.ts"
import { type Entry, isDone } from "./watch/Entry.ts"
import type { CallEnd } from "./watch/CallEnd.ts"
import { observing, observingStream, observingSummary } from "./watch/Observation.ts"
import { type CallInfo, make as makePolicy, type Policy } from "./Policy.ts"
import { begin, type CallSpan, type Observed, type Shown } from "./telemetry/CallSpan.ts"
import type { ContentOptions } from "./telemetry/Content.ts"
import type { Summary } from "./telemetry/Summary.ts"
import { type WatchedCall, watchedCall } from "./watch/WatchedCall.ts"
import { type Watched, watched } from "./watch/WatchedStream.ts"

export type { ContentOptions } from "./telemetry/Content.ts"

/**
 * - `content`: whether spans hold the texts of requests and responses, and how (default: they hold none, nor what the messages
 *   of errors say).
 * - `attributes`: more attributes for the span of a call. They never become attributes of metrics.
 * - `spans`, `metrics`: whether there are any (default: yes; spans only where a tracer takes them).
 * - `conventions`: the version of the conventions. `1.41`, the default, is what most dashboards read; `0.1` is the first
 *   release of the conventions in a repository of their own, which renames metrics and a few attributes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly content?: boolean | ContentOptions | undefined
  readonly attributes?: ((call: CallInfo) => { readonly [name: string]: unknown }) | undefined
  readonly spans?: boolean | undefined
  readonly metrics?: boolean | undefined
  readonly conventions?: "1.41" | "0.1" | undefined
}

/**
 * The options of all telemetry in this fiber, where the policy itself has none. `Effect.provideService` changes them for one
 * call, such as to show its content.
 *
 * @since 0.1.0
 * @category references
 */
export const CurrentOptions: Context.Reference<Options> = Context.Reference<Options>(
  "effect-llm/policies/Telemetry/CurrentOptions",
  { defaultValue: () => noOptions }
)

const noOptions: Options = {}

/**
 * Sets `CurrentOptions` for an application.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<never> => Layer.succeed(CurrentOptions)(options)

/**
 * A policy that makes a span for each call, with a child for each attempt and an event for each decision of a policy, and
 * counts calls in metrics. A failure of telemetry is logged; it never fails a call or delays one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Policy =>
  makePolicy({
    generate: ({ model, request, run }) =>
      watchedCall((entry) =>
        Effect.mapEager(
          beginCall(options, entry, { model, request }, { capability: model.kind.id, isStream: false }),
          (call) => (call === undefined ? { run } : observed(entry, model.id, request, run, call))
        )
      ),
    stream: ({ model, request, run, streaming }) =>
      watched((entry) =>
        Effect.mapEager(
          beginCall(options, entry, { model, request }, { capability: model.kind.id, isStream: true }),
          (call) =>
            call === undefined ? { stream: () => run } : observedStream(entry, model.id, request, run, streaming, call)
        )
      )
  })

/**
 * The policy with the options of the application (`CurrentOptions`).
 *
 * @since 0.1.0
 * @category presets
 */
export const standard: Policy = make()

const beginCall = (
  options: Options,
  entry: Entry,
  { model, request }: CallInfo,
  { capability, isStream }: Pick<Observed, "capability" | "isStream">
): Effect.Effect<CallSpan | undefined> => {
  const begun = Result.try(() => {
    const current = Context.get(entry.context, CurrentOptions)
    const merged = current === noOptions ? options : { ...current, ...options }
    const shown = shownOf(merged, entry, { model, request })
    return begin(entry, { model: model.id, request, capability, isStream }, shown)
  })
  const without = (cause: Cause.Cause<unknown>) => Effect.as(failed(cause), undefined)
  if (Result.isFailure(begun)) return without(Cause.die(begun.failure))
  return isDone(begun.success) ? begun.success : Effect.catchCause(begun.success, without)
}

const shownOf = (
  { attributes, content, conventions, metrics, spans }: Options,
  { context }: Entry,
  call: CallInfo
): Shown => ({
  conventions: conventions ?? "1.41",
  content: content === true ? {} : content === false ? undefined : content,
  // Nobody takes the spans of the tracer that there is without another.
  spans: spans !== false && Context.get(context, Tracer.Tracer) !== Tracer.nativeTracer,
  metrics: metrics !== false,
  attributes: attributes?.(call)
})

/** What is within a call logs its attempts in its span too. */
const within = ({ clock, startedAtMillis }: Entry, log: CallSpan) => ({ clock, startedAtMillis, log })

const failed = (cause: Cause.Cause<unknown>): Effect.Effect<void> =>
  Effect.logError("Telemetry of a call failed", cause)

const ended = (call: CallSpan, end: CallEnd<CallRequest, Summary, unknown>): Effect.Effect<void> => {
  call.end(end)
  return Effect.void
}

const observed = <A extends CallResponse, E, R>(
  entry: Entry,
  id: string,
  request: CallRequest,
  run: Effect.Effect<A, E, R>,
  call: CallSpan
): WatchedCall<A, E, R> => {
  const { end, log } = observing(within(entry, call), id, request, run, (end) => ended(call, end))
  const { services } = call
  return { run, log, services, end: (exit) => Effect.flatMapEager(end(exit), () => close(call, exit)) }
}

const observedStream = <C extends Capability, E, R>(
  entry: Entry,
  id: string,
  request: C["Request"],
  run: Stream.Stream<C["Event"], E, R>,
  streaming: Streaming<C>,
  call: CallSpan
): Watched<C["Event"], E, R> => {
  const observe = call.needsContent ? observingStream : observingSummary
  const watching = observe<C, E, R, void, never>(within(entry, call), id, request, run, streaming, (end) =>
    ended(call, end)
  )
  let exit: Exit.Exit<void, E> = Exit.void
  return {
    ...watching,
    services: call.services,
    failed: (cause) => {
      exit = Exit.failCause(cause)
      return watching.failed(cause)
    },
    end: () => Effect.flatMapEager(watching.end(), () => close(call, exit))
  }
}

const close = (call: CallSpan, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> => {
  const closed = Result.try(() => call.close(exit))
  return Result.isFailure(closed) ? failed(Cause.die(closed.failure)) : Effect.void
}
