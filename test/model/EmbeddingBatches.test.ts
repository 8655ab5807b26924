import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Schedule, Schema } from "effect"
import { TestClock } from "effect/testing"
import { attemptsOf, isFallbackable, isRetryable, type ProviderError } from "effect-llm/domain/ProviderError"
import type { Embedding } from "effect-llm/domain/Capability"
import type { EmbeddingRequest, EmbeddingResponse } from "effect-llm/domain/Embedding"
import { PartialEmbeddingError, RateLimitError } from "effect-llm/domain/ChatResponse"
import * as Usage from "effect-llm/domain/Usage"
import * as Model from "effect-llm/policies/Model"
import * as EmbeddingModel from "effect-llm/model/EmbeddingModel"
import { estimate, join, split, splitting } from "../../src/model/EmbeddingBatches.ts"

const vectorOf = (input: EmbeddingRequest["inputs"][number]): ReadonlyArray<number> =>
  typeof input === "string" ? [input.length, ...Array.from(input, (letter) => letter.codePointAt(0) ?? 0)] : [0]

/** Returns one vector for each input; `fails` says which calls fail. */
const fake = (fails: (call: number, request: EmbeddingRequest) => ProviderError | undefined = () => undefined) => {
  const calls: Array<EmbeddingRequest> = []
  const model = Model.make<Embedding, ProviderError, never>({
    id: "fake/m",
    kind: EmbeddingModel.kind,
    generate: (request) =>
      Effect.suspend(() => {
        calls.push(request)
        const error = fails(calls.length, request)
        const answer: EmbeddingResponse = {
          embeddings: request.inputs.map(vectorOf),
          usage: Usage.make({ input: request.inputs.length, output: 0 }, { reportedCost: "0.1" }),
          warnings: [],
          attempts: [{ model: "fake/m", duration: Duration.millis(5) }]
        }
        return error === undefined ? Effect.delay(Effect.succeed(answer), "5 millis") : Effect.fail(error)
      })
  })
  return { calls, model }
}

const batched = (options: EmbeddingModel.BatchOptions, fails?: Parameters<typeof fake>[0]) => {
  const { calls, model } = fake(fails)
  return { calls, model: EmbeddingModel.inBatches(model, Effect.succeed(options)) }
}

const limited = new RateLimitError({ provider: "fake" })

/** Runs it while the clock goes on. */
const run = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Effect.exit(effect))
    yield* TestClock.adjust("1 minute")
    return yield* yield* Fiber.join(fiber)
  })

describe("split", () => {
  it.prop(
    "keeps every input in order, and each part within the limits",
    {
      inputs: Schema.Array(Schema.String),
      most: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 })),
      tokens: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 }))
    },
    ({ inputs, most, tokens }) => {
      const parts = split({ inputs, dimensions: 3 }, { inputs: most, tokens })
      assert.deepStrictEqual<unknown>(
        parts.flatMap((part) => part.inputs),
        inputs
      )
      for (const part of parts) {
        assert.strictEqual(part.dimensions, 3)
        assert.isAtMost(part.inputs.length, most)
        const sum = part.inputs.reduce((sum, input) => sum + estimate(input), 0)
        assert.isTrue(sum <= tokens || part.inputs.length === 1)
      }
    },
    { arbitrary: { runs: 200 } }
  )

  it("keeps a request that fits, and counts token inputs exactly", () => {
    const request = { inputs: ["a", "b"] }
    assert.deepStrictEqual(split(request, {}), [request])
    assert.deepStrictEqual(split(request, { inputs: 2, tokens: 100 }), [request])
    assert.strictEqual(estimate({ tokens: [1, 2, 3] }), 3)
    assert.isAtLeast(estimate("日本語のテキスト"), 8)
  })
})

describe("estimate", () => {
  it("counts half a token for an ASCII character, one and a half for any other, and rounds up", () => {
    const counts = ["", "a", "ab", "abc", "\x7f\x7f", "\x80\x80", "é", "aé"].map(estimate)
    assert.deepStrictEqual(counts, [0, 1, 1, 2, 1, 3, 2, 2])
  })

  it("counts 1000 for an image or a recording, and adds up the parts of one input", () => {
    const image = { type: "image", data: "https://a.example/1.png" } as const
    assert.strictEqual(estimate({ content: [{ type: "text", text: "abcd" }, image] }), 1002)
    assert.strictEqual(estimate({ content: [] }), 0)
  })
})

