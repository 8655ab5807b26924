import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { IncomingHttpHeaders } from "node:http"
import { connect } from "node:net"
import { post, serveAt, upstream } from "./upstream.ts"

const messages = [{ role: "user", content: "Hello" }]
const chunk = (fields: object) =>
  `data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", created: 1, model: "acme", ...fields })}\n\n`
const delta = (content: string, finish_reason: string | null = null) =>
  chunk({ choices: [{ index: 0, delta: { content }, finish_reason }], acme_field: { kept: true } })
const usage = chunk({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } })
const streamed = `: hold on\n\n${delta("Hel")}${delta("lo")}${delta("", "stop")}${usage}data: [DONE]\n\n`
const sse = { "content-type": "text/event-stream" }

describe("within one dialect", () => {
  it.live("comments and unknown fields stay in a stream, but not usage that was not requested", () =>
    Effect.gen(function* () {
      let seen: { readonly stream_options?: unknown } = {}
      const address = yield* upstream((_, outgoing, body) => {
        seen = JSON.parse(body)
        outgoing.writeHead(200, sse).end(streamed)
      })
      const url = `${yield* serveAt("openai", address)}/v1/chat/completions`
      const asked = yield* post(url, { model: "m", messages, stream: true, stream_options: { include_usage: true } })
      assert.strictEqual(asked.text, streamed)
      const silent = yield* post(url, { model: "m", messages, stream: true })
      assert.deepStrictEqual(seen.stream_options, { include_usage: true })
      assert.strictEqual(silent.text, streamed.replace(usage, ""))
    })
  )

  it.live("vendors' headers pass both ways, and keys, cookies and accounts do not", () =>
    Effect.gen(function* () {
      let seen: IncomingHttpHeaders = {}
      const address = yield* upstream((incoming, outgoing) => {
        seen = incoming.headers
        const error = { type: "error", error: { type: "overloaded_error", message: "busy", extra: [1] } }
        const headers = {
          "request-id": "req_theirs",
          "anthropic-ratelimit-requests-remaining": "7",
          "set-cookie": "a=b"
        }
        outgoing.writeHead(529, { ...headers, "content-type": "application/json" }).end(JSON.stringify(error, null, 1))
      })
      const url = `${yield* serveAt("anthropic", address)}/v1/messages?beta=true`
      const { headers, status, text } = yield* post(
        url,
        { model: "m", messages, max_tokens: 9 },
        {
          "anthropic-version": "2099-01-01",
          "anthropic-beta": "one-2099, two-2099",
          "anthropic-new": "1",
          "anthropic-api-key": "sk-client",
          "x-api-key": "sk-client",
          cookie: "a=b",
          "openai-organization": "org"
        }
      )
      assert.strictEqual(seen["anthropic-version"], "2099-01-01")
      assert.strictEqual(seen["anthropic-beta"], "one-2099,two-2099")
      assert.strictEqual(seen["anthropic-new"], "1")
      assert.notInclude(JSON.stringify(seen), "sk-client")
      assert.isUndefined(seen.cookie)
      assert.isUndefined(seen["openai-organization"])
      assert.strictEqual(status, 529)
      assert.strictEqual(
        text,
        `{\n "type": "error",\n "error": {\n  "type": "overloaded_error",\n  "message": "busy",\n  "extra": [\n   1\n  ]\n }\n}`
      )
      assert.strictEqual(headers["anthropic-ratelimit-requests-remaining"], "7")
      assert.strictEqual(headers["x-effect-llm-provider-request-id"], "req_theirs")
      assert.match(String(headers["request-id"]), /^req_/)
      assert.notStrictEqual(headers["request-id"], "req_theirs")
      assert.isUndefined(headers["set-cookie"])
      // Nothing was retried here, so the client decides.
      assert.isUndefined(headers["x-should-retry"])
    })
  )

  it.live("an error that repeats the provider's key passes without it", () =>
    Effect.gen(function* () {
      const address = yield* upstream((incoming, outgoing) => {
        const message = `Incorrect API key: ${incoming.headers.authorization?.slice("Bearer ".length)}`
        outgoing.writeHead(401, { "content-type": "application/json" }).end(JSON.stringify({ error: { message } }))
      })
      const { status, text } = yield* post(`${yield* serveAt("openai", address)}/v1/chat/completions`, {
        model: "m",
        messages
      })
      assert.strictEqual(status, 401)
      assert.include(text, "Incorrect API key")
      assert.notInclude(text, "sk-upstream-secret")
    })
  )

  it.live("a 400, 401 or 404 of one caller does not make a deployment cool down", () =>
    Effect.gen(function* () {
      let status = 400
      const address = yield* upstream((_, outgoing) =>
        outgoing
          .writeHead(status, { "content-type": "application/json" })
          .end(JSON.stringify({ error: { message: "no" } }))
      )
      const url = `${yield* serveAt("openai", address)}/v1/chat/completions`
      for (status of [400, 401, 404, 400, 401, 404, 422, 403]) {
        const answer = yield* post(url, { model: "m", messages })
        assert.strictEqual(answer.status, status)
        assert.strictEqual(answer.text, '{"error":{"message":"no"}}')
      }
    })
  )
})

