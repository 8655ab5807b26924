import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"
import { Anthropic } from "effect-llm"
import type { ImagePart } from "effect-llm/domain/ContentPart"
import { isFallbackable } from "../../src/domain/ProviderError.ts"
import { serve } from "./server.ts"

const png = (width: number, height: number): ImagePart => {
  const data = new Uint8Array(64)
  data.set([0x89, 0x50, 0x4e, 0x47])
  new DataView(data.buffer).setUint32(16, width)
  new DataView(data.buffer).setUint32(20, height)
  return { type: "image", data, mediaType: "image/png" }
}

const uri = (image: ImagePart): ImagePart => ({
  type: "image",
  data: `data:image/png;base64,${Buffer.from(image.data as Uint8Array).toString("base64")}`
})

const answer = { id: "m1", content: [{ type: "text", text: "ok" }], stop_reason: "end_turn", usage: {} }

/** What becomes of a request, and whether anything was sent. */
const ask = (messages: Parameters<ReturnType<typeof Anthropic.model>["generate"]>[0]) =>
  Effect.gen(function* () {
    const server = yield* serve((response) => response.end(JSON.stringify(answer)))
    const layer = Anthropic.layer({ apiKey: Redacted.make("sk-ant-test-0123456789"), baseUrl: server.url })
    const error = yield* Anthropic.model("claude-opus-4-8")
      .generate(messages)
      .pipe(Effect.flip, Effect.option, Effect.provide(layer.pipe(Layer.provide(FetchHttpClient.layer))))
    return { error: error._tag === "Some" ? error.value : undefined, connections: server.connections() }
  })

describe("an image over the documented size", () => {
  for (const [what, image] of [
    ["bytes", png(8001, 10)],
    ["a data URI", uri(png(10, 8001))]
  ] as const) {
    it.live(`of ${what} is an UnsupportedParameterError that names the message, and nothing is sent`, () =>
      Effect.gen(function* () {
        const { connections, error } = yield* ask({
          messages: [
            { role: "system", content: "Be brief." },
            { role: "user", content: [{ type: "text", text: "What is it?" }, image] }
          ]
        })
        assert.strictEqual(connections, 0)
        assert.strictEqual(error?._tag, "UnsupportedParameterError")
        assert.include(error?.message, "messages[1].content[1]: ")
        assert.match(error?.message ?? "", /(?:8001x10|10x8001) pixels; this provider accepts at most 8000 per side/)
      })
    )
  }

  it.live("inside a tool result is found, too", () =>
    Effect.gen(function* () {
      const { error } = yield* ask({
        messages: [
          { role: "user", content: "Look" },
          { role: "assistant", content: [{ type: "tool-call", id: "t1", name: "look", input: {} }] },
          { role: "tool", content: [{ type: "tool-result", id: "t1", name: "look", output: [png(9000, 9000)] }] }
        ]
      })
      assert.include(error?.message, "messages[2].content[0]: ")
    })
  )

  it.live("has a lower limit among more than 20 images; others and unknown formats are sent", () =>
    Effect.gen(function* () {
      const large = png(2001, 2001)
      const few = yield* ask({ messages: [{ role: "user", content: Array.from({ length: 20 }, () => large) }] })
      assert.deepStrictEqual(few, { error: undefined, connections: 1 })
      const many = yield* ask({ messages: [{ role: "user", content: Array.from({ length: 21 }, () => large) }] })
      assert.match(many.error?.message ?? "", /at most 2000 per side in a request with more than 20 images/)
      const noise: ImagePart = { type: "image", data: new Uint8Array(64).fill(7), mediaType: "image/webp" }
      const unknown = yield* ask({ messages: [{ role: "user", content: [png(8000, 8000), noise] }] })
      assert.deepStrictEqual(unknown, { error: undefined, connections: 1 })
    })
  )
})

describe("a request over the documented number of bytes", () => {
  it.live("is an UnsupportedParameterError before anything is sent: another provider may accept it", () =>
    Effect.gen(function* () {
      const { connections, error } = yield* ask("é".repeat(17 * 1024 * 1024))
      assert.strictEqual(connections, 0)
      assert.match(error?.message ?? "", /the request has 35\d+ bytes; this provider accepts at most 33554432/)
      assert.isTrue(error?._tag === "UnsupportedParameterError" && isFallbackable(error))
    })
  )
})
