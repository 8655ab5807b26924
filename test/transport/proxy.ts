/** An HTTP proxy on a real socket: tunnels what `CONNECT` asks for to one address, whatever host is named. */
import { Effect } from "effect"
import { createServer } from "node:http"
import { type AddressInfo, connect, type Socket } from "node:net"

export interface Proxy {
  readonly url: string
  /** What was asked for: the authority of `CONNECT`, or the address of a request in the clear. */
  readonly asked: Array<string>
  /** The `proxy-authorization` headers so far. */
  readonly credentials: Array<string | undefined>
}

/** A proxy that sends all it is given to `port` on this machine; closed with the scope. */
export const proxyTo = (port: number) =>
  Effect.acquireRelease(
    Effect.callback<Proxy & { readonly close: () => void }>((resume) => {
      const sockets = new Set<Socket>()
      const asked: Array<string> = []
      const credentials: Array<string | undefined> = []
      const server = createServer()
      server.on("connection", (socket) => {
        sockets.add(socket)
        socket.on("error", () => socket.destroy())
      })
      server.on("connect", (request, client: Socket, head) => {
        asked.push(request.url ?? "")
        credentials.push(request.headers["proxy-authorization"])
        const upstream = connect(port, "127.0.0.1", () => {
          client.write("HTTP/1.1 200 Connection Established\r\n\r\n")
          if (head.length > 0) upstream.write(head)
          upstream.pipe(client).pipe(upstream)
        })
        sockets.add(upstream)
        upstream.on("error", () => client.destroy())
      })
      server.on("request", (request, response) => {
        asked.push(request.url ?? "")
        credentials.push(request.headers["proxy-authorization"])
        const target = new URL(request.url ?? "", "http://x")
        const upstream = connect(port, "127.0.0.1", () => {
          upstream.write(
            [
              `${request.method} ${target.pathname}${target.search} HTTP/1.1`,
              ...Object.entries({ ...request.headers, connection: "close" }).map(
                ([name, value]) => `${name}: ${value}`
              ),
              "",
              ""
            ].join("\r\n")
          )
          request.pipe(upstream, { end: false })
          upstream.pipe(response.socket!)
        })
        sockets.add(upstream)
        upstream.on("error", () => response.destroy())
      })
      server.listen(0, "127.0.0.1", () =>
        resume(
          Effect.succeed({
            asked,
            credentials,
            url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
            close: () => {
              for (const socket of sockets) socket.destroy()
              server.close()
            }
          })
        )
      )
    }),
    ({ close }) => Effect.sync(close)
  )
