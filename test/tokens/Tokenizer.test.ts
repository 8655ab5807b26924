import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Effect, Layer } from "effect"
import type { ChatRequest } from "../../src/domain/ChatRequest.ts"
import { make as message } from "../../src/domain/Message.ts"
import { ContextWindowExceededError } from "../../src/domain/CallErrors.ts"
import { NoTokenizerError, Tokenizer } from "../../src/tokens/Tokenizer.ts"
import { atMost } from "../../src/tokens/TokenCount.ts"

import * as Arbitraries from "../domain/arbitraries.ts"

const text = "The quick brown fox jumps over the lazy dog."
const gpt = { model: "gpt-4o" }
const claude = { model: "claude-opus-4-7" }

describe("Tokenizer.layer", () => {
  it.effect("counts exactly for OpenAI, and estimates for others with an error bound", () =>
    Effect.gen(function* () {
      const tokenizer = yield* Tokenizer
      assert.deepStrictEqual(yield* tokenizer.count(text, gpt), { tokens: 10, precision: { _tag: "Exact" } })
      assert.deepStrictEqual(yield* tokenizer.count(text, { model: "gpt-4" }), {
        tokens: 10,
        precision: { _tag: "Exact" }
      })
      const { precision, tokens } = yield* tokenizer.count(text, claude)
      assert.strictEqual(tokens, 13)
      assert.strictEqual(precision._tag, "Estimated")
      if (precision._tag === "Estimated") assert.strictEqual(precision.expectedError, 0.12)
      assert.deepStrictEqual(yield* tokenizer.count("", claude), { tokens: 0, precision: { _tag: "Exact" } })
      assert.deepStrictEqual(yield* tokenizer.count({ messages: text }, gpt), {
        tokens: 17,
        precision: { _tag: "Exact" }
      })
    }).pipe(Effect.provide(Tokenizer.layer))
  )

  it.effect("encodes and decodes where the vocabulary is known, and fails where it is not", () =>
    Effect.gen(function* () {
      const tokenizer = yield* Tokenizer
      const ids = yield* tokenizer.encode(`${text}<|endoftext|>`, gpt)
      assert.notInclude(ids, 199_999)
      assert.strictEqual(yield* tokenizer.decode(ids, gpt), `${text}<|endoftext|>`)
      const error = yield* Effect.flip(tokenizer.encode(text, claude))
      assert.instanceOf(error, NoTokenizerError)
      assert.include(error.message, claude.model)
      assert.instanceOf(yield* Effect.flip(tokenizer.decode([1], claude)), NoTokenizerError)
    }).pipe(Effect.provide(Tokenizer.layer))
  )

  it.effect("truncates and splits, and for an estimate keeps the expected error free", () =>
    Effect.gen(function* () {
      const tokenizer = yield* Tokenizer
      const long = `${text} `.repeat(50)
      for (const options of [gpt, claude]) {
        const cut = yield* tokenizer.truncate(long, 100, options)
        assert.isTrue(long.startsWith(cut.text))
        assert.isAtMost(atMost(cut), 100)
        assert.isAtLeast(atMost(cut), 95)
        const parts = yield* tokenizer.split(long, 100, options)
        assert.strictEqual(parts.map(({ text }) => text).join(""), long)
        for (const part of parts) assert.isAtMost(atMost(part), 100)
        assert.isAbove((yield* tokenizer.split(long, 100, { ...options, overlap: 50 })).length, parts.length)
      }
    }).pipe(Effect.provide(Tokenizer.layer))
  )

  it.effect("`fits` reserves room for the response", () =>
    Effect.gen(function* () {
      const tokenizer = yield* Tokenizer
      const count = { tokens: 17, precision: { _tag: "Exact" } }
      const request = { messages: text, maxOutputTokens: 83 }
      assert.deepStrictEqual<unknown>(yield* tokenizer.fits(request, { ...gpt, contextWindow: 100 }), {
        fits: true,
        count,
        limit: 17,
        remaining: 0
      })
      assert.deepStrictEqual<unknown>(yield* tokenizer.fits(request, { ...gpt, contextWindow: 99 }), {
        fits: false,
        count,
        limit: 16,
        remaining: -1
      })
      assert.isTrue((yield* tokenizer.fits(request, { ...gpt, contextWindow: 99, maxOutputTokens: 50 })).fits)
      const { remaining } = yield* tokenizer.fits(text, { ...claude, contextWindow: 100 })
      assert.isBelow(remaining, 100 - 20, "the expected error is taken off too")
    }).pipe(Effect.provide(Tokenizer.layer))
  )

  it.effect.prop(
    "trims a conversation to the window, for every kind of model",
    { request: Arbitraries.request({ tools: true }), contextWindow: Arbitraries.nonNegativeInt(600) },
    ({ contextWindow, request }) =>
      Effect.gen(function* () {
        const tokenizer = yield* Tokenizer
        for (const { model } of [gpt, claude, { model: "grok-4" }]) {
          const window = { model, contextWindow }
          const trimmed = yield* Effect.result(tokenizer.trim(request, window))
          if (trimmed._tag === "Failure") {
            assert.isFalse((yield* tokenizer.fits(request, window)).fits)
            continue
          }
          const { count, dropped, request: shorter } = trimmed.success
          assert.strictEqual(request.messages.length - shorter.messages.length, dropped)
          assert.deepStrictEqual(
            yield* tokenizer.fits(shorter, window).pipe(Effect.map((fit) => [fit.fits, fit.count])),
            [true, count]
          )
          assert.strictEqual(shorter.messages.at(-1), request.messages.at(-1))
          assert.deepStrictEqual({ ...shorter, messages: request.messages }, request)
        }
      }).pipe(Effect.provide(Tokenizer.layer)),
    { arbitrary: { runs: 50 } }
  )

  it.effect("leaves a conversation that fits to the last token, though its parts are rounded up", () =>
    Effect.gen(function* () {
      const tokenizer = yield* Tokenizer
      const parts = ["a\u0000\té漢\u0000", " ", "\u0000"].map((text) => ({ type: "text" as const, text }))
      const request = { messages: [{ role: "user" as const, content: parts }] }
      for (const { model } of [gpt, claude, { model: "grok-4" }]) {
        for (let contextWindow = 1; contextWindow < 120; contextWindow++) {
          const { fits } = yield* tokenizer.fits(request, { model, contextWindow })
          const trimmed = yield* Effect.result(tokenizer.trim(request, { model, contextWindow }))
          assert.strictEqual(trimmed._tag, fits ? "Success" : "Failure", `${model} ${contextWindow}`)
        }
      }
    }).pipe(Effect.provide(Tokenizer.layer))
  )

  it.effect("fails when the messages that must stay do not fit", () =>
    Effect.gen(function* () {
      const tokenizer = yield* Tokenizer
      const error = yield* Effect.flip(tokenizer.trim({ messages: text }, { ...gpt, contextWindow: 16 }))
      assert.instanceOf(error, ContextWindowExceededError)
      assert.strictEqual(error.limit, 16)
      assert.include(error.message, "16 tokens")
    }).pipe(Effect.provide(Tokenizer.layer))
  )
})

