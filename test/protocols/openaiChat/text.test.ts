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

  it("leaves them alone anywhere else: there they are text", () => {
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

  it("removes them when they are split over chunks", () => {
    assert.deepStrictEqual(pieces({ stripTokens }, "a<", "|im", "_end|", ">", "\n", "</", "s>"), ["a"])
    assert.deepStrictEqual(pieces({ stripTokens }, "a<", "|im", "_end|", ">b"), ["a", "<|im_end|>b"])
  })

  it("holds back no more than what may be the beginning of one", () => {
    assert.deepStrictEqual(pieces({ stripTokens }, "a <", "b", " <|i"), ["a ", "<b", " ", "<|i"])
  })

  it("says what was held back at the end, also of a stream that broke off", () => {
    assert.deepStrictEqual(pieces({ stripTokens }, "a</"), ["a", "</"])
    assert.strictEqual(read(chunks(delta({ content: "a</" })), { stripTokens }).response.text, "a</")
  })

  it("prefers the longest", () => {
    const tokens = { stripTokens: ["<|im_start|>", "<|im_start|>assistant"] }
    assert.strictEqual(readUnary(unary({ content: "a<|im_start|>assistant" }), tokens).text, "a")
    assert.deepStrictEqual(pieces(tokens, "a<|im_start|>", "assis", "tant", "\n"), ["a"])
    assert.deepStrictEqual(pieces(tokens, "a<|im_start|>", "assisted"), ["a", "<|im_start|>assisted"])
  })

  it("does not look at what removing one makes of the text around it", () => {
    assert.strictEqual(readUnary(unary({ content: "</s</s>" }), { stripTokens }).text, "</s")
  })

  it("is off by default", () => {
    assert.strictEqual(readUnary(unary({ content: "a</s>" })).text, "a</s>")
  })

  it("stays linear in a long text without line of sight to a token", () => {
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

  it("makes reasoning of text in <think>, and drops the white space beside the tags", () => {
    const { content } = readUnary(unary({ content: "\n<think>\nhmm\n</think>\n\nanswer" }), quirks)
    assert.deepStrictEqual<unknown>(content, [
      { type: "reasoning", text: "hmm\n" },
      { type: "text", text: "answer" }
    ])
  })

  it("does so when the tags are split over chunks", () => {
    const { content } = think("<th", "ink>h", "mm</thi", "nk>", "\n", "answer")
    assert.deepStrictEqual<unknown>(content, [
      { type: "reasoning", text: "hmm" },
      { type: "text", text: "answer" }
    ])
  })

  it("leaves tags further on alone", () => {
    assert.deepStrictEqual<unknown>(think("Use <think>", " like this</think>").content, [
      { type: "text", text: "Use <think> like this</think>" }
    ])
    assert.deepStrictEqual<unknown>(think("<thin", "g>").content, [{ type: "text", text: "<thing>" }])
  })

  it("makes no part of a thought that is empty", () => {
    assert.deepStrictEqual<unknown>(think("<think>\n\n</think>\n\nanswer").content, [{ type: "text", text: "answer" }])
  })

  it("takes an unfinished thought for a thought", () => {
    assert.deepStrictEqual<unknown>(think("<think>hmm</th").content, [{ type: "reasoning", text: "hmm</th" }])
  })

  it("works together with stripTokens", () => {
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

describe("content that is no string", () => {
  it("is the JSON of a value, as Cloudflare sends it in JSON mode", () => {
    assert.strictEqual(readUnary(unary({ content: { city: "Rome", size: 3 } })).text, '{"city":"Rome","size":3}')
  })

  it("may hold thinking by the name of reasoning, as with Databricks", () => {
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
