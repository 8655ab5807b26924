import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it, vi } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, Option, Schema, Stream } from "effect"
import { HttpBody, HttpClient, type HttpClientError, HttpClientRequest, type HttpClientResponse } from "effect/http"
import type { ServerResponse } from "node:http"
import { Limits } from "effect-llm"
import { FastPath } from "../../src/transport/FastPath.ts"
import { Exchange } from "../../src/transport/undici/Exchange.ts"
import * as UndiciClient from "../../src/transport/UndiciClient.ts"
import { serve } from "../providers/server.ts"

const direct = Effect.provideService(FastPath, Limits.standard)
const overUndici = Effect.provide(Layer.orDie(UndiciClient.layer))

/** The short way, and what it must be like. */
const clients = {
  direct: Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, HttpClient.transformResponse(direct))
  ).pipe(Layer.provide(Layer.orDie(UndiciClient.layer))),
  platform: NodeHttpClient.layerUndici
}

type Read<A> = (response: HttpClientResponse.HttpClientResponse) => Effect.Effect<A, HttpClientError.HttpClientError>

/** What either client makes of the same answer. */
const both = <A>(
  answer: (response: ServerResponse, body: string) => void,
  read: Read<A>,
  request: (url: string) => HttpClientRequest.HttpClientRequest = HttpClientRequest.get
) =>
  Effect.gen(function* () {
    const server = yield* serve(answer)
    const ask = HttpClient.execute(request(server.url)).pipe(Effect.flatMap(read))
    return {
      direct: yield* Effect.exit(Effect.provide(ask, clients.direct)),
      platform: yield* Effect.exit(Effect.provide(ask, clients.platform))
    }
  })

const tagOf = (exit: Exit.Exit<unknown, HttpClientError.HttpClientError>) =>
  Option.getOrUndefined(Option.map(Exit.findErrorOption(exit), ({ reason }) => reason._tag))

/** An exchange of which the head has arrived, and what it asked undici for. */
const begun = ({ mostWhole, status = 200 }: { readonly mostWhole?: number; readonly status?: number } = {}) => {
  let wakings = 0
  const calls: Array<string> = []
  const controller = {
    aborted: false,
    paused: false,
    reason: null,
    pause: () => void calls.push("pause"),
    resume: () => void calls.push("resume"),
    abort: () => void calls.push("abort")
  }
  const exchange = new Exchange(() => wakings++, Infinity, mostWhole)
  exchange.onRequestStart(controller)
  exchange.onResponseStart(controller, status, {})
  return { calls, controller, exchange, woken: () => wakings }
}

/** Lets what has been put off to the end of a turn happen. */
const turn = Effect.promise(() => Promise.resolve())

