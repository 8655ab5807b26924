/** HTTP that no client of ours sends: each is served as HTTP says, or refused, and the server goes on. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, Schedule } from "effect"
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib"
import { gateway } from "../gateway.ts"
import { raw } from "../operations/sockets.ts"

const models = "models: { fast: openai/sim-healthy, slow: openai/sim-hang }"
const messages = [{ role: "user", content: "Hello" }]
const body = JSON.stringify({ model: "fast", messages })
const streamed = JSON.stringify({ model: "fast", messages, stream: true })
const post = "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
const close = "connection: close\r\n"

const statusesOf = (text: string): ReadonlyArray<number> =>
  [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status))

/** Sends bytes on a connection of their own; responds with what came until it was closed. */
const answerTo = (url: string, ...pieces: ReadonlyArray<string | Buffer>) =>
  Effect.scoped(
    Effect.flatMap(raw(url), ({ closed, socket }) => {
      for (const piece of pieces) socket.write(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece)
      return Effect.timeout(closed, "30 seconds")
    })
  )

const lengthOf = (text: string | Buffer) => `content-length: ${Buffer.byteLength(text)}\r\n\r\n`

type Served = Effect.Success<ReturnType<typeof gateway>>

/** A gateway of which nothing is left over in the end: no request in progress, no defect in its log. */
const whole = <A, E>(use: (served: Served) => Effect.Effect<A, E>) => {
  const defects: Array<unknown> = []
  const logger = Logger.make(({ logLevel, message }) => {
    if (logLevel === "Error" || logLevel === "Fatal") defects.push(message)
  })
  return Effect.gen(function* () {
    const served = yield* gateway(`${models}\nserver: { limits: { body: 100kB } }`)
    yield* use(served)
    assert.strictEqual((yield* served.send("/v1/chat/completions", body)).status, 200)
    const metrics = Effect.promise(async () => (await fetch(`${served.url}/metrics`)).text())
    yield* Effect.repeat(metrics, {
      until: (text) => /http_server_active_requests\S* 1$/m.test(text),
      schedule: Schedule.spaced("10 millis")
    }).pipe(Effect.timeout("30 seconds"))
    assert.deepStrictEqual(defects, [])
  }).pipe(Effect.scoped, Effect.provide(Logger.layer([logger])))
}

