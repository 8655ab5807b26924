import type * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { Cost } from "./Cost.ts"
import type { ProviderError } from "./ProviderError.ts"

/**
 * One try of a call: which model, what it failed with (absent when it answered), how long it took, and how long was
 * waited before it. `cost` is there where costs are reckoned and the try consumed something, or may have.
 *
 * @since 0.1.0
 * @category models
 */
export interface Attempt {
  readonly model: string
  readonly error?: ProviderError | undefined
  readonly duration: Duration.Duration
  readonly wait?: Duration.Duration | undefined
  readonly cost?: Cost | undefined
}

/**
 * The schema of `Attempt`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Attempt: Schema.Codec<Attempt, unknown> = Schema.Struct({
  model: Schema.String,
  error: Schema.optional(Schema.Defect() as unknown as Schema.Codec<ProviderError, Schema.Json>),
  duration: Schema.Duration,
  wait: Schema.optional(Schema.Duration),
  cost: Schema.optional(Cost)
})

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
