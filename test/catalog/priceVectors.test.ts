import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, DateTime } from "effect"
import * as Cost from "../../src/catalog/Cost.ts"
import type { Price } from "../../src/catalog/Price.ts"
import * as GenaiPrices from "../../src/catalog/sources/GenaiPrices.ts"
import * as Usage from "../../src/domain/Usage.ts"
import { agrees, load } from "./vectors.ts"

interface Vector {
  readonly id: string
  readonly category: string
  readonly provider: string
  readonly model: string
  readonly usage: { readonly [key: string]: number | string }
  readonly rates?: unknown
  readonly timestamp: string
  readonly expectedUsd?: number
  readonly expectedUsdExact?: string
  readonly expectedError?: string
  readonly disputed?: string
}

const vectors = load("price-vectors.json") as ReadonlyArray<Vector> | undefined

/** In genai-prices' usage an absent count is zero. */
const usageOf = (usage: Vector["usage"]): Usage.Usage =>
  Usage.make(
    {
      input: usage.input_tokens ?? 0,
      cacheRead: usage.cache_read_tokens,
      cacheWrite: usage.cache_write_tokens,
      cacheWrite5m: usage.cache_write_5m_tokens,
      cacheWrite1h: usage.cache_write_1h_tokens,
      inputAudio: usage.input_audio_tokens,
      inputImage: usage.input_image_tokens,
      cacheReadAudio: usage.cache_audio_read_tokens,
      output: usage.output_tokens ?? 0,
      reasoning: usage.output_reasoning_tokens,
      outputAudio: usage.output_audio_tokens,
      outputImage: usage.output_image_tokens
    },
    {
      toolRequests: {
        web_search_requests: Number(usage.web_searches ?? 0),
        file_search: Number(usage.storage_searches ?? 0)
      }
    }
  )

const units = {
  cache_image_read_tokens: "cacheReadImage",
  input_video_tokens: "inputVideo",
  output_citation_tokens: "citation",
  input_audio_seconds: "inputSeconds",
  input_document_pages: "pages",
  input_annotated_document_pages: "annotatedPages"
}

const unitsOf = (usage: Vector["usage"]): { readonly [meter: string]: number } =>
  Object.fromEntries(
    Object.entries(units).flatMap(([key, meter]) => (usage[key] === undefined ? [] : [[meter, Number(usage[key])]]))
  )

const priceOf = (vector: Vector): Price | undefined => GenaiPrices.decodePrice(vector.provider, vector.rates)

const costOf = (vector: Vector): Cost.Cost =>
  Cost.of(usageOf(vector.usage), priceOf(vector), {
    at: DateTime.makeUnsafe(vector.timestamp),
    units: unitsOf(vector.usage)
  })

const total = (cost: Cost.Cost): string =>
  cost._tag === "Priced" ? BigDecimal.format(cost.total) : `unpriced: ${JSON.stringify(cost.reason)}`

describe.skipIf(vectors === undefined)("price vectors", () => {
  const settled = (vectors ?? []).filter((vector) => vector.disputed === undefined)

  it("computes the exact decimal of every undisputed vector", () => {
    const wrong = settled
      .filter((vector) => vector.expectedError === undefined)
      .flatMap((vector) => {
        const cost = costOf(vector)
        const expected = vector.expectedUsdExact ?? vector.expectedUsd ?? NaN
        return cost._tag === "Priced" && agrees(cost.total, expected)
          ? []
          : [`${vector.id} ${vector.category} ${vector.model}: ${total(cost)}, not ${expected}`]
      })
    assert.deepStrictEqual(wrong, [])
  })

  it("refuses every usage that contradicts itself", () => {
    const invalid = settled.filter((vector) => vector.expectedError !== undefined)
    const wrong = invalid.filter(
      (vector) =>
        Cost.of(usageOf(vector.usage), GenaiPrices.decodePrice(vector.provider, { input_mtok: 1, output_mtok: 1 }), {
          at: DateTime.makeUnsafe(vector.timestamp)
        })._tag !== "Unpriced"
    )
    assert.deepStrictEqual(wrong, [])
  })

  it("decides for the vendor: at exactly 272,000 input tokens OpenAI bills the base rate (> 272K)", () => {
    const disputed = (vectors ?? []).filter((vector) => vector.disputed?.includes("> 272000") === true)
    for (const vector of disputed) {
      const below = costOf({ ...vector, usage: { ...vector.usage, input_tokens: 271_000 } })
      const [at, base] = [costOf(vector), below].map((cost) =>
        cost._tag === "Priced" ? cost.breakdown[0]?.rate : undefined
      )
      assert.deepStrictEqual(at, base, vector.id)
    }
  })

  it("decides for the vendor: from exactly 200,000 input tokens on xAI bills the long-context rate (>= 200k)", () => {
    const disputed = (vectors ?? []).filter((vector) => vector.disputed?.includes("docs.x.ai") === true)
    for (const vector of disputed) {
      const above = costOf({ ...vector, usage: { ...vector.usage, input_tokens: 200_001 } })
      const [at, long] = [costOf(vector), above].map((cost) =>
        cost._tag === "Priced" ? cost.breakdown[0]?.rate : undefined
      )
      assert.deepStrictEqual(at, long, vector.id)
    }
  })

  it("agrees on the arithmetic of the remaining disputes, which are about the rates", () => {
    const rates = (vectors ?? []).filter((vector) => /v4-flash|would bill peak/.test(vector.disputed ?? ""))
    for (const vector of rates) assert.strictEqual(total(costOf(vector)), vector.expectedUsdExact, vector.id)
  })
})
