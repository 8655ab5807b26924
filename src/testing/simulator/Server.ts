import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/**
 * The simulator cannot listen where it was told to, most often because another program does.
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
    return `nothing can be listened to on ${this.host}:${this.port}. Choose another port, or 0 for any free one.`
  }
}

/** Listens until the scope is closed, which closes every connection at once. Succeeds with the port. */
export const listen = (
  at: { readonly host: string; readonly port: number },
  reply: (incoming: IncomingMessage, outgoing: ServerResponse) => void
): Effect.Effect<number, ListenError, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<Server, ListenError>((resume) => {
        const server = createServer(reply)
        server.once("error", (cause) => resume(Effect.fail(new ListenError({ ...at, cause }))))
        server.listen(at.port, at.host, () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.callback<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    ),
    (server) => (server.address() as AddressInfo).port
  )
