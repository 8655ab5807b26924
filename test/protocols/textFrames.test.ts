import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import type { ChatEvent } from "../../src/domain/ChatEvent.ts"
import type { Frame } from "../../src/domain/Frame.ts"
import { AnthropicMessages } from "../../src/protocols/AnthropicMessages.ts"
import { BedrockConverse } from "../../src/protocols/BedrockConverse.ts"
import type { ChatProtocol } from "../../src/protocols/ChatProtocol.ts"
import { CohereChat } from "../../src/protocols/CohereChat.ts"
import { OllamaChat } from "../../src/protocols/OllamaChat.ts"
import { OpenAiResponses } from "../../src/protocols/OpenAiResponses.ts"

const texts = ["Hi", " there", "", "line\n", 'say "so"', "back\\slash", "é", "👋", "text", "delta"]

interface Named {
  readonly name?: string
  readonly [key: string]: unknown
}

/** Events of one stream: pieces of a text, the same in other places, and what comes between them. */
const protocols: ReadonlyArray<{
  readonly protocol: Pick<ChatProtocol, "id" | "makeDecoder">
  readonly piece: (text: string, index: number, at: number) => Named
  readonly others: ReadonlyArray<Named>
}> = [
  {
    protocol: AnthropicMessages,
    piece: (text, index) => ({ type: "content_block_delta", index, delta: { type: "text_delta", text } }),
    others: [
      { type: "content_block_stop", index: 0 },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: 7 } },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 3 } }
    ]
  },
  {
    protocol: OpenAiResponses,
    piece: (delta, content_index, sequence_number) => ({
      type: "response.output_text.delta",
      sequence_number,
      item_id: "msg_1",
      output_index: 0,
      content_index,
      delta,
      logprobs: []
    }),
    others: [
      { type: "response.output_text.done", item_id: "msg_1", output_index: 0, content_index: 0, text: "Hi there" },
      { type: "response.output_item.done", output_index: 0, item: { type: "message", id: "msg_1", content: [] } },
      { type: "response.output_text.delta", item_id: "msg_2", output_index: 1, content_index: 0, delta: "Hi" },
      { type: "response.output_text.delta", item_id: "msg_1", output_index: 0, content_index: 0, delta: [] },
      { type: "response.refusal.delta", item_id: "msg_1", output_index: 0, content_index: 0, delta: "Hi" }
    ]
  },
  {
    protocol: BedrockConverse,
    piece: (text, contentBlockIndex, at) => ({
      name: "contentBlockDelta",
      contentBlockIndex,
      delta: { text },
      p: "abcdefghij".slice(0, at % 10)
    }),
    others: [
      { name: "contentBlockStop", contentBlockIndex: 0 },
      { name: "contentBlockDelta", contentBlockIndex: 0, delta: { text: true } },
      { name: "contentBlockStart", contentBlockIndex: 0, start: { toolUse: { toolUseId: "t", name: "f" } } },
      { name: "messageStop", stopReason: "end_turn" }
    ]
  },
  {
    protocol: CohereChat,
    piece: (text, index) => ({ type: "content-delta", index, delta: { message: { content: { text } } } }),
    others: [
      { type: "content-end", index: 0 },
      { type: "content-start", index: 0, delta: { message: { content: { type: "thinking", thinking: "" } } } },
      { type: "content-delta", index: 0, delta: { message: { content: { text: ["Hi"] } } } },
      { type: "content-delta", index: 0, logprobs: { text: "Hi", logprobs: [-1] }, delta: { message: { content: {} } } }
    ]
  },
  {
    protocol: OllamaChat,
    piece: (content, index, at) => ({
      model: "m",
      created_at: `2026-01-01T00:00:00.00000${at}Z`,
      message: { role: "assistant", content, ...(index > 0 && { thinking: content }) },
      done: false
    }),
    others: [
      { model: "m", created_at: "now", message: { role: "assistant", content: "", thinking: "Hm" }, done: false },
      { model: "other", created_at: "now", message: { role: "assistant", content: "Hi" }, done: false },
      { model: "m", created_at: "now", message: { role: "assistant", content: 7 }, done: false }
    ]
  }
]

const frameOf = ({ name, ...data }: Named): Frame => ({
  ...(name === undefined ? {} : { event: name }),
  data: JSON.stringify(data)
})

const read = ({ makeDecoder }: Pick<ChatProtocol, "makeDecoder">, frames: ReadonlyArray<Frame>) => {
  const decoder = makeDecoder({ provider: "p", model: "m" })
  const events: Array<ChatEvent> = []
  const failure = frames.map((frame) => decoder.decode(frame, events)).find((failure) => failure !== undefined)
  decoder.end(events)
  return {
    failure: failure?.message,
    events: events.map((event) => (event.type === "malformed-frame" ? event.message : event))
  }
}

describe("a frame that differs from the previous one only in its text", () => {
  for (const { others, piece, protocol } of protocols) {
    const pick = Arbitrary.schema(
      Schema.Struct({
        text: Schema.Literals(texts),
        index: Schema.Literals([0, 0, 0, 1]),
        other: Schema.Literals([-1, -1, -1, -1, ...others.keys()])
      })
    )
    it.prop(
      `of ${protocol.id} decodes as it does when parsed`,
      { picks: Arbitrary.array(pick, { maxLength: 12 }) },
      ({ picks }) => {
        const frames = picks.map(({ index, other, text }, at) => frameOf(others[other] ?? piece(text, index, at)))
        // No frame has as many blanks at its end as one before.
        const parsed = frames.map((frame, at) => Object.assign({}, frame, { data: frame.data + " ".repeat(at) }))
        assert.deepStrictEqual(read(protocol, frames), read(protocol, parsed))
      },
      { arbitrary: { runs: 200 } }
    )
  }
})
