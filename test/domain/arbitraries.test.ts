import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { ChatRequest } from "../../src/domain/ChatRequest.ts"
import { ChatResponse } from "../../src/domain/ChatResponse.ts"
import { check } from "../../src/domain/Conversation.ts"
import * as Arbitraries from "./arbitraries.ts"

describe("arbitraries", () => {
  it.prop(
    "make requests that satisfy Conversation.check and the schema",
    {
      request: Arbitraries.request({
        user: Arbitraries.oneOf<Arbitraries.UserPart>(
          Arbitraries.textPart,
          Arbitraries.imageBytesPart,
          Arbitraries.imageUrlPart,
          Arbitraries.audioBytesPart,
          Arbitraries.pdfBytesPart
        ),
        parameters: Object.keys(Arbitraries.parameters) as Array<Arbitraries.Parameter>,
        tools: true,
        toolErrors: true,
        rawInput: true
      })
    },
    ({ request }) => {
      assert.isUndefined(check(request))
      Schema.decodeUnknownSync(Schema.toType(ChatRequest))(request)
    }
  )

  it.prop(
    "make responses that conform to the schema",
    { response: Arbitraries.response({ rawInput: true }) },
    ({ response }) => {
      Schema.decodeUnknownSync(Schema.toType(ChatResponse))(response)
    }
  )

  it.prop("cut loses nothing", { text: Arbitraries.text, at: Arbitraries.cuts }, ({ at, text }) => {
    const pieces = Arbitraries.cut(text, at)
    assert.strictEqual(pieces.join(""), text)
    assert.isTrue(pieces.every((piece) => piece !== ""))
  })
})
