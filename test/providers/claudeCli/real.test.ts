import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Stream } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer, type IncomingHttpHeaders } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ChatRequestInput } from "../../../src/domain/ChatRequest.ts"
import { foldEvents } from "../../../src/domain/ChatFold.ts"
import { ClaudeCli } from "../../../src/providers/ClaudeCli.ts"
import { run } from "./run.ts"

/**
 * The real Claude Code against a server of this test that stands in for the API. `CLAUDE_CLI_PATH` names its executable;
 * where it is not set these tests are skipped.
 */
const command = process.env.CLAUDE_CLI_PATH

interface Reply {
  readonly status?: number
  readonly body?: object
  readonly events?: ReadonlyArray<{ readonly type: string; readonly [field: string]: unknown }>
  /** Only the first request is answered. */
  readonly once?: boolean
  /** The connection is cut when the test says so. */
  readonly cut?: boolean
}

interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: { readonly [name: string]: unknown; readonly messages?: ReadonlyArray<{ content: unknown }> }
}

const start = {
  type: "message_start",
  message: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-haiku-4-5",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 1 }
  }
}
const open = { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }
const say = (text: string) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })
const close = { type: "content_block_stop", index: 0 }
const end = (stop_reason: string) => [
  { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 5 } },
  { type: "message_stop" }
]
const whole = (stop_reason: string): Reply => ({
  events: [start, open, say("Hello"), say(" there"), close, ...end(stop_reason)]
})
const refusal = (status: number, type: string, message: string): Reply => ({
  status,
  body: { type: "error", error: { type, message } }
})

/** A server that gives each message the same reply, and a layer of the command that asks it. */
const api = (reply: Reply) =>
  Effect.gen(function* () {
    const received: Array<Received> = []
    let cut = () => {}
    const server = createServer((request, response) => {
      let text = ""
      request.on("data", (chunk: Buffer) => (text += chunk.toString()))
      request.on("end", () => {
        if (request.method !== "POST") return void response.end("{}")
        received.push({ headers: request.headers, body: JSON.parse(text) as Received["body"] })
        if (reply.once === true && received.length > 1) return
        const type = reply.events === undefined ? "application/json" : "text/event-stream"
        response.writeHead(reply.status ?? 200, { "content-type": type })
        if (reply.events === undefined) return void response.end(JSON.stringify(reply.body))
        const frames = reply.events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
        response.write(frames.join(""))
        if (reply.cut === true) cut = () => response.destroy()
        else response.end()
      })
    })
    yield* Effect.acquireRelease(
      Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
      () => Effect.sync(() => server.closeAllConnections()).pipe(Effect.andThen(Effect.sync(() => server.close())))
    )
    const home = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "claude-home-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
    )
    const layer = ClaudeCli.layer({
      command,
      cwd: home,
      apiKey: Redacted.make("sk-own"),
      env: { HOME: home, ANTHROPIC_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
    })
    return { layer, received, cut: Effect.sync(() => cut()) }
  })

const ask = (reply: Reply, request: ChatRequestInput = "Hi", model = "claude-haiku-4-5") =>
  run(
    Effect.gen(function* () {
      const { cut, layer, received } = yield* api(reply)
      const answer = ClaudeCli.model(model)
        .stream(request)
        .pipe(
          Stream.tap((event) => (event.type === "text-delta" ? cut : Effect.void)),
          Stream.runCollect,
          Effect.map(foldEvents)
        )
      const result = yield* Effect.result(Effect.provide(answer, layer))
      return { result, received }
    })
  )

const answer = (reply: Reply, request?: ChatRequestInput) =>
  Effect.flatMap(ask(reply, request), ({ received, result }) =>
    Effect.map(Effect.fromResult(result), (response) => ({ received, response }))
  )