describe("UndiciClient", () => {
  describe("the fast path gives what NodeHttpClient gives", () => {
    it.live.prop(
      "for any bytes, in any pieces, whole and as a stream",
      { pieces: Schema.Array(Schema.Uint8Array.check(Schema.isMaxLength(50))).check(Schema.isMaxLength(5)) },
      ({ pieces }) =>
        Effect.gen(function* () {
          const { direct, platform } = yield* both(
            (response) => {
              for (const piece of pieces) response.write(piece)
              response.end()
            },
            (response) =>
              Effect.gen(function* () {
                const text = yield* response.text
                const bytes = new Uint8Array(yield* response.arrayBuffer)
                return { text, again: yield* response.text, bytes: [...bytes] }
              })
          )
          assert.deepStrictEqual(direct, platform)
          const streamed = yield* both(
            (response) => response.end(Buffer.concat(pieces)),
            (response) => Effect.map(Stream.runCollect(response.stream), (chunks) => Buffer.concat(chunks))
          )
          assert.deepStrictEqual(streamed.direct, streamed.platform)
        }),
      { arbitrary: { runs: 30 } }
    )

    it.live("for any head", () =>
      Effect.gen(function* () {
        const { direct, platform } = yield* both(
          (response) => {
            response.writeEarlyHints({ link: "</a>; rel=preload" })
            response.writeHead(418, [
              ["X-One", "1"],
              ["x-many", "a"],
              ["X-Many", "b"],
              ["set-cookie", "a=1; Path=/"],
              ["set-cookie", "b=2"],
              ["date", "today"]
            ])
            response.end("{}")
          },
          (response) =>
            Effect.map(response.text, () => ({
              status: response.status,
              url: response.url,
              headers: { ...response.headers },
              cookies: response.cookies.toJSON(),
              address: response.remoteAddress
            })),
          (url) => HttpClientRequest.get(`${url}/a?b=c#d`)
        )
        assert.isTrue(Exit.isSuccess(direct))
        assert.deepStrictEqual(direct, platform)
      })
    )

    it.live("for JSON, forms and fields, valid or not", () =>
      Effect.gen(function* () {
        const bodies: ReadonlyArray<readonly [string, string, Read<unknown>]> = [
          ["application/json", '{"a":[1]}', ({ json }) => json],
          ["application/json", '{"a":', ({ json }) => json],
          ["application/json", "", ({ json }) => json],
          [
            "application/x-www-form-urlencoded",
            "a=1&b=%20",
            (response) => Effect.map(response.urlParamsBody, (params) => params.params)
          ],
          [
            "application/x-www-form-urlencoded",
            "a=1&b=2",
            (response) => Effect.map(response.formData, (form) => [...form.entries()])
          ],
          ["text/plain", "no form", ({ formData }) => formData],
          ["text/plain", "no upgrade", ({ upgrade }) => upgrade]
        ]
        for (const [type, body, read] of bodies) {
          const { direct, platform } = yield* both(
            (response) => response.writeHead(200, { "content-type": type }).end(body),
            read
          )
          assert.strictEqual(tagOf(direct), tagOf(platform), body)
          if (Exit.isSuccess(platform)) assert.deepStrictEqual(direct, platform)
        }
      })
    )

    it.live("for what is sent: method, address, headers and body", () =>
      Effect.gen(function* () {
        const echo = (response: ServerResponse, body: string) =>
          response.end(JSON.stringify([response.req.method, response.req.url, response.req.headers, body]))
        const requests = [
          (url: string) => HttpClientRequest.get(`${url}/a?b=c#d`, { urlParams: { e: "f g" }, headers: { x: "1" } }),
          (url: string) => HttpClientRequest.post(url, { body: HttpBody.text("día", "text/plain") }),
          (url: string) => HttpClientRequest.put(url, { body: HttpBody.stream(Stream.make(new Uint8Array([65]))) }),
          (url: string) => HttpClientRequest.delete(`${url}/a`)
        ]
        for (const request of requests) {
          const server = yield* serve(echo)
          const ask = Effect.flatMap(HttpClient.execute(request(server.url)), ({ text }) => text).pipe(
            Effect.provideService(HttpClient.TracerDisabledWhen, () => true)
          )
          const platform = yield* Effect.provide(ask, clients.platform)
          assert.strictEqual(yield* Effect.provide(ask, clients.direct), platform)
        }
      })
    )

    it.live("for an unreachable server, an invalid URL, and a response that breaks off", () =>
      Effect.gen(function* () {
        const gone = yield* Effect.scoped(
          Effect.map(
            serve(() => {}),
            ({ url }) => url
          )
        )
        for (const url of [gone, "http://", "nothing"]) {
          const ask = Effect.exit(HttpClient.get(url))
          const platform = tagOf(yield* Effect.provide(ask, clients.platform))
          assert.isDefined(platform)
          assert.strictEqual(tagOf(yield* Effect.provide(ask, clients.direct)), platform)
        }
        const cut = (response: ServerResponse) => {
          response.writeHead(200, { "content-length": "10" })
          response.write("half", () => response.socket?.destroy())
        }
        const whole = yield* both(cut, ({ text }) => text)
        assert.deepStrictEqual([tagOf(whole.direct), tagOf(whole.platform)], ["DecodeError", "DecodeError"])
        const streamed = yield* both(cut, ({ stream }) => Stream.runDrain(stream))
        assert.deepStrictEqual([tagOf(streamed.direct), tagOf(streamed.platform)], ["DecodeError", "DecodeError"])
      })
    )
  })

  it("applies backpressure to a server whose reader is slow", () => {
    const { calls, controller, exchange } = begun()
    exchange.onResponseData(controller, new Uint8Array(64 * 1024))
    assert.deepStrictEqual(calls, [])
    exchange.onResponseData(controller, new Uint8Array(1))
    assert.deepStrictEqual(calls, ["pause"])
    assert.strictEqual(exchange.take().length, 2)
    exchange.wait(() => {})
    assert.deepStrictEqual(calls, ["pause", "resume"])
  })

  it.effect("wakes its reader once for the head and all chunks that arrive with it", () =>
    Effect.gen(function* () {
      const { controller, exchange, woken } = begun()
      for (const byte of [1, 2, 3]) exchange.onResponseData(controller, new Uint8Array([byte]))
      assert.strictEqual(woken(), 0)
      yield* turn
      assert.strictEqual(woken(), 1)
      assert.deepStrictEqual(exchange.take(), [new Uint8Array([1]), new Uint8Array([2]), new Uint8Array([3])])
      let chunks = 0
      exchange.wait(() => chunks++)
      for (const byte of [4, 5]) exchange.onResponseData(controller, new Uint8Array([byte]))
      yield* turn
      yield* turn
      assert.deepStrictEqual([chunks, exchange.take().length], [1, 2])
    })
  )

  it.effect("returns a successful unary response once it is complete, and any other with its head", () =>
    Effect.gen(function* () {
      const good = begun({ mostWhole: 10 })
      const large = begun({ mostWhole: 10 })
      const bad = begun({ mostWhole: 10, status: 429 })
      good.exchange.onResponseData(good.controller, new Uint8Array(10))
      yield* turn
      assert.deepStrictEqual([good.woken(), large.woken(), bad.woken()], [0, 0, 1])
      good.exchange.onResponseEnd()
      large.exchange.onResponseData(large.controller, new Uint8Array(11))
      assert.deepStrictEqual([good.woken(), large.woken()], [1, 1])
      assert.deepStrictEqual([good.exchange.ended, large.exchange.ended instanceof Error], [true, true])
      assert.deepStrictEqual([good.calls, large.calls], [[], ["abort"]])
    })
  )

  it("drains an abandoned response for a limited time", () => {
    vi.useFakeTimers()
    const ends = begun()
    const goesOn = begun()
    for (const { exchange } of [ends, goesOn]) {
      exchange.drain(100)
      exchange.abort()
    }
    vi.advanceTimersByTime(99)
    ends.exchange.onResponseEnd()
    vi.advanceTimersByTime(1000)
    assert.deepStrictEqual([ends.calls.includes("abort"), goesOn.calls.includes("abort")], [false, true])
    vi.useRealTimers()
  })

  it("aborts an abandoned response that is too long to drain", () => {
    vi.useFakeTimers()
    const { calls, controller, exchange } = begun()
    exchange.drain(100)
    exchange.abort()
    exchange.onResponseData(controller, new Uint8Array(64 * 1024))
    assert.notInclude(calls, "abort")
    exchange.onResponseData(controller, new Uint8Array(1))
    assert.include(calls, "abort")
    vi.useRealTimers()
  })

  it.live("reads all of a response that is larger than the buffer", () =>
    Effect.gen(function* () {
      const size = 8 * 1024 * 1024
      const server = yield* serve((response) => response.end(Buffer.alloc(size)))
      const { stream } = yield* direct(HttpClient.get(server.url))
      let read = 0
      yield* Stream.runForEach(stream, (bytes) =>
        Effect.andThen(
          Effect.yieldNow,
          Effect.sync(() => (read += bytes.length))
        )
      )
      assert.strictEqual(read, size)
    }).pipe(overUndici)
  )

  it.live("keeps data for the next reader after one was interrupted", () =>
    Effect.gen(function* () {
      const go = yield* Deferred.make<void>()
      const server = yield* serve((response) => {
        response.flushHeaders()
        Effect.runFork(Effect.andThen(Deferred.await(go), () => Effect.sync(() => response.end("late"))))
      })
      const { stream } = yield* direct(HttpClient.get(server.url))
      const text = yield* Effect.scoped(
        Effect.gen(function* () {
          const pull = yield* Stream.toPull(stream)
          const waiting = yield* Effect.forkChild(pull, { startImmediately: true })
          yield* Fiber.interrupt(waiting)
          yield* Deferred.succeed(go, undefined)
          return Buffer.concat(yield* pull).toString()
        })
      )
      assert.strictEqual(text, "late")
    }).pipe(overUndici)
  )

  it.live("closes the connection of a stream that is abandoned before its end", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.write("first"))
      const { stream } = yield* direct(HttpClient.get(server.url))
      yield* Stream.runHead(stream)
      yield* (yield* server.arrived).closed
    }).pipe(overUndici)
  )

  it.live("closes the connection of a call that is interrupted while it is being made", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => {})
      const fiber = yield* Effect.forkChild(direct(HttpClient.get(server.url)))
      const { closed } = yield* server.arrived
      yield* Fiber.interrupt(fiber)
      yield* closed
    }).pipe(overUndici)
  )

  it.live("leaves scoped requests to NodeHttpClient, which closes them with their scope", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.write("first"))
      const client = HttpClient.withScope(yield* HttpClient.HttpClient)
      yield* Effect.scoped(client.get(server.url))
      yield* (yield* server.arrived).closed
    }).pipe(overUndici)
  )

  it.live("uses no more connections for sequential calls than NodeHttpClient", () =>
    Effect.gen(function* () {
      const connections = (client: Layer.Layer<HttpClient.HttpClient>) =>
        Effect.gen(function* () {
          const server = yield* serve((response) => response.end("all"))
          for (let i = 0; i < 5; i++) yield* Effect.flatMap(HttpClient.get(server.url), ({ text }) => text)
          return server.connections()
        }).pipe(Effect.provide(client))
      assert.isAtMost(yield* connections(clients.direct), yield* connections(clients.platform))
    })
  )

  it.live("writes nothing to a connection that the server closed after its last response", () =>
    Effect.gen(function* () {
      let requests = 0
      const server = yield* serve((response, _, { socket }) => {
        requests++
        response.end("all", () => socket.end())
      })
      for (let i = 0; i < 20; i++) {
        assert.strictEqual(yield* (yield* direct(HttpClient.post(server.url))).text, "all")
      }
      assert.deepStrictEqual([requests, server.connections()], [20, 20])
    }).pipe(overUndici)
  )

  it.live("sends a request once, even if a reused connection closes without a response", () =>
    Effect.gen(function* () {
      let requests = 0
      let answered = 0
      const server = yield* serve((response, _, { socket }) => {
        requests++
        // What is sent on a connection that has been used is not answered.
        if (socket.bytesWritten > 0) {
          socket.destroy()
        } else {
          answered++
          response.end("all")
        }
      })
      const call = Effect.flatMap(direct(HttpClient.post(server.url)), ({ text }) => text)
      const outcomes: Array<string> = []
      for (let i = 0; i < 12; i++) {
        outcomes.push(yield* Effect.match(call, { onFailure: ({ reason }) => reason._tag, onSuccess: (text) => text }))
        yield* Effect.promise(() => new Promise(setImmediate))
      }
      const lost = outcomes.filter((outcome) => outcome === "TransportError")
      assert.isAtLeast(lost.length, 1)
      assert.lengthOf(outcomes, answered + lost.length)
      assert.strictEqual(requests, outcomes.length)
    }).pipe(overUndici)
  )
})
