import * as Schema from "effect/Schema"

/**
 * The gateway cannot listen at its address.
 *
 * @since 0.1.0
 * @category errors
 */
export class ListenError extends Schema.TaggedError<ListenError>()("ListenError", {
  host: Schema.String,
  port: Schema.Int,
  cause: Schema.Unknown
}) {
  override get message(): string {
    const { code, message } = this.cause as { readonly code?: string; readonly message?: string }
    const where = `${this.host}:${this.port}`
    if (code === "EADDRINUSE") return `${where} is in use by another program. Stop it, or choose another port.`
    if (code === "EACCES") return `this user may not listen at ${where}. Choose a port above 1023.`
    return `cannot listen at ${where}: ${message ?? code ?? "unknown reason"}`
  }
}
