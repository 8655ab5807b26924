import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { Attempt, type AttemptError } from "./ChatResponse.ts"
import { ModelNotFoundError } from "./CallErrors.ts"

/**
 * Every model of a fallback chain failed, or the last error does not permit a fallback. `models` is the chain as
 * configured, `attempts` every attempt in order, with its error, duration and wait. `leftOut` are the deployments of a
 * group that were not called, because they could not serve the request; `wait` is how long until one may be called again,
 * `parameter` the parameter that one does not accept.
 *
 * @since 0.1.0
 * @category errors
 */
export class AllFailedError extends Schema.TaggedError<AllFailedError>()("AllFailedError", {
  models: Schema.Array(Schema.String),
  attempts: Schema.Array(Attempt),
  leftOut: Schema.optional(
    Schema.Array(
      Schema.Struct({
        deployment: Schema.String,
        model: Schema.String,
        because: Schema.String,
        parameter: Schema.optional(Schema.String),
        wait: Schema.optional(Schema.Duration)
      })
    )
  )
}) {
  /** The error of the last attempt, for `Effect.catchReason` and `Effect.catchReasons`. */
  get reason(): AttemptError {
    return (
      this.last ??
      new ModelNotFoundError({ detail: reasonsLeftOut(this) ?? "there are no deployments and no models to call" })
    )
  }

  /** The error of the last attempt; `undefined` when there was no attempt. */
  get last(): Attempt["error"] {
    return this.attempts.at(-1)?.error
  }

  override get message(): string {
    if (this.models.length === 0 && this.attempts.length === 0 && reasonsLeftOut(this) === undefined) {
      return "the group or chain has no deployments, so nothing was called. Add one."
    }
    const rows = this.attempts.map(
      ({ duration, error, model }) => `${model} (${Duration.format(duration)}): ${error?.name ?? "no error"}`
    )
    const last = this.last === undefined ? "" : ` The last error was: ${this.last.message}`
    const because = reasonsLeftOut(this)
    const leftOut = because === undefined ? "" : ` Left out: ${because}.`
    return `every model of the chain failed. Tried ${rows.join("; ") || "none"}.${leftOut}${last}`
  }
}

// Not a private method: copies of an error have none.
const reasonsLeftOut = ({ leftOut = [] }: AllFailedError): string | undefined =>
  leftOut.length === 0 ? undefined : leftOut.map(({ because, deployment }) => `${deployment}: ${because}`).join("; ")
