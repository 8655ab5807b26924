/** Clients that read slowly or not at all: the provider is held up, and the gateway keeps little of what they have not read. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { createServer, connect, type AddressInfo, type Socket } from "node:net"
import { serve } from "../calls/upstream.ts"
import { type Client, clients } from "./clients.ts"
import { accountAt, protocolNames, protocols, wires } from "./wall.ts"

const clientCount = 10
const streamBytes = 50_000_000

/** A provider that sends as fast as its sockets take it, up to 50 MB for each: how much that was. */
const fast = (opening: string, streamType: string, piece: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<{ readonly url: string; readonly written: () => number; readonly close: () => void }>(
        (resume) => {
          const sockets = new Set<Socket>()
          let written = 0
          const server = createServer((socket) => {
            sockets.add(socket)
            socket.on("error", () => socket.destroy())
            socket.on("close", () => sockets.delete(socket))
            socket.once("data", () => {
              socket.write(`HTTP/1.1 200 OK\r\ncontent-type: ${streamType}\r\nconnection: close\r\n\r\n${opening}`)
              let own = 0
              const more = (): void => {
                while (own < streamBytes && !socket.destroyed) {
                  own += piece.length
                  written += piece.length
                  if (!socket.write(piece)) return void socket.once("drain", more)
                }
              }
              more()
            })
          })
          server.listen(0, "127.0.0.1", () =>
            resume(
              Effect.succeed({
                url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
                written: () => written,
                close: () => {
                  server.close()
                  for (const socket of sockets) socket.destroy()
                }
              })
            )
          )
        }
      ),
      ({ close }) => Effect.sync(close)
    ),
    ({ url, written }) => ({ url, written })
  )

const ask = (url: string, client: Client): Socket => {
  const { hostname, port } = new URL(url)
  const body = JSON.stringify(client.body("m", true))
  const socket = connect(Number(port), hostname)
  socket.on("error", () => undefined)
  socket.pause()
  socket.write(
    `POST ${client.path("m", true)} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  )
  return socket
}

describe("ten clients that do not read their streams of 50 MB", () => {
  for (const [name, client] of Object.entries(clients))
    it.live(`slow the provider down, in ${name}`, () =>
      Effect.gen(function* () {
        const own = protocolNames.find((protocol) => protocols[protocol].client === name) ?? "openai"
        // Its own protocol, whose bytes pass, and another, whose events are written anew.
        for (const protocol of [own, own === "anthropic" ? "openai" : "anthropic"] as const) {
          const { opening, rest, streamType } = (yield* wires)[protocol]
          const separator = streamType.includes("event-stream") ? "\n\n" : "\n"
          const word = rest.split(separator)[0] ?? ""
          const piece = `${word.replace(" whole", "x".repeat(16_000))}${separator}`
          assert.isAbove(piece.length, 16_000)
          const provider = yield* fast(opening, streamType, piece)
          const url = yield* serve(
            JSON.stringify({
              providers: { [protocol]: accountAt(protocol, provider.url) },
              models: { m: `${protocol}/acme` }
            })
          )
          const sockets = Array.from({ length: clientCount }, () => ask(url, client))
          yield* Effect.addFinalizer(() => Effect.sync(() => sockets.forEach((socket) => socket.destroy())))
          // Until nothing moves any more.
          let last = -1
          const isMoving = Effect.sync(() => {
            const written = provider.written()
            const moved = written === 0 || written !== last
            last = written
            return moved
          })
          yield* Effect.repeat(Effect.delay(isMoving, "150 millis"), { while: (moved) => moved })
          // What is on its way is in the buffers of four sockets for each client; the rest waits at the provider.
          assert.isBelow(provider.written(), (clientCount * streamBytes) / 4)
          for (const socket of sockets) socket.destroy()
        }
      }).pipe(Effect.provide(Logger.layer([])))
    )
})
