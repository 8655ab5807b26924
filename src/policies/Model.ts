import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { over, provide } from "../domain/Provided.ts"
import type { Capability } from "../domain/Capability.ts"
import { type Model, streamOf, withVariant, wrap } from "../model/Model.ts"
import { unwrap } from "../model/PullStream.ts"
import { aside } from "./Attempts.ts"
import { callWith } from "./watch/WatchedCall.ts"
import { streamWith } from "./watch/WatchedStream.ts"

/**
 * Models of any capability, and what can be made of them. `ChatModel`, `EmbeddingModel`, `SpeechModel` and the others are all
 * a `Model<Capability, E, R>`, so every function here works on each of them.
 *
 * ```ts
 * import { Model, OpenAi, Retry } from "effect-llm"
 *
 * const model = OpenAi.embeddingModel("text-embedding-3-small").pipe(Model.retry(Retry.standard), Model.withCost)
 * const response = model.generate(["one text", "another"])
 * ```
 *
 * `stream` exists only where a capability has it: for chat and speech.
 *
 * @since 0.1.0
 */
export {
  type Any,
  type Calls,
  type CapabilityOf,
  type Definition,
  type Error,
  isModel,
  make,
  type Model,
  type Services,
  type Splitting,
  type StreamOf,
  streamOf,
  wrap
} from "../model/Model.ts"
export { type CallEnd, type EndOf, onEnd } from "./OnEnd.ts"
export { retry, type RetryOptions } from "./Retry.ts"
export { timeout, type TimeoutLimits } from "./Timeout.ts"
export { costs, withCost, type WithCostOptions } from "./WithCost.ts"

/**
 * Gives a model services that its calls need, or references by which they go; of streams, for a fraction of what
 * `Stream.provideContext` costs each event.
 *
 * @since 0.1.0
 * @category combinators
 */
export const provideContext: {
  <I>(services: Context.Context<I>): <C extends Capability, E, R>(self: Model<C, E, R>) => Model<C, E, Exclude<R, I>>
  <C extends Capability, E, R, I>(self: Model<C, E, R>, services: Context.Context<I>): Model<C, E, Exclude<R, I>>
} = dual(
  2,
  <C extends Capability, E, R, I>(self: Model<C, E, R>, services: Context.Context<I>): Model<C, E, Exclude<R, I>> => {
    const stream = streamOf(self)
    const added = (outer: Context.Context<never>): Context.Context<never> => over(outer, services)
    return wrap<C, E, Exclude<R, I>>(self, {
      splitting: self.splitting && provide(self.splitting, services),
      generate: (request) => callWith<C["Response"], E, R, I>(self.generate(request), added),
      stream: stream && ((request) => streamWith<C["Event"], E, R, I>(stream(request), added))
    })
  }
)

/**
 * The stream of a model that is found when the stream is read; empty for a model without streams. It costs a fraction of
 * `Stream.unwrap`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const streamFrom = <C extends Capability, E, R, E1, R1>(
  model: Effect.Effect<Model<C, E, R>, E1, R1>,
  request: C["Input"]
): Stream.Stream<C["Event"], E | E1, R | Exclude<R1, Scope.Scope>> =>
  unwrap(Effect.map(model, (found): Stream.Stream<C["Event"], E, R> => streamOf(found)?.(request) ?? Stream.empty))

/**
 * Changes every request before it is sent.
 *
 * @since 0.1.0
 * @category combinators
 */
export const mapRequest: {
  <C extends Capability>(f: (request: C["Request"]) => C["Request"]): <E, R>(self: Model<C, E, R>) => Model<C, E, R>
  <C extends Capability, E, R>(
    self: Model<C, E, R>,
    f: (request: NoInfer<C>["Request"]) => NoInfer<C>["Request"]
  ): Model<C, E, R>
} = dual(
  2,
  <C extends Capability, E, R>(self: Model<C, E, R>, f: (request: C["Request"]) => C["Request"]): Model<C, E, R> => {
    const stream = streamOf(self)
    return wrap<C, E, R>(self, {
      generate: (request) => Effect.suspend(() => self.generate(f(request))),
      stream: stream && ((request) => Stream.suspend(() => stream(f(request))))
    })
  }
)

