import * as Console from "effect/Console"
import type * as Effect from "effect/Effect"

/**
 * Prints a value as JSON, for programs.
 *
 * @since 0.1.0
 * @category printing
 */
export const print = (value: unknown): Effect.Effect<void> => Console.log(JSON.stringify(value, null, 2))