describe("across dialects", () => {
  it.live("what cannot be carried is a 400 that names it, or by choice a warning", () =>
    Effect.gen(function* () {
      const address = yield* upstream((_, outgoing) =>
        outgoing.writeHead(200, { "content-type": "application/json" }).end(
          JSON.stringify({
            id: "c1",
            object: "chat.completion",
            created: 1,
            model: "acme",
            choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
            usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
          })
        )
      )
      const url = `${yield* serveAt("openai", address)}/v1/messages`
      const body = { model: "m", messages, max_tokens: 9, top_k: 5 }
      const refused = yield* post(url, body)
      assert.strictEqual(refused.status, 400)
      assert.include(refused.text, "top_k")
      const dropped = yield* post(url, body, { "x-effect-llm-unsupported": "drop" })
      assert.strictEqual(dropped.status, 200)
      assert.include(dropped.headers["x-effect-llm-warning"], "top_k")
      const foreign = yield* post(url, { ...body, top_k: undefined, context_management: { edits: [] } })
      assert.strictEqual(foreign.status, 200)
      assert.include(foreign.headers["x-effect-llm-warning"], "context_management")
    })
  )

  it.live("message_start.usage = 0 breaks Claude Code's cost: it is an estimate", () =>
    Effect.gen(function* () {
      const address = yield* upstream((_, outgoing) => outgoing.writeHead(200, sse).end(streamed))
      const url = `${yield* serveAt("openai", address)}/v1/messages`
      const { text } = yield* post(url, { model: "m", messages, max_tokens: 9, stream: true })
      const start = JSON.parse(text.split("\n")[1]?.slice("data: ".length) ?? "")
      assert.isAbove(start.message.usage.input_tokens, 0)
      assert.match(text, /"type":"message_delta".*"input_tokens":3/)
    })
  )
})

describe("a comment at the end of a stream", () => {
  it.live("has the cost, if requested", () =>
    Effect.gen(function* () {
      const address = yield* upstream((_, outgoing) => outgoing.writeHead(200, sse).end(streamed))
      const url = `${yield* serveAt("openai", address)}/v1/chat/completions`
      const { text } = yield* post(url, { model: "m", messages, stream: true }, { "x-effect-llm-comments": "1" })
      assert.match(text, /data: \[DONE\]\n\n: x-effect-llm-cost: unpriced\n/)
    })
  )
})

describe("clients that read nothing", () => {
  it.live("slow the provider down, and take megabytes instead of gigabytes", () =>
    Effect.gen(function* () {
      let written = 0
      const piece = delta("x".repeat(16_000))
      const address = yield* upstream((_, outgoing) => {
        outgoing.writeHead(200, sse)
        const write = (): void => {
          // A provider that waits for nobody but the socket, up to a gigabyte.
          while (written < 1_000_000_000) {
            written += piece.length
            if (!outgoing.write(piece)) return void outgoing.once("drain", write)
          }
        }
        write()
      })
      const { hostname, port } = new URL(yield* serveAt("openai", address))
      const body = JSON.stringify({ model: "m", messages, stream: true })
      const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
      const sockets = Array.from({ length: 10 }, () => connect(Number(port), hostname))
      yield* Effect.addFinalizer(() => Effect.sync(() => sockets.forEach((socket) => socket.destroy())))
      for (const socket of sockets) {
        socket.pause()
        socket.on("error", () => undefined)
        socket.write(head + body)
      }
      // Until nothing moves any more.
      let before = -1
      const isMoving = Effect.sync(() => {
        const moved = written === 0 || written !== before
        before = written
        return moved
      })
      yield* Effect.repeat(Effect.delay(isMoving, "200 millis"), { while: (moved) => moved })
      assert.isBelow(written, 200_000_000)
    })
  )
})
