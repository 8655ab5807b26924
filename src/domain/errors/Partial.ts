import type { ChatResponse, ProviderError } from "../ChatResponse.ts"

/**
 * What had arrived of the response when the error ended it, where something had and the error has a place for it.
 *
 * @since 0.1.0
 * @category accessors
 */
export const partialOf = (error: unknown): ChatResponse | undefined =>
  (error as { readonly partial?: ChatResponse } | null | undefined)?.partial

/** The errors that may come from within a response. */
const holders: ReadonlySet<ProviderError["_tag"]> = new Set([
  "RateLimitError",
  "OverloadedError",
  "ServerError",
  "ContentPolicyError",
  "ResponseParseError"
])

/**
 * Notes what had arrived of the response on an error that was made just now, where it has a place for it.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withPartial = <E extends ProviderError>(error: E, partial: ChatResponse): E =>
  holders.has(error._tag) ? Object.assign(error, { partial }) : error
