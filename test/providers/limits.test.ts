import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Redacted, Stream } from "effect"
import { FetchHttpClient, HttpClient, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { type ChatEvent, Limits, OpenAi } from "effect-llm"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import type { ServerResponse } from "node:http"
import * as zlib from "node:zlib"
import { delta, done, eventStream, serve, stop } from "./server.ts"

const clients = {
  fetch: FetchHttpClient.layer,
  undici: NodeHttpClient.layerUndici,
  direct: Layer.orDie(UndiciClient.layer)
}
const json = { "content-type": "application/json" }
const mebi = 1024 * 1024

const layerOf = (client: Layer.Layer<HttpClient.HttpClient>, baseUrl: string, limits?: Limits.LimitsInput) =>
  OpenAi.layer({ apiKey: Redacted.make("k"), baseUrl, limits }).pipe(Layer.provide(client))

const model = OpenAi.model("gpt-4.1")
const answer = JSON.stringify({ choices: [{ index: 0, message: { content: "Hello" }, finish_reason: "stop" }] })
const whole = `${delta("Hel")}${delta("lo")}${stop}${done}`

/** Sends for as long as somebody reads; counts what has been sent. */
const flood = (response: ServerResponse, piece: Buffer, count: { bytes: number }, most = Infinity): void => {
  const next = (): void => {
    while (!response.destroyed && count.bytes < most) {
      count.bytes += piece.length
      if (!response.write(piece)) return void response.once("drain", next)
    }
    if (!response.destroyed) response.end()
  }
  next()
}

/** Of 64 MiB. */
const bomb = zlib.gzipSync(Buffer.alloc(64 * mebi, " "))

/** How many more bytes than the limit may be on their way: buffers of sockets and streams. */
const slack = 8 * mebi

for (const [name, client] of Object.entries(clients)) {
  describe(`over ${name}`, () => {
    it.live("an endless response is cut off at the limit, and its connection closed", () =>
      Effect.gen(function* () {
        const count = { bytes: 0 }
        const server = yield* serve((response) => {
          response.writeHead(200, json)
          flood(response, Buffer.alloc(65536, " "), count, 600 * mebi)
        })
        const error = yield* Effect.flip(
          Effect.provide(model.generate("Hi"), layerOf(client, server.url, { responseBytes: 2 * mebi }))
        )
        assert.strictEqual(error._tag, "ResponseTooLargeError")
        assert.match(error.message, /larger than 2,097,152 bytes.*limits: \{ responseBytes \}/)
        yield* Effect.flatMap(server.arrived, ({ closed }) => closed)
        assert.isBelow(count.bytes, 2 * mebi + slack)
      })
    )

    it.live("an error with an endless body is judged by its status", () =>
      Effect.gen(function* () {
        const count = { bytes: 0 }
        const server = yield* serve((response) => {
          response.writeHead(429, json)
          flood(response, Buffer.alloc(65536, "x"), count, 600 * mebi)
        })
        for (const call of [model.generate("Hi"), Stream.runDrain(model.stream("Hi"))]) {
          count.bytes = 0
          const error = yield* Effect.flip(Effect.provide(Effect.asVoid(call), layerOf(client, server.url)))
          assert.strictEqual(error._tag, "RateLimitError")
        }
        yield* Effect.flatMap(server.arrived, ({ closed }) => closed)
        assert.isBelow(count.bytes, slack)
      })
    )

    it.live("an endless frame is cut off at the limit", () =>
      Effect.gen(function* () {
        const count = { bytes: 0 }
        const server = yield* serve((response) => {
          response.writeHead(200, eventStream).write(delta("Hel"))
          response.write("data: ")
          flood(response, Buffer.alloc(65536, "x"), count, 600 * mebi)
        })
        const seen: Array<string> = []
        const error = yield* model.stream("Hi").pipe(
          Stream.runForEach(({ type }) => Effect.sync(() => seen.push(type))),
          Effect.provide(layerOf(client, server.url, { frameBytes: mebi })),
          Effect.flip
        )
        assert.strictEqual(error._tag, "ResponseTooLargeError")
        assert.match(error.message, /limits: \{ frameBytes \}/)
        assert.include(seen, "text-delta")
        yield* Effect.flatMap(server.arrived, ({ closed }) => closed)
        assert.isBelow(count.bytes, mebi + slack)
      })
    )

    it.live("endless headers are a typed error", () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => {
          const socket = response.socket
          socket?.write("HTTP/1.1 200 OK\r\n")
          for (let i = 0; i < 200; i++) socket?.write(`x-${i}: ${"y".repeat(1000)}\r\n`)
        })
        const error = yield* Effect.flip(Effect.provide(model.generate("Hi"), layerOf(client, server.url)))
        assert.strictEqual(error._tag, "ResponseTooLargeError")
      })
    )

    for (const [coding, compress] of Object.entries({
      gzip: zlib.gzipSync,
      deflate: zlib.deflateSync,
      br: zlib.brotliCompressSync,
      zstd: zlib.zstdCompressSync
    })) {
      it.live(`responses compressed by ${coding} are read, whole and streamed`, () =>
        Effect.gen(function* () {
          const server = yield* serve((response, body) => {
            const isStream = body.includes('"stream":true')
            response.writeHead(200, { ...(isStream ? eventStream : json), "content-encoding": coding })
            response.end(compress(isStream ? whole : answer))
          })
          const layer = layerOf(client, server.url)
          assert.strictEqual((yield* Effect.provide(model.generate("Hi"), layer)).text, "Hello")
          const events = yield* Effect.provide(Stream.runCollect(model.stream("Hi")), layer)
          assert.strictEqual(textOf(events), "Hello")
        })
      )
    }

    it.live("a compressed error is read", () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => {
          response.writeHead(401, { ...json, "content-encoding": "gzip" })
          response.end(zlib.gzipSync(JSON.stringify({ error: { message: "who are you?" } })))
        })
        const error = yield* Effect.flip(Effect.provide(model.generate("Hi"), layerOf(client, server.url)))
        assert.strictEqual(error._tag === "AuthenticationError" && error.detail, "who are you?")
      })
    )

    it.live("a small body that decompresses to a large one is cut off at the limit", () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => {
          response.writeHead(200, { ...json, "content-encoding": "gzip", "content-length": bomb.length }).end(bomb)
        })
        const before = process.memoryUsage().rss
        const error = yield* Effect.flip(
          Effect.provide(model.generate("Hi"), layerOf(client, server.url, { responseBytes: mebi }))
        )
        assert.strictEqual(error._tag, "ResponseTooLargeError")
        assert.isBelow(process.memoryUsage().rss - before, 48 * mebi)
      })
    )

    it.live("silence ends a call, before the response head and after it", () =>
      Effect.gen(function* () {
        const server = yield* serve((response, body) => {
          if (body.includes("head")) return
          response.writeHead(200, eventStream).write(body.includes("first") ? ": ping\n\n" : delta("Hel"))
        })
        const layer = layerOf(client, server.url, { idleTimeout: 400 })
        const ends = (prompt: string) => Effect.flip(Effect.provide(Stream.runDrain(model.stream(prompt)), layer))
        const head = yield* Effect.flip(
          Effect.provide(model.generate("head"), layerOf(client, server.url, { headTimeout: 50 }))
        )
        assert.strictEqual(head._tag === "TimeoutError" && head.phase, "connect")
        const cut = yield* ends("then")
        assert.strictEqual(cut._tag, "StreamInterruptedError")
        assert.strictEqual(cut._tag === "StreamInterruptedError" && cut.partial.text, "Hel")
        assert.include(String(cut.cause), "TimeoutError")
        const unary = yield* Effect.flip(Effect.provide(model.generate("then"), layer))
        assert.strictEqual(unary._tag === "TimeoutError" && unary.phase, "idle")
      })
    )

    it.live("informational responses do not count as a head", () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => {
          const timer = setInterval(() => response.writeProcessing(), 20)
          response.on("close", () => clearInterval(timer))
        })
        const layer = layerOf(client, server.url, { headTimeout: 300 })
        const error = yield* Effect.flip(Effect.provide(model.generate("Hi"), layer))
        assert.strictEqual(error._tag === "TimeoutError" && error.phase, "connect")
      })
    )

    it.live("a complete response on a connection that stays open is not a failure", () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => {
          response.writeHead(200, eventStream).write(`${delta("Hel")}${delta("lo")}${stop}`)
        })
        const events = yield* Effect.provide(
          Stream.runCollect(model.stream("Hi")),
          layerOf(client, server.url, { idleTimeout: 400 })
        )
        assert.strictEqual(textOf(events), "Hello")
        assert.strictEqual(events.at(-1)?.type, "finish")
      })
    )

    it.live("a call ends at its total limit, however active it is", () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => {
          response.writeHead(200, eventStream)
          // So lively that the next chunk is always there.
          flood(response, Buffer.from(": ping\n\n".repeat(1000)), { bytes: 0 })
        })
        const layer = layerOf(client, server.url, { totalTimeout: 200, responseBytes: Infinity })
        for (const call of [model.generate("Hi"), Stream.runDrain(model.stream("Hi"))]) {
          const error = yield* Effect.flip(Effect.provide(Effect.asVoid(call), layer))
          const cause = error._tag === "StreamInterruptedError" ? error.cause : error
          assert.strictEqual((cause as { readonly phase?: string }).phase, "total")
        }
      })
    )
  })
}

