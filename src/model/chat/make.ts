import * as Effect from "effect/Effect"
import type { Pipeable } from "effect/Pipeable"
import * as Stream from "effect/Stream"
import type { ChatEvent } from "../../domain/ChatEvent.ts"
import { ChatFold } from "../../domain/ChatFold.ts"
import { type ChatRequest, type ChatRequestInput, check, make as makeRequest } from "../../domain/ChatRequest.ts"
import { ChatResponse } from "../../domain/ChatResponse.ts"
import { canonical, type Form, refusalOf, refuse } from "../call/canonical.ts"
import { type StructuredOutput, structured } from "../StructuredOutput.ts"
import { CurrentWatch } from "./CurrentWatch.ts"
import { asked, type TypeId } from "./proto.ts"

export { isChatModel } from "./proto.ts"

/** A model that can be asked. `E` is every way it can fail, `R` every provider it needs. */
export interface ChatModel<out E = never, out R = never> extends Pipeable {
  readonly [TypeId]: typeof TypeId
  /** `provider/model`, or the parts of a composed model joined by commas. */
  readonly id: string
  /** The longest conversation it reads, answer included, in tokens; absent when it is not known. */
  readonly contextWindow?: number | undefined
  /** How it is made to answer in a JSON Schema; absent when its provider sees to that. */
  readonly structuredOutput?: StructuredOutput | undefined
  /** Asks, and waits for the whole answer. */
  readonly generate: (input: ChatRequestInput) => Effect.Effect<ChatResponse, E, R>
  /**
   * Asks, and delivers the answer as it is written. The stream has exactly one `finish` event, at its end, or it
   * fails. It is cold: running it twice asks twice. Interrupting it closes the connection.
   */
  readonly stream: (input: ChatRequestInput) => Stream.Stream<ChatEvent, E, R>
}

/** A model of which only `R` matters. */
export type Any = ChatModel<unknown, unknown>

/** What a model needs. */
export type Services<M> = M extends ChatModel<infer _E, infer R> ? R : never

/** How a model fails. */
export type Error<M> = M extends ChatModel<infer E, infer _R> ? E : never

/**
 * What makes a model: the functions take requests in canonical form. With `structuredOutput` set to `json` or `tool`,
 * a request for a JSON Schema reaches them already rewritten to that (see `StructuredOutput`).
 */
export interface Definition<E, R> {
  readonly id: string
  readonly contextWindow?: number | undefined
  readonly structuredOutput?: StructuredOutput | undefined
  readonly generate: (request: ChatRequest) => Effect.Effect<ChatResponse, E, R>
  readonly stream: (request: ChatRequest) => Stream.Stream<ChatEvent, E, R>
}

/** Makes a model out of what asks a provider. A model made of other models is made by `wrap`. */
export const make = <E, R>(definition: Definition<E, R>): ChatModel<E, R> => {
  const { generate, stream } = structured(definition)
  return wrap(definition, {
    generate: (request) => {
      const error = refusalOf(request)
      if (error !== undefined) return refuse(definition.id, error)
      return Effect.flatMap(CurrentWatch, (watch) =>
        watch === undefined ? generate(request) : collect(stream(request), watch)
      )
    },
    stream: (request) => {
      const error = refusalOf(request)
      return error === undefined ? stream(request) : Stream.fromEffect(refuse(definition.id, error))
    }
  })
}

/** How chat requests are checked and brought into canonical form, as of any capability. */
const form: Form<ChatRequestInput, ChatRequest> = { check, empty: { messages: [] }, make: makeRequest }

/**
 * Makes a model out of another one: it keeps what the other one is, and is asked by the given functions, which take
 * requests in canonical form. It is what policies are made with.
 */
export const wrap = <E, R>(
  self: Pick<Any, "id" | "contextWindow" | "structuredOutput">,
  ask: Pick<Definition<E, R>, "generate" | "stream">
): ChatModel<E, R> =>
  asked(self, {
    generate: (input) => ask.generate(canonical(form, input)),
    stream: (input) => ask.stream(canonical(form, input))
  })

const collect = <E, R>(
  stream: Stream.Stream<ChatEvent, E, R>,
  watch: (event: ChatEvent) => void
): Effect.Effect<ChatResponse, E, R> =>
  Effect.suspend(() => {
    const fold = new ChatFold()
    const read = Stream.runForEachArray(stream, (events) =>
      Effect.sync(() => {
        for (const event of events) {
          fold.add(event)
          watch(event)
        }
      })
    )
    return Effect.flatMap(read, () =>
      fold.complete
        ? Effect.succeed(new ChatResponse(fold.fields()))
        : Effect.die("a stream of a ChatModel ended without `finish`: it must fail or finish")
    )
  })
