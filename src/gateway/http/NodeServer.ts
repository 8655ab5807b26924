import type * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Pull from "effect/Pull"
import type { IncomingMessage, ServerResponse } from "node:http"
import * as Turn from "../../settings/stores/Turn.ts"
import { invalid, type Refused, unfinished } from "../calls/Failure.ts"
import type { Answer, AnswerBody, AnswerHeaders } from "./Answer.ts"
import { isEvents } from "./EarlyStream.ts"
import { encodingOf, type InProgress, Running } from "./InProgress.ts"
import { pathOf, type Received } from "./Received.ts"
import { leastBytes, tooLarge, tooMany, type Upload, type Uploads } from "./Uploads.ts"

/** Responds to one request; the scope ends when the response has been sent, or the caller has left. */
export type Respond = (received: Received) => Effect.Effect<Answer, never, Scope.Scope>

/** The most that a request may be. */
export interface RequestLimits {
  readonly bodyBytes: number
  readonly uploads: Uploads
  readonly depth?: number | undefined
}

/** How a server handles requests. */
export interface Serving {
  readonly respond: Respond
  /** The answer to a request that is refused whatever it asks for, or that the server cannot wait for. */
  readonly refuse: (received: Received, refused: Refused) => Answer
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
  const { context, inProgress, refuse, respond } = serving
  const run = Effect.runForkWith(context)
  /** Sends a response, once what its call has left is in files. Of a stream it sends the head, and the effect sends the body. */
  const send = (answer: Answer, method: string, request: Running): Effect.Effect<void> => {
    const { body } = answer
    const isWhole = typeof body !== "object" || body instanceof Uint8Array
    if (!isWhole) {
      if (!begin(answer, undefined, request)) return Effect.void
      request.isEvents ||= isEvents(answer.headers)
      if (method !== "HEAD") return pipe(body, request)
      request.outgoing.end()
    } else
      Turn.after(() => {
        const sent = Result.try(() => {
          if (begin(answer, body, request)) end(request.outgoing, method === "HEAD" ? undefined : body)
        })
        if (Result.isFailure(sent)) request.outgoing.destroy()
      })
    return Effect.void
  }
  /** Sends the head. Once a stream has begun, only its own events can follow. */
  const begin = (
    { ending, headers, status }: Answer,
    body: string | Uint8Array | undefined,
    request: Running
  ): boolean => {
    const { early, outgoing } = request
    request.ending = ending
    request.isSilent = false
    if (early?.isBegun !== true) outgoing.writeHead(status, rawHeaders(headers, body, inProgress.isClosing))
    else if (status !== 200) {
      outgoing.destroy()
      return false
    }
    return true
  }
  return (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const { method = "GET" } = incoming
    const request: Running = new Running(outgoing, () => refuse(received, unfinished))
    const received: Received = new Incoming(incoming, method, request, serving)
    inProgress.add(request)
    const refused = refusalOf(incoming)
    const answering = refused === undefined ? respond(received) : Effect.succeed(refuse(received, refused))
    const fiber = run(Effect.scoped(Effect.flatMap(answering, (answer) => send(answer, method, request))))
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

const close = { connection: "close" }

const noHost = invalid("the request has no Host header", { status: 400, headers: close })

const hosts = invalid("the request has more than one Host header", { status: 400, headers: close })

const unexpected = invalid("the only expectation that is met is 100-continue: leave the header Expect out", {
  status: 417,
  headers: close
})

/**
 * What has no valid host, or expects what nobody does (RFC 9112, 3.2; RFC 9110, 10.1.1). Node refuses some of it without a word, and of
 * several hosts takes the first, where a proxy may have taken the last.
 */
const refusalOf = ({ headers: { expect, host }, httpVersion, rawHeaders }: IncomingMessage): Refused | undefined => {
  if (host === undefined && httpVersion === "1.1") return noHost
  if (countOf("host", rawHeaders) > 1) return hosts
  return expect === undefined || /^100-continue$/i.test(expect) ? undefined : unexpected
}

/** How often a header was sent; headers are a list of names, each before its value. */
const countOf = (name: string, rawHeaders: ReadonlyArray<string>): number => {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.length === name.length && rawHeaders[index]?.toLowerCase() === name) count++
  return count
}

/** A request of Node's server. What few ask for is made when they do. */
class Incoming implements Received {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly headers: Received["headers"]
  readonly remote: string | undefined
  readonly startedAtMillis: number
  readonly startedAtNanos: bigint
  readonly mostBodyBytes: number
  readonly mostDepth: number | undefined
  readonly body: Received["body"]
  mayBegin: Received["mayBegin"]
  readonly #request: Running
  readonly #search: string
  #query: URLSearchParams | undefined

