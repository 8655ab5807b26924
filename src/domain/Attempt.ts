import type { Attempt } from "./ChatResponse.ts"

export { Attempt } from "./ChatResponse.ts"

const trails = new WeakMap<object, ReadonlyArray<Attempt>>()

/**
 * The tries that led to an error, oldest first; empty when no policy has noted any.
 *
 * @since 0.1.0
 * @category accessors
 */
export const trailOf = (error: unknown): ReadonlyArray<Attempt> =>
  (typeof error === "object" && error !== null ? trails.get(error) : undefined) ?? []

/**
 * Notes on an error the tries that led to it, so that a policy further out can tell the whole story.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withTrail = <E>(error: E, trail: ReadonlyArray<Attempt>): E => {
  if (typeof error === "object" && error !== null) trails.set(error, trail)
  return error
}