describe("split at its limits", () => {
  const partsOf = (inputs: ReadonlyArray<string>, limits: EmbeddingModel.BatchOptions) =>
    split({ inputs }, limits).map((part) => part.inputs.join("|"))

  it("fills each part up to the limit of inputs or tokens, and not beyond", () => {
    assert.deepStrictEqual(partsOf(["a", "b", "c", "d", "e"], { inputs: 2 }), ["a|b", "c|d", "e"])
    assert.deepStrictEqual(partsOf(["aa", "bb", "cc"], { tokens: 2 }), ["aa|bb", "cc"])
    assert.deepStrictEqual(partsOf(["aa", "bb", "cc"], { tokens: 1 }), ["aa", "bb", "cc"])
    assert.deepStrictEqual(partsOf(["aa", "bb", "cc", "dd"], { inputs: 3, tokens: 2 }), ["aa|bb", "cc|dd"])
  })

  it("puts an input that is too large into a part of its own, and restarts the count after it", () => {
    assert.deepStrictEqual(partsOf(["aaaaaaaa", "bb", "cc", "dddddddd"], { tokens: 2 }), [
      "aaaaaaaa",
      "bb|cc",
      "dddddddd"
    ])
  })
})

describe("join", () => {
  const response = (fields: Partial<EmbeddingResponse>): EmbeddingResponse => ({
    embeddings: [[1]],
    usage: Usage.unknown,
    warnings: [],
    attempts: [],
    ...fields
  })

  it("names the model and the request of the last response, and each warning once", () => {
    const warning = (message: string) => ({ type: "unsupported", message }) as never
    const joined = join([
      response({ model: "a", provider: "p", requestId: "1", warnings: [warning("x"), warning("y")] }),
      response({ model: "b", provider: "q", requestId: "2", warnings: [warning("y")], rateLimits: {} })
    ])
    assert.deepInclude(joined, { model: "b", provider: "q", requestId: "2", rateLimits: {} })
    assert.deepStrictEqual(
      joined.warnings.map(({ message }) => message),
      ["x", "y"]
    )
    assert.deepStrictEqual(join([]).usage, Usage.unknown)
    assert.deepStrictEqual(join([]).embeddings, [])
  })

  it("sums the reported costs exactly, if all parts have one, and keeps no raw usage", () => {
    const costing = (reportedCost: string | undefined) =>
      response({ usage: Usage.make({ input: 2 }, { reportedCost, raw: { a: 1 } }) })
    const joined = join([costing("0.1"), costing("0.2")])
    assert.strictEqual(joined.usage.reportedCost, "0.3")
    assert.isUndefined(joined.usage.raw)
    assert.strictEqual(joined.usage.inputTokens.total, 4)
    assert.isUndefined(join([costing("0.1"), costing(undefined)]).usage.reportedCost)
    assert.isUndefined(join([costing("0.1"), costing("free")]).usage.reportedCost)
  })

  it("makes four calls at a time by default", () => {
    assert.strictEqual(splitting({}).concurrency, 4)
    assert.strictEqual(splitting({ concurrency: 2 }).concurrency, 2)
  })

  it("passes on an error that is not a provider's as it is", () => {
    const { incomplete } = splitting({})
    const own = new Error("of a policy")
    assert.strictEqual<unknown>(incomplete([{ inputs: ["a"] }], [response({})], own), own)
  })
})

