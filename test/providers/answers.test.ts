import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Redacted, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { Anthropic, type ChatEvent, LlamaCpp, Ollama, OpenAi, StreamInterruptedError } from "effect-llm"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { delta, done, eventStream, serve, stop } from "./server.ts"
import { foldEvents } from "../../src/domain/ChatFold.ts"

const apiKey = Redacted.make("sk-test-0123456789abcdefghij")
const clients = {
  fetch: FetchHttpClient.layer,
  undici: NodeHttpClient.layerUndici,
  direct: Layer.orDie(UndiciClient.layer)
}
const openAi = (url: string, client: (typeof clients)["fetch"] = clients.undici) =>
  OpenAi.layer({ apiKey, baseUrl: url }).pipe(Layer.provide(client))
const model = OpenAi.model("gpt-4.1")
const json = { "content-type": "application/json" }
const whole = JSON.stringify({
  id: "c1",
  model: "gpt-4.1-2025-04-14",
  choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 }
})
const head = {
  "x-request-id": "req-7",
  "x-ratelimit-limit-requests": "100",
  "x-ratelimit-remaining-requests": "99",
  "x-ratelimit-reset-requests": "6ms"
}

describe("a unary response", () => {
  for (const [name, client] of Object.entries(clients)) {
    it.live(`has the request id, rate limits and timings, and the requested model (${name})`, () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => response.writeHead(200, { ...json, ...head }).end(whole))
        const reply = yield* model.generate("Hi").pipe(Effect.provide(openAi(server.url, client)))
        assert.strictEqual(reply.text, "Hi")
        assert.strictEqual(reply.provider, "openai")
        assert.strictEqual(reply.model, "gpt-4.1-2025-04-14")
        assert.strictEqual(reply.requestId, "req-7")
        assert.deepStrictEqual(reply.rateLimits, {
          requests: { limit: 100, remaining: 99, resetAfter: Duration.millis(6) }
        })
        assert.deepStrictEqual(reply.raw, JSON.parse(whole))
        assert.deepStrictEqual(
          reply.attempts.map((attempt) => [attempt.model, attempt.error]),
          [["openai/gpt-4.1", undefined]]
        )
        assert.isDefined(reply.timings?.total)
      })
    )
  }

  it.live("to a streamed request becomes events, whatever its content type", () =>
    Effect.gen(function* () {
      for (const headers of [json, {}, { "content-type": "text/plain" }, eventStream]) {
        const server = yield* serve((response) => response.writeHead(200, headers).end(`\n${whole}`))
        const events = yield* Stream.runCollect(model.stream("Hi")).pipe(Effect.provide(openAi(server.url)))
        assert.deepStrictEqual(
          events.map(({ type }) => type).filter((type) => type === "response-start" || type === "finish"),
          ["response-start", "finish"]
        )
        const reply = foldEvents(events)
        assert.strictEqual(reply.text, "Hi")
        assert.strictEqual(reply.usage.inputTokens.total, 3)
      }
    })
  )

  it.live("to a streamed request is an error if it says so", () =>
    Effect.gen(function* () {
      const error = JSON.stringify({ error: { message: "Too fast", type: "requests", code: "rate_limit_exceeded" } })
      for (const [status, headers] of [
        [200, json],
        [200, eventStream],
        [429, json]
      ] as const) {
        const server = yield* serve((response) => response.writeHead(status, headers).end(error))
        const failed = yield* model.stream("Hi").pipe(Stream.runDrain, Effect.provide(openAi(server.url)), Effect.flip)
        assert.strictEqual(failed._tag, "RateLimitError")
        assert.strictEqual(failed._tag === "RateLimitError" && failed.limit, "requests")
      }
    })
  )

  it.live("to a streamed request is a parse error with its text if it is unreadable", () =>
    Effect.gen(function* () {
      for (const body of ["<html>Welcome</html>", "OK", '{"id":']) {
        const server = yield* serve((response) => response.writeHead(200, eventStream).end(body))
        const failed = yield* model.stream("Hi").pipe(Stream.runDrain, Effect.provide(openAi(server.url)), Effect.flip)
        assert.strictEqual(failed._tag === "ResponseParseError" && failed.frame?.data, body)
      }
    })
  )

  it.live("that redirects names the new location", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.writeHead(308, { location: "https://b.example/v1" }).end())
      const error = yield* model.generate("Hi").pipe(Effect.provide(openAi(server.url)), Effect.flip)
      assert.strictEqual(error._tag, "ResponseParseError")
      assert.include(error.message, "https://b.example/v1")
    })
  )
})

