/** Pieces of a stream over a server of Node's: every client reads them as they were written. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Running } from "../../../src/gateway/http/InProgress.ts"
import { raw } from "../operations/sockets.ts"

const serve = (listener: (incoming: IncomingMessage, outgoing: ServerResponse) => void) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly close: () => void }>((resume) => {
      const server = createServer(listener)
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, close: () => server.close() }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

const unfinished = () => ({ status: 503, headers: {} })

/** Writes pieces, each in a turn of its own. */
const writing = (pieces: ReadonlyArray<string | Uint8Array>) => (_: IncomingMessage, outgoing: ServerResponse) => {
  const request = new Running(outgoing, unfinished)
  outgoing.writeHead(200, { "content-type": "text/event-stream" })
  const write = (index: number): void => {
    const piece = pieces[index]
    if (piece === undefined) return void outgoing.end()
    request.write(piece)
    setImmediate(write, index + 1)
  }
  write(0)
}

const textOf = (pieces: ReadonlyArray<string | Uint8Array>) => Buffer.concat(pieces.map((piece) => Buffer.from(piece)))

describe("pieces of a stream", () => {
  it.live("arrive as they were written, whatever their characters", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const pieces = [
          "data: a\n\n",
          "",
          "é",
          "data: 😀\n\n",
          Buffer.from([0xff, 0xfe]),
          "\u0000",
          "x".repeat(100_000),
          "ÿ"
        ]
        const { url } = yield* serve(writing(pieces))
        const bytes = yield* Effect.promise(async () => Buffer.from(await (await fetch(url)).arrayBuffer()))
        assert.isTrue(bytes.equals(textOf(pieces)))
      })
    )
  )

  it.live("of pipelined responses come in the order of their requests", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const pieces = ["first;", "second;", "third;"]
        const { url } = yield* serve(writing(pieces))
        const { closed, socket } = yield* raw(url)
        const get = "GET / HTTP/1.1\r\nhost: localhost\r\n"
        socket.write(`${get}\r\n${get}\r\n${get}connection: close\r\n\r\n`)
        const bodies = (yield* closed).split(/HTTP\/1\.1 200 OK\r\n/).slice(1)
        for (const body of bodies)
          assert.match(body, /\r\n\r\n6\r\nfirst;\r\n7\r\nsecond;\r\n6\r\nthird;\r\n0\r\n\r\n$/)
        assert.strictEqual(bodies.length, 3)
      })
    )
  )

  it.live("wait for a client that reads slower than they are made", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const piece = `${"x".repeat(9_999)}\n`
        let held = 0
        const { url } = yield* serve((_, outgoing) => {
          const request = new Running(outgoing, unfinished)
          outgoing.writeHead(200)
          let left = 2_000
          const write = (): void => {
            while (left-- > 0)
              if (!request.write(piece)) {
                held++
                return void request.held.once("drain", write)
              }
            outgoing.end()
          }
          write()
        })
        const text = yield* Effect.promise(async () => (await fetch(url)).text())
        assert.strictEqual(text, piece.repeat(2_000))
        assert.isAbove(held, 0)
      })
    )
  )
})
