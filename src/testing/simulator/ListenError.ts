// Apart from Server, so that no public declaration needs the types of Node.
import * as Schema from "effect/Schema"

/**
 * The simulator cannot listen at its address, most often because another program does.
 *
 * @since 0.1.0
 * @category errors
 */
export class ListenError extends Schema.TaggedError<ListenError>()("ListenError", {
  host: Schema.String,
  port: Schema.Int,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `cannot listen on ${this.host}:${this.port}. Choose another port, or 0 for any free one.`
  }
}
