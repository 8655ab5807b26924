import { assert, describe, it } from "@effect/vitest"
import { chunks, delta, read, readDeltas, readUnary, unary } from "./wire.ts"

const stripTokens = ["</s>", "<|im_end|>", "<|eot_id|>", "<|im_end|>\n"]

const pieces = (quirks: object, ...texts: ReadonlyArray<string>) =>
  readDeltas(
    texts.map((content) => ({ content })),
    quirks
  ).events.flatMap((event) => (event.type === "text-delta" ? [event.delta] : []))

describe("stripTokens", () => {
  it("removes leaked tokens from the very end, with a warning", () => {
    const { text, warnings } = readUnary(unary({ content: "a b<|im_end|></s>\n" }), { stripTokens })
    assert.strictEqual(text, "a b")
    assert.deepStrictEqual(warnings.length, 1)
    assert.include(warnings[0]?.message, "<|im_end|></s>")
    assert.strictEqual(readUnary(unary({ content: "</s>" }), { stripTokens }).content.length, 0)
  })

  it("removes them before a call, with a warning too", () => {
    const call = { id: "call_1", type: "function", function: { name: "add", arguments: "{}" } }
    const { text, warnings } = readUnary(unary({ content: "a<|im_end|>", tool_calls: [call] }), { stripTokens })
    assert.strictEqual(text, "a")
    assert.include(warnings[0]?.message, "leaked <|im_end|>")
  })

  it("keeps them elsewhere, where they are text", () => {
    for (const content of [
      "ChatML ends a turn with <|im_end|> and a line feed.",
      '{"html":"<s>9 EUR</s>"}',
      "a</s>b<|eot_id|> c",
      "now <s>9 EUR</s>",
      "<s>9</s> <s>8</s>"
    ]) {
      const { text, warnings } = readUnary(unary({ content }), { stripTokens })
      assert.deepStrictEqual([text, warnings], [content, []])
      assert.strictEqual(pieces({ stripTokens }, ...content).join(""), content)
    }
    assert.strictEqual(readUnary(unary({ content: "<s>9</s></s>" }), { stripTokens }).text, "<s>9</s>")
  })

  it("removes them when they are split across chunks", () => {
    assert.deepStrictEqual(pieces({ stripTokens }, "a<", "|im", "_end|", ">", "\n", "</", "s>"), ["a"])
    assert.deepStrictEqual(pieces({ stripTokens }, "a<", "|im", "_end|", ">b"), ["a", "<|im_end|>b"])
  })

  it("holds back only what may be the start of one", () => {
    assert.deepStrictEqual(pieces({ stripTokens }, "a <", "b", " <|i"), ["a ", "<b", " ", "<|i"])
  })

  it("emits what was held back at the end, also of an interrupted stream", () => {
    assert.deepStrictEqual(pieces({ stripTokens }, "a</"), ["a", "</"])
    assert.strictEqual(read(chunks(delta({ content: "a</" })), { stripTokens }).response.text, "a</")
  })

  it("prefers the longest token", () => {
    const tokens = { stripTokens: ["<|im_start|>", "<|im_start|>assistant"] }
    assert.strictEqual(readUnary(unary({ content: "a<|im_start|>assistant" }), tokens).text, "a")
    assert.deepStrictEqual(pieces(tokens, "a<|im_start|>", "assis", "tant", "\n"), ["a"])
    assert.deepStrictEqual(pieces(tokens, "a<|im_start|>", "assisted"), ["a", "<|im_start|>assisted"])
  })

  it("does not re-scan the text around a removed token", () => {
    assert.strictEqual(readUnary(unary({ content: "</s</s>" }), { stripTokens }).text, "</s")
  })

  it("is off by default", () => {
    assert.strictEqual(readUnary(unary({ content: "a</s>" })).text, "a</s>")
  })

  it("takes linear time in a long text without tokens", () => {
    const long = "<".repeat(200_000)
    assert.strictEqual(readUnary(unary({ content: long }), { stripTokens }).text, long)
  })
})

describe("thinkTags", () => {
  const quirks = { thinkTags: true }
  const think = (...texts: ReadonlyArray<string>) =>
    readDeltas(
      texts.map((content) => ({ content })),
      quirks
    ).response

  it("reads <think> text as reasoning, and drops white space around the tags", () => {
    const { content } = readUnary(unary({ content: "\n<think>\nhmm\n</think>\n\nanswer" }), quirks)
    assert.deepStrictEqual<unknown>(content, [
      { type: "reasoning", text: "hmm\n" },
      { type: "text", text: "answer" }
    ])
  })

  it("reads tags that are split across chunks", () => {
    const { content } = think("<th", "ink>h", "mm</thi", "nk>", "\n", "answer")
    assert.deepStrictEqual<unknown>(content, [
      { type: "reasoning", text: "hmm" },
      { type: "text", text: "answer" }
    ])
  })

  it("keeps tags further on as text", () => {
    assert.deepStrictEqual<unknown>(think("Use <think>", " like this</think>").content, [
      { type: "text", text: "Use <think> like this</think>" }
    ])
    assert.deepStrictEqual<unknown>(think("<thin", "g>").content, [{ type: "text", text: "<thing>" }])
  })

  it("makes no part of empty reasoning", () => {
    assert.deepStrictEqual<unknown>(think("<think>\n\n</think>\n\nanswer").content, [{ type: "text", text: "answer" }])
  })

  it("reads unfinished reasoning as reasoning", () => {
    assert.deepStrictEqual<unknown>(think("<think>hmm</th").content, [{ type: "reasoning", text: "hmm</th" }])
  })

  it("works with stripTokens", () => {
    const { content } = readDeltas([{ content: "<think>a</s" }, { content: "></thi" }, { content: "nk>b</s>" }], {
      thinkTags: true,
      stripTokens: ["</s>"]
    }).response
    assert.deepStrictEqual<unknown>(content, [
      { type: "reasoning", text: "a</s>" },
      { type: "text", text: "b" }
    ])
  })
})

describe("content that is not a string", () => {
  it("is the value itself in Cloudflare's JSON mode", () => {
    assert.strictEqual(readUnary(unary({ content: { city: "Rome", size: 3 } })).text, '{"city":"Rome","size":3}')
  })

  it("may have Databricks' reasoning parts", () => {
    const summary = [{ type: "summary_text", text: "hmm", signature: "s" }]
    const content = [
      { type: "reasoning", summary },
      { type: "text", text: "answer" }
    ]
    const expected = [
      { type: "reasoning", text: "hmm" },
      { type: "text", text: "answer" }
    ]
    assert.deepStrictEqual<unknown>(readUnary(unary({ content })).content, expected)
    assert.deepStrictEqual<unknown>(readDeltas(content.map((part) => ({ content: [part] }))).response.content, expected)
  })
})
