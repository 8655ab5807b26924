import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spokenDialects } from "./dialects.ts"
import { post, serveAt, upstream } from "./upstream.ts"

const frame = (data: object, event?: string) =>
  `${event === undefined ? "" : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`
const chunk = (delta: object, finish_reason: string | null) =>
  frame({
    id: "c1",
    object: "chat.completion.chunk",
    created: 1,
    model: "acme",
    choices: [{ index: 0, delta, finish_reason }]
  })
const candidate = (text: string, more: object) =>
  frame({ candidates: [{ content: { role: "model", parts: [{ text }] }, index: 0, ...more }], responseId: "r1" })
const typed = (events: ReadonlyArray<{ readonly type: string; readonly [key: string]: unknown }>) =>
  events.map((event) => frame(event, event.type))
const item = { id: "m1", type: "message", role: "assistant", status: "completed" }
const whole = { ...item, content: [{ type: "output_text", text: "Hi", annotations: [] }] }
const response = { id: "r1", object: "response", created_at: 1, model: "acme", output: [] }

const streams: { readonly [dialect: string]: { readonly provider: string; readonly frames: ReadonlyArray<string> } } = {
  "OpenAI's chat": {
    provider: "openai",
    frames: [chunk({ role: "assistant", content: "H" }, null), chunk({ content: "i" }, "stop"), "data: [DONE]\n\n"]
  },
  "Google's generateContent": {
    provider: "google",
    frames: [candidate("H", {}), candidate("i", { finishReason: "STOP" })]
  },
  "Anthropic's messages": {
    provider: "anthropic",
    frames: typed([
      {
        type: "message_start",
        message: {
          id: "m1",
          type: "message",
          role: "assistant",
          model: "acme",
          content: [],
          usage: { input_tokens: 1 }
        }
      },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hi" } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 1 } },
      { type: "message_stop" }
    ])
  },
  "OpenAI's responses": {
    provider: "openai-responses",
    frames: typed([
      { type: "response.created", response: { ...response, status: "in_progress" } },
      { type: "response.output_item.done", output_index: 0, item: whole },
      { type: "response.completed", response: { ...response, status: "completed", output: [whole] } }
    ])
  }
}

/** What providers and proxies send between the events of a protocol. */
const foreign = [
  'event: acme.progress\ndata: {"step":1.0}\n\n',
  'event: acme.progress\ndata: {"type":"acme.progress","step":1e-7}\n\n',
  'data: {"type":"acme.progress"}\n\n',
  "event: ping\ndata: {}\n\n",
  "event: ping\ndata: ok\n\n",
  "event: acme.note\n\n",
  "data:\n\n",
  "retry: 500\n\n"
]

/** What may have been content. */
const unreadable = ["data: ok\n\n", "event: message\ndata: {\n\n", "data: {}\n\n", "data: []\n\n"]

describe("an event that the protocol does not have", () => {
  for (const [dialect, { frames, provider }] of Object.entries(streams))
    it.live(`passes unchanged, at any place, in ${dialect}`, () =>
      Effect.gen(function* () {
        const { body, end, error, path } = spokenDialects[dialect] ?? assert.fail()
        let streamed = ""
        const address = yield* upstream((_, outgoing) => {
          outgoing.writeHead(200, { "content-type": "text/event-stream" }).end(streamed)
        })
        const url = yield* serveAt(provider, address)
        for (const [at] of frames.entries()) {
          const put = (event: string) => frames.toSpliced(at, 0, event).join("")
          for (const event of foreign) {
            streamed = put(event)
            const { text } = yield* post(url + path("m", true), body("m", true))
            assert.strictEqual(text, streamed)
          }
          for (const event of unreadable) {
            streamed = put(event)
            const { text } = yield* post(url + path("m", true), body("m", true))
            assert.match(text, error, event)
            assert.notMatch(text, end, event)
          }
        }
      })
    )
})
