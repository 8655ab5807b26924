import { createServer, type AddressInfo, type Socket } from "node:net"
import { Effect, type Scope } from "effect"
import type { RawFault } from "./rawFaults.ts"
import type { Wire } from "./wire.ts"

export interface RawServer {
  readonly url: string
  readonly openSockets: () => number
}

/** A server that commits on each request the fault that `faultOf` finds for its text; closed with the scope. */
export const serveFaults = (
  wire: Wire,
  faultOf: (request: string) => RawFault | undefined
): Effect.Effect<RawServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      const timers = new Set<NodeJS.Timeout>()
      socket.on("error", () => socket.destroy())
      socket.on("close", () => {
        sockets.delete(socket)
        for (const timer of timers) clearInterval(timer)
      })
      let received = ""
      socket.setEncoding("utf8").on("data", (part: string) => {
        received += part
        const headEnd = received.indexOf("\r\n\r\n")
        if (headEnd < 0) return
        const length = Number(/content-length: (\d+)/i.exec(received.slice(0, headEnd))?.[1] ?? 0)
        if (Buffer.byteLength(received.slice(headEnd + 4)) < length) return
        const isStream = /"stream":\s*true|:streamGenerateContent/.test(received)
        const fault = faultOf(received)
        received = ""
        fault?.run({
          wire,
          socket,
          isStream,
          every: (millis, run) => {
            timers.add(setInterval(() => (socket.writable ? run() : undefined), millis))
          }
        })
      })
    })
    yield* Effect.acquireRelease(
      Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
      () =>
        Effect.callback<void>((resume) => {
          server.close(() => resume(Effect.void))
          for (const socket of sockets) socket.destroy()
        })
    )
    const { port } = server.address() as AddressInfo
    return { url: `http://127.0.0.1:${port}`, openSockets: () => sockets.size }
  })
