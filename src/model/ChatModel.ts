import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type { ChatEvent } from "../domain/ChatEvent.ts"
import { type ChatRequest, type ChatRequestInput, make as makeRequest } from "../domain/ChatRequest.ts"
import { ChatResponse } from "../domain/ChatResponse.ts"

const TypeId = "~effect-llm/model/ChatModel"

/**
 * A model that can be asked. `E` is every way it can fail, `R` every provider it needs.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChatModel<out E = never, out R = never> extends Pipeable {
  readonly [TypeId]: typeof TypeId
  /** `provider/model`, or the parts of a composed model joined by commas. */
  readonly id: string
  /** The longest conversation it reads, answer included, in tokens; absent when it is not known. */
  readonly contextWindow?: number | undefined
  /** Asks, and waits for the whole answer. */
  readonly generate: (input: ChatRequestInput) => Effect.Effect<ChatResponse, E, R>
  /**
   * Asks, and delivers the answer as it is written. The stream has exactly one `finish` event, at its end, or it
   * fails. It is cold: running it twice asks twice. Interrupting it closes the connection.
   */
  readonly stream: (input: ChatRequestInput) => Stream.Stream<ChatEvent, E, R>
}

/**
 * A model of which only `R` matters.
 *
 * @since 0.1.0
 * @category models
 */
export type Any = ChatModel<unknown, unknown>

/**
 * What a model needs.
 *
 * @since 0.1.0
 * @category utility types
 */
export type Services<M> = M extends ChatModel<infer _E, infer R> ? R : never

/**
 * How a model fails.
 *
 * @since 0.1.0
 * @category utility types
 */
export type Error<M> = M extends ChatModel<infer E, infer _R> ? E : never

/**
 * What makes a model: the functions take requests in canonical form.
 *
 * @since 0.1.0
 * @category models
 */
export interface Definition<E, R> {
  readonly id: string
  readonly contextWindow?: number | undefined
  readonly generate: (request: ChatRequest) => Effect.Effect<ChatResponse, E, R>
  readonly stream: (request: ChatRequest) => Stream.Stream<ChatEvent, E, R>
}

const Proto = {
  [TypeId]: TypeId,
  pipe() {
    return pipeArguments(this, arguments)
  }
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = <E, R>(definition: Definition<E, R>): ChatModel<E, R> =>
  Object.assign(Object.create(Proto), {
    id: definition.id,
    contextWindow: definition.contextWindow,
    generate: (input: ChatRequestInput) => definition.generate(makeRequest(input)),
    stream: (input: ChatRequestInput) => definition.stream(makeRequest(input))
  })

/**
 * @since 0.1.0
 * @category guards
 */
export const isChatModel = (u: unknown): u is Any => Predicate.hasProperty(u, TypeId)

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
  make({
    id: self.id,
    contextWindow: self.contextWindow,
    generate: (request) => self.generate(f(request)),
    stream: (request) => self.stream(f(request))
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
    const given = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined))
    const merged: ChatRequest = { ...defaults, ...(given as unknown as ChatRequest) }
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
  make({ ...self, generate: (request) => Effect.map(self.generate(request), f), stream: self.stream })
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
    make<E | E1, R | R1>({
      id: self.id,
      contextWindow: self.contextWindow,
      generate: (request) => Effect.tap(self.generate(request), f),
      stream: (request) =>
        Stream.suspend(() => {
          const events: Array<ChatEvent> = []
          return Stream.tap(self.stream(request), (event) => {
            events.push(event)
            return event.type === "finish" ? f(ChatResponse.fold(events)) : Effect.void
          })
        })
    })
)
