import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as Usage from "../../src/domain/Usage.ts"
import { counts, nonNegativeInt, optional, usage } from "./arbitraries.ts"

/** Absent and `undefined` counts are the same, and so is their order. */
const known = (u: unknown): unknown =>
  typeof u === "object" && u !== null
    ? Object.fromEntries(
        Object.entries(u)
          .filter(([, value]) => value !== undefined)
          .map(([key, value]) => [key, known(value)] as const)
          .sort(([one], [other]) => (one < other ? -1 : 1))
      )
    : u

const same = (one: Usage.Usage, other: Usage.Usage) => assert.deepStrictEqual(known(one), known(other))

const metered: Arbitrary.Arbitrary<Usage.Usage> = Arbitrary.map(
  Arbitrary.all([usage, optional(nonNegativeInt(9)), optional(nonNegativeInt(9))]),
  ([usage, searches, fetches]) => ({
    ...usage,
    toolRequests:
      searches === undefined && fetches === undefined
        ? undefined
        : (Object.fromEntries(Object.entries({ searches, fetches }).filter(([, value]) => value !== undefined)) as {
            [key: string]: number
          })
  })
)

describe("Usage.make", () => {
  it.prop("the parts of coherent counts add up to the totals", { counts }, ({ counts }) => {
    const { inputTokens, outputTokens } = Usage.make(counts)
    assert.strictEqual(
      inputTokens.uncached! + (inputTokens.cacheRead ?? 0) + (inputTokens.cacheWrite ?? 0),
      inputTokens.total
    )
    assert.strictEqual(outputTokens.text! + (outputTokens.reasoning ?? 0), outputTokens.total)
  })

  it.prop(
    "it does not matter whether a provider counts parts inside the total or outside",
    { counts },
    ({ counts }) => {
      const { cacheRead, cacheWrite, input, output, reasoning } = counts as {
        readonly [key: string]: number | undefined
      }
      const unknownFields = {
        ...counts,
        input: input! - (cacheRead ?? 0) - (cacheWrite ?? 0),
        output: output! - (reasoning ?? 0)
      }
      same(Usage.make({ ...unknownFields, cacheOutsideInput: true, reasoningOutsideOutput: true }), Usage.make(counts))
    }
  )

  it("a count that is not a non-negative integer is unknown, which is not zero", () => {
    for (const wrong of [undefined, null, "3", -1, 1.5, Number.NaN, Infinity, {}]) {
      const { inputTokens, outputTokens } = Usage.make({ input: wrong, output: wrong, reasoning: wrong, cacheRead: 0 })
      assert.isUndefined(inputTokens.total)
      assert.isUndefined(inputTokens.uncached)
      assert.isUndefined(outputTokens.total)
      assert.isUndefined(outputTokens.text)
      assert.isUndefined(outputTokens.reasoning)
      assert.strictEqual(inputTokens.cacheRead, 0)
    }
  })

  it("cache writes are the sum of those with a ttl of five minutes and of one hour", () => {
    assert.strictEqual(Usage.make({ cacheWrite5m: 2, cacheWrite1h: 3 }).inputTokens.cacheWrite, 5)
    assert.strictEqual(Usage.make({ cacheWrite1h: 3 }).inputTokens.cacheWrite, 3)
    assert.strictEqual(Usage.make({ cacheWrite: 7, cacheWrite5m: 2 }).inputTokens.cacheWrite, 7)
  })

  it("incoherent counts never give a negative part", () => {
    const { inputTokens, outputTokens } = Usage.make({ input: 1, cacheRead: 5, output: 1, reasoning: 5 })
    assert.strictEqual(inputTokens.uncached, 0)
    assert.strictEqual(outputTokens.text, 0)
  })

  it.prop("is a Usage", { usage: metered }, ({ usage }) => {
    assert.doesNotThrow(() => Schema.decodeUnknownSync(Usage.Usage)(usage))
  })
})

describe("Usage.isKnown", () => {
  const zeros = Usage.make({
    input: 0,
    cacheRead: 0,
    cacheWrite: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    inputAudio: 0,
    inputImage: 0,
    cacheReadAudio: 0,
    output: 0,
    reasoning: 0,
    outputAudio: 0,
    outputImage: 0
  })

  it("is false where no count is known, however the unknown ones are written", () => {
    assert.isFalse(Usage.isKnown(Usage.unknown))
    assert.isFalse(Usage.isKnown(Usage.make({})))
    assert.isFalse(Usage.isKnown({ ...Usage.unknown, reportedCost: undefined, units: undefined }))
  })

  it("is true with any one count of tokens, zero included", () => {
    for (const part of ["inputTokens", "outputTokens"] as const) {
      const names = Object.keys(zeros[part])
      assert.isNotEmpty(names)
      for (const name of names) {
        const usage = { ...Usage.make({}), [part]: { ...Usage.make({})[part], [name]: 0 } }
        assert.isTrue(Usage.isKnown(usage), `${part}.${name}`)
      }
    }
  })

  it("is true with units or a reported cost alone", () => {
    assert.isTrue(Usage.isKnown({ ...Usage.unknown, units: { inputSeconds: 1.5 } }))
    assert.isTrue(Usage.isKnown({ ...Usage.unknown, reportedCost: "0.01" }))
  })
})

describe("Usage.add", () => {
  const three = { a: metered, b: metered, c: metered }

  it.prop("is commutative", three, ({ a, b }) => same(Usage.add(a, b), Usage.add(b, a)))

  it.prop("is associative", three, ({ a, b, c }) => same(Usage.add(Usage.add(a, b), c), Usage.add(a, Usage.add(b, c))))

  it.prop("adds nothing when nothing is known", three, ({ a }) => same(Usage.add(a, Usage.unknown), a))

  it.prop("keeps the parts adding up", three, ({ a, b }) => {
    const { inputTokens, outputTokens } = Usage.add(a, b)
    assert.strictEqual(
      inputTokens.uncached! + (inputTokens.cacheRead ?? 0) + (inputTokens.cacheWrite ?? 0),
      inputTokens.total
    )
    assert.strictEqual(outputTokens.text! + (outputTokens.reasoning ?? 0), outputTokens.total)
  })

  it("adds units and tool requests by their names", () => {
    const one = { ...Usage.unknown, units: { inputSeconds: 1.5, outputImages: 2 }, toolRequests: { web_search: 1 } }
    const other = { ...Usage.unknown, units: { inputSeconds: 2, pages: 3 }, toolRequests: { web_search: 2, fetch: 4 } }
    assert.deepStrictEqual(known(Usage.add(one, other)), {
      inputTokens: {},
      outputTokens: {},
      units: { inputSeconds: 3.5, outputImages: 2, pages: 3 },
      toolRequests: { web_search: 3, fetch: 4 }
    })
    for (const sum of [Usage.add(one, Usage.unknown), Usage.add(Usage.unknown, one)]) {
      assert.deepStrictEqual(known(sum), known(one))
    }
  })

  it("keeps a count that one side alone knows", () => {
    const sum = Usage.add(
      { inputTokens: { total: 3 }, outputTokens: {} },
      { inputTokens: {}, outputTokens: { total: 4 } }
    )
    assert.deepStrictEqual(known(sum), { inputTokens: { total: 3 }, outputTokens: { total: 4 } })
  })
})