describe("inBatches", () => {
  it.effect.prop(
    "returns the vectors in the order of the inputs, and the sum of the usage, for any split",
    {
      inputs: Schema.NonEmptyArray(Schema.String),
      inputsPerCall: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 7 })),
      concurrency: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 }))
    },
    Effect.fnUntraced(function* ({ concurrency, inputs, inputsPerCall }) {
      const { calls, model } = batched({ inputs: inputsPerCall, concurrency })
      const answer = yield* run(model.generate(inputs))
      assert.deepStrictEqual(answer.embeddings, inputs.map(vectorOf))
      assert.strictEqual(answer.usage.inputTokens.total, inputs.length)
      assert.strictEqual(calls.length, Math.ceil(inputs.length / inputsPerCall))
      assert.strictEqual(answer.attempts.length, 1)
      if (calls.length > 1) assert.strictEqual(Number(answer.usage.reportedCost), calls.length / 10)
    }),
    { arbitrary: { runs: 40 } }
  )

  it.effect("bounds concurrent calls", () =>
    Effect.gen(function* () {
      const { calls, model } = batched({ inputs: 1, concurrency: 2 })
      const fiber = yield* Effect.forkChild(model.generate(["a", "b", "c", "d", "e"]))
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(calls.length, 2)
      yield* TestClock.adjust("5 millis")
      assert.strictEqual(calls.length, 4)
      yield* TestClock.adjust("20 millis")
      const answer = yield* Fiber.join(fiber)
      assert.strictEqual(answer.embeddings.length, 5)
      assert.deepStrictEqual(answer.timings?.total, Duration.millis(15))
    })
  )

  it.effect("fails with the embeddings that were computed when a later part fails", () =>
    Effect.gen(function* () {
      const { model } = batched({ inputs: 2, concurrency: 1 }, (call) => (call === 2 ? limited : undefined))
      const error = yield* Effect.flip(run(model.generate(["a", "b", "c", "d", "e"])))
      if (!(error instanceof PartialEmbeddingError)) return assert.fail(error._tag)
      assert.strictEqual(error.reason, limited)
      assert.deepStrictEqual(error.embeddings, [vectorOf("a"), vectorOf("b"), null, null, null])
      assert.strictEqual(error.usage.inputTokens.total, 2)
      assert.include(error.message, "2 of 5 inputs")
      assert.isTrue(isRetryable(error) && isFallbackable(error))
    })
  )

  it.effect("has one attempt, which took as long as its calls together, after those that failed", () =>
    Effect.gen(function* () {
      const { model } = batched({ inputs: 1, concurrency: 1 })
      const response = yield* run(model.generate(["a", "b", "c"]))
      assert.deepStrictEqual(response.attempts, [{ model: "fake/m", duration: Duration.millis(15) }])
      assert.deepStrictEqual(response.timings?.total, Duration.millis(15))
    })
  )

  it.effect("fails with the error itself when no part succeeded, or nothing was split", () =>
    Effect.gen(function* () {
      const all = batched({ inputs: 1, concurrency: 1 }, () => limited)
      assert.strictEqual(yield* Effect.flip(run(all.model.generate(["a", "b"]))), limited)
      assert.strictEqual(yield* Effect.flip(run(all.model.generate("a"))), limited)
    })
  )

  it.effect("retries only the part that failed", () =>
    Effect.gen(function* () {
      const { calls, model } = batched({ inputs: 2, concurrency: 1 }, (call) => (call === 2 ? limited : undefined))
      const retried = Model.retry(model, Schedule.recurs(2))
      const answer = yield* run(retried.generate(["a", "b", "c", "d", "e"]))
      assert.deepStrictEqual(
        calls.map(({ inputs }) => inputs),
        [["a", "b"], ["c", "d"], ["c", "d"], ["e"]]
      )
      assert.deepStrictEqual(answer.embeddings, ["a", "b", "c", "d", "e"].map(vectorOf))
      assert.deepStrictEqual(
        answer.attempts.map(({ error }) => error?._tag),
        ["RateLimitError", undefined]
      )
    })
  )

  it.effect("lists the attempts of the part that failed", () =>
    Effect.gen(function* () {
      const { model } = batched({ inputs: 1, concurrency: 1 }, (_, { inputs }) =>
        inputs[0] === "b" ? limited : undefined
      )
      const error = yield* Effect.flip(run(Model.retry(model, Schedule.recurs(2)).generate(["a", "b"])))
      if (!(error instanceof PartialEmbeddingError)) return assert.fail(error._tag)
      assert.strictEqual(attemptsOf(error.reason).length, 3)
    })
  )

  it.effect("stops the other parts when it is interrupted", () =>
    Effect.gen(function* () {
      const { calls, model } = batched({ inputs: 1, concurrency: 1 })
      const fiber = yield* Effect.forkChild(model.generate(["a", "b", "c"]))
      yield* TestClock.adjust("1 millis")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(calls.length, 1)
    })
  )
})
