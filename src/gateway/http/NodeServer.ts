import type * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import * as Pull from "effect/Pull"
import type { IncomingMessage, ServerResponse } from "node:http"
import { invalid, type Refused } from "../calls/Failure.ts"
import type { Answer, AnswerBody } from "./Answer.ts"
import { isEvents } from "./EarlyStream.ts"
import { type InProgress, Running } from "./InProgress.ts"
import type { Received } from "./Received.ts"

/** Responds to one request; the scope ends when the response has been sent, or the caller has left. */
export type Respond = (received: Received) => Effect.Effect<Answer, never, Scope.Scope>

/** The most that a request may be. */
export interface RequestLimits {
  readonly bodyBytes: number
  readonly depth?: number | undefined
}

/** What a server does with requests. */
export interface Serving {
  readonly respond: Respond
  /** The answer to a request that the server cannot wait for. */
  readonly unfinished: (received: Received) => Answer
  readonly limits: RequestLimits
  readonly nextId: () => string
  /** The address of a client, by that of the peer and what proxies say. */
  readonly remoteOf: (peer: string | undefined, headers: Received["headers"]) => string | undefined
  readonly clock: Clock.Clock
  readonly context: Context.Context<never>
  readonly inProgress: InProgress
}

/** A listener for a server of Node's. */
export const listener = (serving: Serving) => {
  const { clock, context, inProgress, limits, nextId, remoteOf, respond, unfinished } = serving
  const run = Effect.runForkWith(context)
  const serve = Effect.fnUntraced(function* (received: Received, request: Running) {
    const { outgoing } = request
    const { body, ending, headers, status } = yield* respond(received)
    request.ending = ending
    if (request.early?.isBegun === true) {
      // What is no part of the stream that has begun cannot be told any more.
      if (status !== 200) return void outgoing.destroy()
    } else {
      if (inProgress.isClosing) outgoing.setHeader("connection", "close")
      outgoing.writeHead(status, headers)
      request.isEvents = isEvents(headers)
    }
    request.isSilent = false
    if (received.method === "HEAD" || body === undefined) outgoing.end()
    else if (typeof body === "string" || body instanceof Uint8Array) outgoing.end(body)
    else yield* pipe(body, request)
  })
  return (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const headers = incoming.headers as Received["headers"]
    const request: Running = new Running(outgoing, () => unfinished(received))
    const received: Received = {
      id: nextId(),
      method: incoming.method ?? "GET",
      ...targetOf(incoming.url ?? "/"),
      headers,
      remote: remoteOf(incoming.socket.remoteAddress, headers),
      startedAtMillis: clock.currentTimeMillisUnsafe(),
      mostBodyBytes: limits.bodyBytes,
      mostDepth: limits.depth,
      mayBegin: (stream) => {
        request.early = stream
      },
      body: bodyOf(incoming, limits)
    }
    inProgress.add(request)
    const fiber = run(Effect.scoped(serve(received, request)))
    request.fiber = fiber
    outgoing.once("close", () => {
      if (!outgoing.writableFinished) fiber.interruptUnsafe()
      request.isSent = true
      inProgress.release(request)
    })
    fiber.addObserver((exit) => {
      if (Exit.isFailure(exit)) {
        if (request.isStopped && !request.isSent) request.conclude()
        else outgoing.destroy()
      }
      request.hasEnded = true
      inProgress.release(request)
    })
  }
}

/** The path and the query of a request target, which may be a whole URL. Nothing else is made of the path. */
const targetOf = (target: string): Pick<Received, "path" | "query"> => {
  const own = target.startsWith("/") ? target : target.replace(/^https?:\/\/[^/?]*/, "")
  const mark = own.indexOf("?")
  return {
    path: (mark < 0 ? own : own.slice(0, mark)) || "/",
    query: new URLSearchParams(mark < 0 ? "" : own.slice(mark + 1))
  }
}

/** Writes pieces as they come, no faster than the client reads. */
const pipe = Effect.fnUntraced(function* (body: Exclude<AnswerBody, string | Uint8Array>, request: Running) {
  const { outgoing } = request
  while (true) {
    const pieces = yield* Pull.catchDone(body, () => Effect.undefined)
    if (pieces === undefined) break
    request.isSilent = false
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
    const tooLarge = () => resume(Effect.fail(invalid(`the body is larger than ${bodyBytes} bytes`, { status: 413 })))
    if (Number(incoming.headers["content-length"]) > bodyBytes) return tooLarge()
    const chunks: Array<Uint8Array> = []
    let size = 0
    incoming.on("data", (chunk: Uint8Array) => {
      size += chunk.length
      if (size <= bodyBytes) return void chunks.push(chunk)
      chunks.length = 0
      tooLarge()
      // The client reads the answer when it has sent its body, which may not go on for ever.
      if (size > 2 * bodyBytes) incoming.destroy()
    })
    incoming.on("end", () =>
      resume(Effect.succeed(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    )
    incoming.on("error", () => resume(Effect.interrupt))
  })
