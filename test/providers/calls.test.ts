import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, Redacted, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { Anthropic, ChatModel, OpenAi, ProviderError } from "effect-llm"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { delta, done, eventStream, serve, stop } from "./server.ts"
import { foldEvents } from "../../src/domain/ChatFold.ts"

const key = "sk-test-0123456789abcdefghij"
const model = OpenAi.model("gpt-5-mini")
const clients = {
  fetch: FetchHttpClient.layer,
  undici: NodeHttpClient.layerUndici,
  direct: Layer.orDie(UndiciClient.layer)
}
const layerOf = (url: string, client: (typeof clients)["fetch"] = clients.undici) =>
  OpenAi.layer({ apiKey: Redacted.make(key), baseUrl: `${url}/v1` }).pipe(Layer.provide(client))

for (const [name, client] of Object.entries(clients)) {
  describe(`over ${name}`, () => {
    it.live("interrupting a call before the response's head closes the socket", () =>
      Effect.gen(function* () {
        const server = yield* serve(() => {})
        const fiber = yield* Effect.forkChild(model.generate("Hi").pipe(Effect.provide(layerOf(server.url, client))))
        const { closed } = yield* server.arrived
        yield* Fiber.interrupt(fiber)
        yield* closed
      })
    )

    it.live("interrupting a call while its response arrives closes the socket", () =>
      Effect.gen(function* () {
        const sent = yield* Deferred.make<void>()
        const server = yield* serve((response) => {
          response.writeHead(200, { "content-type": "application/json" })
          response.write('{"id":"c1",', () => Deferred.doneUnsafe(sent, Effect.void))
        })
        const fiber = yield* Effect.forkChild(model.generate("Hi").pipe(Effect.provide(layerOf(server.url, client))))
        yield* Deferred.await(sent)
        yield* Fiber.interrupt(fiber)
        yield* (yield* server.arrived).closed
      })
    )

    it.live("losing a race closes the socket", () =>
      Effect.gen(function* () {
        const slow = yield* serve((response) => response.writeHead(200, eventStream).write(delta("Hel")))
        const fast = yield* serve((response) => response.writeHead(200, eventStream).end(delta("Hi") + stop + done))
        const ask = (url: string) => Stream.runCollect(model.stream("Hi")).pipe(Effect.provide(layerOf(url, client)))
        const closed = Effect.flatMap(slow.arrived, ({ closed }) => closed)
        const events = yield* Effect.race(
          ask(slow.url),
          Effect.andThen(slow.arrived, () => ask(fast.url))
        )
        assert.strictEqual(foldEvents(events).text, "Hi")
        yield* closed
      })
    )

    it.live("interrupting a stream after the head, before any content, closes the socket", () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => response.writeHead(200, eventStream).flushHeaders())
        const started = yield* Deferred.make<void>()
        const reading = model.stream("Hi").pipe(
          Stream.runForEach((event) =>
            event.type === "response-start" ? Deferred.succeed(started, undefined) : Effect.void
          ),
          Effect.provide(layerOf(server.url, client))
        )
        const fiber = yield* Effect.forkChild(reading)
        yield* Deferred.await(started)
        yield* Fiber.interrupt(fiber)
        yield* (yield* server.arrived).closed
      })
    )

    it.live("interrupting a stream in the middle closes the socket", () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => response.writeHead(200, eventStream).write(delta("Hel")))
        const shown = yield* Deferred.make<void>()
        const reading = model.stream("Hi").pipe(
          Stream.runForEach((event) =>
            event.type === "text-delta" ? Deferred.succeed(shown, undefined) : Effect.void
          ),
          Effect.provide(layerOf(server.url, client))
        )
        const fiber = yield* Effect.forkChild(reading)
        yield* Deferred.await(shown)
        yield* Fiber.interrupt(fiber)
        yield* (yield* server.arrived).closed
      })
    )

    it.live("a reader that stops early closes the socket", () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => response.writeHead(200, eventStream).write(delta("Hel")))
        yield* model.stream("Hi").pipe(
          Stream.takeUntil((event) => event.type === "text-delta"),
          Stream.runDrain,
          Effect.provide(layerOf(server.url, client))
        )
        yield* (yield* server.arrived).closed
      })
    )

    it.live("a stream cut by the end of its bytes fails with what had arrived", () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => response.writeHead(200, eventStream).end(delta("Hel") + delta("lo")))
        const error = yield* model
          .stream("Hi")
          .pipe(Stream.runDrain, Effect.provide(layerOf(server.url, client)), Effect.flip)
        assert.strictEqual(error._tag, "StreamInterruptedError")
        assert.strictEqual(error._tag === "StreamInterruptedError" && error.partial.text, "Hello")
      })
    )

    it.live(
      "a stream that ends with the provider's error, or in which a second response begins, fails with what had arrived",
      () =>
        Effect.gen(function* () {
          const failing = (rest: string) =>
            Effect.gen(function* () {
              const server = yield* serve((response) =>
                response.writeHead(200, eventStream).end(delta("Hel") + delta("lo") + rest)
              )
              const layer = layerOf(server.url, client)
              return yield* model.stream("Hi").pipe(Stream.runDrain, Effect.provide(layer), Effect.flip)
            })
          const failed = yield* failing('data: {"error":{"message":"Oops","type":"server_error"}}\n\n')
          assert.strictEqual(failed._tag === "ServerError" && failed.partial?.text, "Hello")
          const chunk = { id: "another", choices: [{ delta: { role: "assistant", content: "Hi" } }] }
          const spliced = yield* failing(`data: ${JSON.stringify(chunk)}\n\n`)
          assert.strictEqual(spliced._tag === "StreamInterruptedError" && spliced.partial.text, "Hello")
        })
    )

    it.live("a stream cut by a reset fails with what had arrived and the cause", () =>
      Effect.gen(function* () {
        const server = yield* serve((response) =>
          response
            .writeHead(200, eventStream)
            .write(delta("Hel"), () => setImmediate(() => response.socket?.resetAndDestroy()))
        )
        const error = yield* model
          .stream("Hi")
          .pipe(Stream.runDrain, Effect.provide(layerOf(server.url, client)), Effect.flip)
        assert.strictEqual(error._tag, "StreamInterruptedError")
        assert.strictEqual(
          error._tag === "StreamInterruptedError" && (error.cause as { _tag: string })._tag,
          "NetworkError"
        )
      })
    )

    it.live("a refused and a reset connection are retryable network errors", () =>
      Effect.gen(function* () {
        const refused = yield* model
          .generate("Hi")
          .pipe(Effect.provide(layerOf("http://127.0.0.1:1", client)), Effect.flip)
        assert.strictEqual(refused._tag, "NetworkError")
        const server = yield* serve((response) => response.socket?.resetAndDestroy())
        const reset = yield* model.generate("Hi").pipe(Effect.provide(layerOf(server.url, client)), Effect.flip)
        assert.strictEqual(reset._tag, "NetworkError")
        assert.isTrue(ProviderError.isRetryable(reset))
      })
    )

    it.live("a unary body that breaks off is a network error, not a response", () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => {
          response.writeHead(200, { "content-type": "application/json", "content-length": "500" })
          response.write('{"id":"c1","choices":[', () => setImmediate(() => response.destroy()))
        })
        const error = yield* model.generate("Hi").pipe(Effect.provide(layerOf(server.url, client)), Effect.flip)
        assert.strictEqual(error._tag, "NetworkError")
      })
    )

    it.live("no error repeats the key, wherever the server puts it", () =>
      Effect.gen(function* () {
        const server = yield* serve((response, _, request) => {
          const sent = request.headers.authorization!
          response.writeHead(401, { "content-type": "application/json", "x-request-id": "r" })
          response.end(JSON.stringify({ error: { message: `bad ${sent}`, code: sent, nested: [{ [sent]: sent }] } }))
        })
        const error = yield* model.generate("Hi").pipe(Effect.provide(layerOf(server.url, client)), Effect.flip)
        if (error._tag !== "AuthenticationError") return assert.fail(error._tag)
        const told = [
          error.message,
          String(error),
          JSON.stringify(error),
          error.stack ?? "",
          JSON.stringify(error.body)
        ]
        for (const text of told) assert.notInclude(text, "0123456789")
        const unreached = yield* model
          .generate("Hi")
          .pipe(Effect.provide(layerOf("http://127.0.0.1:1", client)), Effect.exit)
        assert.isTrue(Exit.isFailure(unreached))
        assert.notInclude(JSON.stringify(unreached), "0123456789")
      })
    )
  })
}

