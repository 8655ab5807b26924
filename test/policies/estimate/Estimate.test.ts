import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as ChatRequest from "../../../src/domain/ChatRequest.ts"
import * as Tool from "../../../src/domain/Tool.ts"
import * as Estimate from "../../../src/policies/Estimate.ts"
import { Encoding } from "../../../src/tokens/Encoding.ts"
import { Tokenizer } from "../../../src/tokens/Tokenizer.ts"
import { anyText } from "../../tokens/texts.ts"
import * as Arb from "../../domain/arbitraries.ts"
import { texts } from "./texts.ts"

const ask = (text: string) => ChatRequest.make(text)
const root = new URL("../../../", import.meta.url)
const files = ["docs/policies.md", "README.md", "src/policies/OnEnd.ts", "data/providers.json"]

describe("the estimate of a text", () => {
  it.effect("is within 16 % of o200k's count for nine of ten kinds of text, and within 33 % for all", () =>
    Effect.gen(function* () {
      const exact = yield* Encoding.load("o200k_base")
      const all = [...Object.values(texts), ...files.map((file) => readFileSync(new URL(file, root), "utf8"))]
      const errors = all.map((text) => {
        const tokens = exact.count(text)
        return Math.abs(Estimate.text(text) - tokens) / tokens
      })
      errors.sort((a, b) => a - b)
      assert.isAtMost(errors[Math.floor(errors.length * 0.9)] ?? 1, 0.16)
      assert.isAtMost(errors.at(-1) ?? 1, 0.33)
    })
  )

  it.prop("is at least 1, and never less for a longer text", [anyText, anyText], ([a, b]) => {
    const both = Estimate.text(a + b)
    assert.isAtLeast(both, Estimate.text(a))
    assert.isAtLeast(both, Estimate.text(b))
    assert.strictEqual(Estimate.text(a) === 0, a === "")
  })
})

describe("the estimate of a request", () => {
  it("is made anew where its owner has changed it", () => {
    const messages = [{ role: "user" as const, content: [{ type: "text" as const, text: "one" }] }]
    const request = { messages }
    const before = Estimate.inputTokens(request)
    messages.push({ role: "user", content: [{ type: "text", text: "and another one" }] })
    assert.isAbove(Estimate.inputTokens(request), before)
  })
})

describe("the estimate of a long text", () => {
  /** Texts of one length, with as many tokens as they have words. */
  const words = (length: number, word: number) => `${"a".repeat(word - 1)} `.repeat(length).slice(0, length)

  it("depends on the text, also among texts of the same length", () => {
    for (const length of [300, 20_000, 1_200_000]) {
      assert.isAbove(Estimate.text(words(length, 3)), 1.5 * Estimate.text(words(length, 6)))
    }
  })

  it("is stable however many others are counted in between", () => {
    const text = words(5000, 4)
    const first = Estimate.text(text)
    for (let size = 100_000; size < 130_000; size += 1000) {
      Estimate.text(words(size, 5))
      assert.strictEqual(Estimate.text(words(5000, 4)), first)
    }
    for (let size = 100_000; size < 130_000; size += 1000) Estimate.text(words(size, 7))
    assert.strictEqual(Estimate.text(text), first)
  })
})

