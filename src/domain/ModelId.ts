/**
 * The names of models, written `provider/model`, and the errors for names that nothing is configured for.
 *
 * ```ts
 * const id = ModelId.parse("openrouter/meta-llama/llama-4-scout")
 * // { provider: "openrouter", model: "meta-llama/llama-4-scout" }
 * ```
 *
 * Only the first slash separates; the model's own name may hold more.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { errorClass, type Explanation } from "./ErrorFields.ts"

/**
 * A model of a provider, written `provider/model`. The model's own name may hold further slashes
 * (`openrouter/meta-llama/llama-4-scout`).
 *
 * @since 0.1.0
 * @category models
 */
export interface ModelId {
  readonly provider: string
  readonly model: string
}

/**
 * Writes an id as `provider/model`.
 *
 * @since 0.1.0
 * @category encoding
 */
export const format = (id: ModelId): string => `${id.provider}/${id.model}`

/**
 * Splits at the first slash; `undefined` when there is no provider or no model in the string.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (id: string): ModelId | undefined => {
  const slash = id.indexOf("/")
  return slash <= 0 || slash === id.length - 1
    ? undefined
    : { provider: id.slice(0, slash), model: id.slice(slash + 1) }
}

/**
 * No configured provider has this model. `requested` is the `provider/model` string, `suggestions` are the nearest that
 * exist.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownModelError extends errorClass<UnknownModelError>()("UnknownModelError", {
  requested: Schema.String,
  suggestions: Schema.Array(Schema.String)
}) {
  override get explanation(): Explanation {
    return {
      happened: `no model \`${this.requested}\` is configured`,
      advice:
        this.suggestions.length === 0
          ? "Write it as provider/model and set the key of that provider."
          : `Did you mean ${this.suggestions.join(", ")}?`
    }
  }
}

/**
 * No configured provider has this id. `requested` is the id, `suggestions` are the nearest that exist.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownProviderError extends errorClass<UnknownProviderError>()("UnknownProviderError", {
  requested: Schema.String,
  suggestions: Schema.Array(Schema.String)
}) {
  override get explanation(): Explanation {
    return {
      happened: `no provider \`${this.requested}\` is configured`,
      advice: this.suggestions.length === 0 ? "Set its key." : `Did you mean ${this.suggestions.join(", ")}?`
    }
  }
}
