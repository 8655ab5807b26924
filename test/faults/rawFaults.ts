/** Faults below HTTP and of HTTP itself: what a server does with its socket once it has read the request. */
import type { Socket } from "node:net"
import { gzipSync } from "node:zlib"
import { sickText, streamOf, type Wire } from "./wire.ts"

export interface Sent {
  readonly wire: Wire
  readonly socket: Socket
  readonly isStream: boolean
  /** Runs at an interval until the socket is closed. */
  readonly every: (millis: number, run: () => void) => void
}

export interface RawFault {
  readonly name: string
  readonly run: (sent: Sent) => void
}

const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
const chunk = (delta: object, finish: string | null = null, more: object = {}) =>
  `data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", model: "model", choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`
const pieces = sickText.split(/(?<= )/)
const [firstPiece = "", ...otherPieces] = pieces
const error = JSON.stringify({ error: { message: "Overloaded", type: "overloaded_error" } })

/** OpenAI's chat completions. */
export const chatWire: Wire = {
  bodyType: "application/json",
  streamType: "text/event-stream",
  body: JSON.stringify({
    id: "c1",
    object: "chat.completion",
    model: "model",
    choices: [{ index: 0, message: { role: "assistant", content: sickText }, finish_reason: "stop" }],
    usage
  }),
  opening: chunk({ role: "assistant", content: firstPiece }),
  rest: otherPieces.map((content) => chunk({ content })).join(""),
  end: `${chunk({}, "stop", { usage })}data: [DONE]\n\n`,
  errorBody: error,
  errorMessage: `data: ${error}\n\n`
}

const wholeOf = ({ isStream, wire }: Sent) => (isStream ? streamOf(wire) : wire.body)
const typeOf = ({ isStream, wire }: Sent) => (isStream ? wire.streamType : wire.bodyType)

const head = (status: string, headers: Readonly<Record<string, string | number>>) =>
  `HTTP/1.1 ${status}\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`

/** A whole response with a body of known length. */
const respond = (socket: Socket, status: string, body: string | Buffer, headers: Record<string, string> = {}) => {
  socket.write(head(status, { "content-length": Buffer.byteLength(body), ...headers }))
  socket.end(body)
}

const ok = (sent: Sent, body: string | Buffer, headers: Record<string, string> = {}) =>
  respond(sent.socket, "200 OK", body, { "content-type": typeOf(sent), ...headers })