describe("a stream", () => {
  it.live("is read without a content type, after a byte order mark and comments", () =>
    Effect.gen(function* () {
      const text = `\uFEFF: PROCESSING\r\n\r\nretry: 10\n\n${delta("Hi")}${stop}${done}`
      const server = yield* serve((response) => response.writeHead(200).end(text))
      const events = yield* Stream.runCollect(model.stream("Hi")).pipe(Effect.provide(openAi(server.url)))
      assert.strictEqual(foldEvents(events).text, "Hi")
    })
  )

  it.live("reports the time of the first token and of its end", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) =>
        response.writeHead(200, { ...eventStream, ...head }).end(delta("Hi") + stop + done)
      )
      const reply = foldEvents(yield* Stream.runCollect(model.stream("Hi")).pipe(Effect.provide(openAi(server.url))))
      const { firstToken, total } = reply.timings ?? {}
      assert.isTrue(firstToken !== undefined && total !== undefined && Duration.isLessThanOrEqualTo(firstToken, total))
      assert.deepStrictEqual(reply.rateLimits?.requests?.remaining, 99)
      assert.strictEqual(reply.requestId, "req-7")
    })
  )

  it.live("is complete after the finish reason, without [DONE]", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) =>
        response.writeHead(200, eventStream).end((delta("Hi") + stop).trimEnd())
      )
      const events = yield* Stream.runCollect(model.stream("Hi")).pipe(Effect.provide(openAi(server.url)))
      assert.strictEqual(events.at(-1)?.type, "finish")
      assert.strictEqual(foldEvents(events).finishReason, "stop")
    })
  )

  it.live("is interrupted if it is empty or has only comments", () =>
    Effect.gen(function* () {
      for (const body of ["", ": PROCESSING\n\n"]) {
        const server = yield* serve((response) => response.writeHead(200, eventStream).end(body))
        const error = yield* model.stream("Hi").pipe(Stream.runDrain, Effect.provide(openAi(server.url)), Effect.flip)
        assert.strictEqual(error._tag === "StreamInterruptedError" && error.partial.text, "")
      }
    })
  )

  it.live("continues after an unreadable frame, and does not count as complete", () =>
    Effect.gen(function* () {
      for (const frame of ["{oops", '{"choices":"x"}', '{"choices":[{"index":0,"delta":{"content":["a",7]}}]}']) {
        const server = yield* serve((response) =>
          response.writeHead(200, eventStream).end(`${delta("H")}data: ${frame}\n\n${delta("i")}${stop}${done}`)
        )
        const types: Array<string> = []
        const error = yield* model.stream("Hi").pipe(
          Stream.runForEach(({ type }) => Effect.sync(() => types.push(type))),
          Effect.provide(openAi(server.url)),
          Effect.flip
        )
        assert.strictEqual(types.filter((type) => type === "malformed-frame").length, 1)
        assert.notInclude(types, "finish")
        assert.instanceOf(error, StreamInterruptedError)
        assert.match(error.partial.text, /^H.*i$/)
        assert.match(error.message, /a message of the stream could not be read/)
      }
    })
  )

  it.live("is a unary response if it is JSON, even after a byte order mark in two chunks", () =>
    Effect.gen(function* () {
      const body = JSON.stringify({ choices: [{ index: 0, message: { content: "Hi" }, finish_reason: "stop" }] })
      const bytes = Buffer.from(`\uFEFF${body}`)
      for (const at of [1, 2, 3, 4]) {
        const server = yield* serve((response) => {
          response.writeHead(200, { "content-type": "application/json" })
          response.write(bytes.subarray(0, at), () => setImmediate(() => response.end(bytes.subarray(at))))
        })
        const events = yield* Stream.runCollect(model.stream("Hi")).pipe(Effect.provide(openAi(server.url)))
        assert.strictEqual(foldEvents(events).text, "Hi")
      }
    })
  )

  it.live("is requested from llama-server for unary calls, so that it aborts them", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) =>
        response.writeHead(200, eventStream).end(`${delta("H")}${delta("i")}${stop}${done}`)
      )
      const layer = LlamaCpp.layer({ baseUrl: server.url }).pipe(Layer.provide(UndiciClient.layer))
      const response = yield* Effect.provide(LlamaCpp.model("any").generate("Hi"), layer)
      assert.strictEqual(response.text, "Hi")
      assert.strictEqual(response.finishReason, "stop")
      assert.lengthOf(response.attempts, 1)
      assert.include((yield* server.arrived).body, '"stream":true')
    })
  )

  it.live("fails if it has only an end", () =>
    Effect.gen(function* () {
      for (const body of [done, "data: {oops\n\n", `data: 7\n\n${done}`]) {
        const server = yield* serve((response) => response.writeHead(200, eventStream).end(body))
        const error = yield* Effect.flip(Effect.provide(Stream.runDrain(model.stream("Hi")), openAi(server.url)))
        assert.instanceOf(error, StreamInterruptedError)
      }
    })
  )

  it.live("has the same events however its bytes are split", () =>
    Effect.gen(function* () {
      const bytes = Buffer.from(delta("Grüße, 世界 🌍") + stop + done)
      const asked: Array<ReadonlyArray<ChatEvent.ChatEvent>> = []
      for (const size of [1, 2, 3, 7, bytes.length]) {
        const server = yield* serve((response) => {
          response.writeHead(200, eventStream)
          const write = (at: number): unknown =>
            at >= bytes.length ? response.end() : response.write(bytes.subarray(at, at + size), () => write(at + size))
          write(0)
        })
        const events = yield* Stream.runCollect(model.stream("Hi")).pipe(Effect.provide(openAi(server.url)))
        asked.push(events.filter(({ type }) => type !== "finish"))
      }
      for (const events of asked) assert.deepStrictEqual(events, asked[0])
    })
  )

  it.live("of Anthropic is read by its own protocol, with its own errors", () =>
    Effect.gen(function* () {
      const layerOf = (url: string) =>
        Anthropic.layer({ apiKey, baseUrl: url }).pipe(Layer.provide(NodeHttpClient.layerUndici))
      const frame = (type: string, fields: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
      const start =
        frame("message_start", {
          message: { id: "m1", model: "claude-haiku-4-5", role: "assistant", content: [], usage: { input_tokens: 3 } }
        }) +
        frame("content_block_start", { index: 0, content_block: { type: "text", text: "" } }) +
        frame("content_block_delta", { index: 0, delta: { type: "text_delta", text: "Hi" } })
      const rest =
        frame("content_block_stop", { index: 0 }) +
        frame("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } }) +
        frame("message_stop", {})
      const ask = (text: string) =>
        Effect.gen(function* () {
          const server = yield* serve((response) => response.writeHead(200, eventStream).end(text))
          const events = yield* Stream.runCollect(Anthropic.model("claude-haiku-4-5").stream("Hi")).pipe(
            Effect.provide(layerOf(server.url))
          )
          const { request } = yield* server.arrived
          return { request, reply: foldEvents(events) }
        })
      const { reply, request } = yield* ask(start + rest)
      assert.strictEqual(reply.text, "Hi")
      assert.strictEqual(request.url, "/v1/messages")
      assert.strictEqual(request.headers["x-api-key"], "sk-test-0123456789abcdefghij")
      assert.strictEqual(request.headers["anthropic-version"], "2023-06-01")
      assert.strictEqual(request.headers.accept, "text/event-stream")
      const overloaded = frame("error", { error: { type: "overloaded_error", message: "Overloaded" } })
      assert.strictEqual((yield* Effect.flip(ask(start + overloaded)))._tag, "OverloadedError")
      const cut = yield* Effect.flip(ask(start))
      assert.strictEqual(cut._tag === "StreamInterruptedError" && cut.partial.text, "Hi")
    })
  )
})

describe("Ollama", () => {
  it.live("is told not to truncate a long conversation, which then fails", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) =>
        response
          .writeHead(400, { "content-type": "application/json" })
          .end(JSON.stringify({ error: "the input length exceeds the context length" }))
      )
      const layer = Ollama.layer({ baseUrl: server.url }).pipe(Layer.provide(UndiciClient.layer))
      const error = yield* Effect.flip(Effect.provide(Ollama.model("any").generate("Hi"), layer))
      assert.strictEqual(error._tag, "ContextWindowExceededError")
      assert.include((yield* server.arrived).body, '"truncate":false')
    })
  )
})
