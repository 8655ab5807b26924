import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Stream from "effect/Stream"
import { type ChatEvent, isContent } from "../domain/ChatEvent.ts"
import { ChatFold } from "../domain/ChatFold.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import { ChatResponse } from "../domain/ChatResponse.ts"
import { CurrentWatch } from "./chat/CurrentWatch.ts"
import { type ChatModel, wrap } from "./chat/make.ts"
import { type CallEnd, observeStream, observeWhole } from "./call/onEnd.ts"
import { CurrentTrail } from "./call/Trail.ts"

export {
  type Any,
  type ChatModel,
  type Definition,
  type Error,
  isChatModel,
  make,
  type Services,
  wrap
} from "./chat/make.ts"
export { generateToolCalls, type ToolCalls } from "./chat/generateToolCalls.ts"
export { generateObject, type ObjectRequest, type ObjectResponse } from "./chat/generateObject.ts"
export { retry, type RetryOptions } from "./chat/retry.ts"
export { timeout, type TimeoutLimits } from "./chat/timeout.ts"

/**
 * Changes every request before it is sent.
 *
 * @since 0.1.0
 * @category combinators
 */
export const mapRequest: {
  (f: (request: ChatRequest) => ChatRequest): <E, R>(self: ChatModel<E, R>) => ChatModel<E, R>
  <E, R>(self: ChatModel<E, R>, f: (request: ChatRequest) => ChatRequest): ChatModel<E, R>
} = dual(2, <E, R>(self: ChatModel<E, R>, f: (request: ChatRequest) => ChatRequest): ChatModel<E, R> =>
  wrap(self, {
    generate: (request) => Effect.suspend(() => self.generate(f(request))),
    stream: (request) => Stream.suspend(() => self.stream(f(request)))
  })
)

/**
 * Fills in what a request leaves open. Records (`headers`, `metadata`, `providerOptions`) are merged key by key; the
 * request wins.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withDefaults: {
  (defaults: Partial<Omit<ChatRequest, "messages">>): <E, R>(self: ChatModel<E, R>) => ChatModel<E, R>
  <E, R>(self: ChatModel<E, R>, defaults: Partial<Omit<ChatRequest, "messages">>): ChatModel<E, R>
} = dual(2, <E, R>(self: ChatModel<E, R>, defaults: Partial<Omit<ChatRequest, "messages">>): ChatModel<E, R> =>
  mapRequest(self, (request) => {
    const missing = Object.entries(defaults).filter(([key]) => request[key as keyof ChatRequest] === undefined)
    const merged: ChatRequest = { ...defaults, ...request, ...Object.fromEntries(missing) }
    const headers = { ...defaults.headers, ...request.headers }
    const metadata = { ...defaults.metadata, ...request.metadata }
    const providerOptions = { ...defaults.providerOptions, ...request.providerOptions }
    for (const [provider, options] of Object.entries(defaults.providerOptions ?? {})) {
      providerOptions[provider] = { ...options, ...request.providerOptions?.[provider] }
    }
    return {
      ...merged,
      headers: merged.headers && headers,
      metadata: merged.metadata && metadata,
      providerOptions: merged.providerOptions && providerOptions
    }
  })
)

/**
 * Changes every whole answer. Streams are not touched: map their events with `Stream.map`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const mapResponse: {
  (f: (response: ChatResponse) => ChatResponse): <E, R>(self: ChatModel<E, R>) => ChatModel<E, R>
  <E, R>(self: ChatModel<E, R>, f: (response: ChatResponse) => ChatResponse): ChatModel<E, R>
} = dual(2, <E, R>(self: ChatModel<E, R>, f: (response: ChatResponse) => ChatResponse): ChatModel<E, R> =>
  wrap(self, { generate: (request) => Effect.map(self.generate(request), f), stream: self.stream })
)

/**
 * Looks at every whole answer, and at every answer that a stream has spelled to its end.
 *
 * @since 0.1.0
 * @category combinators
 */
export const tap: {
  <X, E1, R1>(
    f: (response: ChatResponse) => Effect.Effect<X, E1, R1>
  ): <E, R>(self: ChatModel<E, R>) => ChatModel<E | E1, R | R1>
  <E, R, X, E1, R1>(
    self: ChatModel<E, R>,
    f: (response: ChatResponse) => Effect.Effect<X, E1, R1>
  ): ChatModel<E | E1, R | R1>
} = dual(
  2,
  <E, R, X, E1, R1>(
    self: ChatModel<E, R>,
    f: (response: ChatResponse) => Effect.Effect<X, E1, R1>
  ): ChatModel<E | E1, R | R1> =>
    wrap<E | E1, R | R1>(self, {
      generate: (request) => Effect.tap(self.generate(request), (response) => aside(f(response))),
      stream: (request) =>
        Stream.suspend(() => {
          const fold = new ChatFold()
          return Stream.mapArrayEffect(self.stream(request), (events) => {
            for (const event of events) fold.add(event)
            return events.at(-1)?.type === "finish"
              ? Effect.as(aside(f(new ChatResponse(fold.fields()))), events)
              : Effect.succeed(events)
          })
        })
    })
)

/**
 * How a chat call ended: see `CallEnd`. Of a stream, `exit` holds the response that its events made.
 *
 * @since 0.1.0
 * @category models
 */
export type ChatEnd<E> = CallEnd<ChatRequest, ChatResponse, E>

/**
 * Runs an effect at the end of every call, exactly once: when it succeeded, failed or was interrupted, unary or streamed,
 * also when the reader leaves the stream early. It receives the exit, usage, cost, attempts and timings so far. The end of
 * the call waits for it; it cannot change the outcome.
 *
 * On a model with retries or a fallback, the whole is one call; within them, each attempt is one.
 *
 * @since 0.1.0
 * @category combinators
 */
export const onEnd: {
  <E, X, R1>(
    observer: (end: ChatEnd<E>) => Effect.Effect<X, never, R1>
  ): <R>(self: ChatModel<E, R>) => ChatModel<E, R | R1>
  <E, R, X, R1>(
    self: ChatModel<E, R>,
    observer: (end: ChatEnd<NoInfer<E>>) => Effect.Effect<X, never, R1>
  ): ChatModel<E, R | R1>
} = dual(
  2,
  <E, R, X, R1>(
    self: ChatModel<E, R>,
    observer: (end: ChatEnd<E>) => Effect.Effect<X, never, R1>
  ): ChatModel<E, R | R1> =>
    wrap<E, R | R1>(self, {
      generate: (request) => observeWhole(self.id, request, self.generate, observer),
      stream: (request) => observeStream(self.id, request, self.stream, isContent, chatReader, observer)
    })
)

const chatReader = () => {
  const fold = new ChatFold()
  return { add: (event: ChatEvent) => fold.add(event), answer: () => new ChatResponse(fold.fields()) }
}

/** What is asked on the side is no try of the call, nor part of its answer. */
const aside = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  effect.pipe(Effect.provideService(CurrentTrail, undefined), Effect.provideService(CurrentWatch, undefined))
