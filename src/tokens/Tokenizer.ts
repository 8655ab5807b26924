/**
 * Counts, truncates and splits text in a model's tokens, without calling a provider.
 *
 * ```ts
 * const { tokens, precision } = yield* Tokenizer.use((tokenizer) => tokenizer.count("Hello", { model: "gpt-6-luna" }))
 * ```
 *
 * Only text in OpenAI's published encodings is counted exactly. Any other count is an estimate that states its expected
 * error, and `fits` and `trim` add that error before they compare with the context window.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { type ChatRequest, type ChatRequestInput, make as makeRequest } from "../domain/ChatRequest.ts"
import { ContextWindowExceededError } from "../domain/CallErrors.ts"
import { ModelTokenizer, type TextSlice } from "./ModelTokenizer.ts"
import type { CustomTokenizer } from "./TextTokenizer.ts"
import { atMost, estimated, exact, type TokenCount } from "./TokenCount.ts"

/**
 * The model to count for: its id, with or without a provider prefix.
 *
 * @since 0.1.0
 * @category models
 */
export interface ForModel {
  readonly model: string
}

/**
 * The model's context window in tokens, and how many of them to reserve for the response (the request's
 * `maxOutputTokens` by default).
 *
 * @since 0.1.0
 * @category models
 */
export interface Window extends ForModel {
  readonly contextWindow: number
  readonly maxOutputTokens?: number | undefined
}

/**
 * Whether a request fits even if the count is off by its expected error, its count, the limit, and the tokens remaining
 * (negative when it does not fit).
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
 * A request that fits, its count, and the number of messages dropped.
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
 * What to use beyond the built-in rules: custom tokenizers, or a provider's own token-counting endpoint.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenizerOptions<E, R> {
  /** A tokenizer of the model's own vocabulary; `undefined` leaves the model to the rules. */
  readonly custom?: ((model: string) => CustomTokenizer | undefined) | undefined
  /**
   * Counts a request with the provider's endpoint; `undefined` where there is none. Its count is taken as exact; if it
   * fails, the rules estimate, and the estimate's reasons say so.
   */
  readonly remote?: ((request: ChatRequest, model: string) => Effect.Effect<number | undefined, E, R>) | undefined
}

/**
 * Counts, truncates and splits text in a model's tokens. Counts are exact for text in OpenAI's published encodings, and
 * otherwise estimates with their expected error (`docs/tokens.md`).
 *
 * @since 0.1.0
 * @category services
 */
export class Tokenizer extends Context.Service<
  Tokenizer,
  {
    /** The tokens of a text (a string) or of a whole request. */
    readonly count: (input: ChatRequestInput, options: ForModel) => Effect.Effect<TokenCount>
    /** The token ids of a text. Special tokens in it are read as plain text. */
    readonly encode: (text: string, options: ForModel) => Effect.Effect<ReadonlyArray<number>, NoTokenizerError>
    /** The text of token ids. */
    readonly decode: (ids: Iterable<number>, options: ForModel) => Effect.Effect<string, NoTokenizerError>
    /** The longest prefix of at most `tokens` tokens. It never ends inside a character. */
    readonly truncate: (text: string, tokens: number, options: ForModel) => Effect.Effect<TextSlice>
    /**
     * Consecutive parts of at most `tokens` tokens; with `overlap`, each starts about that many tokens before the
     * previous one ends.
     */
    readonly split: (
      text: string,
      tokens: number,
      options: ForModel & { readonly overlap?: number | undefined }
    ) => Effect.Effect<ReadonlyArray<TextSlice>>
    /** Whether a request fits the window. */
    readonly fits: (request: ChatRequestInput, options: Window) => Effect.Effect<Fit>
    /**
     * Drops the oldest turns until the request fits the window. System messages and the newest turn stay; tool calls and
     * their results stay or go together. Fails when even that does not fit.
     */
    readonly trim: (request: ChatRequestInput, options: Window) => Effect.Effect<Trimmed, ContextWindowExceededError>
  }
>()("effect-llm/tokens/Tokenizer") {
  /** The built-in rules only. A vocabulary is loaded when a model first needs it. */
  static readonly layer: Layer.Layer<Tokenizer> = Layer.suspend(() => Tokenizer.layerWith({}))

  /** One tokenizer for every model. */
  static layerOf(custom: CustomTokenizer): Layer.Layer<Tokenizer> {
    return Tokenizer.layerWith({ custom: () => custom })
  }

  /** The built-in rules, with custom tokenizers for some models and the provider's count where it has one. */
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
    const counted = yield* Effect.result(Effect.provideContext(remote(request, model), context))
    if (counted._tag === "Success") return counted.success === undefined ? yield* local : exact(counted.success)
    const { precision, tokens } = yield* local
    if (precision._tag === "Exact") return exact(tokens)
    const { expectedError, reasons } = precision
    return estimated(tokens, expectedError, [...reasons, `the provider's count failed: ${String(counted.failure)}`])
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

/**
 * The model's tokens can be estimated but not listed: its vocabulary is not published, or not part of this package.
 *
 * @since 0.1.0
 * @category errors
 */
export class NoTokenizerError extends Schema.TaggedError<NoTokenizerError>()("NoTokenizerError", {
  model: Schema.String
}) {
  override get message(): string {
    return `the vocabulary of ${this.model} is not part of this package, so its tokens can be counted but not listed. Pass a tokenizer for it to Tokenizer.layerWith.`
  }
}
