import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import * as Pull from "effect/Pull"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { invalid, type Refused } from "../calls/Failure.ts"
import type { Answer, AnswerBody } from "./Answer.ts"
import { ListenError } from "./ListenError.ts"
import type { Received } from "./Received.ts"

/** Responds to one request; the scope ends when the response has been sent, or the caller has left. */
export type Respond = (received: Received) => Effect.Effect<Answer, never, Scope.Scope>

/** The most that a request may be. */
export interface RequestLimits {
  readonly bodyBytes: number
}

/** A listener for a server of Node's. */
export const listener = (respond: Respond, limits: RequestLimits, nextId: () => string, clock: Clock.Clock) => {
  const serve = Effect.fnUntraced(function* (incoming: IncomingMessage, outgoing: ServerResponse) {
    const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://localhost")
    const { body, headers, status } = yield* respond({
      id: nextId(),
      method: incoming.method ?? "GET",
      path: pathname,
      query: searchParams,
      headers: incoming.headers as Received["headers"],
      remote: incoming.socket.remoteAddress,
      startedAtMillis: clock.currentTimeMillisUnsafe(),
      mostBodyBytes: limits.bodyBytes,
      body: bodyOf(incoming, limits)
    })
    outgoing.writeHead(status, headers)
    if (incoming.method === "HEAD" || body === undefined) outgoing.end()
    else if (typeof body === "string" || body instanceof Uint8Array) outgoing.end(body)
    else yield* pipe(body, outgoing)
  })
  return (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const fiber = Effect.runFork(Effect.scoped(serve(incoming, outgoing)))
    outgoing.once("close", () => {
      if (!outgoing.writableFinished) fiber.interruptUnsafe()
    })
    fiber.addObserver((exit) => {
      if (Exit.isFailure(exit)) outgoing.destroy()
    })
  }
}

/** Writes pieces as they come, no faster than the client reads. */
const pipe = Effect.fnUntraced(function* (body: Exclude<AnswerBody, string | Uint8Array>, outgoing: ServerResponse) {
  while (true) {
    const pieces = yield* Pull.catchDone(body, () => Effect.undefined)
    if (pieces === undefined) break
    let isFlowing = true
    for (const piece of pieces) isFlowing = outgoing.write(piece)
    if (!isFlowing)
      yield* Effect.callback<void>((resume) => {
        outgoing.once("drain", () => resume(Effect.void))
      })
  }
  outgoing.end()
})

const bodyOf = (incoming: IncomingMessage, { bodyBytes }: RequestLimits): Effect.Effect<Uint8Array, Refused> =>
  Effect.callback((resume) => {
    const chunks: Array<Uint8Array> = []
    let size = 0
    incoming.on("data", (chunk: Uint8Array) => {
      size += chunk.length
      if (size <= bodyBytes) return void chunks.push(chunk)
      incoming.removeAllListeners("data").resume()
      resume(Effect.fail(invalid(`the body is larger than ${bodyBytes} bytes`, { status: 413 })))
    })
    incoming.on("end", () =>
      resume(Effect.succeed(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    )
    incoming.on("error", () => resume(Effect.interrupt))
  })

/** Listens until the scope is closed. */
export const listen = (
  at: { readonly host: string; readonly port: number },
  listener: (incoming: IncomingMessage, outgoing: ServerResponse) => void
): Effect.Effect<AddressInfo, ListenError, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<Server, ListenError>((resume) => {
        const server = createServer(listener)
        server.once("error", (cause) => resume(Effect.fail(new ListenError({ ...at, cause }))))
        server.listen(at.port, at.host, () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.callback<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    ),
    (server) => server.address() as AddressInfo
  )
