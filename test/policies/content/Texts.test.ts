import { assert, describe, it } from "@effect/vitest"
import { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import { mapTexts, textsOf } from "../../../src/policies/content/Texts.ts"
import { answer } from "./answers.ts"

const shout = (text: string) => text.toUpperCase()
const loud = <A>(value: A, reasoning?: "replace" | "keep-signed" | "keep"): unknown =>
  mapTexts(value, shout, reasoning === undefined ? {} : { reasoning })
const call = { type: "tool-call", id: "a", name: "send" } as const

describe("the texts of a request or a response", () => {
  it("are in the fields that hold text, however deep, and in no others", () => {
    const request = {
      user: "ann",
      metadata: { text: "kept" },
      instructions: "be brief",
      messages: [
        {
          role: "user",
          name: "ann",
          content: [
            { type: "text", text: "hi" },
            { type: "text", text: "" }
          ]
        }
      ],
      prompt: "a cat",
      inputs: ["one", { type: "text", text: "two" }]
    }
    assert.deepStrictEqual(loud(request), {
      user: "ann",
      metadata: { text: "kept" },
      instructions: "BE BRIEF",
      messages: [
        {
          role: "user",
          name: "ann",
          content: [
            { type: "text", text: "HI" },
            { type: "text", text: "" }
          ]
        }
      ],
      prompt: "A CAT",
      inputs: ["ONE", { type: "text", text: "TWO" }]
    })
    assert.deepStrictEqual(textsOf(request), ["be brief", "hi", "a cat", "one", "two"])
  })

  it("keep unchanged parts as the same objects", () => {
    const [same, changed] = [
      { type: "text", text: "HI" },
      { type: "text", text: "ho" }
    ]
    const request = { messages: [{ content: [same, changed] }, { content: [same] }], query: "Q" }
    const mapped = loud(request) as typeof request
    assert.strictEqual(mapped.messages[0]?.content[0], same)
    assert.strictEqual(mapped.messages[1], request.messages[1])
    assert.strictEqual(loud(same), same)
    for (const whole of [{ messages: [{ content: [same] }] }, answer("HI"), "hi", undefined, null, 7]) {
      assert.strictEqual(loud(whole), whole)
    }
  })

  it("keep the class of their container, and leave bytes unchanged", () => {
    const response = loud(answer("hi"))
    assert.isTrue(response instanceof ChatResponse && response.text === "HI")
    const images = { images: [{ data: new Uint8Array([1]), revisedPrompt: "cat" }], prompt: new Uint8Array([2]) }
    assert.deepStrictEqual(loud(images), {
      images: [{ data: images.images[0]!.data, revisedPrompt: "CAT" }],
      prompt: images.prompt
    })
  })

  it("of documents are every string and number of their JSON", () => {
    const at = new Date(0)
    const bare: { readonly [key: string]: unknown } = Object.assign(Object.create(null) as object, { a: "x" })
    assert.deepStrictEqual(loud({ documents: ["a", { id: "b", list: ["c", 1, true, null], at }] }), {
      documents: ["A", { id: "B", list: ["C", 1, true, null], at }]
    })
    assert.deepStrictEqual(
      { ...((loud({ document: bare }) as { readonly document: object }).document as object) },
      { a: "X" }
    )
    const hide = (text: string) => (text === "41" ? "[N]" : text)
    assert.deepStrictEqual(mapTexts({ documents: [{ n: 41, m: 42 }] }, hide), {
      documents: [{ n: "[N]", m: 42 }]
    } as never)
  })
})

describe("a tool call", () => {
  it("has texts in its input, and loses the raw input if they change", () => {
    const input = { to: "ann", cc: ["BOB"] }
    assert.deepStrictEqual(loud({ ...call, input, rawInput: '{"to":"ann"}' }), {
      ...call,
      input: { to: "ANN", cc: ["BOB"] }
    })
    const kept = { ...call, input: { cc: ["BOB"] }, rawInput: "{ }" }
    assert.strictEqual(loud(kept), kept)
  })

  it("with only raw input has that replaced", () => {
    assert.deepStrictEqual(loud({ ...call, input: undefined, rawInput: "ann" }), {
      ...call,
      input: undefined,
      rawInput: "ANN"
    })
    for (const same of [{ ...call, rawInput: "ANN" }, call]) assert.strictEqual(loud(same), same)
  })
})

describe("reasoning", () => {
  const proofs = [{ signature: "s" }, { encrypted: "e" }, { raw: { a: 1 } }]

  it("that is replaced is unsigned from then on", () => {
    for (const proof of proofs) {
      assert.deepStrictEqual(loud({ type: "reasoning", text: "hm", ...proof }), { type: "reasoning", text: "HM" })
      const same = { type: "reasoning", text: "HM", ...proof }
      assert.strictEqual(loud(same), same)
    }
    const hidden = { type: "reasoning", encrypted: "e" }
    assert.strictEqual(loud(hidden), hidden)
  })

  it("may be excluded: all of it, or only if signed", () => {
    const unsigned = { type: "reasoning", text: "hm" }
    for (const proof of proofs) {
      const signed = { ...unsigned, ...proof }
      assert.strictEqual(loud(signed, "keep-signed"), signed)
      assert.strictEqual(loud(signed, "keep"), signed)
    }
    assert.deepStrictEqual(loud(unsigned, "keep-signed"), { type: "reasoning", text: "HM" })
    assert.strictEqual(loud(unsigned, "keep"), unsigned)
  })
})

describe("what only one provider knows", () => {
  it("has text in the fields that are named so", () => {
    const value = { id: "a", code: "b", output: [{ text: "c", type: "d" }], at: new URL("https://a.example") }
    const replaced = { id: "a", code: "B", output: [{ text: "C", type: "d" }], at: value.at }
    assert.deepStrictEqual(loud({ type: "provider", protocol: "text", value }), {
      type: "provider",
      protocol: "text",
      value: replaced
    })
    assert.deepStrictEqual(loud({ type: "text", text: "HI", providerOptions: { lab: value } }), {
      type: "text",
      text: "HI",
      providerOptions: { lab: replaced }
    })
  })
})

describe("what only one provider knows, of any other kind", () => {
  it("is left as the same object", () => {
    const value = { text: 1, output: [null, true, 2], at: new URL("https://a.example"), bytes: new Uint8Array([1]) }
    const part = { type: "provider", protocol: "p", value }
    assert.strictEqual(loud(part), part)
  })
})

describe("a citation", () => {
  const citations = [{ start: 0, end: 2, citedText: "so", url: "u" }]

  it("loses its offsets if the text changes, and only then", () => {
    assert.deepStrictEqual(loud({ type: "text", text: "hi", citations }), {
      type: "text",
      text: "HI",
      citations: [{ start: undefined, end: undefined, citedText: "SO", url: "u" }]
    })
    assert.deepStrictEqual(loud({ type: "text", text: "HI", citations }), {
      type: "text",
      text: "HI",
      citations: [{ start: 0, end: 2, citedText: "SO", url: "u" }]
    })
  })
})
