/** Containers in which providers run code hold what a conversation has made: they are their key's alone. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { serve, upstream } from "../calls/upstream.ts"
import { holder } from "./http.ts"

const response = {
  id: "resp_1",
  object: "response",
  created_at: 1,
  status: "completed",
  model: "acme",
  output: [
    {
      type: "code_interpreter_call",
      id: "ci_1",
      status: "completed",
      code: "1",
      container_id: "cntr_made",
      outputs: null
    },
    {
      type: "message",
      id: "msg_1",
      role: "assistant",
      status: "completed",
      // What a model says of containers is only a text.
      content: [{ type: "output_text", text: '{"container_id":"cntr_said"}', annotations: [] }]
    }
  ],
  usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 }
}

const message = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "acme",
  content: [{ type: "text", text: "Done" }],
  container: { id: "container_made", expires_at: "2030-01-01T00:00:00Z" },
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 2 }
}

const frames = (...events: ReadonlyArray<{ readonly type: string; readonly [field: string]: unknown }>): string =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("")

const streamed = {
  responses: frames(
    { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
    { type: "response.output_item.added", output_index: 0, item: response.output[0] },
    { type: "response.output_item.done", output_index: 0, item: response.output[0] },
    { type: "response.completed", response }
  ),
  messages: frames(
    { type: "message_start", message: { ...message, content: [], container: undefined, stop_reason: null } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Done" } },
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: "end_turn", container: message.container },
      usage: { output_tokens: 2 }
    },
    { type: "message_stop" }
  )
}

const served = Effect.gen(function* () {
  let calls = 0
  const address = yield* upstream((incoming, outgoing, body) => {
    calls++
    const isMessages = incoming.url?.includes("messages") === true
    if (JSON.parse(body).stream === true)
      return void outgoing
        .writeHead(200, { "content-type": "text/event-stream" })
        .end(isMessages ? streamed.messages : streamed.responses)
    outgoing.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(isMessages ? message : response))
  })
  const url = yield* serve(`providers:
  openai-responses: { key: sk-upstream-secret-1234, baseUrl: "${address}" }
  anthropic: { key: sk-upstream-secret-1234, baseUrl: "${address}" }
models: { gpt: openai-responses/acme, claude: anthropic/acme }
keys:
  ann: { key: key-of-ann-0815-4711 }
  tom: { key: key-of-tom-0815-4711 }
  any: { key: key-of-any-0815-4711, objects: ["cntr_*"] }
`)
  const call = (name: string) => holder(url, `key-of-${name}-0815-4711`)
  return { ann: call("ann"), tom: call("tom"), any: call("any"), calls: () => calls }
})

const running = (container: unknown, more: object = {}) => ({
  model: "gpt",
  input: "Go on",
  tools: [{ type: "code_interpreter", container }],
  ...more
})

const going = (container: unknown, more: object = {}) => ({
  model: "claude",
  max_tokens: 9,
  messages: [{ role: "user", content: "Go on" }],
  tools: [{ type: "code_execution_20250825", name: "code_execution" }],
  container,
  ...more
})

describe("a container", () => {
  for (const stream of [false, true])
    it.live(`can be continued by the key whose call created it, and no other${stream ? ", streamed" : ""}`, () =>
      Effect.gen(function* () {
        const { ann, calls, tom } = yield* served
        const more = stream ? { stream } : {}
        for (const [path, bodyOf, id] of [
          ["/v1/responses", running, "cntr_made"],
          ["/v1/messages", going, "container_made"]
        ] as const) {
          assert.strictEqual((yield* ann("POST", path, bodyOf(id, more))).status, 403)
          const fresh = path === "/v1/responses" ? { type: "auto" } : undefined
          const made = yield* ann("POST", path, bodyOf(fresh, more))
          assert.strictEqual(made.status, 200, JSON.stringify(made.body))
          assert.strictEqual((yield* ann("POST", path, bodyOf(id, more))).status, 200)
          const before = calls()
          const refused = yield* tom("POST", path, bodyOf(id, more))
          assert.strictEqual(refused.status, 403)
          assert.include(JSON.stringify(refused.body), id)
          assert.strictEqual(calls(), before)
        }
        const shell = (id: string) => ({
          model: "gpt",
          input: "Go on",
          tools: [{ type: "shell", environment: { type: "container_reference", container_id: id } }]
        })
        assert.strictEqual((yield* ann("POST", "/v1/responses", shell("cntr_made"))).status, 200)
        assert.strictEqual((yield* tom("POST", "/v1/responses", shell("cntr_made"))).status, 403)
        // A model cannot give its caller one by speaking of it.
        assert.strictEqual((yield* ann("POST", "/v1/responses", running("cntr_said"))).status, 403)
      })
    )

  it.live("that was not created here can be named by keys with permission", () =>
    Effect.gen(function* () {
      const { any, tom } = yield* served
      assert.strictEqual((yield* tom("POST", "/v1/responses", running("cntr_elsewhere"))).status, 403)
      assert.strictEqual((yield* any("POST", "/v1/responses", running("cntr_elsewhere"))).status, 200)
      assert.strictEqual((yield* any("POST", "/v1/messages", going({ id: "container_elsewhere" }))).status, 403)
    })
  )
})
