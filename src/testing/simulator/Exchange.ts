import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Json } from "../../domain/Json.ts"
import type { LogEntry, RequestLog } from "./RequestLog.ts"

const credentials = new Set([
  "authorization",
  "proxy-authorization",
  "cookie",
  "x-api-key",
  "api-key",
  "x-goog-api-key"
])

/**
 * One request and its response on the socket. Every step is done when the operating system has the bytes; when the client
 * has left, none is ever done, and `closed` is called.
 */
export class Exchange {
  readonly path: string
  readonly method: string
  readonly entry: LogEntry
  readonly #incoming: IncomingMessage
  readonly #outgoing: ServerResponse
  #isReset = false

  constructor(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    options: { readonly log: RequestLog; readonly clock: Clock.Clock; readonly closed: () => void }
  ) {
    this.#incoming = incoming
    this.#outgoing = outgoing
    this.method = incoming.method ?? "GET"
    this.path = incoming.url?.split("?", 1)[0] ?? "/"
    this.entry = options.log.open({
      method: this.method,
      path: this.path,
      headers: redacted(incoming.headers),
      startedAt: options.clock.currentTimeMillisUnsafe()
    })
    // Writing to a client that has left is not an error.
    outgoing.on("error", () => undefined)
    outgoing.once("close", () => {
      const outcome = this.#isReset ? "reset" : outgoing.writableFinished ? "completed" : "client-closed"
      this.entry.record({ outcome, closedAt: options.clock.currentTimeMillisUnsafe() })
      options.closed()
    })
  }

  /** A header of the request, by its name in lower case, credentials included. */
  header(name: string): string | undefined {
    return this.#incoming.headers[name]?.toString()
  }

  /** The bytes of the request's body. */
  readonly body: Effect.Effect<Buffer> = Effect.callback((resume) => {
    const chunks: Array<Uint8Array> = []
    this.#incoming.on("data", (chunk: Uint8Array) => chunks.push(chunk))
    this.#incoming.once("end", () => resume(Effect.sync(() => Buffer.concat(chunks))))
    this.#incoming.once("error", () => resume(Effect.never))
  })

  /** Sends status and headers, at once. */
  head(status: number, headers: { readonly [name: string]: string }): Effect.Effect<void> {
    return Effect.sync(() => {
      this.#outgoing.writeHead(status, headers)
      this.#outgoing.flushHeaders()
      this.entry.record({ status })
    })
  }

  write(content: string | Uint8Array, frames: number): Effect.Effect<void> {
    return Effect.callback((resume) => {
      const bytes = typeof content === "string" ? Buffer.from(content) : content
      this.#outgoing.write(bytes, (error) => {
        if (error instanceof Error) return
        const { request } = this.entry
        this.entry.record({ bytes: request.bytes + bytes.length, frames: request.frames + frames })
        resume(Effect.void)
      })
    })
  }

  readonly end: Effect.Effect<void> = Effect.callback((resume) => {
    this.#outgoing.end(() => resume(Effect.void))
  })

  /** Responds in one piece. */
  reply(
    status: number,
    body: string | Uint8Array,
    headers: { readonly [name: string]: string } = {}
  ): Effect.Effect<void> {
    const length = { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) }
    return this.head(status, { ...length, ...headers }).pipe(
      Effect.andThen(body.length === 0 ? Effect.void : this.write(body, 0)),
      Effect.andThen(this.end)
    )
  }

  /** Breaks the connection with a TCP reset. */
  readonly reset: Effect.Effect<void> = Effect.sync(() => {
    this.#isReset = true
    this.#incoming.socket.resetAndDestroy()
  })

  /** The simulator goes down: what is not finished will be broken by it. */
  abandon(): void {
    this.#isReset ||= !this.#outgoing.writableFinished
  }
}

const redacted = (headers: IncomingMessage["headers"]): { readonly [name: string]: string } =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, credentials.has(name) ? "<redacted>" : String(value)])
  )

/** The text parsed as JSON, or the text itself if it is not JSON. */
export const jsonOf = (text: string): Json =>
  Result.getOrElse(
    Result.try(() => JSON.parse(text) as Json),
    () => text
  )