describe("Tokenizer.layerOf", () => {
  it.effect("counts, cuts, encodes and decodes with a custom tokenizer", () =>
    Effect.gen(function* () {
      const tokenizer = yield* Tokenizer
      const any = { model: "my-model" }
      assert.deepStrictEqual(yield* tokenizer.count("abc", any), { tokens: 3, precision: { _tag: "Exact" } })
      assert.strictEqual((yield* tokenizer.truncate("abc", 2, any)).text, "ab")
      assert.deepStrictEqual(
        (yield* tokenizer.split("abc", 2, any)).map(({ text }) => text),
        ["ab", "c"]
      )
      assert.deepStrictEqual(yield* tokenizer.encode("ab", any), [97, 98])
      assert.strictEqual(yield* tokenizer.decode([97, 98], any), "ab")
      assert.strictEqual((yield* tokenizer.count({ messages: "abc" }, any)).tokens, 3 + 4 + 3)
    }).pipe(
      Effect.provide(
        Tokenizer.layerOf({
          count: (text) => text.length,
          encode: (text) => Array.from(text, (c) => c.charCodeAt(0)),
          decode: (ids) => String.fromCharCode(...ids)
        })
      )
    )
  )

  it.effect("cannot encode with a custom tokenizer that only counts", () =>
    Effect.gen(function* () {
      const tokenizer = yield* Tokenizer
      assert.instanceOf(yield* Effect.flip(tokenizer.encode("a", gpt)), NoTokenizerError)
    }).pipe(Effect.provide(Tokenizer.layerOf({ count: (text) => text.length })))
  )
})

