import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { ListenError } from "./ListenError.ts"

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
