import { assert, describe, it } from "@effect/vitest"
import * as EmbeddingModel from "../../src/model/EmbeddingModel.ts"
import * as ImageModel from "../../src/model/ImageModel.ts"
import * as ModerationModel from "../../src/model/ModerationModel.ts"
import * as SpeechModel from "../../src/model/SpeechModel.ts"

describe("the input of a call that is a bare text or a list", () => {
  it("is the inputs of embeddings and of moderation", () => {
    for (const { make } of [EmbeddingModel.kind, ModerationModel.kind]) {
      assert.deepStrictEqual(make("a"), { inputs: ["a"] })
      assert.deepStrictEqual(make(["a", "b"]), { inputs: ["a", "b"] })
      assert.deepStrictEqual(make({ inputs: "a", user: "u" }), { inputs: ["a"], user: "u" })
      assert.deepStrictEqual(make({ inputs: ["a"] }), { inputs: ["a"] })
    }
  })

  it("is the prompt of an image and the text of a speech", () => {
    assert.deepStrictEqual(ImageModel.kind.make("a"), { prompt: "a" })
    assert.deepStrictEqual(SpeechModel.kind.make("a"), { text: "a" })
    const request = { prompt: "a", count: 2 }
    assert.strictEqual(ImageModel.kind.make(request), request)
  })
})
