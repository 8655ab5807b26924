/** Faults below HTTP and of HTTP itself: what a server does with its socket once it has read the request. */
import type { Socket } from "node:net"
import { gzipSync } from "node:zlib"

export interface Sent {
  readonly socket: Socket
  readonly isStream: boolean
  /** Runs at an interval until the socket is closed. */
  readonly every: (millis: number, run: () => void) => void
}

export interface RawFault {
  readonly name: string
  readonly run: (sent: Sent) => void
}

export const sickText = "The whole answer of the sick provider."

const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
const chunk = (delta: object, finish: string | null = null, more: object = {}) =>
  `data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", model: "model", choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`
const pieces = sickText.split(/(?<= )/)
const [firstPiece = "", ...otherPieces] = pieces
const opening = chunk({ role: "assistant", content: firstPiece })
const rest = otherPieces.map((content) => chunk({ content })).join("")
const stop = chunk({}, "stop", { usage })
const done = "data: [DONE]\n\n"
const wholeStream = opening + rest + stop + done
const wholeBody = JSON.stringify({
  id: "c1",
  object: "chat.completion",
  model: "model",
  choices: [{ index: 0, message: { role: "assistant", content: sickText }, finish_reason: "stop" }],
  usage
})

const wholeOf = (isStream: boolean) => (isStream ? wholeStream : wholeBody)
const typeOf = (isStream: boolean) => (isStream ? "text/event-stream" : "application/json")

const head = (status: string, headers: Readonly<Record<string, string | number>>) =>
  `HTTP/1.1 ${status}\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`

/** A whole response with a body of known length. */
const respond = (socket: Socket, status: string, body: string | Buffer, headers: Record<string, string> = {}) => {
  socket.write(head(status, { "content-length": Buffer.byteLength(body), ...headers }))
  socket.end(body)
}

const ok = ({ isStream, socket }: Sent, body: string | Buffer, headers: Record<string, string> = {}) =>
  respond(socket, "200 OK", body, { "content-type": typeOf(isStream), ...headers })

/** The head of a response whose body has no known length, and ends with the connection. */
const open = ({ isStream, socket }: Sent) =>
  socket.write(head("200 OK", { "content-type": typeOf(isStream), connection: "close" }))

const always = (name: string, body: string | Buffer, headers?: Record<string, string>): RawFault => ({
  name,
  run: (sent) => ok(sent, body, headers)
})

const status = (name: string, line: string, headers: Record<string, string> = {}, body = "{}"): RawFault => ({
  name,
  run: ({ socket }) => respond(socket, line, body, { "content-type": "application/json", ...headers })
})

