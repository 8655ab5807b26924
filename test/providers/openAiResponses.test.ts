import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Schedule, Stream } from "effect"
import { OpenAiResponses } from "effect-llm/providers/OpenAiResponses"
import { serve } from "./server.ts"
import { foldEvents } from "../../src/domain/ChatFold.ts"

const layerOf = (url: string) =>
  OpenAiResponses.layerConfig.pipe(
    Layer.provide(NodeHttpClient.layerUndici),
    Layer.provide(
      ConfigProvider.layer(
        ConfigProvider.fromUnknown({ OPENAI_API_KEY: "k", OPENAI_BASE_URL: `${url}/v1`, OPENAI_PROJECT: "proj-1" })
      )
    )
  )

const thought = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "sealed" }
const call = { type: "function_call", id: "fc_1", call_id: "c1", name: "f", arguments: "{}", status: "completed" }
const json = { "content-type": "application/json" }
const whole = (output: ReadonlyArray<object>, more: object = {}) =>
  JSON.stringify({ id: "resp_1", object: "response", status: "completed", model: "gpt-5-mini", output, ...more })

describe("OpenAiResponses", () => {
  it.live("calls OpenAI's host, and sends reasoning back", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.writeHead(200, json).end(whole([thought, call])))
      const model = OpenAiResponses.model("gpt-5-mini")
      const providerOptions = { "openai-responses": { store: false } }
      const answer = yield* model
        .generate({ messages: "Hi", providerOptions })
        .pipe(Effect.provide(layerOf(server.url)))
      const first = yield* server.arrived
      assert.strictEqual(first.request.url, "/v1/responses")
      assert.strictEqual(first.request.headers.authorization, "Bearer k")
      assert.strictEqual(first.request.headers["openai-project"], "proj-1")
      assert.deepStrictEqual(JSON.parse(first.body), {
        model: "gpt-5-mini",
        input: [{ role: "user", content: "Hi" }],
        store: false,
        include: ["reasoning.encrypted_content"]
      })
      assert.strictEqual(answer.provider, "openai-responses")
      assert.strictEqual(answer.finishReason, "tool-calls")

      const next = yield* serve((response) => response.writeHead(200, json).end(whole([])))
      const result = { type: "tool-result", id: "c1", output: "done" } as const
      yield* model
        .generate({ messages: ["Hi", answer.message, { role: "tool", content: [result] }], providerOptions })
        .pipe(Effect.provide(layerOf(next.url)))
      const { body } = yield* next.arrived
      const { status: _, ...again } = call
      assert.deepStrictEqual(JSON.parse(body).input.slice(1), [
        thought,
        again,
        { type: "function_call_output", call_id: "c1", output: "done" }
      ])
    })
  )

  it.live("continues from a stored response", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.writeHead(200, json).end(whole([])))
      const result = { type: "tool-result", id: "c1", output: "done" } as const
      yield* OpenAiResponses.model("gpt-5-mini")
        .generate({
          messages: [{ role: "tool", content: [result] }],
          providerOptions: { "openai-responses": { previous_response_id: "resp_0" } }
        })
        .pipe(Effect.provide(layerOf(server.url)))
      const { body } = yield* server.arrived
      assert.deepStrictEqual(JSON.parse(body), {
        model: "gpt-5-mini",
        input: [{ type: "function_call_output", call_id: "c1", output: "done" }],
        previous_response_id: "resp_0"
      })
    })
  )

  it.live("waits for a background response, and cancels one", () =>
    Effect.gen(function* () {
      const said = [{ type: "message", role: "assistant", content: [{ type: "output_text", text: "At last." }] }]
      const states = [{ status: "queued" }, { status: "in_progress" }, { status: "completed", output: said }]
      const asked: Array<string> = []
      const server = yield* serve((response, _, { method, url }) => {
        asked.push(`${method} ${url}`)
        const now = method === "POST" ? { status: "cancelled" } : states.shift()
        response.writeHead(200, { ...json, "x-request-id": "r1" }).end(whole([], now))
      })
      const { cancel, get, wait } = OpenAiResponses.responses
      const answers = Effect.all([get("resp_1"), wait("resp_1", Schedule.spaced("1 millis")), cancel("resp/2")])
      const [first, last, stopped] = yield* answers.pipe(Effect.provide(layerOf(server.url)))
      assert.deepStrictEqual([first.rawFinishReason, first.text], ["queued", ""])
      assert.deepStrictEqual([last.finishReason, last.text, last.requestId], ["stop", "At last.", "r1"])
      assert.deepStrictEqual([stopped.finishReason, stopped.rawFinishReason], ["other", "cancelled"])
      const path = "GET /v1/responses/resp_1"
      assert.deepStrictEqual(asked, [path, path, path, "POST /v1/responses/resp%2F2/cancel"])
    })
  )

  it.live("reports why a background response failed", () =>
    Effect.gen(function* () {
      const error = { code: "rate_limit_exceeded", message: "Too much." }
      const server = yield* serve((response) =>
        response.writeHead(200, json).end(whole([], { status: "failed", error }))
      )
      const failure = yield* Effect.flip(OpenAiResponses.responses.wait("resp_1")).pipe(
        Effect.provide(layerOf(server.url))
      )
      assert.strictEqual(failure._tag, "RateLimitError")
    })
  )

  it.live("maps the errors that only this API has, unary or in a stream", () =>
    Effect.gen(function* () {
      const failed = (code: string) => whole([], { status: "failed", error: { code, message: "no" } })
      for (const [code, tag] of [
        ["invalid_image_url", "InvalidRequestError"],
        ["misalignment_policy_violation", "ContentPolicyError"],
        ["rate_limit_exceeded", "RateLimitError"],
        ["server_error", "ServerError"]
      ] as const) {
        const unary = yield* serve((response) => response.writeHead(200, json).end(failed(code)))
        const streamed = yield* serve((response) =>
          response
            .writeHead(200, { "content-type": "text/event-stream" })
            .end(`data: {"type":"response.failed","response":${failed(code)}}\n\n`)
        )
        const model = OpenAiResponses.model("gpt-5-mini")
        const first = yield* Effect.flip(model.generate("Hi")).pipe(Effect.provide(layerOf(unary.url)))
        assert.strictEqual(first._tag, tag)
        const second = yield* Effect.flip(Stream.runDrain(model.stream("Hi"))).pipe(
          Effect.provide(layerOf(streamed.url))
        )
        assert.strictEqual(second._tag, tag)
      }
    })
  )

  it.live("streams, and maps a rejected parameter", () =>
    Effect.gen(function* () {
      const item = {
        type: "message",
        id: "msg_1",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "Hi!", annotations: [] }]
      }
      const server = yield* serve((response) =>
        response.writeHead(200, { "content-type": "text/event-stream" }).end(
          [
            { type: "response.output_item.added", output_index: 0, item: { ...item, content: [] } },
            { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "Hi!" },
            { type: "response.completed", response: JSON.parse(whole([item])) }
          ]
            .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
            .join("")
        )
      )
      const model = OpenAiResponses.model("gpt-5-mini")
      const events = yield* Stream.runCollect(model.stream({ messages: "Hi", maxOutputTokens: 99 })).pipe(
        Effect.provide(layerOf(server.url))
      )
      assert.strictEqual(foldEvents(events).text, "Hi!")
      const { body } = yield* server.arrived
      assert.deepInclude(JSON.parse(body), { stream: true, max_output_tokens: 99 })
      const refused = yield* Effect.flip(model.generate({ messages: "Hi", stop: ["x"] })).pipe(
        Effect.provide(layerOf(server.url))
      )
      assert.strictEqual(refused._tag === "UnsupportedParameterError" && refused.parameter, "stop")
    })
  )
})
