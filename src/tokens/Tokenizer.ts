import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type ChatRequest, type ChatRequestInput, make as makeRequest } from "../domain/ChatRequest.ts"
import { ContextWindowExceededError } from "../domain/errors/ContextWindowExceededError.ts"
import { ModelTokenizer, type TextSlice } from "./ModelTokenizer.ts"
import { NoTokenizerError } from "./NoTokenizerError.ts"
import type { CustomTokenizer } from "./TextTokenizer.ts"
import { atMost, estimated, exact, type TokenCount } from "./TokenCount.ts"

/**
 * For which model: its id, with or without the provider before it.
 *
 * @since 0.1.0
 * @category models
 */
export interface ForModel {
  readonly model: string
}

/**
 * How long a request may be: the model's context window, answer included, less what is kept free for the answer (when
 * it is not given, the `maxOutputTokens` of the request).
 *
 * @since 0.1.0
 * @category models
 */
export interface Window extends ForModel {
  readonly contextWindow: number
  readonly maxOutputTokens?: number | undefined
}

/**
 * Whether a request fits, even with the expected error; how many tokens it has, how many it may have, and how many are
 * left (below zero when it does not fit).
 *
 * @since 0.1.0
 * @category models
 */
export interface Fit {
  readonly fits: boolean
  readonly count: TokenCount
  readonly limit: number
  readonly remaining: number
}

/**
 * A request that fits, its size, and how many messages were left out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Trimmed {
  readonly request: ChatRequest
  readonly count: TokenCount
  readonly dropped: number
}

/**
 * Where the tokenizer may ask for what it does not know itself.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenizerOptions<E, R> {
  /** A tokenizer of the model's own vocabulary; `undefined` leaves the model to the rules. */
  readonly custom?: ((model: string) => CustomTokenizer | undefined) | undefined
  /**
   * Asks the provider how many tokens a request has; `undefined` when it cannot be asked. Its answer is taken for
   * exact; when it fails, the rules count, and the reasons of the estimate tell.
   */
  readonly remote?: ((request: ChatRequest, model: string) => Effect.Effect<number | undefined, E, R>) | undefined
}

/**
 * How long a text or a request is for a model, and how to make it shorter. A count is exact for text in OpenAI's
 * published encodings, and an estimate that says how far off it may be for all else (`docs/tokens.md`).
 *
 * @since 0.1.0
 * @category services
 */
export class Tokenizer extends Context.Service<
  Tokenizer,
  {
    /** How many tokens a text (a string) or a whole request has. */
    readonly count: (input: ChatRequestInput, options: ForModel) => Effect.Effect<TokenCount>
    /** The tokens of a text. What looks like a special token is text. */
    readonly encode: (text: string, options: ForModel) => Effect.Effect<ReadonlyArray<number>, NoTokenizerError>
    /** The text of tokens. */
    readonly decode: (ids: Iterable<number>, options: ForModel) => Effect.Effect<string, NoTokenizerError>
    /** The longest beginning of a text that has at most so many tokens. It never ends inside a character. */
    readonly truncate: (text: string, tokens: number, options: ForModel) => Effect.Effect<TextSlice>
    /**
     * The text in parts of at most so many tokens, which joined are the text; with `overlap`, each begins about so many
     * tokens before the end of the last one.
     */
    readonly split: (
      text: string,
      tokens: number,
      options: ForModel & { readonly overlap?: number | undefined }
    ) => Effect.Effect<ReadonlyArray<TextSlice>>
    /** Whether a request fits the window. */
    readonly fits: (request: ChatRequestInput, options: Window) => Effect.Effect<Fit>
    /**
     * Leaves out the oldest turns until the request fits the window. System messages stay, and so do the newest turns;
     * tool calls and their results stay or go together. Fails when the least that has to stay does not fit.
     */
    readonly trim: (request: ChatRequestInput, options: Window) => Effect.Effect<Trimmed, ContextWindowExceededError>
  }
