import type { Attempt } from "./ChatResponse.ts"

export { Attempt } from "./ChatResponse.ts"

const recorded = new WeakMap<object, ReadonlyArray<Attempt>>()

/**
 * The attempts that led to an error, oldest first; empty when no policy has recorded any.
 *
 * @since 0.1.0
 * @category accessors
 */
export const attemptsOf = (error: unknown): ReadonlyArray<Attempt> =>
  (typeof error === "object" && error !== null ? recorded.get(error) : undefined) ?? []

/**
 * Records on an error the attempts that led to it, for the policies further out.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withAttempts = <E>(error: E, attempts: ReadonlyArray<Attempt>): E => {
  if (typeof error === "object" && error !== null) recorded.set(error, attempts)
  return error
}