  constructor(incoming: IncomingMessage, method: string, request: Running, serving: Serving) {
    const { clock, limits, nextId, remoteOf } = serving
    // The target may be a whole URL. Nothing else is made of the path.
    const { url = "/" } = incoming
    const target = url.startsWith("/") ? url : url.replace(/^https?:\/\/[^/?]*/i, "")
    const mark = target.indexOf("?")
    this.id = nextId()
    this.method = method
    this.#request = request
    this.path = pathOf(mark < 0 ? target : target.slice(0, mark))
    this.#search = mark < 0 ? "" : target.slice(mark + 1)
    this.headers = incoming.headers as Received["headers"]
    this.remote = remoteOf(incoming.socket.remoteAddress, this.headers)
    this.startedAtMillis = clock.currentTimeMillisUnsafe()
    this.startedAtNanos = clock.monotonicTimeNanosUnsafe()
    this.mostBodyBytes = limits.bodyBytes
    this.mostDepth = limits.depth
    this.body = bodyOf(incoming, request.outgoing, limits)
    this.mayBegin = (stream) => {
      request.early = stream
    }
  }

  get isStopped(): boolean {
    return this.#request.isStopped
  }

  get query(): URLSearchParams {
    return (this.#query ??= new URLSearchParams(this.#search))
  }
}

/** Headers as Node takes them without a copy, with the length of a whole body: it goes out with them, and not in chunks. */
const rawHeaders = (
  headers: AnswerHeaders,
  body: string | Uint8Array | undefined,
  isClosing: boolean
): Array<string> => {
  const raw: Array<string> = []
  for (const name in headers) raw.push(name, headers[name] ?? "")
  if (body !== undefined && headers["content-length"] === undefined)
    raw.push("content-length", String(Buffer.byteLength(body)))
  if (isClosing) raw.push("connection", "close")
  return raw
}

const end = (outgoing: ServerResponse, body: string | Uint8Array | undefined): void => {
  if (typeof body === "string") outgoing.end(body, encodingOf(body, Buffer.byteLength(body)))
  else outgoing.end(body)
}

/** Writes pieces as they come, no faster than the client reads. */
const pipe = (body: Exclude<AnswerBody, string | Uint8Array>, request: Running): Effect.Effect<void> => {
  const drained = Effect.callback<void>((resume) => {
    const { held } = request
    // A fiber that gives way after a write may find that the client has read it since.
    if (!held.writableNeedDrain && !held.destroyed) return resume(Effect.void)
    const resumed = () => resume(Effect.void)
    held.once("drain", resumed)
    return Effect.sync(() => held.off("drain", resumed))
  })
  const written: Pull.Pull<never> = Effect.flatMap(body, (pieces) => {
    request.isSilent = false
    let isFlowing = true
    for (const piece of pieces) isFlowing = request.write(piece)
    return isFlowing ? written : Effect.andThen(drained, written)
  })
  return Pull.catchDone(written, () => Effect.sync(() => Turn.after(() => request.outgoing.end())))
}

const bodyOf = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { bodyBytes, uploads }: RequestLimits
): Effect.Effect<Uint8Array, Refused> =>
  Effect.callback((resume) => {
    if (Number(incoming.headers["content-length"]) > bodyBytes) return resume(Effect.fail(tooLarge(bodyBytes)))
    let upload: Upload | undefined
    const hasRoom = (bytes: number): boolean => {
      if (bytes <= leastBytes) return true
      if (upload === undefined) {
        upload = uploads.begin()
        outgoing.once("close", upload.end)
      }
      return upload.holds(bytes)
    }
    const chunks: Array<Uint8Array> = []
    let size = 0
    let refused: Refused | undefined
    incoming.on("data", (chunk: Uint8Array) => {
      size += chunk.length
      refused ??= size > bodyBytes ? tooLarge(bodyBytes) : hasRoom(size) ? undefined : tooMany
      if (refused === undefined) return void chunks.push(chunk)
      chunks.length = 0
      upload?.end()
      resume(Effect.fail(refused))
      // The client reads the answer when it has sent its body, which may not go on for ever.
      if (size > 2 * bodyBytes) incoming.destroy()
    })
    incoming.on("end", () =>
      resume(Effect.succeed(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    )
    incoming.on("error", () => resume(Effect.interrupt))
  })
