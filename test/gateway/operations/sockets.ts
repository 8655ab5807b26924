/** Raw sockets, for what no client would send. */
import { Effect } from "effect"
import { connect, type Socket } from "node:net"

export interface Raw {
  readonly socket: Socket
  readonly send: (text: string) => void
  /** Everything that was read when the server closed the connection. */
  readonly closed: Effect.Effect<string>
  /** What has been read, as soon as this is in it. */
  readonly until: (pattern: RegExp) => Effect.Effect<string>
}

export const raw = (url: string): Effect.Effect<Raw, never, import("effect").Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(async (): Promise<Raw> => {
      const { hostname, port } = new URL(url)
      const socket = connect(Number(port), hostname)
      let text = ""
      const listeners = new Set<() => void>()
      const changed = () => listeners.forEach((listener) => listener())
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1")
        changed()
      })
      const end = new Promise<void>((resolve) => socket.once("close", () => resolve()))
      socket.on("error", () => {})
      await new Promise<void>((resolve) => socket.once("connect", () => resolve()))
      return {
        socket,
        send: (text) => void socket.write(text, "latin1"),
        closed: Effect.promise(() => end.then(() => text)),
        until: (pattern) =>
          Effect.promise(
            () =>
              new Promise<string>((resolve) => {
                const look = () => {
                  if (!pattern.test(text)) return
                  listeners.delete(look)
                  resolve(text)
                }
                listeners.add(look)
                look()
              })
          )
      }
    }),
    ({ socket }) => Effect.sync(() => socket.destroy())
  )
