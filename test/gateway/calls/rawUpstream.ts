import { Effect, type Scope } from "effect"
import { type AddressInfo, createServer, type Server } from "node:net"

/** What goes to the socket in one packet. */
export type Piece = string | Uint8Array

/** The length of the first request in these characters, which are bytes; 0 while there is more to come. */
const lengthOf = (text: string): number => {
  const end = text.indexOf("\r\n\r\n") + 4
  if (end < 4) return 0
  const length = end + Number(/^content-length: (\d+)/im.exec(text.slice(0, end))?.[1] ?? 0)
  return text.length < length ? 0 : length
}

/**
 * The address of a provider that writes these pieces to its socket for each request, whatever HTTP has to say of them, and then closes
 * the connection.
 */
export const scripted = (
  pieces: ReadonlyArray<Piece>,
  onRequest: (text: string) => void = () => {}
): Effect.Effect<string, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<Server>((resume) => {
        const server = createServer({ noDelay: true }, (socket) => {
          let text = ""
          socket.on("error", () => socket.destroy())
          socket.on("data", (bytes) => {
            text += bytes.toString("latin1")
            if (lengthOf(text) === 0) return
            onRequest(text)
            text = ""
            const left = [...pieces]
            const next = (): void => {
              const piece = left.shift()
              if (piece === undefined) socket.end()
              // After a turn of the loop, so that each piece is a packet of its own.
              else socket.write(piece, () => setImmediate(next))
            }
            next()
          })
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
    ),
    (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  )
