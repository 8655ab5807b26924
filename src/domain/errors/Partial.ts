import type { ChatResponse } from "../ChatResponse.ts"

const partials = new WeakMap<object, ChatResponse>()

/**
 * What had arrived of the response when the error ended it; none where nothing had, or where the error was read from JSON.
 *
 * @since 0.1.0
 * @category accessors
 */
export const partialOf = (error: object): ChatResponse | undefined => partials.get(error)

/**
 * Notes on an error what had arrived of the response.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withPartial = <E extends object>(error: E, partial: ChatResponse | undefined): E => {
  if (partial !== undefined) partials.set(error, partial)
  return error
}
