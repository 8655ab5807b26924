import * as Console from "effect/Console"
import type * as Effect from "effect/Effect"

/** Prints a value as JSON, for programs. */
export const print = (value: unknown): Effect.Effect<void> => Console.log(JSON.stringify(value, null, 2))