it.live("`response-start` comes with the head, before any token is written", () =>
  Effect.gen(function* () {
    const go = yield* Deferred.make<void>()
    const context = yield* Effect.context<never>()
    const server = yield* serve((response) => {
      response.writeHead(200, eventStream).flushHeaders()
      Effect.runForkWith(context)(
        Effect.andThen(Deferred.await(go), () => Effect.sync(() => response.end(delta("Hello") + stop + done)))
      )
    })
    const events = yield* model.stream("Hi").pipe(
      Stream.tap((event) => (event.type === "response-start" ? Deferred.succeed(go, undefined) : Effect.void)),
      Stream.runCollect,
      Effect.provide(layerOf(server.url))
    )
    const [start] = events
    assert.strictEqual(start?.type === "response-start" && start.requestId, "req-1")
    const reply = foldEvents(events)
    assert.strictEqual(reply.text, "Hello")
    assert.strictEqual(events.filter(({ type }) => type === "finish").length, 1)
    assert.strictEqual(events.at(-1)?.type, "finish")
    assert.deepStrictEqual(
      reply.attempts.map((attempt) => attempt.model),
      ["openai/gpt-5-mini"]
    )
  })
)

for (const [name, client] of Object.entries({ undici: clients.undici, direct: clients.direct })) {
  it.live(
    `over ${name}, a stream ends with the protocol's last frame though the server keeps the connection open`,
    () =>
      Effect.gen(function* () {
        const server = yield* serve((response) =>
          response.writeHead(200, eventStream).write(delta("Hello") + stop + done)
        )
        const events = yield* model.stream("Hi").pipe(Stream.runCollect, Effect.provide(layerOf(server.url, client)))
        assert.strictEqual(foldEvents(events).text, "Hello")
        yield* (yield* server.arrived).closed
      })
  )

  it.live(`over ${name}, a complete response does not time out, though its server keeps the connection open`, () =>
    Effect.gen(function* () {
      const hurried = model.pipe(ChatModel.timeout({ idle: "40 millis", total: "5 seconds" }))
      const server = yield* serve((response) =>
        response.writeHead(200, eventStream).write(delta("Hello") + stop + done)
      )
      const layer = layerOf(server.url, client)
      const events = yield* Stream.runCollect(hurried.stream("Hi")).pipe(Effect.provide(layer))
      assert.strictEqual(foldEvents(events).text, "Hello")
      const reply = yield* hurried.generate("Hi").pipe(Effect.provide(layer))
      assert.strictEqual(reply.text, "Hello")
    })
  )

  it.live(`over ${name}, calls one after the other share a connection, streams too`, () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.writeHead(200, eventStream).end(delta("Hello") + stop + done))
      yield* Effect.gen(function* () {
        for (let i = 0; i < 10; i++) yield* Stream.runDrain(model.stream("Hi"))
      }).pipe(Effect.provide(layerOf(server.url, client)))
      // undici may open a second one while the first is being freed.
      assert.isAtMost(server.connections(), 2)
    })
  )
}

