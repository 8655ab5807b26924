import { assert, describe, it } from "@effect/vitest"
import type { AssistantPart } from "../../../src/domain/Message.ts"
import { OpenAiChat, type OpenAiChatQuirks } from "../../../src/protocols/OpenAiChat.ts"
import { names, readDeltas, readUnary, unary } from "./wire.ts"

const content = (...deltas: ReadonlyArray<object>) => readDeltas(deltas).response.content

const sentBack = (parts: ReadonlyArray<AssistantPart>, reasoningField: OpenAiChatQuirks["reasoningField"]) => {
  const result = OpenAiChat.encodeRequest(
    { messages: [{ role: "assistant", content: parts }] },
    { ...names, stream: false, quirks: { reasoningField } }
  )
  return result._tag === "Success" ? (result.success.body.messages as ReadonlyArray<object>)[0] : result.failure
}

describe("reasoning as plain text", () => {
  it("is read from reasoning_content and from reasoning", () => {
    const expected = [
      { type: "reasoning", text: "hmm" },
      { type: "text", text: "a" }
    ]
    for (const key of ["reasoning_content", "reasoning"]) {
      assert.deepStrictEqual<unknown>(
        content({ [key]: "h", content: "" }, { [key]: "mm" }, { content: "a", [key]: null }),
        expected
      )
      assert.deepStrictEqual<unknown>(readUnary(unary({ content: "a", [key]: "hmm" })).content, expected)
    }
  })

  it("ends when the text begins, and may resume after it", () => {
    const { events } = readDeltas([{ reasoning: "a" }, { content: "b" }, { reasoning: "c" }, { content: "d" }])
    assert.deepStrictEqual(
      events.flatMap((event) =>
        "id" in event && event.type !== "response-metadata" ? [`${event.type} ${event.id}`] : []
      ),
      [
        "reasoning-start 0",
        "reasoning-delta 0",
        "reasoning-end 0",
        "text-start 1",
        "text-delta 1",
        "reasoning-start 2",
        "reasoning-delta 2",
        "reasoning-end 2",
        "text-delta 1",
        "text-end 1"
      ]
    )
  })

  it("comes before text that has only white space so far", () => {
    assert.deepStrictEqual<unknown>(content({ content: "\n" }, { reasoning_content: "hm" }, { content: "\na" }), [
      { type: "reasoning", text: "hm" },
      { type: "text", text: "\n\na" }
    ])
  })

  it("is sent back in the field of the quirk, or not at all", () => {
    const parts: ReadonlyArray<AssistantPart> = [
      { type: "reasoning", text: "hm" },
      { type: "text", text: "a" }
    ]
    assert.deepStrictEqual<unknown>(sentBack(parts, "none"), { role: "assistant", content: "a" })
    assert.deepStrictEqual<unknown>(sentBack(parts, "reasoning_content"), {
      role: "assistant",
      content: "a",
      reasoning_content: "hm"
    })
    assert.deepStrictEqual<unknown>(sentBack(parts, "reasoning"), { role: "assistant", content: "a", reasoning: "hm" })
    assert.deepStrictEqual<unknown>(sentBack(parts, "reasoning_details"), {
      role: "assistant",
      content: "a",
      reasoning_details: [{ type: "reasoning.text", text: "hm", index: 0 }]
    })
  })

  it("is read from Mistral's parts", () => {
    const parts = [
      { type: "thinking", thinking: [{ type: "text", text: "hm" }] },
      { type: "text", text: "a" },
      { type: "reference", reference_ids: [1] }
    ]
    const expected = [
      { type: "reasoning", text: "hm" },
      { type: "text", text: "a", citations: [{ start: 0, end: 1, raw: { type: "reference", reference_ids: [1] } }] }
    ]
    assert.deepStrictEqual<unknown>(readUnary(unary({ content: parts })).content, expected)
    assert.deepStrictEqual<unknown>(content(...parts.map((part) => ({ content: [part] }))), expected)
  })
})

