import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { dialectAt, dialects } from "../../../src/testing/simulator/Dialect.ts"
import * as FrameWriter from "../../../src/testing/simulator/FrameWriter.ts"

describe("the routes of a protocol", () => {
  const cases: ReadonlyArray<
    readonly [path: string, dialect: keyof typeof dialects, model: string | undefined, stream: boolean | undefined]
  > = [
    ["/v1/chat/completions", "openai-chat", undefined, undefined],
    ["/openai/deployments/my%20model/chat/completions", "openai-chat", "my model", undefined],
    ["/v1/responses", "openai-responses", undefined, undefined],
    ["/v1/messages", "anthropic-messages", undefined, undefined],
    ["/ml/v1/text/chat", "watsonx-chat", undefined, false],
    ["/ml/v1/text/chat_stream", "watsonx-chat", undefined, true],
    ["/v1beta/models/gemini-3.5:streamGenerateContent", "google-generate-content", "gemini-3.5", true],
    ["/v2/chat", "cohere-chat", undefined, undefined],
    ["/api/chat", "ollama-chat", undefined, undefined],
    ["/model/a%3Ab%2Fc/converse-stream", "bedrock-converse", "a:b/c", true],
    ["/model/m/invoke", "bedrock-anthropic", "m", false]
  ]
  for (const [path, dialect, model, stream] of cases) {
    it(`${path} is ${dialect}`, () => {
      const found = dialectAt(path)
      assert.strictEqual(found?.dialect, dialects[dialect])
      assert.deepStrictEqual([found?.model, found?.stream], [model, stream])
    })
  }

  it("is nowhere else", () => {
    for (const path of ["/", "/v1/chat/completions/", "/x/v1/messages", "/model/a/b/converse"]) {
      assert.isUndefined(dialectAt(path))
    }
  })
})

describe("frames", () => {
  it.effect("are written in the protocol's framing", () =>
    Effect.gen(function* () {
      const frame = { event: "ping", data: "{}" }
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
      const sse = yield* FrameWriter.load("sse")
      assert.strictEqual(text(sse.write(frame)), "event: ping\ndata: {}\n\n")
      const ndjson = yield* FrameWriter.load("ndjson")
      assert.strictEqual(text(ndjson.write(frame)), "{}\n")
      const binary = yield* FrameWriter.load("aws-event-stream")
      const bytes = binary.write(frame)
      assert.strictEqual(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0), bytes.length)
      assert.strictEqual(binary.contentType, "application/vnd.amazon.eventstream")
    })
  )
})