it.live("a whole response to a streaming request becomes events", () =>
  Effect.gen(function* () {
    const answer = {
      id: "c1",
      choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }]
    }
    const server = yield* serve((response) =>
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer))
    )
    const events = yield* model.stream("Hi").pipe(Stream.runCollect, Effect.provide(layerOf(server.url)))
    assert.strictEqual(foldEvents(events).text, "Hi")
    assert.strictEqual(events.at(-1)?.type, "finish")
  })
)

it.live("an error inside a 200 stream is the error that its status would have made", () =>
  Effect.gen(function* () {
    const frame = `data: ${JSON.stringify({ error: { message: "slow down", code: "rate_limit_exceeded", type: "requests" } })}\n\n`
    const server = yield* serve((response) => response.writeHead(200, eventStream).end(delta("Hel") + frame))
    const seen: Array<string> = []
    const error = yield* model.stream("Hi").pipe(
      Stream.runForEach((event) => Effect.sync(() => seen.push(event.type))),
      Effect.provide(layerOf(server.url)),
      Effect.flip
    )
    assert.strictEqual(error._tag, "RateLimitError")
    assert.include(seen, "text-delta")
    assert.notInclude(seen, "finish")
  })
)

it.live("a response that is not JSON is a parse error with the body", () =>
  Effect.gen(function* () {
    const server = yield* serve((response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<h1>Welcome</h1>")
    )
    const error = yield* model.generate("Hi").pipe(Effect.provide(layerOf(server.url)), Effect.flip)
    assert.strictEqual(error._tag, "ResponseParseError")
    assert.strictEqual(error._tag === "ResponseParseError" && error.frame?.data, "<h1>Welcome</h1>")
  })
)

it.live("what the model does not support fails before anything is sent, or is dropped with a warning", () =>
  Effect.gen(function* () {
    const bodies: Array<string> = []
    const answer = {
      id: "c1",
      choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }]
    }
    const server = yield* serve((response, body) => {
      bodies.push(body)
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer))
    })
    const asked = { messages: "Hi", temperature: 0.2 }
    yield* Effect.gen(function* () {
      const error = yield* Effect.flip(model.generate(asked))
      assert.strictEqual(error._tag === "UnsupportedParameterError" && error.parameter, "temperature")
      const empty = yield* Effect.flip(model.generate({ messages: [] }))
      assert.strictEqual(empty._tag === "InvalidRequestError" && empty.at, "messages")
      assert.deepStrictEqual(bodies, [])
      const reply = yield* model.generate({ ...asked, onUnsupported: "drop" })
      assert.deepStrictEqual(
        reply.warnings.map(({ parameter }) => parameter),
        ["temperature"]
      )
      assert.notProperty(JSON.parse(bodies[0]!), "temperature")
    }).pipe(Effect.provide(layerOf(server.url)))
  })
)

describe("a redirect", () => {
  for (const [name, client] of Object.entries(clients)) {
    it.live(`is not followed with a key, over ${name}, and the error names the target`, () =>
      Effect.gen(function* () {
        const elsewhere = yield* serve((response) => response.writeHead(200).end("{}"))
        const server = yield* serve((response) =>
          response.writeHead(307, { location: `${elsewhere.url}/v1/messages` }).end()
        )
        const layer = Anthropic.layer({ apiKey: Redacted.make(key), baseUrl: server.url }).pipe(Layer.provide(client))
        const error = yield* Effect.flip(Anthropic.model("claude-haiku-4-5").generate("Hi")).pipe(Effect.provide(layer))
        assert.strictEqual(error._tag, "ResponseParseError")
        assert.include(error.message, elsewhere.url)
        assert.strictEqual(elsewhere.connections(), 0)
      })
    )
  }
})
