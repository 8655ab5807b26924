import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import type { Frame } from "../../../src/domain/Frame.ts"
import { frame, read } from "./wire.ts"

/** The same, each with other blanks at its end: no frame is like one before. */
const apart = (frames: ReadonlyArray<Frame>): ReadonlyArray<Frame> =>
  frames.map(({ data, event }, at) => ({ event: event ?? "", data: data + " ".repeat(at + 1) }))

const withoutFrames = (events: ReturnType<typeof read>["events"]) =>
  events.map((event) => (event.type === "malformed-frame" ? { ...event, frame: undefined } : event))

const delta = (index: number, fields: object) => ({ type: "content_block_delta", index, delta: fields })

const pieces = ["Hi", "", " ", 'say "so"', "back\\slash", "é", "0"].flatMap((text) => [
  delta(0, { type: "text_delta", text }),
  delta(1, { type: "text_delta", text }),
  delta(0, { type: "text_delta", text, more: text }),
  delta(0, { type: "thinking_delta", thinking: text }),
  { ...delta(0, { type: "text_delta", text }), usage: { output_tokens: 1 } }
])

const events = [
  ...pieces,
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "" } },
  { type: "content_block_start", index: 1, content_block: { type: "tool_use", id: "t", name: "f", input: {} } },
  { type: "content_block_stop", index: 0 },
  { type: "content_block_stop", index: 1 },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
  { type: "ping" }
].map((data) => JSON.stringify(data))

describe("frames that differ in their text only", () => {
  it.prop(
    "decode as they do when each is parsed",
    { picks: Arbitrary.array(Arbitrary.schema(Schema.Literals(events)), { maxLength: 12 }) },
    ({ picks }) => {
      // Each comes twice, so that the second may be read by the first.
      const frames = picks.flatMap((data) => [JSON.parse(data), JSON.parse(data)]).map(frame)
      const all = [...frames, frame({ type: "message_stop" })]
      assert.deepStrictEqual(withoutFrames(read(all).events), withoutFrames(read(apart(all)).events))
    },
    { arbitrary: { runs: 500 } }
  )
})
