/**
 * Clients that show the bytes: what a server wrote, in order, and how the connection ended.
 */
import { Effect, type Scope } from "effect"
import { connect } from "node:net"
import type { Frame } from "../../src/domain/Frame.ts"

/** One connection of our own. */
export interface Connection {
  /** All bytes so far. */
  readonly received: () => string
  /** Done when the bytes so far satisfy this, or nothing more will come. */
  readonly until: (holds: (received: string) => boolean) => Effect.Effect<void>
  /** How the server ended it: `end`, or the code of the error. */
  readonly ended: Effect.Effect<string>
  readonly leave: Effect.Effect<void>
  readonly write: (text: string) => Effect.Effect<void>
}

/** Connects; what is left of the connection goes with the scope. */
export const open = (url: string): Effect.Effect<Connection, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<Connection & { readonly leave: Effect.Effect<void> }>((resume) => {
      let received = ""
      let ended: string | undefined
      let waiting: Array<() => void> = []
      const tell = () => {
        const told = waiting
        waiting = []
        for (const look of told) look()
      }
      const until = (holds: () => boolean) =>
        Effect.callback<void>((resume) => {
          const look = () => (holds() ? resume(Effect.void) : void waiting.push(look))
          look()
        })
      const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port) })
      socket.setEncoding("utf8")
      socket.on("data", (data: string) => {
        received += data
        tell()
      })
      socket.on("error", (error: NodeJS.ErrnoException) => (ended = error.code ?? error.message))
      socket.on("close", () => {
        ended ??= "end"
        tell()
      })
      socket.on("connect", () =>
        resume(
          Effect.succeed({
            received: () => received,
            until: (holds) => until(() => ended !== undefined || holds(received)),
            ended: Effect.map(
              until(() => ended !== undefined),
              () => ended ?? ""
            ),
            leave: Effect.sync(() => socket.destroy()),
            write: (text) => Effect.sync(() => void socket.write(text))
          })
        )
      )
    }),
    ({ leave }) => leave
  )

/** Sends a request with a JSON body, and asks the server to close after its answer. */
export const send = (url: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
  Effect.gen(function* () {
    const connection = yield* open(url)
    const text = typeof body === "string" ? body : JSON.stringify(body)
    const fields = Object.entries({
      host: "127.0.0.1",
      connection: "close",
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(text)),
      ...headers
    })
    yield* connection.write(`POST ${path} HTTP/1.1\r\n${fields.map(([n, v]) => `${n}: ${v}\r\n`).join("")}\r\n${text}`)
    return connection
  })

/** An answer taken apart. */
export interface Answer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
  /** Whether the body came to its end as its headers say. */
  readonly whole: boolean
}

/** Takes the bytes of one answer apart. */
export const answerOf = (received: string): Answer => {
  const [head = "", ...rest] = received.split("\r\n\r\n")
  const [first = "", ...lines] = head.split("\r\n")
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)])
  )
  const payload = rest.join("\r\n\r\n")
  const status = Number(first.split(" ")[1])
  if (headers["transfer-encoding"] !== "chunked") {
    return { status, headers, body: payload, whole: Buffer.byteLength(payload) === Number(headers["content-length"]) }
  }
  const bytes = Buffer.from(payload)
  const parts: Array<Buffer> = []
  let at = 0
  while (at < bytes.length) {
    const line = bytes.indexOf("\r\n", at)
    const size = Number.parseInt(bytes.subarray(at, line).toString(), 16)
    if (size === 0) return { status, headers, body: Buffer.concat(parts).toString(), whole: true }
    parts.push(bytes.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
  return { status, headers, body: Buffer.concat(parts).toString(), whole: false }
}

/** Sends a request, and waits for the end of the connection. */
export const exchange = (url: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* send(url, path, body, headers)
      const ended = yield* connection.ended
      return { ...answerOf(connection.received()), ended, bytes: connection.received().length }
    })
  )

/** The frames of a stream's body. */
export const framesOf = (body: string): ReadonlyArray<Frame> =>
  body
    .split("\n\n")
    .filter((frame) => frame !== "")
    .map((frame) => {
      const lines = frame.split("\n")
      const event = lines.find((line) => line.startsWith("event: "))?.slice("event: ".length)
      const data = lines.find((line) => line.startsWith("data: "))?.slice("data: ".length) ?? ""
      return event === undefined ? { data } : { event, data }
    })

/** The two dialects, as their clients write and read them by hand. */
export const dialects = {
  openai: {
    path: "/v1/chat/completions",
    request: (model: string, content = "Why is the sky blue?", more: object = {}) => ({
      model,
      messages: [{ role: "user", content }],
      ...more
    }),
    /** The tokens of text in a stream. */
    tokens: (frames: ReadonlyArray<Frame>): ReadonlyArray<string> =>
      frames.flatMap(({ data }) => {
        const content = parsed(data)?.choices?.[0]?.delta?.content
        return typeof content === "string" && content !== "" ? [content] : []
      }),
    text: (body: string): string => parsed(body)?.choices?.[0]?.message?.content ?? "",
    isFinish: ({ data }: Frame): boolean => typeof parsed(data)?.choices?.[0]?.finish_reason === "string",
    isLast: ({ data }: Frame): boolean => data === "[DONE]",
    outputTokens: (body: string): number => parsed(body)?.usage?.completion_tokens ?? -1
  },
  anthropic: {
    path: "/v1/messages",
    request: (model: string, content = "Why is the sky blue?", more: object = {}) => ({
      model,
      max_tokens: 1000,
      messages: [{ role: "user", content }],
      ...more
    }),
    tokens: (frames: ReadonlyArray<Frame>): ReadonlyArray<string> =>
      frames.flatMap(({ data }) => parsed(data)?.delta?.text ?? []),
    text: (body: string): string => parsed(body)?.content?.[0]?.text ?? "",
    isFinish: ({ event }: Frame): boolean => event === "message_delta",
    isLast: ({ event }: Frame): boolean => event === "message_stop",
    outputTokens: (body: string): number => parsed(body)?.usage?.output_tokens ?? -1
  }
}

interface Wire {
  readonly choices?: ReadonlyArray<{
    readonly delta?: { readonly content?: unknown }
    readonly message?: { readonly content?: string }
    readonly finish_reason?: string | null
  }>
  readonly delta?: { readonly text?: string }
  readonly content?: ReadonlyArray<{ readonly text?: string }>
  readonly usage?: { readonly completion_tokens?: number; readonly output_tokens?: number }
}

/** JSON, or nothing where a text is none. */
export const parsed = (text: string): Wire | undefined => {
  try {
    return JSON.parse(text) as Wire
  } catch {
    return undefined
  }
}