/** The head of a response whose body has no known length, and ends with the connection. */
const open = (sent: Sent) => sent.socket.write(head("200 OK", { "content-type": typeOf(sent), connection: "close" }))

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
  { name: "responds 200 with an error", run: (sent) => ok(sent, sent.wire.errorBody) },
  {
    name: "closes before the promised length",
    run: (sent) => {
      const body = wholeOf(sent)
      sent.socket.write(head("200 OK", { "content-type": typeOf(sent), "content-length": body.length + 500 }))
      sent.socket.end(body.slice(0, -20))
    }
  },
  {
    name: "breaks the chunked encoding",
    run: (sent) => {
      const { opening } = sent.wire
      sent.socket.write(head("200 OK", { "content-type": typeOf(sent), "transfer-encoding": "chunked" }))
      sent.socket.end(`${opening.length.toString(16)}\r\n${opening}\r\nnot a length\r\n`)
    }
  },
  {
    name: "breaks the compression",
    run: (sent) => {
      const packed = gzipSync(wholeOf(sent))
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
      sent.socket.write(sent.isStream ? sent.wire.opening : sent.wire.body.slice(0, 20))
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
    run: (sent) =>
      ok(sent, Buffer.concat([Buffer.from(sent.wire.opening), Buffer.from([0x80, 0xff, 0xfe, 0x0a, 0x0a])]))
  },
  {
    name: "sends a piece of the wrong type",
    run: (sent) => {
      const { body, end, opening, rest } = sent.wire
      ok(
        sent,
        sent.isStream
          ? opening + rest.replaceAll(/"(content|delta|text)":"[^"]*"/g, '"$1":7') + end
          : body.replace(/"(choices|output|content|candidates|message)":[[{].*[\]}]/s, '"$1":7}')
      )
    }
  },
  {
    name: "ends without a finish reason",
    run: (sent) => {
      const { body, end, opening, rest } = sent.wire
      ok(
        sent,
        sent.isStream
          ? opening + rest + (sent.wire === chatWire ? end.slice(end.lastIndexOf("data:")) : "")
          : body.slice(0, -30)
      )
    }
  },
  {
    name: "breaks off after the first piece",
    run: (sent) => {
      open(sent)
      const { body, opening } = sent.wire
      sent.socket.write(sent.isStream ? opening : body.slice(0, 40), () => sent.socket.resetAndDestroy())
    }
  },
  {
    name: "sends `100 Continue` again and again first",
    run: (sent) => {
      sent.socket.write("HTTP/1.1 100 Continue\r\n\r\n".repeat(20))
      ok(sent, wholeOf(sent))
    }
  },
  {
    name: "ends in good order before its end",
    run: (sent) => {
      const { body, opening, rest } = sent.wire
      ok(sent, sent.isStream ? opening + rest : body.slice(0, -5))
    }
  },
  {
    name: "ends in good order within a message",
    run: (sent) => {
      const { body, opening, rest } = sent.wire
      ok(sent, sent.isStream ? opening + rest.slice(0, -12) : body.slice(0, body.length / 2))
    }
  },
  {
    name: "sends an error after the first piece",
    run: (sent) => {
      const { errorBody, errorMessage, opening } = sent.wire
      ok(sent, sent.isStream ? opening + errorMessage : errorBody)
    }
  },
  {
    name: "sends an error, then goes on as if there was none",
    run: (sent) => {
      const { body, end, errorBody, errorMessage, opening, rest } = sent.wire
      ok(sent, sent.isStream ? opening + errorMessage + rest + end : errorBody + body)
    }
  },
  {
    name: "goes silent after the first piece",
    run: (sent) => {
      open(sent)
      sent.socket.write(sent.isStream ? sent.wire.opening : sent.wire.body.slice(0, 40))
    }
  },
  {
    name: "responds whole to who wants a stream, and in a stream to who does not",
    run: (sent) => {
      const { body, bodyType, streamType } = sent.wire
      const [type, text] = sent.isStream ? [bodyType, body] : [streamType, streamOf(sent.wire)]
      respond(sent.socket, "200 OK", text, { "content-type": type })
    }
  },
  {
    name: "calls its response a page",
    run: (sent) => ok(sent, wholeOf(sent), { "content-type": "text/html" })
  },
  // From here on the response is whole, and has to be taken.
  {
    name: "never closes after a whole response",
    run: (sent) => {
      const body = wholeOf(sent)
      const length = sent.isStream ? {} : { "content-length": Buffer.byteLength(body) }
      sent.socket.write(head("200 OK", { "content-type": typeOf(sent), ...length }) + body)
    }
  },
  {
    name: "sends a whole response a few bytes at a time",
    run: (sent) => {
      open(sent)
      const body = wholeOf(sent)
      let at = 0
      sent.every(2, () => {
        sent.socket.write(body.slice(at, (at += 40)))
        if (at >= body.length) sent.socket.end()
      })
    }
  },
  {
    name: "speaks HTTP/1.0",
    run: (sent) => sent.socket.end(`HTTP/1.0 200 OK\r\ncontent-type: ${typeOf(sent)}\r\n\r\n${wholeOf(sent)}`)
  },
  {
    name: "sends more after the end",
    run: (sent) =>
      ok(sent, sent.isStream ? streamOf(sent.wire) + sent.wire.opening + sent.wire.end : `${sent.wire.body}\n\n`)
  }
]

const shapes: Readonly<Record<string, string | Buffer>> = {
  nothing: "",
  "a page": "<!doctype html><html><body><h1>Bad gateway</h1></body></html>",
  text: "upstream connect error or disconnect/reset before headers",
  null: "null",
  "a number": "1e999",
  "an array": '[{"error":{"code":"busy","message":"Busy"}}]',
  "an error that is text": '{"error":"Busy"}',
  "an error of odd types":
    '{"error":{"message":{"text":["Busy"]},"type":7,"code":[],"status":{}},"message":7,"detail":[{}]}',
  "half an error": '{"error":{"message":"Bu',
  "no UTF-8": Buffer.from([0x7b, 0x22, 0x80, 0xff, 0xfe, 0x22, 0x7d]),
  "100,000 brackets": "[".repeat(100_000),
  "a megabyte": `{"error":{"message":"${"Busy ".repeat(200_000)}"}}`,
  "line ends and NUL": '{"error":{"message":"a\\r\\nset-cookie: b=c\\u0000\\u2028","type":"x\\ny"}}'
}

/** Statuses, each with every shape of body; no provider's own. */
export const statusFaults: ReadonlyArray<RawFault> = [
  "400 Bad Request",
  "401 Unauthorized",
  "403 Forbidden",
  "404 Not Found",
  "409 Conflict",
  "413 Payload Too Large",
  "422 Unprocessable",
  "429 Too Many Requests",
  "500 Internal Server Error",
  "502 Bad Gateway",
  "503 Service Unavailable",
  "529 Overloaded"
].flatMap((line) =>
  Object.entries(shapes).map(([shape, body]) => ({
    name: `responds ${line.slice(0, 3)} with ${shape}`,
    run: ({ socket }) => respond(socket, line, body, shape === "text" ? {} : { "content-type": "application/json" })
  }))
)
