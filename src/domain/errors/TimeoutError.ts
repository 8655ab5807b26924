import * as Schema from "effect/Schema"
import * as Duration from "effect/Duration"
import type { ChatResponse } from "../ChatResponse.ts"
import { errorClass, sentence } from "./ErrorFields.ts"
import { partialOf } from "./Partial.ts"

/**
 * A limit on time was reached. `phase` says which: `connect` (no answer to the request at all), `first-token` (no content yet),
 * `idle` (silence between two pieces) or `total`; `duration` is the limit.
 *
 * @since 0.1.0
 * @category errors
 */
export class TimeoutError extends errorClass<TimeoutError>()("TimeoutError", {
  phase: Schema.Literals(["connect", "first-token", "idle", "total"]),
  duration: Schema.Duration
}) {
  /** What had arrived of the response, where the error came after its beginning; it is not complete. */
  get partial(): ChatResponse | undefined {
    return partialOf(this)
  }

  override get message(): string {
    return sentence(
      this,
      `no ${this.phase === "connect" ? "response" : this.phase === "first-token" ? "first token" : this.phase === "idle" ? "further token" : "complete answer"} within ${Duration.format(this.duration)}`,
      "Raise the limit, or fall back to a faster model."
    )
  }
}