const textOf = (events: ReadonlyArray<ChatEvent.ChatEvent>): string =>
  events.map((event) => (event.type === "text-delta" ? event.delta : "")).join("")

describe("limits", () => {
  /** A server whose head takes so long, and whose body never comes. */
  const slow = (head: Duration.Input) =>
    Layer.succeed(
      HttpClient.HttpClient,
      HttpClient.make((request) =>
        Effect.map(Effect.sleep(head), () =>
          HttpClientResponse.fromWeb(request, new Response(new ReadableStream(), { headers: eventStream }))
        )
      )
    )

  const failsAfter = (effect: Effect.Effect<unknown, { readonly _tag: string }>, seconds: number) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.flip(effect))
      yield* TestClock.adjust(Duration.seconds(seconds - 1))
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust(Duration.seconds(1))
      return (yield* Fiber.join(fiber))._tag
    })

  it.effect("default to 10 minutes for the head and 5 minutes of silence", () =>
    Effect.gen(function* () {
      const generate = Effect.provide(model.generate("Hi"), layerOf(slow("1 hour"), "http://a"))
      assert.strictEqual(yield* failsAfter(generate, 600), "TimeoutError")
      const silent = Effect.provide(Stream.runDrain(model.stream("Hi")), layerOf(slow(0), "http://a"))
      yield* failsAfter(silent, 300)
      const whole = Effect.provide(model.generate("Hi"), layerOf(slow(0), "http://a"))
      assert.strictEqual(yield* failsAfter(whole, 300), "TimeoutError")
    })
  )

  it.effect("of a call override those of the layer", () =>
    Effect.gen(function* () {
      const generate = Effect.provide(
        Effect.provideService(model.generate("Hi"), Limits.Current, { headTimeout: "1 minute" }),
        layerOf(slow("1 hour"), "http://a", { headTimeout: "5 minutes" })
      )
      yield* failsAfter(generate, 60)
    })
  )
})
