import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import * as Usage from "../../../src/domain/Usage.ts"
import { GoogleGenerateContent } from "../../../src/protocols/GoogleGenerateContent.ts"
import { Utf8Places } from "../../../src/protocols/googleGenerateContent/Utf8Places.ts"

const encoder = new TextEncoder()

/** Characters of one to four bytes, and halves of pairs. */
const Texts = Schema.Array(Schema.Literals(["a", "\u00e9", "\u20ac", "\ud83d\ude00", "\ud83d", "\ude00", "\ufeff"]))

describe("places in UTF-8", () => {
  it.prop("are those that an encoder finds", [Texts], ([pieces]) => {
    const text = pieces.join("")
    const places = new Utf8Places(text)
    for (let units = 0; units <= text.length; units++)
      assert.strictEqual(places.bytesOf(units), encoder.encode(text.slice(0, units)).length)
    let bytes = 0
    for (let units = 0; units < text.length;) {
      assert.strictEqual(places.unitsOf(bytes), units)
      const character = String.fromCodePoint(text.codePointAt(units) ?? 0)
      bytes += encoder.encode(character).length
      units += character.length
    }
    assert.strictEqual(places.unitsOf(bytes), text.length)
  })

  it("of 20,000 citations are written and read back unchanged", () => {
    const sentence = "h\u00e9llo w\u00f6rld "
    const citations = Array.from({ length: 20_000 }, (_, at) => ({
      url: `https://example.com/${at}`,
      start: at * sentence.length,
      end: (at + 1) * sentence.length - 1
    }))
    const text = sentence.repeat(citations.length)
    const response = ChatResponse.of({
      content: [{ type: "text", text, citations }],
      finishReason: "stop",
      usage: Usage.unknown,
      warnings: [],
      attempts: []
    })
    const written = GoogleGenerateContent.encodeResponse(response, { model: "m", created: 1, id: "r" })
    const read = GoogleGenerateContent.decodeResponse(written, { provider: "google", model: "m" })
    const [part] = Result.getOrThrow(read).content
    assert.deepStrictEqual(part?.type === "text" ? part.citations : part, citations)
  })
})