export const rawFaults: ReadonlyArray<RawFault> = [
  { name: "closes the connection at once", run: ({ socket }) => socket.end() },
  { name: "resets the connection at once", run: ({ socket }) => void socket.resetAndDestroy() },
  { name: "sends bytes that are not HTTP", run: ({ socket }) => socket.end("\u0000\u0001 not HTTP at all\r\n\r\n") },
  { name: "closes in the middle of the head", run: ({ socket }) => socket.end("HTTP/1.1 200 OK\r\ncontent-ty") },
  { name: "stops in the middle of the head", run: ({ socket }) => void socket.write("HTTP/1.1 200 OK\r\ncontent-ty") },
  {
    name: "sends the head a byte at a time, for ever",
    run: ({ every, socket }) => {
      socket.write("HTTP/1.1 200 OK\r\nx-slow: ")
      every(20, () => socket.write("a"))
    }
  },
  {
    name: "sends a head of 1 MB",
    run: ({ socket }) => socket.end(head("200 OK", { "x-large": "a".repeat(1_000_000) }))
  },
  status("responds 204 without a body", "204 No Content", {}, ""),
  always("responds 200 with nothing", ""),
  always("responds 200 with a page", "<!doctype html><html><body>Welcome</body></html>", {
    "content-type": "text/html"
  }),
  always("responds 200 with null", "null"),
  always("responds 200 with []", "[]"),
  always("responds 200 with {}", "{}"),
  always("responds 200 with an error", JSON.stringify({ error: { message: "Overloaded", type: "overloaded_error" } })),
  {
    name: "closes before the promised length",
    run: ({ isStream, socket }) => {
      const body = wholeOf(isStream)
      socket.write(head("200 OK", { "content-type": typeOf(isStream), "content-length": body.length + 500 }))
      socket.end(body.slice(0, -20))
    }
  },
  {
    name: "breaks the chunked encoding",
    run: ({ isStream, socket }) => {
      socket.write(head("200 OK", { "content-type": typeOf(isStream), "transfer-encoding": "chunked" }))
      socket.end(`${opening.length.toString(16)}\r\n${opening}\r\nnot a length\r\n`)
    }
  },
  {
    name: "breaks the compression",
    run: (sent) => {
      const packed = gzipSync(wholeOf(sent.isStream))
      ok(sent, packed.subarray(0, packed.length - 12), { "content-encoding": "gzip" })
    }
  },
  {
    name: "sends a compressed bomb",
    run: (sent) => ok(sent, gzipSync(Buffer.alloc(200_000_000, 32)), { "content-encoding": "gzip" })
  },
  {
    name: "redirects to itself",
    run: ({ socket }) => respond(socket, "302 Found", "", { location: "/v1/chat/completions" })
  },
  status("responds 418", "418 I'm a teapot"),
  status("responds 599", "599 Unknown"),
  status("responds 429 and asks to wait an hour", "429 Too Many Requests", { "retry-after": "3600" }),
  status("responds 429 and asks to wait nonsense", "429 Too Many Requests", { "retry-after": "-1e309 soon" }),
  {
    name: "responds 503 with an endless page",
    run: ({ every, socket }) => {
      socket.write(head("503 Service Unavailable", { "content-type": "text/html", connection: "close" }))
      every(10, () => socket.write("<p>try again</p>".repeat(100)))
    }
  },
  {
    name: "sends white space for ever",
    run: (sent) => {
      open(sent)
      sent.every(20, () => sent.socket.write("\n"))
    }
  },
  {
    name: "sends comments for ever",
    run: (sent) => {
      open(sent)
      sent.every(20, () => sent.socket.write(": still here\n\n"))
    }
  },
  {
    name: "sends one piece, then comments for ever",
    run: (sent) => {
      open(sent)
      sent.socket.write(sent.isStream ? opening : wholeBody.slice(0, 20))
      sent.every(20, () => sent.socket.write(": still here\n\n"))
    }
  },
  {
    name: "sends a frame without end",
    run: (sent) => {
      open(sent)
      sent.socket.write("data: ")
      const part = "a".repeat(1_000_000)
      const more = () => {
        while (!sent.socket.destroyed && sent.socket.write(part));
      }
      sent.socket.on("drain", more)
      more()
    }
  },
  {
    name: "sends bytes that are not UTF-8",
    run: (sent) => ok(sent, Buffer.concat([Buffer.from(opening), Buffer.from([0x80, 0xff, 0xfe, 0x0a, 0x0a])]))
  },
  {
    name: "sends a piece of the wrong type",
    run: (sent) =>
      ok(
        sent,
        sent.isStream
          ? opening + chunk({ content: 7 }) + stop + done
          : wholeBody.replace(/"choices":.*\]/, '"choices":7')
      )
  },
  {
    name: "ends without a finish reason",
    run: (sent) => ok(sent, sent.isStream ? opening + rest + done : wholeBody.slice(0, -30))
  },
  {
    name: "breaks off after the first piece",
    run: (sent) => {
      open(sent)
      sent.socket.write(sent.isStream ? opening : wholeBody.slice(0, 40), () => sent.socket.resetAndDestroy())
    }
  },
  {
    name: "sends `100 Continue` again and again first",
    run: (sent) => {
      sent.socket.write("HTTP/1.1 100 Continue\r\n\r\n".repeat(20))
      ok(sent, wholeOf(sent.isStream))
    }
  },
  // From here on the response is whole, and has to be taken.
  {
    name: "never closes after a whole response",
    run: ({ isStream, socket }) => {
      const body = wholeOf(isStream)
      const length = isStream ? {} : { "content-length": body.length }
      socket.write(head("200 OK", { "content-type": typeOf(isStream), ...length }) + body)
    }
  },
  {
    name: "sends a whole response a few bytes at a time",
    run: (sent) => {
      open(sent)
      const body = wholeOf(sent.isStream)
      let at = 0
      sent.every(2, () => {
        sent.socket.write(body.slice(at, (at += 40)))
        if (at >= body.length) sent.socket.end()
      })
    }
  },
  {
    name: "speaks HTTP/1.0",
    run: ({ isStream, socket }) =>
      socket.end(`HTTP/1.0 200 OK\r\ncontent-type: ${typeOf(isStream)}\r\n\r\n${wholeOf(isStream)}`)
  },
  {
    name: "sends more after the end",
    run: (sent) => ok(sent, sent.isStream ? wholeStream + opening + stop + done : `${wholeBody}\n\n`)
  }
]