describe("reasoning_details", () => {
  const text = { type: "reasoning.text", text: "I think", signature: "sig", format: "anthropic-claude-v1", index: 0 }
  const summary = { type: "reasoning.summary", summary: "In short", format: "openai-responses-v1", index: 0 }
  const encrypted = {
    type: "reasoning.encrypted",
    data: "c2VjcmV0",
    id: "rs_1",
    format: "openai-responses-v1",
    index: 0
  }

  it("are sent back unchanged, in order", () => {
    const details = [encrypted, { ...summary, index: 1 }, { ...encrypted, index: 2, id: "rs_2" }, text]
    const { content } = readUnary(unary({ content: "a", reasoning: "In short", reasoning_details: details }))
    assert.deepStrictEqual<unknown>(sentBack(content, "reasoning_details"), {
      role: "assistant",
      content: "a",
      reasoning_details: details
    })
  })

  it("become parts with text, signature and encrypted content", () => {
    const { content } = readUnary(unary({ content: null, reasoning: "I think", reasoning_details: [text, encrypted] }))
    assert.deepStrictEqual<unknown>(content, [
      { type: "reasoning", text: "I think", signature: "sig", raw: text },
      { type: "reasoning", text: "", id: "rs_1", encrypted: "c2VjcmV0", raw: encrypted }
    ])
  })

  it("are merged across chunks by type and index, without repeating plain text", () => {
    const fragment = (words: string) => ({
      reasoning: words,
      reasoning_details: [{ type: "reasoning.text", text: words, format: "anthropic-claude-v1", index: 0 }]
    })
    const parts = content(
      { content: "", reasoning: null, reasoning_details: [] },
      fragment("I "),
      fragment("think"),
      {
        reasoning: null,
        reasoning_details: [{ type: "reasoning.text", signature: "sig", format: "anthropic-claude-v1", index: 0 }]
      },
      { content: "a" }
    )
    assert.deepStrictEqual<unknown>(parts, [
      { type: "reasoning", text: "I think", signature: "sig", raw: text },
      { type: "text", text: "a" }
    ])
  })

  it("of different types stay separate under one index", () => {
    const parts = content(
      { reasoning_details: [summary] },
      { reasoning_details: [{ ...summary, summary: "!" }] },
      { reasoning_details: [encrypted] }
    )
    assert.deepStrictEqual<unknown>(sentBack(parts, "reasoning_details"), {
      role: "assistant",
      content: "",
      reasoning_details: [{ ...summary, summary: "In short!" }, encrypted]
    })
  })

  it("that are encrypted are never merged", () => {
    const parts = content(
      { reasoning_details: [encrypted] },
      { reasoning_details: [{ ...encrypted, data: "b3RoZXI=" }] }
    )
    assert.deepStrictEqual(
      parts.map((part) => part.type === "reasoning" && part.encrypted),
      ["c2VjcmV0", "b3RoZXI="]
    )
  })

  it("without an index are one text up to the signature", () => {
    const piece = (fields: object) => ({ reasoning_details: [{ type: "reasoning.text", ...fields }] })
    const parts = content(piece({ text: "a" }), piece({ text: "b", signature: "s" }), piece({ text: "c" }))
    assert.deepStrictEqual(
      parts.map((part) => part.type === "reasoning" && part.text),
      ["ab", "c"]
    )
  })

  it("that only sign the plain text before them are merged with it", () => {
    const signed = { type: "reasoning.text", signature: "sig", index: 0 }
    for (const detail of [signed, { ...signed, text: "hmm" }]) {
      assert.deepStrictEqual<unknown>(
        content({ reasoning: "h" }, { reasoning: "mm" }, { reasoning_details: [detail] }),
        [{ type: "reasoning", text: "hmm", signature: "sig" }]
      )
    }
  })

  it("that are encrypted are kept along with the plain text", () => {
    const parts = content({ reasoning: "shown", reasoning_details: [encrypted] })
    assert.deepStrictEqual<unknown>(
      parts.map((part) => part.type === "reasoning" && [part.text, part.encrypted]),
      [
        ["", "c2VjcmV0"],
        ["shown", undefined]
      ]
    )
  })

  it("are built from another protocol's reasoning", () => {
    const parts: ReadonlyArray<AssistantPart> = [
      { type: "reasoning", text: "hm", signature: "s", raw: { type: "thinking" } },
      { type: "reasoning", text: "", encrypted: "x" }
    ]
    assert.deepStrictEqual<unknown>(sentBack(parts, "reasoning_details"), {
      role: "assistant",
      content: "",
      reasoning_details: [
        { type: "reasoning.text", text: "hm", signature: "s", index: 0 },
        { type: "reasoning.encrypted", data: "x", index: 1 }
      ]
    })
  })

  it("is read from GitHub Copilot's reasoning_text", () => {
    assert.strictEqual(readDeltas([{ reasoning_text: "hm" }, { content: "a" }]).response.reasoningText, "hm")
  })
})
