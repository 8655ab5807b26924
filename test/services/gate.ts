import { Effect } from "effect"
import { createServer, connect, type Server, type Socket } from "node:net"

/** A way to a Postgres that can be shut. */
export const gate = (url: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const { port: target } = new URL(url)
      const sockets = new Set<Socket>()
      const server: Server = createServer((incoming) => {
        const outgoing = connect(Number(target), "127.0.0.1")
        for (const socket of [incoming, outgoing]) sockets.add(socket.on("error", () => socket.destroy()))
        incoming.once("close", () => outgoing.destroy())
        outgoing.once("close", () => incoming.destroy())
        incoming.pipe(outgoing).pipe(incoming)
      })
      const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))
      await listen(0)
      const { port } = server.address() as { readonly port: number }
      return {
        url: Object.assign(new URL(url), { port: String(port) }).href,
        open: () => listen(port),
        shut: () => {
          server.close()
          for (const socket of sockets) socket.destroy()
        }
      }
    }),
    ({ shut }) => Effect.sync(shut)
  )
