import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { Attempt, type AttemptError } from "./ChatResponse.ts"
import { ModelNotFoundError } from "./CallErrors.ts"

/**
 * Every model of a fallback chain failed, or the last error does not permit a fallback. `models` is the chain as
 * configured, `attempts` every attempt in order, with its error, duration and wait.
 *
 * @since 0.1.0
 * @category errors
 */
export class AllFailedError extends Schema.TaggedError<AllFailedError>()("AllFailedError", {
  models: Schema.Array(Schema.String),
  attempts: Schema.Array(Attempt)
}) {
  /** The error of the last attempt, for `Effect.catchReason` and `Effect.catchReasons`. */
  get reason(): AttemptError {
    return this.last ?? new ModelNotFoundError({ detail: "the chain has no models" })
  }

  /** The error of the last attempt; `undefined` when there was no attempt. */
  get last(): Attempt["error"] {
    return this.attempts.at(-1)?.error
  }

  override get message(): string {
    const rows = this.attempts.map(
      ({ duration, error, model }) => `${model} (${Duration.format(duration)}): ${error?.name ?? "no error"}`
    )
    const last = this.last === undefined ? "" : ` The last error was: ${this.last.message}`
    return `every model of the chain failed. Tried ${rows.join("; ") || "none"}.${last}`
  }
}
