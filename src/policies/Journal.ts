/**
 * One record of every call: when, for whom, which model, what it consumed and cost, how long it took and how it ended. Records go
 * to sinks (the console, files, SQL) in the background.
 *
 * ```ts
 * import { Layer } from "effect"
 * import { Model, OpenAi, Retry } from "effect-llm"
 * import * as Journal from "effect-llm/policies/Journal"
 *
 * const model = OpenAi.model("gpt-5.4-mini").pipe(Model.retry(Retry.standard), Model.withCost, Journal.standard)
 * const journal = Journal.layer([Journal.console])
 * ```
 *
 * A call never waits for a sink. One that is too slow misses records, which it and the log then say; a crash of the process loses
 * what was not written yet.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type { CallRequest } from "../domain/CallRequest.ts"
import { partialOf } from "../domain/ProviderError.ts"
import type { Annotations, CallRecord } from "./journal/CallRecord.ts"
import { CurrentAnnotations } from "./journal/CurrentAnnotations.ts"
import type { Entry } from "./watch/Entry.ts"
import { line } from "./journal/line.ts"
import { recordOf } from "./journal/recordOf.ts"
import { make as makeSinkFiber, type SinkOptions, type Write } from "./journal/SinkFiber.ts"
import type { CallEnd } from "./watch/CallEnd.ts"
import { observing, observingStream, observingSummary } from "./watch/Observation.ts"
import { type CallInfo, make as makePolicy, type Policy } from "./Policy.ts"
import { type Content, type ContentOptions, contentOf } from "./telemetry/Content.ts"
import type { Summary } from "./telemetry/Summary.ts"
import { watchedCall } from "./watch/WatchedCall.ts"
import { watched } from "./watch/WatchedStream.ts"

export { Entry } from "./journal/CallRecord.ts"
export { CurrentAnnotations } from "./journal/CurrentAnnotations.ts"
export type { Annotations, CallRecord, DroppedRecord, RecordedAttempt, Spent } from "./journal/CallRecord.ts"
export type { Write } from "./journal/SinkFiber.ts"
export type { ContentOptions } from "./telemetry/Content.ts"

/**
 * A destination of records. `make` runs when the layer is built. `write` gets entries in batches, oldest first. After a failure
 * it gets the same entries again, so deduplicate them by `id`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Sink<out R = never> {
  readonly name: string
  readonly make: Effect.Effect<Write<R>, never, R | Scope.Scope>
}

/**
 * The services that a sink needs.
 *
 * @since 0.1.0
 * @category utility types
 */
export type Services<S> = S extends Sink<infer R> ? R : never

/**
 * The journal of an application. `flush` waits until every record so far is written or given up; `dropped` counts the records
 * that each sink is missing.
 *
 * @since 0.1.0
 * @category services
 */
export class Journal extends Context.Service<
  Journal,
  {
    /** Records a call that ended now; it never waits. */
    readonly append: (make: (id: string) => CallRecord) => void
    readonly flush: Effect.Effect<void>
    readonly dropped: Effect.Effect<{ readonly [sink: string]: number }>
  }
>()("effect-llm/policies/Journal") {}

/**
 * - `capacity`: how many records may wait for each sink (default: 10,000); further ones are dropped.
 * - `batchSize`: how many are written at a time (250); `interval`: how long a batch waits for more (1 second).
 * - `writeTimeout`: how long a write may take (30 seconds).
 * - `retry`: when a failed write is tried again, by its error (default: up to 8 times within about two minutes, with growing
 *   delays); after that the batch is dropped.
 * - `flushTimeout`: how long each sink has to write what is left when the layer is closed (5 seconds).
 * - `reportInterval`: how often dropped records are logged (10 seconds).
 *
 * @since 0.1.0
 * @category models
 */
export interface LayerOptions {
  readonly capacity?: number | undefined
  readonly batchSize?: number | undefined
  readonly interval?: Duration.Input | undefined
  readonly writeTimeout?: Duration.Input | undefined
  readonly retry?: Schedule.Schedule<unknown, unknown> | undefined
  readonly flushTimeout?: Duration.Input | undefined
  readonly reportInterval?: Duration.Input | undefined
}

const standardRetry = Schedule.min([Schedule.exponential("500 millis"), Schedule.spaced("30 seconds")]).pipe(
  Schedule.upTo({ times: 8 })
)

/**
 * A journal that writes to these sinks, each with a queue and a fiber of its own: one that is slow or fails holds up no other.
 *
 * @since 0.1.0
 * @category layers
 */