describe("the estimate of a request", () => {
  it.prop(
    "is a positive integer that grows with the text",
    [Arb.request({ parameters: ["maxOutputTokens", "reasoning", "responseFormat"], tools: true }), anyText],
    ([request, text]) => {
      const input = Estimate.inputTokens(request)
      assert.isTrue(Number.isSafeInteger(input) && input >= 0)
      const longer = { ...request, messages: [...request.messages, ...ask(text).messages] }
      assert.isAbove(Estimate.inputTokens(longer), input)
      assert.isTrue(Number.isSafeInteger(Estimate.outputTokens(request)) && Estimate.outputTokens(request) >= 0)
    }
  )

  it("counts tools with their schemas, schemas of responses, and calls of tools with their results", () => {
    const plain = Estimate.inputTokens(ask("Hi"))
    const weather = Tool.make("weather", {
      description: "The weather of a city, now and for the next days",
      parameters: Schema.Struct({ city: Schema.String, days: Schema.Int })
    })
    assert.isAbove(Estimate.inputTokens({ ...ask("Hi"), tools: [weather] }), plain + 40)
    const responseFormat = { type: "json-schema", schema: weather.inputSchema } as const
    assert.isAbove(Estimate.inputTokens({ ...ask("Hi"), responseFormat }), plain + 20)
    const conversation = ChatRequest.make({
      messages: [
        "Hi",
        {
          role: "assistant",
          content: [{ type: "tool-call", id: "1", name: "weather", input: { city: "Rome", days: 3 } }]
        },
        { role: "tool", content: [{ type: "tool-result", id: "1", output: "sunny ".repeat(100) }] }
      ]
    })
    assert.isAbove(Estimate.inputTokens(conversation), plain + 110)
  })

  it("counts media by their size: images by their pixels, sound and documents by their bytes", () => {
    const png = (width: number, height: number) => {
      const bytes = new Uint8Array(24)
      bytes.set([0x89, 0x50, 0x4e, 0x47])
      new DataView(bytes.buffer).setUint32(16, width)
      new DataView(bytes.buffer).setUint32(20, height)
      return bytes
    }
    const tokens = (part: ChatRequest.ChatRequest["messages"][number]["content"][number]) =>
      Estimate.inputTokens(ChatRequest.make({ messages: [{ role: "user", content: [part as never] }] })) - 7
    assert.strictEqual(tokens({ type: "image", data: png(280, 56), mediaType: "image/png" }), 20)
    assert.isAtMost(tokens({ type: "image", data: png(9000, 9000), mediaType: "image/png" }), 1568)
    assert.strictEqual(tokens({ type: "image", data: "https://example.com/cat.png" }), 1369)
    assert.strictEqual(tokens({ type: "audio", data: new Uint8Array(160_000), mediaType: "audio/mpeg" }), 320)
    assert.strictEqual(tokens({ type: "file", data: { fileId: "file-1" } }), 5 * 2250)
    assert.strictEqual(tokens({ type: "file", data: { text: "one two three" } }), 3)
    assert.strictEqual(tokens({ type: "file", data: "data:video/mp4;base64,AAAA", mediaType: "video/mp4" }), 263)
  })

  it("holds for every capability", () => {
    assert.strictEqual(Estimate.inputTokens({ inputs: ["one two", { tokens: [1, 2, 3] }] }), 5)
    assert.strictEqual(Estimate.outputTokens({ inputs: ["one two"] }), 0)
    assert.strictEqual(Estimate.inputTokens({ query: "one", documents: ["two", { title: "three" }] }), 8)
    assert.strictEqual(Estimate.outputTokens({ query: "one", documents: ["two"] }), 0)
    assert.strictEqual(Estimate.inputTokens({ prompt: "A cat", n: 2, images: [{ data: "https://a/b.png" }] }), 1372)
    assert.strictEqual(Estimate.outputTokens({ prompt: "A cat", n: 2 }), 2 * 1290)
    assert.strictEqual(Estimate.outputTokens({ prompt: "A name", audio: new Uint8Array(160_000) }), 30)
    assert.strictEqual(Estimate.outputTokens({ prompt: "A note", messages: [] }), 1024)
    assert.isAbove(Estimate.outputTokens({ text: "Good morning, everybody" }), 20)
    assert.strictEqual(Estimate.inputTokens({ audio: new Uint8Array(160_000) }), 320)
    assert.strictEqual(Estimate.outputTokens({ audio: new Uint8Array(160_000) }), 30)
  })

  it("prefers the output limit of the request to that of the model, and ignores invalid ones", () => {
    assert.strictEqual(Estimate.outputTokens({ ...ask("Hi"), maxOutputTokens: 77 }, { maxOutputTokens: 50 }), 77)
    assert.strictEqual(Estimate.outputTokens(ask("Hi"), { maxOutputTokens: 50 }), 50)
    assert.strictEqual(Estimate.outputTokens({ ...ask("Hi"), maxOutputTokens: NaN }), 1024)
    assert.strictEqual(Estimate.outputTokens({ ...ask("Hi"), reasoning: { budget: 5000 } }), 6024)
  })

  it("never throws", () => {
    const cycle: Array<unknown> = []
    cycle.push(cycle)
    const object: Record<string, unknown> = { big: 1n }
    object.self = object
    const nothings = [
      null,
      undefined,
      1,
      true,
      Symbol("a"),
      [],
      {},
      { messages: null },
      { messages: [null, 1, "a", {}] }
    ]
    const odd = [cycle, object, { messages: cycle }, { inputs: object }, { tools: [object] }, { audio: { data: 1 } }]
    const parts = ["image", "audio", "file", "text", "tool-call", "tool-result", "provider", "reasoning", "other", 1]
    const broken = parts.map((type) => ({
      messages: [{ role: "user", content: [{ type }, { type, data: object, output: 1 }] }]
    }))
    for (const request of [...nothings, ...odd, ...broken]) {
      assert.isTrue(
        Number.isSafeInteger(Estimate.inputTokens(request as never)),
        JSON.stringify(Object.keys(request ?? {}))
      )
      assert.isTrue(Number.isSafeInteger(Estimate.outputTokens(request as never)))
    }
  })
})

describe("a custom counter", () => {
  const request = ask("Why is the sky blue?")

  it.effect("is used in place of the estimate, for chats", () =>
    Effect.gen(function* () {
      const counter = Estimate.forChat((request, model) =>
        Effect.map(
          Tokenizer.use((tokenizer) => tokenizer.count(request, { model })),
          ({ tokens }) => tokens
        )
      )
      assert.strictEqual(yield* Estimate.countInput(request, "openai/gpt-4o-mini", counter), 13)
      const embedding = { inputs: ["one two three"] }
      assert.strictEqual(
        yield* Estimate.countInput(embedding as object, "openai/gpt-4o-mini", counter),
        Estimate.inputTokens(embedding)
      )
    }).pipe(Effect.provide(Tokenizer.layer))
  )

  it.effect("is replaced by the estimate when it fails, hangs, throws or returns nonsense", () =>
    Effect.gen(function* () {
      const expected = Estimate.inputTokens(request)
      const thrown = () => {
        throw new Error("no")
      }
      for (const counter of [() => Effect.fail("no"), () => Effect.never, () => Effect.succeed(NaN), thrown]) {
        const fiber = yield* Effect.forkChild(Estimate.countInput(request, "a/b", counter))
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* Fiber.join(fiber), expected)
      }
    })
  )
})
