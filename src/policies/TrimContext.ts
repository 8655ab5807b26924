/**
 * Fits conversations into the model's context window, by leaving out turns.
 *
 * ```ts
 * import { OpenAi } from "effect-llm"
 * import * as TrimContext from "effect-llm/policies/TrimContext"
 *
 * const model = OpenAi.model("gpt-5.4-mini").pipe(TrimContext.make({ reserve: 4096 }))
 * ```
 *
 * System messages, the newest message of the user and what follows it stay, and tool calls with their results stay or go
 * together. What is left out is lost to the model, unless `summarize` says it shorter.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Chat } from "../domain/Capability.ts"
import { ContextWindowExceededError } from "../domain/CallErrors.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { Message } from "../domain/Message.ts"
import type { Warning } from "../domain/Warning.ts"
import type { ChatModel } from "../model/ChatModel.ts"
import * as Model from "../model/Model.ts"
import { least, trim } from "../tokens/chat/Trim.ts"
import { aside, attempts, type Failure, type Next } from "./Attempts.ts"
import { warnedResponse, warnedStream } from "./content/Warned.ts"
import { record } from "./Decision.ts"
import { countInput, type Counter } from "./Estimate.ts"
import { unwrap } from "../model/PullStream.ts"

/**
 * - `contextWindow`: the window in tokens; by default the model's, else what the embedded catalog knows of it.
 * - `reserve`: tokens for the response; by default `maxOutputTokens` of the request, else 4,096 or a quarter of the window.
 * - `from`: whether the `oldest` turns go first (the default), or those in the `middle`, so that the beginning stays too.
 * - `summarize`: what to say in place of the messages that are left out, as one message of the user; with room for
 *   `summaryTokens` (1,000).
 * - `counter`: counts the tokens of a request, in place of an estimate.
 *
 * @since 0.1.0
 * @category models
 */
export interface TrimContextOptions<out E = never, out R = never> {
  readonly contextWindow?: number | undefined
  readonly reserve?: number | undefined
  readonly from?: "oldest" | "middle" | undefined
  readonly summarize?:
    | ((leftOut: ReadonlyArray<Message>, request: ChatRequest) => Effect.Effect<string, E, R>)
    | undefined
  readonly summaryTokens?: number | undefined
  readonly counter?: Counter<ChatRequest, R> | undefined
}

/**
 * Trims requests that are longer than the window. Where the provider finds one too long all the same
 * (`ContextWindowExceededError`), it is trimmed to the limit that the provider names and sent once more. The response has a
 * warning that says how many messages were left out.
 *
 * A request of which even the least is too long is sent with only that: the count may be off, and the provider decides. Where
 * no window is known, nothing is trimmed until the provider refuses.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make =
  <E1 = never, R1 = never>(options: TrimContextOptions<E1, R1> = {}) =>
  <E, R>(self: ChatModel<E, R>): ChatModel<E | E1, R | R1> => {
    type M = ChatModel<E | E1, R | R1>

    /** The model with a request that is trimmed. */
    const attempt = (fit: (request: ChatRequest) => Effect.Effect<Fitted, E1, R1>): M =>
      Model.wrap<Chat, E | E1, R | R1>(self, {
        generate: (request) =>
          Effect.flatMap(fit(request), ({ request, warning }) => warnedResponse(self.generate(request), warning)),
        stream: (request) =>
          unwrap(Effect.map(fit(request), ({ request, warning }) => warnedStream(self.stream(request), warning)))
      })

    /** The attempts of one call. */
    const start = (): ((failure: Failure<M, E | E1> | undefined) => Effect.Effect<Next<M> | undefined>) => {
      let sent: ChatRequest | undefined
      let isLast = false
      return (failure) => {
        if (failure === undefined) {
          const first = attempt((request) =>
            Effect.map(fitted(self, request, options), (fitted) => {
              sent = fitted.request
              return fitted
            })
          )
          return Effect.succeed({ model: first })
        }
        const { error } = failure
        if (isLast || !(error instanceof ContextWindowExceededError)) return Effect.succeed(undefined)
        isLast = true
        return Effect.succeed({
          model: attempt((request) => fitted(self, request, options, { error, sent: sent ?? request })),
          isRetry: true
        })
      }
    }

    return attempts(self, {
      start: () => Effect.sync(start),
      // A call without a failure always has a model to call first.
      giveUp: (failure) => failure?.error as E | E1
    })
  }

