import * as Effect from "effect/Effect"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import { ChatCounter } from "./chat/ChatCounter.ts"
import { trim } from "./chat/Trim.ts"
import { Encoding } from "./Encoding.ts"
import * as ModelRule from "./ModelRule.ts"
import * as TextTokenizer from "./TextTokenizer.ts"
import { atMost, estimated, exact, type TokenCount } from "./TokenCount.ts"

/** A part of a text, and how many tokens it has. */
export interface TextSlice extends TokenCount {
  readonly text: string
}

/** Counts and cuts for one model, without asking a provider. */
export class ModelTokenizer {
  /** The tokenizer of a model: the one given, or else by the model's rule. */
  static load(model: string, custom?: TextTokenizer.CustomTokenizer): Effect.Effect<ModelTokenizer> {
    const rule = ModelRule.of(model)
    return custom === undefined
      ? Effect.map(Encoding.load(rule.encoding), (encoding) => new ModelTokenizer(rule, encoding, rule))
      : Effect.succeed(new ModelTokenizer(rule, TextTokenizer.make(custom), customTokens))
  }

  /** Absent where the model's own tokens are not known. */
  readonly encode: TextTokenizer.TextTokenizer["encode"]
  readonly decode: TextTokenizer.TextTokenizer["decode"]
  readonly #text: TextTokenizer.TextTokenizer
  readonly #counter: ChatCounter
  readonly #error: number
  readonly #reason: string

  constructor(rule: ModelRule.ModelRule, base: TextTokenizer.TextTokenizer, estimate: TextTokenizer.Estimate) {
    const { error } = estimate
    this.#error = error
    this.#reason = rule.source
    this.#text = error === 0 ? base : TextTokenizer.estimating(base, estimate)
    this.encode = this.#text.encode?.bind(this.#text)
    this.decode = this.#text.decode?.bind(this.#text)
    const tokens = TextTokenizer.expectedTokens(base, estimate)
    this.#counter = new ChatCounter(rule, { tokens, error, reason: rule.source })
  }

  count(text: string): TokenCount {
    return this.#withPrecision(this.#text.count(text))
  }

  countRequest(request: ChatRequest): TokenCount {
    return this.#counter.request(request)
  }

  truncate(text: string, tokens: number): TextSlice {
    return this.#slice(this.#text.truncate(text, tokens))
  }

  split(text: string, tokens: number, overlap: number): ReadonlyArray<TextSlice> {
    return this.#text.split(text, tokens, overlap).map((part) => this.#slice(part))
  }

  /** The request without its oldest messages, at most so long even with the expected error; see `Trim`. */
  trim(request: ChatRequest, tokens: number): ChatRequest | undefined {
    const sizes = this.#counter.messages(request.messages).map(({ count }) => atMost(count))
    const messages = trim(request.messages, sizes, tokens - atMost(this.#counter.rest(request).count))
    return messages === undefined ? undefined : { ...request, messages }
  }

  #slice(text: string): TextSlice {
    return { text, ...this.count(text) }
  }

  #withPrecision(tokens: number): TokenCount {
    return this.#error === 0 || tokens === 0 ? exact(tokens) : estimated(tokens, this.#error, [this.#reason])
  }
}

/** A tokenizer of the model's own vocabulary counts as it is. */
const customTokens: TextTokenizer.Estimate = { ratio: 1, fragments: 0, digits: false, error: 0 }
