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
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import type { Capability, Streaming } from "../domain/Capability.ts"
import { observation, observeWhole } from "./OnEnd.ts"
import { type CallInfo, make as makePolicy, type Policy } from "./Policy.ts"
import { begin, type CallSpan, type Observed, type Shown } from "./telemetry/CallSpan.ts"
import type { ContentOptions } from "./telemetry/Content.ts"
import { makeFold, type Summary } from "./telemetry/Summary.ts"
import { type Watched, watched } from "./WatchedStream.ts"

export type { ContentOptions } from "./telemetry/Content.ts"

/**
 * - `content`: whether spans hold the texts of requests and responses, and how (default: they hold none, nor what the messages
 *   of errors say).
 * - `attributes`: more attributes for the span of a call. They never become attributes of metrics.
 * - `spans`, `metrics`: whether there are any (default: yes).
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
  { defaultValue: () => ({}) }
)

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
      Effect.acquireUseRelease(
        beginCall(options, { model, request }, { capability: model.kind.id, isStream: false }),
        (call) =>
          call === undefined
            ? run
            : observeWhole(
                model.id,
                request,
                () => run,
                (end) => Effect.sync(() => call.end(end)),
                call.services
              ),
        close
      ),
    stream: ({ model, request, run, streaming }) =>
      watched(
        Effect.flatMap(
          Effect.acquireRelease(
            beginCall(options, { model, request }, { capability: model.kind.id, isStream: true }),
            close
          ),
          (call) => observed(model.id, request, run, streaming, call)
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
  call: CallInfo,
  { capability, isStream }: Pick<Observed, "capability" | "isStream">
): Effect.Effect<CallSpan | undefined> =>
  Effect.flatMap(CurrentOptions, (current) => {
    const shown = shownOf({ ...current, ...options }, call)
    return begin({ model: call.model.id, request: call.request, capability, isStream }, shown)
  }).pipe(Effect.catchCause((cause) => Effect.as(Effect.logError("Telemetry of a call failed", cause), undefined)))

const shownOf = ({ attributes, content, conventions, metrics, spans }: Options, call: CallInfo): Shown => ({
  conventions: conventions ?? "1.41",
  content: content === true ? {} : content === false ? undefined : content,
  spans: spans !== false,
  metrics: metrics !== false,
  attributes: attributes?.(call)
})

const observed = <C extends Capability, E, R>(
  id: string,
  request: C["Request"],
  run: Stream.Stream<C["Event"], E, R>,
  { isContent, makeFold: makeWhole }: Streaming<C>,
  call: CallSpan | undefined
): Effect.Effect<Watched<C["Event"], E, R>> =>
  call === undefined
    ? Effect.succeed({ stream: () => run })
    : observation<C, E, R, void, never, Summary>(
        id,
        request,
        () => run,
        { isContent, makeFold: call.needsContent ? makeWhole : makeFold },
        (end) => Effect.sync(() => call.end(end)),
        call.services
      )

const close = (call: CallSpan | undefined, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> =>
  call === undefined
    ? Effect.void
    : Effect.catchCause(
        Effect.sync(() => call.close(exit)),
        (cause) => Effect.logError("Telemetry of a call failed", cause)
      )
