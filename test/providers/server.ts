import { Deferred, Effect, type Scope } from "effect"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** A request that arrived: its body, and the moment at which its connection was closed. */
export interface Arrived {
  readonly request: IncomingMessage
  readonly body: string
  readonly closed: Effect.Effect<void>
}

export interface TestServer {
  readonly url: string
  /** The next request that has arrived whole. */
  readonly arrived: Effect.Effect<Arrived>
  readonly connections: () => number
}

/** A server on a free port of this machine, answering as told; closed with the scope. */
export const serve = (
  answer: (response: ServerResponse, body: string, request: IncomingMessage) => void
): Effect.Effect<TestServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const first = yield* Deferred.make<Arrived>()
    let connections = 0
    const server = createServer((request, response) => {
      let body = ""
      request.setEncoding("utf8")
      request.on("data", (part: string) => (body += part))
      request.on("end", () => {
        const closed = Deferred.makeUnsafe<void>()
        response.on("close", () => Deferred.doneUnsafe(closed, Effect.void))
        Deferred.doneUnsafe(first, Effect.succeed({ request, body, closed: Deferred.await(closed) }))
        answer(response, body, request)
      })
    })
    server.on("connection", () => connections++)
    yield* Effect.acquireRelease(
      Effect.callback<void>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.void))
      }),
      () =>
        Effect.callback<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    )
    const { port } = server.address() as AddressInfo
    return { url: `http://127.0.0.1:${port}`, arrived: Deferred.await(first), connections: () => connections }
  })

export const delta = (content: string): string =>
  `data: ${JSON.stringify({ id: "c1", model: "m-1", choices: [{ index: 0, delta: { content } }] })}\n\n`

export const stop = `data: ${JSON.stringify({ id: "c1", model: "m-1", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] })}\n\n`

export const done = "data: [DONE]\n\n"

export const eventStream = { "content-type": "text/event-stream", "x-request-id": "req-1" }