export function layer<const Sinks extends ReadonlyArray<Sink<unknown>>>(
  sinks: Sinks,
  options?: LayerOptions
): Layer.Layer<Journal, never, Services<Sinks[number]>>
export function layer<R>(sinks: ReadonlyArray<Sink<R>>, options: LayerOptions = {}): Layer.Layer<Journal, never, R> {
  const sinkOptions: SinkOptions = {
    capacity: options.capacity ?? 10_000,
    batchSize: options.batchSize ?? 250,
    interval: options.interval ?? "1 second",
    writeTimeout: options.writeTimeout ?? "30 seconds",
    flushTimeout: options.flushTimeout ?? "5 seconds",
    reportInterval: options.reportInterval ?? "10 seconds",
    retry: options.retry ?? standardRetry
  }
  return Layer.effect(
    Journal,
    Effect.gen(function* () {
      const instance = yield* instanceId
      let count = 0
      const nextId = () => `${instance}-${(++count).toString(36)}`
      const fibers = yield* Effect.forEach(sinks, ({ make, name }) =>
        Effect.flatMap(make, (write) =>
          Effect.map(makeSinkFiber(name, write, sinkOptions, nextId), (fiber) => ({ name, fiber }))
        )
      )
      // All at once, so that one that hangs takes no time from the others.
      yield* Effect.addFinalizer(() =>
        Effect.forEach(fibers, ({ fiber }) => fiber.close, { concurrency: "unbounded", discard: true })
      )
      return Journal.of({
        append: (make) => {
          const record = make(nextId())
          for (const { fiber } of fibers) fiber.offer(record)
        },
        flush: Effect.forEach(fibers, ({ fiber }) => fiber.flush, { concurrency: "unbounded", discard: true }),
        dropped: Effect.sync(() => Object.fromEntries(fibers.map(({ fiber, name }) => [name, fiber.dropped()])))
      })
    })
  )
}

/** Unique to this process and moment. */
const instanceId = Effect.zipWith(
  Clock.currentTimeMillis,
  Random.next,
  (now, random) => `${now.toString(36)}${Math.floor(random * 36 ** 5).toString(36)}`
)

/**
 * Writes a line for people to the console for each call.
 *
 * @since 0.1.0
 * @category sinks
 */
export const console: Sink = {
  name: "console",
  make: Effect.succeed((entries) => Effect.forEach(entries, (entry) => Console.log(line(entry)), { discard: true }))
}

/**
 * Says for whom the calls of an effect are, and of the streams that it reads. What is said further in adds to that.
 *
 * @since 0.1.0
 * @category combinators
 */
export const annotate: {
  (annotations: Annotations): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, annotations: Annotations): Effect.Effect<A, E, R>
} = dual(2, <A, E, R>(self: Effect.Effect<A, E, R>, annotations: Annotations): Effect.Effect<A, E, R> =>
  Effect.flatMap(CurrentAnnotations, (current) =>
    Effect.provideService(self, CurrentAnnotations, merge(current, annotations))
  )
)

const merge = (outer: Annotations, inner: Annotations): Annotations => ({
  ...outer,
  ...inner,
  ...(outer.tags !== undefined && inner.tags !== undefined && { tags: { ...outer.tags, ...inner.tags } })
})

/**
 * - `annotations`: whom a call is for, by its request; `CurrentAnnotations` add to that. The `user` of a request counts without it.
 * - `content`: whether records hold the texts of requests and responses, and how (default: they hold none).
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly annotations?: ((call: CallInfo) => Annotations) | undefined
  readonly content?: boolean | ContentOptions | undefined
}

/**
 * A policy that records each call at its end, whatever the end was. Put it outermost, so that retries and fallbacks are attempts of
 * one call, and around `withCost`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ annotations, content }: Options = {}): Policy<never, Journal> => {
  const options = content === true ? {} : content === false ? undefined : content
  const begin = (entry: Entry, call: CallInfo, capability: string, streamed: boolean) => {
    const { context, nowMillis } = entry
    const current = Context.get(context, CurrentAnnotations)
    const span = Context.getOrUndefined(context, Tracer.ParentSpan)
    const { append } = Context.getUnsafe(context, Journal)
    const who =
      annotations === undefined ? Effect.succeed(current) : orLog(() => merge(annotations(call), current), current)
    return Effect.mapEager(who, (annotations) => {
      const known = { capability, streamed, annotations, traceId: span?.traceId }
      return (end: CallEnd<CallRequest, Summary, unknown>) =>
        Effect.mapEager(textOf(capability, end, options), (content) =>
          append((id) => recordOf(id, nowMillis, end, known, content))
        )
    })
  }
  return makePolicy<never, Journal>({
    generate: ({ model, request, run }) =>
      watchedCall((entry) =>
        Effect.mapEager(begin(entry, { model, request }, model.kind.id, false), (ended) =>
          observing(entry, model.id, request, run, ended)
        )
      ),
    stream: ({ model, request, run, streaming }) =>
      watched((entry) =>
        Effect.mapEager(begin(entry, { model, request }, model.kind.id, true), (ended) =>
          options === undefined
            ? observingSummary(entry, model.id, request, run, streaming, ended)
            : observingStream(entry, model.id, request, run, streaming, ended)
        )
      )
  })
}

/** What a function of the application gives; one that throws fails no call. */
const orLog = <A>(make: () => A, otherwise: A): Effect.Effect<A> => {
  const made = Result.try(make)
  return Result.isSuccess(made)
    ? Effect.succeed(made.success)
    : Effect.as(Effect.logError("The journal lacks a part of a record", Cause.die(made.failure)), otherwise)
}

const textOf = (
  capability: string,
  { exit, request }: CallEnd<CallRequest, Summary, unknown>,
  options: ContentOptions | undefined
): Effect.Effect<Content | undefined> => {
  if (options === undefined) return Effect.succeed(undefined)
  const response = Exit.isSuccess(exit) ? exit.value : partialOf(Option.getOrUndefined(Exit.findErrorOption(exit)))
  return orLog(() => contentOf(capability, options, request, response), undefined)
}

/**
 * Records calls without any text.
 *
 * @since 0.1.0
 * @category presets
 */
export const standard: Policy<never, Journal> = make()
