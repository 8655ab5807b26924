import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import type { Frame } from "../../../src/domain/Frame.ts"
import { TextFrames } from "../../../src/protocols/wire/response/TextFrames.ts"
import { chunks, delta, read } from "./wire.ts"

/** Decoders parse what does not end as a frame before. */
const unlike = (frames: ReadonlyArray<Frame>): ReadonlyArray<Frame> =>
  frames.map(({ data }, index) => ({ data: data.startsWith("{") ? data + " ".repeat(index) : data }))

/** Of what is parsed, fields that no domain field exists for are looked at where a chunk has more of them than the one before. */
const comparable = (events: ReturnType<typeof read>["events"]) =>
  events.map((event) =>
    event.type === "malformed-frame"
      ? { ...event, frame: undefined }
      : event.type === "finish"
        ? { ...event, providerMetadata: undefined }
        : event
  )

const metadata = ({ response }: ReturnType<typeof read>) =>
  Object.keys(response.providerMetadata?.["openai-chat"] ?? {})

const texts = ["Hi", " there", "", " ", "line\n", 'say "so"', "back\\slash", "\t", "é", "👋", "content", "stop", "c-1"]

const piece = (text: string): ReadonlyArray<string> => {
  const chunk = delta({ content: text }) as { readonly id: string }
  const usage = { prompt_tokens: 1, completion_tokens: text.length }
  return [
    chunk,
    { ...chunk, id: "c-2" },
    { ...chunk, model: "other" },
    { ...chunk, usage },
    { ...chunk, service_tier: "default" },
    { ...chunk, fingerprint: text },
    { ...chunk, obfuscation: "aB3" },
    { ...chunk, obfuscation: text },
    delta({ role: "assistant", content: text }),
    delta({ content: text, reasoning_content: null }),
    delta({ content: text, extra: text }),
    delta({ content: text }, { logprobs: { content: [{ token: text, logprob: -1, top_logprobs: [] }] } }),
    delta({ content: text }, { index: 1 }),
    delta({ content: text }, { finish_reason: "stop" }),
    delta({ reasoning_content: text }),
    delta({ tool_calls: [{ index: 0, id: "t", function: { name: "f", arguments: text } }] })
  ].flatMap((chunk) => {
    const data = JSON.stringify(chunk)
    return [
      data,
      data.replaceAll('":', '": '),
      `${data.slice(0, -1)},"obfuscation":"x${text.length}"}`,
      data.replace("Hi", "H\u0001")
    ]
  })
}

const datas = texts.flatMap(piece)

describe("frames that differ in their text only", () => {
  it.prop(
    "decode as they do when each is parsed",
    { picks: Arbitrary.array(Arbitrary.schema(Schema.Literals(datas)), { maxLength: 12 }) },
    ({ picks }) => {
      // Each comes twice, so that the second may be read by the first.
      const frames = chunks(...picks.flatMap((data) => [data, data]), "[DONE]")
      for (const quirks of [{}, { thinkTags: true }]) {
        const quick = read(frames, quirks)
        const slow = read(unlike(frames), quirks)
        assert.deepStrictEqual(comparable(quick.events), comparable(slow.events))
        assert.includeMembers(metadata(quick), metadata(slow))
        assert.deepStrictEqual(quick.failure, slow.failure)
      }
    },
    { arbitrary: { runs: 300 } }
  )

  it("do not hide a second response", () => {
    const other = { ...delta({ role: "assistant", content: "again" }), id: "answer-2" }
    const frames = chunks(delta({ role: "assistant", content: "a" }), other, other)
    assert.isTrue(read(unlike(frames)).failure?.isInterrupted)
    assert.isTrue(read(frames).failure?.isInterrupted)
  })

  it.prop("are read without parsing, whatever the text is", { text: Arbitrary.schema(Schema.String) }, ({ text }) => {
    const frames = new TextFrames()
    const dataOf = (content: string) => JSON.stringify({ choices: [{ delta: { content } }], model: "m" })
    frames.learn(dataOf("one"), "content", "one")
    const plain = JSON.stringify(text) === `"${text}"` ? text : undefined
    assert.strictEqual(frames.textOf(dataOf(text)), plain)
  })

  it("may be padded", () => {
    const frames = new TextFrames()
    const dataOf = (content: string, obfuscation: string) => JSON.stringify({ delta: { content }, obfuscation })
    frames.learn(dataOf("one", "xY1"), "content", "one")
    assert.strictEqual(frames.textOf(dataOf("two", "abcdefg")), "two")
    assert.isUndefined(frames.textOf(dataOf("two", "a b")))
    assert.isUndefined(frames.textOf(JSON.stringify({ delta: { content: "two" }, obfuscation: "a", usage: 1 })))
  })

  it("may be padded as AWS pads them", () => {
    const frames = new TextFrames()
    const dataOf = (text: string, p: string) => JSON.stringify({ contentBlockIndex: 0, delta: { text }, p })
    frames.learn(dataOf("one", "abc"), "text", "one")
    assert.strictEqual(frames.textOf(dataOf("two", "abcdefgHI0")), "two")
    assert.isUndefined(frames.textOf(dataOf("two", "a b")))
  })

  it("may be numbered or dated before the text", () => {
    for (const [one, another, other] of [
      [{ sequence_number: 4 }, { sequence_number: 51 }, { sequence_number: [4] }],
      [{ created_at: "2026-01-01T00:00:00.1Z" }, { created_at: "2026-01-01T00:00:01.25+02:00" }, { created_at: "a, b" }]
    ]) {
      const frames = new TextFrames()
      const dataOf = (content: string, fields: object | undefined) =>
        JSON.stringify({ type: "t", ...fields, id: "i", delta: { content } })
      frames.learn(dataOf("one", one), "content", "one")
      assert.strictEqual(frames.textOf(dataOf("two", another)), "two")
      assert.isUndefined(frames.textOf(dataOf("two", other)))
      assert.isUndefined(frames.textOf(dataOf("two", another).replace('"i"', '"j"')))
      assert.isUndefined(frames.textOf(dataOf("two", undefined)))
    }
  })

  it("are not learnt from a text that occurs twice, or is escaped", () => {
    const frames = new TextFrames()
    const data = JSON.stringify({ model: "one", delta: { content: "one" } })
    frames.learn(data, "content", "one")
    assert.isUndefined(frames.textOf(data))
    const escaped = '{"model":"one","delta":{"content":"\\u006fne"}}'
    frames.learn(escaped, "content", "one")
    assert.isUndefined(frames.textOf(escaped))
  })
})