/** A request that fits, as far as can be told. */
interface Fitted {
  readonly request: ChatRequest
  readonly warning?: Warning | undefined
}

/** A request that the provider has found too long. */
interface Refused {
  readonly error: ContextWindowExceededError
  readonly sent: ChatRequest
}

const fitted = Effect.fnUntraced(function* <E1, R1>(
  { contextWindow, id }: Model.Any,
  request: ChatRequest,
  options: TrimContextOptions<E1, R1>,
  refused?: Refused
): Effect.fn.Return<Fitted, E1, R1> {
  const window = refused?.error.limit ?? options.contextWindow ?? contextWindow ?? (yield* knownWindow(id))
  const { counter } = options
  const count = (request: ChatRequest) => countInput(request, id, counter && (() => counter(request, id)))
  const total = yield* count(request)
  const budget =
    refused === undefined
      ? (window ?? Infinity) - reserveOf(options, request, window)
      : budgetAfter(refused, reserveOf(options, request, window), window, yield* count(refused.sent))
  if (total <= budget) return { request }
  const { summarize, summaryTokens = 1000 } = options
  const [first] = request.messages
  if (first === undefined) return { request }
  const sizes = yield* Effect.forEach(request.messages, (message) => count({ messages: [message] }))
  const others = (yield* count({ ...request, messages: [first] })) - (sizes[0] ?? 0)
  const room = budget - others - (summarize === undefined ? 0 : Math.min(summaryTokens, budget / 4))
  const kept = trim(request.messages, sizes, room, options.from) ?? least(request.messages)
  const leftOut = withoutKept(request.messages, kept)
  if (leftOut.length === 0) return { request }
  yield* record({ type: "context-trimmed", model: id, messages: leftOut.length })
  const summary = summarize === undefined ? undefined : yield* aside(summarize(leftOut, request))
  return {
    request: { ...request, messages: summary === undefined ? kept : withSummary(request.messages, kept, summary) },
    warning: {
      type: "other",
      parameter: "messages",
      message: `${leftOut.length} of ${request.messages.length} messages were ${summary === undefined ? "left out" : "summarized"} to fit the context window${window === undefined ? "" : ` of ${window} tokens`}`
    }
  }
})

const knownWindow = (id: string): Effect.Effect<number | undefined> =>
  Effect.promise(() => import("./KnownWindows.ts")).pipe(
    Effect.flatMap(({ windows }) => windows),
    Effect.map((windows) => windows(id))
  )

const defaultReserve = 4096

const reserveOf = (
  { reserve }: Pick<TrimContextOptions, "reserve">,
  { maxOutputTokens }: ChatRequest,
  window: number | undefined
): number => reserve ?? maxOutputTokens ?? Math.min(defaultReserve, Math.floor((window ?? Infinity) / 4))

/**
 * How many tokens, as we count them, the provider will accept: it has reported how many of its own the request has, or it has more
 * than we thought by a tenth at least.
 */
const budgetAfter = (
  { error: { requested } }: Refused,
  reserve: number,
  window: number | undefined,
  sentTokens: number
): number => {
  const most = Math.floor(sentTokens * 0.9)
  if (window === undefined) return Math.floor(sentTokens * 0.7)
  const theirs = requested === undefined ? 1 : Math.max(1, requested / Math.max(1, sentTokens))
  return Math.max(0, Math.min(most, Math.floor((window - reserve) / theirs)))
}

/** The other messages than those that are kept, which are in the same order. */
const withoutKept = (messages: ReadonlyArray<Message>, kept: ReadonlyArray<Message>): ReadonlyArray<Message> => {
  let next = 0
  return messages.filter((message) => (message === kept[next] ? (next++, false) : true))
}

/** The messages that are kept, with a summary where the first of the others was. */
const withSummary = (
  messages: ReadonlyArray<Message>,
  kept: ReadonlyArray<Message>,
  summary: string
): ReadonlyArray<Message> => {
  const gap = messages.findIndex((message, index) => message !== kept[index])
  const summaryMessage: Message = {
    role: "user",
    content: [{ type: "text", text: `Summary of earlier messages, which were left out:\n${summary}` }]
  }
  return kept.toSpliced(gap, 0, summaryMessage)
}
