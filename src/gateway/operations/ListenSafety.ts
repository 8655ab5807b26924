import * as Schema from "effect/Schema"
import { isIP } from "node:net"

/**
 * A gateway that others would reach, and that anybody could use.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnsafeListenError extends Schema.TaggedError<UnsafeListenError>()("UnsafeListenError", {
  host: Schema.String
}) {
  override get message(): string {
    return (
      `${this.host} is reached from other machines, and there is no key that callers need. Set server.adminKey or keys ` +
      `in the settings (without settings, EFFECT_LLM_ADMIN_KEY), or listen at 127.0.0.1, or say --open-to-everyone`
    )
  }
}

/** Whether only programs of this machine reach a host. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."))
