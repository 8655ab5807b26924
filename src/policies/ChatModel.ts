import type * as Effect from "effect/Effect"
import type { Chat } from "../domain/Capability.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ChatResponse } from "../domain/ChatResponse.ts"
import type { ChatModel } from "../model/ChatModel.ts"
import * as Model from "./Model.ts"

/**
 * Chat models: the functions of `Model` with the types of chat, and what is chat's own (`generateObject`,
 * `generateToolCalls`).
 *
 * ```ts
 * import { ChatModel, OpenAi, Retry } from "effect-llm"
 *
 * const model = OpenAi.model("gpt-5.4-mini").pipe(ChatModel.retry(Retry.standard), ChatModel.withCost)
 * const response = model.generate("Hello")
 * ```
 *
 * A policy applies to the model that it wraps, so their order counts: a timeout inside a retry limits each attempt.
 *
 * @since 0.1.0
 */
export * from "../model/ChatModel.ts"
export {
  type Any,
  costs,
  type Error,
  isModel,
  retry,
  type RetryOptions,
  type Services,
  timeout,
  type TimeoutLimits,
  withCost,
  type WithCostOptions
} from "./Model.ts"

/**
 * How a chat call ended: see `Model.CallEnd`.
 *
 * @since 0.1.0
 * @category models
 */
export type ChatEnd<E> = Model.EndOf<Chat, E>

/**
 * `Model.mapRequest` for chats.
 *
 * @since 0.1.0
 * @category combinators
 */
export const mapRequest: {
  (f: (request: ChatRequest) => ChatRequest): <E, R>(self: ChatModel<E, R>) => ChatModel<E, R>
  <E, R>(self: ChatModel<E, R>, f: (request: ChatRequest) => ChatRequest): ChatModel<E, R>
} = Model.mapRequest

/**
 * `Model.withDefaults` for chats.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withDefaults: {
  (defaults: Model.Defaults<ChatRequest>): <E, R>(self: ChatModel<E, R>) => ChatModel<E, R>
  <E, R>(self: ChatModel<E, R>, defaults: Model.Defaults<ChatRequest>): ChatModel<E, R>
} = Model.withDefaults

/**
 * `Model.mapResponse` for chats.
 *
 * @since 0.1.0
 * @category combinators
 */
export const mapResponse: {
  (f: (response: ChatResponse) => ChatResponse): <E, R>(self: ChatModel<E, R>) => ChatModel<E, R>
  <E, R>(self: ChatModel<E, R>, f: (response: ChatResponse) => ChatResponse): ChatModel<E, R>
} = Model.mapResponse

/**
 * `Model.tap` for chats.
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
} = Model.tap

/**
 * `Model.onEnd` for chats.
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
} = Model.onEnd