/**
 * What a request may leave out.
 *
 * @since 0.1.0
 * @category utility types
 */
export type Defaults<Request> = {
  readonly [K in keyof Request as undefined extends Request[K] ? K : never]?: Request[K]
}

/**
 * Fills in what a request leaves out. Records (`headers`, `metadata`, `providerOptions`) are merged key by key; the request
 * wins.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withDefaults: {
  <C extends Capability>(defaults: Defaults<C["Request"]>): <E, R>(self: Model<C, E, R>) => Model<C, E, R>
  <C extends Capability, E, R>(self: Model<C, E, R>, defaults: Defaults<NoInfer<C>["Request"]>): Model<C, E, R>
} = dual(2, <C extends Capability, E, R>(self: Model<C, E, R>, defaults: Defaults<C["Request"]>): Model<C, E, R> =>
  mapRequest(withVariant(self, { defaults }), (request) => merge(defaults, request))
)

/** How deep a field of a request is merged with its default: not at all, key by key, or key by key one level down too. */
const mergedLevels: { readonly [field: string]: number } = { headers: 1, metadata: 1, providerOptions: 2 }

const merge = <Request extends object>(defaults: object, request: Request): Request => {
  const missing: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(defaults)) {
    const own = Object.hasOwn(request, field) ? request[field as keyof Request] : undefined
    missing[field] = own === undefined ? value : mergeRecords(value, own, mergedLevels[field] ?? 0)
  }
  return { ...defaults, ...request, ...missing }
}

const mergeRecords = (value: unknown, own: unknown, levels: number): unknown => {
  if (levels === 0 || !Predicate.isObject(value) || !Predicate.isObject(own)) return own
  const merged: Record<string, unknown> = { ...value, ...own }
  for (const key of Object.keys(value))
    if (Object.hasOwn(own, key)) merged[key] = mergeRecords(value[key], own[key], levels - 1)
  return merged
}

/**
 * Changes every whole response. Streams are not touched: map their events with `Stream.map`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const mapResponse: {
  <C extends Capability>(f: (response: C["Response"]) => C["Response"]): <E, R>(self: Model<C, E, R>) => Model<C, E, R>
  <C extends Capability, E, R>(
    self: Model<C, E, R>,
    f: (response: NoInfer<C>["Response"]) => NoInfer<C>["Response"]
  ): Model<C, E, R>
} = dual(
  2,
  <C extends Capability, E, R>(self: Model<C, E, R>, f: (response: C["Response"]) => C["Response"]): Model<C, E, R> =>
    wrap<C, E, R>(self, { generate: (request) => Effect.map(self.generate(request), f), stream: streamOf(self) })
)

/**
 * Looks at every whole response, and at every response that a stream has carried to its end.
 *
 * @since 0.1.0
 * @category combinators
 */
export const tap: {
  <C extends Capability, X, E1, R1>(
    f: (response: C["Response"]) => Effect.Effect<X, E1, R1>
  ): <E, R>(self: Model<C, E, R>) => Model<C, E | E1, R | R1>
  <C extends Capability, E, R, X, E1, R1>(
    self: Model<C, E, R>,
    f: (response: NoInfer<C>["Response"]) => Effect.Effect<X, E1, R1>
  ): Model<C, E | E1, R | R1>
} = dual(
  2,
  <C extends Capability, E, R, X, E1, R1>(
    self: Model<C, E, R>,
    f: (response: C["Response"]) => Effect.Effect<X, E1, R1>
  ): Model<C, E | E1, R | R1> => {
    const stream = streamOf(self)
    return wrap<C, E | E1, R | R1>(self, {
      generate: (request) => Effect.tap(self.generate(request), (response) => aside(f(response))),
      stream:
        stream &&
        ((request, { makeFold }) =>
          Stream.suspend(() => {
            const fold = makeFold()
            return Stream.mapArrayEffect(stream(request), (events) => {
              for (const event of events) fold.add(event)
              const response = events.at(-1)?.type === "finish" ? fold.response() : undefined
              return response === undefined ? Effect.succeed(events) : Effect.as(aside(f(response)), events)
            })
          }))
    })
  }
)