describe("Tokenizer.layerWith", () => {
  class Endpoint extends Context.Service<
    Endpoint,
    { readonly count: (request: ChatRequest) => Effect.Effect<number, Error> }
  >()("test/Endpoint") {}

  const remote = Tokenizer.layerWith({
    custom: (model) => (model === "mine" ? { count: () => 1 } : undefined),
    remote: (request, model) =>
      model.startsWith("claude") ? Endpoint.use(({ count }) => count(request)) : Effect.succeed(undefined)
  })
  const answering = (count: (request: ChatRequest) => Effect.Effect<number, Error>) =>
    Layer.provide(remote, Layer.succeed(Endpoint, { count }))

  it.effect("has the provider count whole requests", () =>
    Effect.gen(function* () {
      const tokenizer = yield* Tokenizer
      const request = { messages: text }
      assert.deepStrictEqual(yield* tokenizer.count(request, claude), { tokens: 42, precision: { _tag: "Exact" } })
      assert.strictEqual((yield* tokenizer.count(text, claude)).precision._tag, "Estimated")
      assert.strictEqual((yield* tokenizer.count(request, gpt)).tokens, 17)
      assert.strictEqual((yield* tokenizer.count(text, { model: "mine" })).tokens, 1)
      assert.strictEqual((yield* tokenizer.fits(request, { ...claude, contextWindow: 42 })).remaining, 0)
    }).pipe(Effect.provide(answering(() => Effect.succeed(42))))
  )

  it.effect("counts by the rules with a warning when the provider is unreachable", () =>
    Effect.gen(function* () {
      const tokenizer = yield* Tokenizer
      const { precision } = yield* tokenizer.count({ messages: text }, claude)
      assert.strictEqual(precision._tag, "Estimated")
      if (precision._tag === "Estimated")
        assert.include(precision.reasons.join(), "the provider's count failed: Error: down")
    }).pipe(Effect.provide(answering(() => Effect.fail(new Error("down")))))
  )

  it.effect("does not hide a defect of the remote counter", () =>
    Effect.gen(function* () {
      const tokenizer = yield* Tokenizer
      const exit = yield* Effect.exit(tokenizer.count({ messages: text }, claude))
      assert.isTrue(exit._tag === "Failure" && Cause.hasDies(exit.cause))
    }).pipe(Effect.provide(answering(() => Effect.die("bug"))))
  )

  const chat = { messages: Array.from({ length: 20 }, (_, i) => message(`${i} ${text.repeat(5)}`)) }

  it.effect("trims further when the provider counts more than expected", () =>
    Effect.gen(function* () {
      const tokenizer = yield* Tokenizer
      const { count, dropped, request } = yield* tokenizer.trim(chat, { ...claude, contextWindow: 1000 })
      assert.isAtMost(count.tokens, 1000)
      assert.strictEqual(count.tokens, request.messages.length * 150)
      assert.strictEqual(dropped, 14)
    }).pipe(Effect.provide(answering(({ messages }) => Effect.succeed(messages.length * 150))))
  )

  it.effect("gives up when the provider's count never fits", () =>
    Effect.gen(function* () {
      const tokenizer = yield* Tokenizer
      const error = yield* Effect.flip(tokenizer.trim(chat, { ...claude, contextWindow: 1000 }))
      assert.strictEqual(error._tag, "ContextWindowExceededError")
    }).pipe(Effect.provide(answering(() => Effect.succeed(5000))))
  )
})
