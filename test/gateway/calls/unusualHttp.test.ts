import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib"
import { type Piece, scripted } from "./rawUpstream.ts"
import { post, serve, serveAt } from "./upstream.ts"

const messages = [{ role: "user", content: "Hi" }]
const bytesOf = (text: string) => new TextEncoder().encode(text)
const bytewise = (bytes: Uint8Array) => Array.from(bytes, (byte) => Uint8Array.of(byte))
const json = "content-type: application/json\r\n"
const events = "content-type: text/event-stream\r\n"
const head = (headers: string, status = "200 OK") => `HTTP/1.1 ${status}\r\n${headers}\r\n`
const chunked = "transfer-encoding: chunked\r\n"
const chunk = (bytes: Uint8Array, extension = "") =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}${extension}\r\n`), bytes, Buffer.from("\r\n")])

const text = `{"id":"c1","object":"chat.completion","created":1.0,"model":"acme","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"H\u00e9 \\ud83d\\ude00 \ud83d\ude00"}}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},"acme":{"9":1,"1":2}}`
const body = bytesOf(text)

const message = (content: string, finish_reason: string | null) =>
  `data: {"id":"c1","object":"chat.completion.chunk","created":1.0,"model":"acme","choices":[{"index":0,"delta":{"content":"${content}"},"finish_reason":${JSON.stringify(finish_reason)}}]}`
const stream = [message("H\u00e9", null), message("\ud83d\ude00", null), message("", "stop"), "data: [DONE]"]
  .map((line) => `${line}\n\n`)
  .join("")
const between = (more: string) => stream.replace("\n\n", `\n\n${more}`)

interface Unusual {
  readonly pieces: ReadonlyArray<Piece>
  readonly status?: number
  /** What the client has to receive, where it is not `text` or `stream`. */
  readonly passed?: string
}

const wholes: { readonly [what: string]: Unusual } = {
  "with status 201": { pieces: [head(json, "201 Created"), body], status: 201 },
  "with status 203 and a length": {
    pieces: [head(`${json}content-length: ${body.length}\r\n`, "203 Non-Authoritative Information"), body],
    status: 203
  },
  "with a status whose content no client reads": { pieces: [head(json, "205 Reset Content"), body], status: 200 },
  "with a byte order mark": { pieces: [head(json), `\ufeff${text}`], passed: `\ufeff${text}` },
  "with a charset": { pieces: [head("content-type: application/json; charset=utf-8\r\n"), body] },
  "without a media type": { pieces: [head(""), body] },
  "with blanks around": { pieces: [head(json), `\r\n\n ${text}\n\n`], passed: `\r\n\n ${text}\n\n` },
  "byte by byte": { pieces: [head(json), ...bytewise(body)] },
  "in chunks of a byte": { pieces: [head(json + chunked), ...bytewise(body).map((one) => chunk(one)), "0\r\n\r\n"] },
  "in chunks with extensions and trailers": {
    pieces: [head(`${json}${chunked}trailer: x-a\r\n`), chunk(body, ";a=b"), "0\r\nx-a: b\r\n\r\n"]
  },
  "behind early hints": { pieces: ["HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", head(json), body] },
  "behind two notes that it is worked on": {
    pieces: ["HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n", head(json), body]
  },
  "of HTTP/1.0": { pieces: [`HTTP/1.0 200 OK\r\n${json}\r\n`, body] },
  "compressed by gzip": { pieces: [head(`${json}content-encoding: X-GZIP\r\n`), gzipSync(body)] },
  "compressed by deflate": { pieces: [head(`${json}content-encoding: deflate\r\n`), deflateSync(body)] },
  "compressed by Brotli": { pieces: [head(`${json}content-encoding: br\r\n`), ...bytewise(brotliCompressSync(body))] },
  "compressed by Zstandard": { pieces: [head(`${json}content-encoding: zstd\r\n`), zstdCompressSync(body)] },
  "compressed twice": {
    pieces: [head(`${json}content-encoding: gzip, br\r\n`), brotliCompressSync(gzipSync(body))]
  }
}

const crlf = stream.replaceAll("\n", "\r\n")
const cr = stream.replaceAll("\n", "\r")
const sides = between(": hi\n\nretry: 3000\n\nid: 5\n:\n\ndata:\n\nevent: x\n\nid\n\n\n\n")

const streams: { readonly [what: string]: Unusual } = {
  "with status 201": { pieces: [head(events, "201 Created"), stream], status: 201 },
  "with a status whose content no client reads": {
    pieces: [head(events, "205 Reset Content"), stream],
    status: 200
  },
  "with a byte order mark": { pieces: [head(events), `\ufeff${stream}`], passed: `\ufeff${stream}` },
  "byte by byte": { pieces: [head(events), ...bytewise(bytesOf(stream))] },
  "with CRLF, byte by byte": { pieces: [head(events), ...bytewise(bytesOf(crlf))], passed: crlf },
  "with CR, byte by byte": { pieces: [head(events), ...bytewise(bytesOf(cr))], passed: cr },
  "with comments, waits, ids and empty messages": { pieces: [head(events), sides], passed: sides },
  "with data in two lines": {
    pieces: [head(events), stream.replace('"created"', '\ndata: "created"')],
    passed: stream.replace('"created"', '\ndata: "created"')
  },
  "without a media type": { pieces: [head(""), stream] },
  "with trailers": { pieces: [head(events + chunked), chunk(bytesOf(stream)), "0\r\nx-a: b\r\n\r\n"] },
  "without its last line end": { pieces: [head(events), stream.slice(0, -2)] },
  "compressed by gzip, byte by byte": {
    pieces: [head(`${events}content-encoding: gzip\r\n`), ...bytewise(gzipSync(stream))]
  },
  "compressed by Zstandard": { pieces: [head(`${events}content-encoding: zstd\r\n`), zstdCompressSync(stream)] }
}

interface UnusualError {
  readonly status: number
  readonly headers?: string
  readonly body: string
  readonly retryAfter?: string
}

const errors: { readonly [what: string]: UnusualError } = {
  "FastAPI's list of issues": { status: 422, body: '{"detail":[{"loc":["body","n"],"msg":"bad","input":1.0}]}' },
  "a status of its own": { status: 418, body: '{"error":{"message":"tea","acme":1.0}}' },
  "a byte order mark": { status: 400, body: '\ufeff{"error":{"message":"bad"}}' },
  "two waits, of which the longer counts": {
    status: 429,
    headers: "retry-after: 7\r\nretry-after: 9\r\n",
    body: '{"error":{"message":"slow"}}',
    retryAfter: "9"
  }
}

const answers = Effect.fnUntraced(function* (pieces: ReadonlyArray<Piece>, request: object = {}) {
  const upstream = yield* scripted(pieces)
  const url = yield* serve(`
providers: { openai: { key: sk-upstream-secret-1234567890, baseUrl: "${upstream}" } }
models: { m: { deployments: [openai/acme], policies: { attempts: 1 } } }`)
  return yield* post(`${url}/v1/chat/completions`, { model: "m", messages, ...request })
})

describe("within one dialect, whatever HTTP permits", () => {
  for (const [what, { passed = text, pieces, status = 200 }] of Object.entries(wholes))
    it.live(`a response ${what} is the provider's`, () =>
      Effect.gen(function* () {
        const received = yield* answers(pieces)
        assert.strictEqual(received.text, passed)
        assert.strictEqual(received.status, status)
      })
    )

  for (const [what, { passed = stream, pieces, status = 200 }] of Object.entries(streams))
    it.live(`a stream ${what} is the provider's`, () =>
      Effect.gen(function* () {
        const received = yield* answers(pieces, { stream: true, stream_options: { include_usage: true } })
        assert.strictEqual(received.text, passed)
        assert.strictEqual(received.status, status)
        assert.strictEqual(received.headers["content-type"], "text/event-stream; charset=utf-8")
      })
    )

  for (const [what, { body, headers = "", retryAfter, status }] of Object.entries(errors))
    it.live(`an error with ${what} is the provider's`, () =>
      Effect.gen(function* () {
        for (const stream of [false, true]) {
          const received = yield* answers([head(json + headers, `${status} Error`), body], { stream })
          assert.strictEqual(received.text, body)
          assert.strictEqual(received.status, status)
          assert.strictEqual(received.headers["retry-after"], retryAfter)
        }
      })
    )

  it.live("a Retry-After in the past is 0, and is not mentioned in the message", () =>
    Effect.gen(function* () {
      const over = "content-type: text/html\r\nretry-after: Wed, 21 Oct 2015 07:28:00 GMT\r\n"
      const { headers, status, text } = yield* answers([head(over, "504 Gateway Timeout"), "<html>"])
      assert.strictEqual(status, 504)
      assert.strictEqual(headers["retry-after"], "0")
      assert.include(JSON.parse(text).error.message, "Try again in a moment")
    })
  )

  it.live("a header that is not ASCII is left out, since it could not be written unchanged", () =>
    Effect.gen(function* () {
      const { headers, text: received } = yield* answers([head(`${json}openai-b: \u00e9\r\nopenai-a: 1\r\n`), body])
      assert.strictEqual(received, text)
      assert.strictEqual(headers["openai-a"], "1")
      assert.isUndefined(headers["openai-b"])
    })
  )
})

describe("a server that streams a unary response", () => {
  it.live("is read", () =>
    Effect.gen(function* () {
      const { headers, status, text } = yield* answers([head(events), `: hi\n\n${stream}`])
      assert.strictEqual(status, 200)
      assert.strictEqual(headers["content-type"], "application/json")
      assert.strictEqual(JSON.parse(text).choices[0].message.content, "H\u00e9\ud83d\ude00")
    })
  )

  it.live("is read line by line in Ollama's protocol", () =>
    Effect.gen(function* () {
      const line = (content: string, done: boolean) =>
        `{"model":"acme","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"${content}"},"done":${done}}`
      const lines = [line("H\u00e9", false), line("\ud83d\ude00", true)].join("\n")
      const url = yield* serveAt("ollama", yield* scripted([head("content-type: application/x-ndjson\r\n"), lines]))
      const { status, text } = yield* post(`${url}/api/chat`, { model: "m", messages, stream: false })
      assert.strictEqual(status, 200, text)
      assert.strictEqual(JSON.parse(text).message.content, "H\u00e9\ud83d\ude00")
    })
  )

  it.live("is a 502 if it breaks off or is empty", () =>
    Effect.gen(function* () {
      const broken = yield* answers([head(events), `${message("Hi", null)}\n\n`])
      assert.strictEqual(broken.status, 502)
      assert.strictEqual(JSON.parse(broken.text).error.code, "upstream_interrupted")
      const empty = yield* answers([head(`${json}content-length: 0\r\n`)])
      assert.strictEqual(empty.status, 502)
      assert.include(JSON.parse(empty.text).error.message, "the response is empty")
    })
  )
})
