/** What of a whole answer can't be read is an error, not an answer that lacks it. */
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { ResponseParseError } from "../../../src/domain/ChatResponse.ts"
import { OpenAiImages, XaiImages } from "../../../src/protocols/images/OpenAiImages.ts"
import { CohereRerank, JinaRerank } from "../../../src/protocols/rerank/Rerank.ts"
import { DeepgramListen } from "../../../src/protocols/transcription/DeepgramListen.ts"

const options = { provider: "any", model: "asked", chatQuirks: () => ({}), headers: {} }

const images = { ...options, request: { prompt: "A boat" } }
const rerank = { ...options, request: { query: "boats", documents: ["a", "b"] } }
const recording = { ...options, request: { audio: Uint8Array.from([1]), mediaType: "audio/wav" } }

const channels = (channels: unknown) => DeepgramListen.decodeResponse({ results: { channels } }, recording)

describe("a whole response", () => {
  it("without the requested content, or with a value of another type, is an error", () => {
    const decoded: ReadonlyArray<Result.Result<unknown, unknown>> = [
      ...[OpenAiImages, XaiImages].flatMap((protocol) =>
        [[], ["x"], [{ b64_json: 5 }], [{ revised_prompt: "A boat" }]].map((data) =>
          protocol.decodeResponse({ data }, images)
        )
      ),
      ...[CohereRerank, JinaRerank].flatMap((protocol) =>
        ["x", {}, [], [{ index: "first", relevance_score: 1 }]].map((results) =>
          protocol.decodeResponse({ results }, rerank)
        )
      ),
      channels("x"),
      channels({}),
      channels([]),
      channels([{ alternatives: [{ transcript: 5 }] }]),
      channels([{ alternatives: "x" }])
    ]
    for (const answer of decoded) assert(Result.isFailure(answer) && answer.failure instanceof ResponseParseError)
  })

  it("has a warning if one of its images cannot be read", () => {
    const answer = Result.getOrThrow(OpenAiImages.decodeResponse({ data: [{ b64_json: "AQID" }, {}] }, images))
    assert.lengthOf(answer.images, 1)
    assert.deepStrictEqual(answer.warnings, [{ type: "other", message: "1 of the images cannot be read" }])
  })

  it("may hold images as `data:` URLs", () => {
    const data = [{ b64_json: "data:image/png;base64,iVBORw0KGgo=" }]
    const answer = Result.getOrThrow(OpenAiImages.decodeResponse({ data }, images))
    assert.deepInclude(answer.images[0], { mediaType: "image/png" })
    assert.deepStrictEqual(answer.images[0]?.data, Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10))
  })

  it("of silence is an empty transcript", () => {
    assert.strictEqual(Result.getOrThrow(channels([{ alternatives: [{ transcript: "" }] }])).text, "")
  })
})
