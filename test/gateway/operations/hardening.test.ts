import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Simulator } from "../../../src/testing/Simulator.ts"
import { temporary } from "../../cli/cli.ts"
import { gateway } from "../gateway.ts"
import { served } from "./process.ts"
import { raw } from "./sockets.ts"

const models = "models: { fast: openai/sim-healthy, slow: openai/sim-hang }"
const body = JSON.stringify({ model: "fast", messages: [{ role: "user", content: "Hello" }] })
const head = "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
const whole = `${head}content-length: ${body.length}\r\n\r\n${body}`

/** The same, after which the connection ends. */
const last = whole.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n")

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])

const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])

/** Sends bytes on a connection of their own; responds with what came until it was closed. */
const answerTo = (url: string, bytes: string) =>
  Effect.scoped(
    Effect.flatMap(raw(url), ({ closed, send }) => {
      send(bytes)
      return closed
    })
  )

describe("the server", () => {
  it.live("refuses requests that a proxy before it could read otherwise, and closes their connections", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway(models)
      const smuggled: ReadonlyArray<readonly [string, string]> = [
        ["two lengths", `${head}content-length: 5\r\ncontent-length: ${body.length}\r\n\r\n${body}`],
        [
          "a length and chunks",
          `${head}content-length: ${body.length}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /health/live HTTP/1.1\r\nhost: x\r\n\r\n`
        ],
        ["an encoding that is not chunked", `${head}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`],
        ["a space before the colon", `${head}content-length : ${body.length}\r\n\r\n${body}`],
        ["a bare line feed", `${head}x: a\ncontent-length: 3\r\n\r\nabc`],
        ["a negative length", `${head}content-length: -1\r\n\r\n`],
        ["no host", "GET /health/live HTTP/1.1\r\n\r\n"],
        ["two hosts", "GET /health/live HTTP/1.1\r\nhost: localhost\r\nHost: localhost\r\n\r\n"],
        ["a header that goes on in the next line", `${head}x: a\r\n b\r\ncontent-length : 0\r\n\r\n`],
        ["a chunk of no size", `${head}transfer-encoding: chunked\r\n\r\nzz\r\n`]
      ]
      for (const [name, bytes] of smuggled) {
        const text = yield* answerTo(url, bytes)
        assert.strictEqual(statusOf(text), 400, name)
        assert.strictEqual(text.match(/^HTTP\/1\.1/gm)?.length, 1, name)
      }
    })
  )

  it.live("refuses in the client's words what Node would without any", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway(models)
      const words = { "/v1/messages": '"type":"error"', "/v1beta/models/fast:generateContent": '"INVALID_ARGUMENT"' }
      for (const [path, word] of Object.entries(words)) {
        const hostless = yield* answerTo(url, `POST ${path} HTTP/1.1\r\ncontent-length: 0\r\n\r\n`)
        const unmet = yield* answerTo(
          url,
          `POST ${path} HTTP/1.1\r\nhost: localhost\r\nexpect: miracles\r\ncontent-length: 0\r\n\r\n`
        )
        assert.deepStrictEqual([statusOf(hostless), statusOf(unmet)], [400, 417])
        for (const text of [hostless, unmet]) assert.include(text, word)
      }
    })
  )

  it.live("reads the target as it is sent, and survives an invalid one", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway(models)
      for (const [target, status] of [
        ["/health/live", 200],
        ["http://elsewhere.example/health/live?x=1", 200],
        ["//", 200],
        ["//elsewhere.example/health/live", 404],
        ["/health/../health/live", 404],
        ["/%68ealth/%6Cive", 200],
        ["/health%2Flive", 404],
        ["/%", 404],
        ["/v1/models/%zz%", 404],
        ["*", 404]
      ] as const) {
        const text = yield* answerTo(url, `GET ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`)
        assert.strictEqual(statusOf(text), status, target)
      }
    })
  )

  it.live("limits the time of headers and bodies, but not of responses", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway(`${models}\nserver: { limits: { receive: 200ms } }`, {
        simulator: { pace: { latency: "500 millis" } }
      })
      for (const bytes of [head, `${head}content-length: 1000\r\n\r\n{`]) {
        const text = yield* answerTo(url, bytes)
        assert.strictEqual(statusOf(text), 408)
        assert.include(text, '"error"')
      }
      // A response may take longer than a request.
      const client = yield* raw(url)
      client.send(whole)
      assert.strictEqual(statusOf(yield* client.until(/\r\n\r\n/)), 200)
    })
  )

  it.live("refuses headers and bodies over their limits, before it has read them", () =>
    Effect.gen(function* () {
      const { send, url } = yield* gateway(`${models}\nserver: { limits: { headers: 4KiB, body: 1kB } }`)
      const long = yield* answerTo(url, `${head}x: ${"a".repeat(5000)}\r\n\r\n`)
      assert.strictEqual(statusOf(long), 431)
      const announced = yield* raw(url)
      announced.send(`${head}content-length: 100000000\r\n\r\n{`)
      assert.strictEqual(statusOf(yield* announced.until(/\r\n\r\n.*larger than 1000 bytes/s)), 413)
      const chunked = yield* raw(url)
      chunked.send(`${head}transfer-encoding: chunked\r\n\r\n800\r\n${"a".repeat(0x800)}\r\n`)
      assert.strictEqual(statusOf(yield* chunked.until(/\r\n\r\n.*larger than 1000 bytes/s)), 413)
      // Who goes on with it is cut off.
      for (let sent = 0; sent < 100 && !chunked.socket.destroyed; sent++)
        chunked.send(`800\r\n${"a".repeat(0x800)}\r\n`)
      yield* chunked.closed
      assert.strictEqual((yield* send("/v1/chat/completions", body)).status, 200)
    })
  )

  it.live("refuses JSON that is deeper than its limit", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(`${models}\nserver: { limits: { depth: 3 } }`)
      const deep = (levels: number) =>
        send("/v1/chat/completions", {
          model: "fast",
          messages: [{ role: "user", content: "[[[[{{{{" }],
          x: nested(levels)
        })
      assert.strictEqual((yield* deep(2)).status, 200)
      assert.include((yield* deep(3)).text, "deeper than 3 levels")
    })
  )

  it.live("serves a target that is a whole URL, however its scheme is written", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway(models)
      for (const scheme of ["http", "HTTP", "https"])
        assert.strictEqual(statusOf(yield* answerTo(url, last.replace(" /", ` ${scheme}://gateway.example/`))), 200)
    })
  )

  it.live("responds 503 to connections beyond the limit, and serves again when others have left", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway(`${models}\nserver: { limits: { connections: 2 } }`)
      const open = [yield* raw(url), yield* raw(url)]
      for (const { send, until } of open) {
        send("GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n")
        yield* until(/live/)
      }
      const refused = yield* answerTo(url, whole)
      assert.strictEqual(statusOf(refused), 503)
      assert.match(refused, /retry-after: 1/i)
      assert.include(refused, '"message":"too many connections are open."')
      assert.include(refused, '"code":"overloaded"')
      open[0]?.socket.end()
      yield* open[0]?.closed ?? Effect.void
      assert.strictEqual(statusOf(yield* answerTo(url, last)), 200)
    })
  )

  it.live(
    "buffers no more uploads than permitted: the next one gets 503 with Retry-After, and small requests continue",
    () =>
      Effect.gen(function* () {
        const { simulator, url } = yield* gateway(`${models}\nserver: { limits: { uploads: 3MB } }`)
        const first = yield* raw(url)
        const large = JSON.stringify({ model: "slow", messages: [{ role: "user", content: "a".repeat(2_500_000) }] })
        first.send(`${head}content-length: ${large.length}\r\n\r\n${large}`)
        yield* simulator.awaitRequest()
        const form = "--x\r\ncontent-disposition: form-data; name=file; filename=a.jsonl\r\n\r\n"
        const upload = (bytes: number) =>
          answerTo(
            url,
            "POST /v1/files HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: multipart/form-data; boundary=x\r\n" +
              `content-length: ${form.length + bytes}\r\n\r\n${form}${"a".repeat(bytes)}`
          )
        const refused = yield* upload(2_000_000)
        assert.strictEqual(statusOf(refused), 503)
        assert.match(refused, /retry-after: 1\r\n/i)
        assert.include(refused, "server.limits.uploads")
        assert.strictEqual(
          statusOf(yield* answerTo(url, whole.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"))),
          200
        )
        first.socket.destroy()
        yield* first.closed
        yield* upload(2_000_000).pipe(
          Effect.repeat({ until: (text) => statusOf(text) !== 503, times: 100 }),
          Effect.map((text) => assert.strictEqual(statusOf(text), 400))
        )
      })
  )

  it.live("accepts no more connections than its file limit allows, counting one to a provider for each", () =>
    Effect.gen(function* () {
      const cwd = yield* temporary
      const { openAiUrl } = Context.get(yield* Layer.build(Simulator.layer()), Simulator)
      writeFileSync(
        join(cwd, "settings.yaml"),
        `providers: { openai: { baseUrl: "${openAiUrl}", key: sk-upstream-0123456789 } }
models: { slow: openai/sim-stall }
server: { port: 0, limits: { connections: 100 } }
`
      )
      const { output, url } = yield* served([], { cwd, openFiles: 200 })
      assert.include(output(), "At most 68 connections are open at once, not 100")
      const streams = yield* Effect.forEach(Array.from({ length: 80 }), () => raw(url))
      const body = JSON.stringify({ model: "slow", stream: true, messages: [{ role: "user", content: "Hello" }] })
      const responses = yield* Effect.forEach(
        streams,
        ({ send, until }) => {
          send(`${head}content-length: ${body.length}\r\n\r\n${body}`)
          return Effect.map(until(/\r\n\r\n/), statusOf)
        },
        { concurrency: "unbounded" }
      )
      assert.strictEqual(responses.filter((status) => status === 200).length, 68)
      assert.strictEqual(responses.filter((status) => status === 503).length, 12)
    })
  )

  it.live("survives bodies that are cut, malformed, huge, deep or no text, each with a 4xx", () =>
    Effect.gen(function* () {
      const { send, url } = yield* gateway(models)
      const cut = yield* raw(url)
      cut.send(`${head}content-length: 1000\r\n\r\n{"model"`)
      cut.socket.end()
      yield* cut.closed
      for (const body of [
        "",
        "{",
        "null",
        "[]",
        '"text"',
        "\u0000",
        '{"model":{}}',
        "{}".repeat(1000),
        "[".repeat(1e6)
      ]) {
        const { status, text } = yield* send("/v1/chat/completions", body)
        assert.strictEqual(status, 400, body.slice(0, 20))
        assert.isString(JSON.parse(text).error.message)
      }
      const binary = yield* answerTo(
        url,
        `${head}connection: close\r\ncontent-length: 4\r\n\r\n\u00ff\u00fe\u00ff\u00fe`
      )
      assert.strictEqual(statusOf(binary), 400)
      assert.strictEqual((yield* send("/v1/chat/completions", body)).status, 200)
    })
  )

  it.live("without keys serves only this machine, under no other name, and no pages of other origins", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway(`${models}\nserver: { cors: { origins: ["https://mine.example"] } }`)
      const ask = (headers: string) => answerTo(url, `GET /health/live HTTP/1.1\r\n${headers}connection: close\r\n\r\n`)
      assert.strictEqual(statusOf(yield* ask("host: rebound.example:4000\r\n")), 403)
      assert.strictEqual(statusOf(yield* ask("host: 127.0.0.1:4000\r\norigin: https://other.example\r\n")), 403)
      const mine = yield* ask("host: localhost:4000\r\norigin: https://mine.example\r\n")
      assert.strictEqual(statusOf(mine), 200)
      assert.match(mine, /access-control-allow-origin: https:\/\/mine\.example/i)
      // Refusals that no route makes can be read too, and caches keep apart what they have to.
      const unmet = yield* ask("host: localhost:4000\r\norigin: https://mine.example\r\nexpect: miracles\r\n")
      assert.strictEqual(statusOf(unmet), 417)
      assert.match(unmet, /access-control-allow-origin: https:\/\/mine\.example/i)
      const page = yield* answerTo(
        url,
        "GET / HTTP/1.1\r\nhost: localhost\r\norigin: https://mine.example\r\nconnection: close\r\n\r\n"
      )
      assert.match(page, /vary: accept-encoding, origin/i)
      assert.strictEqual(statusOf(yield* ask("host: [::1]:4000\r\norigin: http://[::1]:4000\r\n")), 200)
      const preflight = (origin: string) =>
        answerTo(
          url,
          `OPTIONS /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\norigin: ${origin}\r\naccess-control-request-method: POST\r\naccess-control-request-headers: authorization\r\nconnection: close\r\n\r\n`
        )
      const allowed = yield* preflight("https://mine.example")
      assert.strictEqual(statusOf(allowed), 204)
      assert.match(allowed, /access-control-allow-headers: authorization/i)
      assert.strictEqual(statusOf(yield* preflight("https://other.example")), 403)
    })
  )
})