describe("the server", () => {
  it.live("responds to pipelined requests in order, streams among them", () =>
    whole(({ url }) =>
      Effect.gen(function* () {
        const get = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n"
        const text = yield* answerTo(
          url,
          `${post}${lengthOf(streamed)}${streamed}${get}\r\n${post}${lengthOf(body)}${body}${get}${close}\r\n`
        )
        assert.deepStrictEqual(statusesOf(text), [200, 200, 200, 200])
        const order = ["[DONE]", '"live"', '"object":"chat.completion"', '"live"'].map((part, index, all) =>
          index === 3 ? text.lastIndexOf(part) : text.indexOf(all[index] ?? part)
        )
        assert.deepStrictEqual(
          order,
          order.toSorted((a, b) => a - b)
        )
        // What is no HTTP after a request that is takes nothing from its response.
        const torn = yield* answerTo(url, `${post}${lengthOf(body)}${body}\u0000\u0001 no HTTP\r\n\r\n`)
        assert.deepStrictEqual(statusesOf(torn), [200, 400])
      })
    )
  )

  it.live("does not wait for an announced body, and sends 100 Continue", () =>
    whole(({ url }) =>
      Effect.gen(function* () {
        const patient = yield* raw(url)
        patient.send(`${post}expect: 100-continue\r\n${lengthOf(body)}`)
        yield* patient.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/)
        patient.send(body)
        assert.deepStrictEqual(statusesOf(yield* patient.until(/chat\.completion/)), [100, 200])
        const other = yield* answerTo(url, `${post}expect: miracles\r\n${close}${lengthOf(body)}${body}`)
        assert.deepStrictEqual(statusesOf(other), [417])
        assert.include(other, "the only expectation that is met is 100-continue")
        const large = yield* raw(url)
        large.send(`${post}expect: 100-continue\r\ncontent-length: 100000000\r\n\r\n`)
        assert.include(statusesOf(yield* large.until(/larger than/)), 413)
      }).pipe(Effect.scoped)
    )
  )

  it.live("sends the content length of whole responses to GET, HEAD and POST, errors too, and streams in chunks", () =>
    whole(({ url }) =>
      Effect.gen(function* () {
        const requests = [
          `${post}${close}${lengthOf(body)}${body}`,
          `GET /health/live HTTP/1.1\r\nhost: localhost\r\n${close}\r\n`,
          `${post}${close}${lengthOf("{")}{`
        ]
        for (const request of requests) {
          const [head = "", content = ""] = (yield* answerTo(url, request)).split("\r\n\r\n")
          assert.match(head, new RegExp(`^content-length: ${Buffer.byteLength(content)}$`, "im"))
          assert.notMatch(head, /^transfer-encoding/im)
        }
        const [head = "", content] = (yield* answerTo(
          url,
          `HEAD /health/live HTTP/1.1\r\nhost: localhost\r\n${close}\r\n`
        )).split("\r\n\r\n")
        assert.match(head, /^content-length: [1-9]/im)
        assert.strictEqual(content, "")
        assert.match(
          yield* answerTo(url, `${post}${close}${lengthOf(streamed)}${streamed}`),
          /^transfer-encoding: chunked/im
        )
      })
    )
  )

  it.live("serves clients of HTTP/1.0, and closes their connections after the response", () =>
    whole(({ url }) =>
      Effect.gen(function* () {
        const old = post.replace("HTTP/1.1", "HTTP/1.0").replace("host: localhost\r\n", "host: localhost\r\n")
        const text = yield* answerTo(url, `${old}${lengthOf(streamed)}${streamed}`)
        assert.deepStrictEqual(statusesOf(text), [200])
        assert.notMatch(text, /transfer-encoding/i)
        assert.match(text, /data: \[DONE\]/)
      })
    )
  )

  it.live("reads bodies in chunks, with extensions and trailers, which are no headers", () =>
    whole(({ url }) =>
      Effect.gen(function* () {
        const half = Math.floor(body.length / 2)
        const chunks = [body.slice(0, half), body.slice(half)].map(
          (part) => `${part.length.toString(16)};x="y"\r\n${part}\r\n`
        )
        const text = yield* answerTo(
          url,
          `${post}${close}transfer-encoding: chunked\r\ntrailer: authorization\r\n\r\n${chunks.join("")}0\r\nauthorization: Bearer x\r\n\r\n`
        )
        assert.deepStrictEqual(statusesOf(text), [200])
      })
    )
  )

  it.live("reads compressed bodies, and rejects bombs, invalid data and stacked codings", () =>
    whole(({ url }) =>
      Effect.gen(function* () {
        const ask = (coding: string, bytes: Buffer) =>
          Effect.map(
            answerTo(url, `${post}${close}content-encoding: ${coding}\r\n${lengthOf(bytes)}`, bytes),
            (text) => [
              coding,
              ...statusesOf(text),
              /^\{"error":\{"message":/m.test(text) || /chat\.completion/.test(text)
            ]
          )
        const codings = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync }
        const bomb = Buffer.alloc(50_000_000, 32)
        for (const [coding, compress] of Object.entries(codings)) {
          const packed = compress(Buffer.from(body))
          assert.deepStrictEqual(yield* ask(coding, packed), [coding, 200, true])
          assert.deepStrictEqual(yield* ask(coding, compress(bomb)), [coding, 413, true])
          assert.deepStrictEqual(yield* ask(coding, packed.subarray(0, packed.length - 9)), [coding, 400, true])
          assert.deepStrictEqual(yield* ask(coding, Buffer.from(body)), [coding, 400, true])
        }
        const twice = gzipSync(gzipSync(bomb))
        assert.deepStrictEqual(yield* ask("gzip, gzip", twice), ["gzip, gzip", 413, true])
        assert.deepStrictEqual(yield* ask("gzip, gzip, gzip", gzipSync(twice)), ["gzip, gzip, gzip", 400, true])
        assert.deepStrictEqual(yield* ask("compress", Buffer.from(body)), ["compress", 415, true])
        assert.deepStrictEqual(yield* ask("identity", Buffer.from(body)), ["identity", 200, true])
      })
    )
  )

  it.live("serves paths with the slash that ends a base URL, and advises if the URL has a version too many", () =>
    whole(({ url }) =>
      Effect.gen(function* () {
        const sent = (path: string) =>
          answerTo(url, `${post.replace("/v1/chat/completions", path)}${close}${lengthOf(body)}${body}`)
        for (const path of [
          "//v1/chat/completions",
          "/v1//chat/completions",
          "/v1/chat/completions/",
          "//chat//completions//"
        ])
          assert.deepStrictEqual(statusesOf(yield* sent(path)), [200], path)
        assert.deepStrictEqual(
          statusesOf(yield* answerTo(url, `GET // HTTP/1.1\r\nhost: localhost\r\n${close}\r\n`)),
          [200]
        )
        const misplaced = yield* sent("/v1/v1/chat/completions")
        assert.deepStrictEqual(statusesOf(misplaced), [404])
        assert.include(misplaced, "but /v1/chat/completions: leave the version out of the client's base URL")
        assert.notInclude(yield* sent("/v1/v1/nothing"), "base URL")
      })
    )
  )

  it.live("returns 404 for path traversal, however it is encoded", () =>
    whole(({ url }) =>
      Effect.gen(function* () {
        for (const target of [
          "/../../../etc/passwd",
          "/v1/../../etc/passwd",
          "/%2e%2e/%2e%2e/etc/passwd",
          "/..%2f..%2fetc%2fpasswd",
          "/v1/models/..%2f..%2f..%2fetc%2fpasswd",
          "/v1/models/%00",
          "/v1/responses/%2e%2e",
          "/v1beta/models/..%2f..%2fx:generateContent",
          "/%c0%ae%c0%ae/etc/passwd",
          "/assets/..%5c..%5cpackage.json",
          "/assets/%2e%2e/package.json",
          "http://169.254.169.254/latest/meta-data",
          "http://localhost:1/../../etc/passwd",
          `/${"a/".repeat(5000)}`,
          `/v1/models/${"%41".repeat(3000)}`,
          "/v1/models/\u00ff\u00fe"
        ]) {
          const text = yield* answerTo(url, `GET ${target} HTTP/1.1\r\nhost: localhost\r\n${close}\r\n`)
          const [status = 0] = statusesOf(text)
          assert.isTrue(status >= 400 && status < 500, `${target.slice(0, 60)}: ${text.slice(0, 200)}`)
          assert.match(text, /\{"error":/, target)
          assert.notInclude(text, "root:")
        }
      })
    )
  )

  it.live("reads a key from one place: of repeated headers, the first or none", () =>
    whole(({ url }) =>
      Effect.gen(function* () {
        for (const headers of [
          "authorization: Bearer a\r\nauthorization: Bearer b\r\n",
          "x-api-key: a\r\nx-api-key: b\r\nauthorization: Bearer c\r\n",
          "authorization: Bearer a, Bearer b\r\n",
          "authorization:\r\n",
          "authorization: Bearer\r\n",
          `authorization: Bearer ${"x".repeat(8000)}\r\n`,
          "authorization: Bearer \u00ff\u00fe\r\n",
          "content-type: a\r\ncontent-type: b\r\n",
          "x-request-id: a\u00ffb\r\n",
          "cookie: a=b; a=c; =; \u00ff\r\n"
        ]) {
          const text = yield* answerTo(url, `${post}${headers}${close}${lengthOf(body)}${body}`)
          assert.deepStrictEqual(statusesOf(text).length, 1, headers)
          assert.isBelow(statusesOf(text)[0] ?? 500, 500, headers)
        }
        for (const bad of [
          "x: a\u0000b\r\n",
          "x: a\rb\r\n",
          "x\u0000: a\r\n",
          ": a\r\n",
          "x y: a\r\n",
          "x: a\r\n\tb: c\r\n\u0001"
        ]) {
          const text = yield* answerTo(url, `${post}${bad}${close}${lengthOf(body)}${body}`)
          assert.deepStrictEqual(statusesOf(text), [400], JSON.stringify(bad))
        }
      })
    )
  )

  it.live("forgets clients that leave or close their own side, before, in and after their requests", () =>
    whole(({ simulator, url }) =>
      Effect.gen(function* () {
        for (const part of [
          post,
          `${post}content-length: 100\r\n\r\n{`,
          `${post}transfer-encoding: chunked\r\n\r\n5\r\nab`
        ]) {
          for (const leave of ["end", "destroy", "resetAndDestroy"] as const) {
            const leaving = yield* raw(url)
            leaving.send(part)
            leaving.socket[leave]()
            yield* Effect.timeout(leaving.closed, "30 seconds")
          }
        }
        const slow = JSON.stringify({ model: "slow", messages })
        for (const [index, leave] of (["end", "destroy", "resetAndDestroy"] as const).entries()) {
          const leaving = yield* raw(url)
          leaving.send(`${post}${lengthOf(slow)}${slow}`)
          const isThis = (request: { readonly index: number }) => request.index === index
          yield* simulator.awaitRequest(isThis)
          leaving.socket[leave]()
          yield* Effect.timeout(simulator.awaitClosed(isThis), "30 seconds")
        }
      }).pipe(Effect.scoped)
    )
  )
})
