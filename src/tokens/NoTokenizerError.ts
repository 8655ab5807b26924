import * as Schema from "effect/Schema"

/**
 * The tokens of this model can be counted, by estimate, but not told: its vocabulary is not published or not here.
 *
 * @since 0.1.0
 * @category errors
 */
export class NoTokenizerError extends Schema.TaggedError<NoTokenizerError>()("NoTokenizerError", {
  model: Schema.String
}) {
  override get message(): string {
    return `the vocabulary of ${this.model} is not here, so its tokens can be counted but not told. Give a tokenizer for it to Tokenizer.layerWith.`
  }
}
