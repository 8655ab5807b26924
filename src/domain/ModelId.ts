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