describe.skipIf(command === undefined)("the real Claude Code", () => {
  it.live(
    "streams a response, with its usage and cost, for a request without tools",
    Effect.fnUntraced(function* () {
      const { events, received } = yield* run(
        Effect.gen(function* () {
          const { layer, received } = yield* api(whole("end_turn"))
          const stream = ClaudeCli.model("claude-haiku-4-5").stream({
            messages: [
              { role: "system", content: "Be brief." },
              { role: "user", content: "Hi" }
            ],
            maxOutputTokens: 500,
            temperature: 0,
            stop: ["END"]
          })
          return { events: yield* Effect.provide(Stream.runCollect(stream), layer), received }
        })
      )
      assert.strictEqual(
        events.map((event) => (event.type === "text-delta" ? event.delta : "")).join(""),
        "Hello there"
      )
      const finish = events.at(-1)
      if (finish?.type !== "finish") return assert.fail(finish?.type)
      assert.strictEqual(finish.usage.outputTokens.total, 5)
      assert.isDefined(finish.usage.reportedCost)
      const [{ body, headers } = assert.fail("nothing was sent")] = received
      assert.lengthOf(received, 1)
      assert.strictEqual(headers["x-api-key"], "sk-own")
      assert.deepInclude(body, { max_tokens: 500, temperature: 0, stop_sequences: ["END"], stream: true })
      assert.notProperty(body, "thinking")
      assert.isEmpty(body.tools ?? [])
      assert.include(JSON.stringify(body.system), "Be brief.")
    })
  )

  it.live(
    "sends the model a prompt that begins with a slash, which it would otherwise handle itself",
    Effect.fnUntraced(function* () {
      for (const prompt of ["/cost", "/help me", "/compact", "/clear"]) {
        const { received, response } = yield* answer(whole("end_turn"), prompt)
        assert.strictEqual(response.text, "Hello there")
        assert.include(JSON.stringify(received[0]?.body.messages?.[0]?.content), prompt)
      }
    })
  )

  it.live(
    "receives the reasoning effort that its model supports",
    Effect.fnUntraced(function* () {
      const cases = [
        [{ effort: "none" }, undefined],
        [{ budget: 2048 }, { type: "enabled", budget_tokens: 2048 }],
        [{ effort: "low" }, { type: "enabled", budget_tokens: 2048 }]
      ] as const
      for (const [reasoning, thinking] of cases) {
        const { received, response } = yield* answer(whole("end_turn"), { messages: "Hi", reasoning })
        const sent = received[0]?.body.thinking as object | undefined
        if (thinking === undefined) assert.isUndefined(sent)
        else assert.deepInclude(sent, thinking)
        assert.isEmpty(response.warnings)
      }
    })
  )

  const finishes = [
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["refusal", "content-filter"]
  ] as const
  for (const [stopReason, finishReason] of finishes) {
    it.live(
      `ends with ${finishReason} after ${stopReason}, instead of continuing by itself`,
      Effect.fnUntraced(function* () {
        const { received, response } = yield* answer({ ...whole(stopReason), once: true })
        assert.strictEqual(response.text, "Hello there")
        assert.strictEqual(response.finishReason, finishReason)
        // It may have begun its next request before it was killed.
        assert.isAtMost(received.length, 2)
      })
    )
  }

  for (const [how, reply] of [
    ["is cut", { events: [start, open, say("Hello")], cut: true }],
    ["ends without its last event", { events: [start, open, say("Hello")] }],
    [
      "ends with an error",
      {
        events: [
          start,
          open,
          say("Hello"),
          { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }
        ]
      }
    ]
  ] as const) {
    it.live(
      `fails with what had arrived, after one request, where the provider's stream ${how}`,
      Effect.fnUntraced(function* () {
        const { received, result } = yield* ask(reply)
        if (result._tag === "Success") return assert.fail(result.success.text)
        if (result.failure._tag !== "StreamInterruptedError") return assert.fail(result.failure.message)
        assert.strictEqual(result.failure.partial.text, "Hello")
        assert.lengthOf(received, 1)
      })
    )
  }

  const refusals = [
    [400, "invalid_request_error", "temperature: out of range", "InvalidRequestError"],
    [400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", "ContextWindowExceededError"],
    [401, "authentication_error", "invalid x-api-key", "AuthenticationError"],
    [403, "permission_error", "not for this key", "PermissionDeniedError"],
    [404, "not_found_error", "model: nope", "ModelNotFoundError"],
    [429, "rate_limit_error", "slow down", "RateLimitError"],
    [500, "api_error", "Internal", "ServerError"],
    [529, "overloaded_error", "Overloaded", "OverloadedError"]
  ] as const
  for (const [status, type, message, tag] of refusals) {
    it.live(
      `fails with ${tag} where the API responds ${status} ${message}`,
      Effect.fnUntraced(function* () {
        const { result } = yield* ask(refusal(status, type, message))
        if (result._tag === "Success") return assert.fail(result.success.text)
        assert.strictEqual(result.failure._tag, tag, result.failure.message)
        if (result.failure._tag === "RateLimitError") assert.isUndefined(result.failure.retryAfter)
      })
    )
  }

  it.live(
    "checks whether it is installed and logged in",
    Effect.fnUntraced(function* () {
      yield* run(
        Effect.gen(function* () {
          const { layer, received } = yield* api(whole("end_turn"))
          const provider = yield* Effect.provide(ClaudeCli, layer)
          yield* provider.check ?? Effect.die("no check")
          assert.isEmpty(received)
        })
      )
    })
  )
})