>()("effect-llm/tokens/Tokenizer") {
  /** By the rules alone. The vocabulary that a model needs is read when it is first asked for. */
  static readonly layer: Layer.Layer<Tokenizer> = Layer.suspend(() => Tokenizer.layerWith({}))

  /** One tokenizer for every model. */
  static layerOf(custom: CustomTokenizer): Layer.Layer<Tokenizer> {
    return Tokenizer.layerWith({ custom: () => custom })
  }

  /** By the rules, tokenizers of one's own for some models, and the provider's count where it has one. */
  static layerWith<E = never, R = never>(options: TokenizerOptions<E, R>): Layer.Layer<Tokenizer, never, R> {
    return Layer.effect(Tokenizer, make(options))
  }
}

/** How often a request is trimmed again because the provider counts more than was expected. */
const mostRounds = 4

const make = Effect.fnUntraced(function* <E, R>({
  custom,
  remote
}: TokenizerOptions<E, R>): Effect.fn.Return<Context.Service.Shape<typeof Tokenizer>, never, R> {
  const context = yield* Effect.context<R>()
  const load = (model: string) => ModelTokenizer.load(model, custom?.(model))

  const countRequest = Effect.fnUntraced(function* (request: ChatRequest, model: string) {
    const local = Effect.map(load(model), (tokenizer) => tokenizer.countRequest(request))
    if (remote === undefined) return yield* local
    const asked = yield* Effect.result(Effect.provideContext(remote(request, model), context))
    if (asked._tag === "Success") return asked.success === undefined ? yield* local : exact(asked.success)
    const { precision, tokens } = yield* local
    if (precision._tag === "Exact") return exact(tokens)
    const { expectedError, reasons } = precision
    return estimated(tokens, expectedError, [...reasons, `the provider did not count: ${String(asked.failure)}`])
  })

  const limitOf = (request: ChatRequest, { contextWindow, maxOutputTokens }: Window) =>
    contextWindow - (maxOutputTokens ?? request.maxOutputTokens ?? 0)

  return {
    count: (input, { model }) =>
      typeof input === "string"
        ? Effect.map(load(model), (tokenizer) => tokenizer.count(input))
        : countRequest(makeRequest(input), model),
    encode: (text, { model }) =>
      Effect.flatMap(load(model), ({ encode }) =>
        encode === undefined ? Effect.fail(new NoTokenizerError({ model })) : Effect.succeed(encode(text))
      ),
    decode: (ids, { model }) =>
      Effect.flatMap(load(model), ({ decode }) =>
        decode === undefined ? Effect.fail(new NoTokenizerError({ model })) : Effect.succeed(decode(ids))
      ),
    truncate: (text, tokens, { model }) => Effect.map(load(model), (tokenizer) => tokenizer.truncate(text, tokens)),
    split: (text, tokens, { model, overlap = 0 }) =>
      Effect.map(load(model), (tokenizer) => tokenizer.split(text, tokens, overlap)),
    fits: Effect.fnUntraced(function* (input, window) {
      const request = makeRequest(input)
      const count = yield* countRequest(request, window.model)
      const limit = limitOf(request, window)
      const remaining = limit - atMost(count)
      return { fits: remaining >= 0, count, limit, remaining }
    }),
    trim: Effect.fnUntraced(function* (input, window) {
      const request = makeRequest(input)
      const tokenizer = yield* load(window.model)
      const limit = limitOf(request, window)
      // Message by message the expected errors are rounded up, so that the sum may be more than the whole.
      const whole = yield* countRequest(request, window.model)
      if (atMost(whole) <= limit) return { request, count: whole, dropped: 0 }
      let budget = limit
      for (let round = 0; round < mostRounds; round++) {
        const trimmed = tokenizer.trim(request, budget)
        if (trimmed === undefined) break
        const count = yield* countRequest(trimmed, window.model)
        const size = atMost(count)
        if (size <= limit) {
          return { request: trimmed, count, dropped: request.messages.length - trimmed.messages.length }
        }
        budget = Math.floor((budget * limit) / size) - 1
      }
      return yield* new ContextWindowExceededError({
        model: window.model,
        limit: window.contextWindow,
        detail: `system messages and the newest turn alone do not fit into ${limit} tokens`
      })
    })
  }
})
