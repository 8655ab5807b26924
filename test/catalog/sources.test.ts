import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, DateTime, Result } from "effect"
import type { CatalogModel } from "../../src/catalog/CatalogModel.ts"
import * as Cost from "../../src/catalog/Cost.ts"
import * as Rate from "../../src/catalog/Rate.ts"
import type { Feed } from "../../src/catalog/sources/Feed.ts"
import * as GenaiPrices from "../../src/catalog/sources/GenaiPrices.ts"
import * as LiteLlm from "../../src/catalog/sources/LiteLlm.ts"
import * as ModelsDev from "../../src/catalog/sources/ModelsDev.ts"
import { load } from "./vectors.ts"

const first = (feed: Result.Result<Feed, unknown>): CatalogModel | undefined => Result.getOrThrow(feed).models[0]

describe("genai-prices", () => {
  const data = [
    {
      id: "x-ai",
      models: [
        {
          id: "grok-9",
          name: "Grok 9",
          match: { or: [{ equals: "grok-9" }, { equals: "grok-nine" }, { starts_with: "grok-9-" }, { regex: "^g9$" }] },
          context_window: 1000,
          deprecated: true,
          prices: [
            { prices: { input_mtok: { base: 2, tiers: [{ start: 199999, price: 4 }] }, output_mtok: 6 } },
            { constraint: { start_date: "2026-10-01" }, prices: { input_mtok: 1, output_mtok: 3 } },
            {
              constraint: { start_time: "01:00:00Z", end_time: "04:00:00Z" },
              prices: { input_mtok: 5, output_mtok: 9 }
            }
          ]
        },
        { id: "broken", prices: { input_mtok: "much" } }
      ]
    }
  ]

  it("has models, names, dated prices, hours and thresholds in the vendor's terms", () => {
    const model = first(GenaiPrices.decode(data, "2026-09-23"))
    assert.deepInclude(model, {
      provider: "xai",
      id: "grok-9",
      contextWindow: 1000,
      deprecated: true,
      asOf: "2026-09-23"
    })
    assert.deepStrictEqual(model?.aliases, ["grok-nine"])
    assert.deepStrictEqual(model?.matchers, ["^grok-9-", "/^g9$/"])
    assert.deepStrictEqual(JSON.parse(JSON.stringify(model?.price?.versions)), [
      { rates: { input: 2, output: 6 }, thresholds: [{ above: 200000, inclusive: true, rates: { input: 4 } }] },
      {
        from: "2026-10-01",
        rates: { input: 1, output: 3 },
        windows: [{ start: "01:00:00", end: "04:00:00", rates: { input: 5, output: 9 } }]
      }
    ])
  })

  it("has service tiers as of its date: rates that a variant lacks are the standard ones", () => {
    const model = {
      id: "one",
      prices: [
        { prices: { input_mtok: 2, output_mtok: 8, cache_read_mtok: 0.5, web_searches_kcount: 10 } },
        { constraint: { start_date: "2026-12-01" }, prices: { input_mtok: 4, output_mtok: 16, cache_read_mtok: 1 } }
      ],
      price_variants: [
        { when: { service_tier: "default" }, prices: {} },
        { when: { processing: "batch" }, constraint: { start_date: "2026-12-01" }, prices: { input_mtok: 2 } },
        {
          when: { processing: "batch" },
          constraint: { start_date: "2026-10-14" },
          prices: { input_mtok: 1, output_mtok: 4 }
        },
        { when: { service_tier: "priority" }, prices: { input_mtok: { base: 5, tiers: [{ start: 1000, price: 6 }] } } },
        { when: { service_tier: "fast" }, prices: { input_mtok: 5 } },
        { when: { route: "eu" }, prices: { input_mtok: 3 } },
        { when: { processing: "batch", route: "eu" }, prices: { input_mtok: 9 } }
      ]
    }
    const tiersOn = (day: string) =>
      JSON.parse(JSON.stringify(first(GenaiPrices.decode([{ id: "acme", models: [model] }], day))?.price?.tiers))
    assert.deepStrictEqual(tiersOn("2026-11-10"), {
      batch: { rates: { input: 1, output: 4, cacheRead: 0.5 } },
      priority: {
        rates: { input: 5, output: 8, cacheRead: 0.5 },
        thresholds: [{ above: 1000, rates: { input: 6 } }]
      }
    })
    assert.deepStrictEqual(tiersOn("2026-12-01").batch, { rates: { input: 2, output: 16, cacheRead: 1 } })
  })

  it("leaves out a row of another shape and names its provider, and refuses a file of another shape", () => {
    assert.deepStrictEqual(Result.getOrThrow(GenaiPrices.decode(data)).rejected, ["xai/?"])
    assert.isTrue(Result.isFailure(GenaiPrices.decode({ providers: [] })))
    assert.isUndefined(GenaiPrices.decodePrice("openai", null))
  })

  it("combines rules that apply together into one expression", () => {
    const match = {
      and: [{ starts_with: "gemini-2.5-pro" }, { regex: "^(?!.*-tts)" }, { contains: "-" }, { ends_with: "o" }]
    }
    const model = first(GenaiPrices.decode([{ id: "google", models: [{ id: "m", match, prices: { input_mtok: 1 } }] }]))
    const rule = new RegExp((model?.matchers[0] ?? "").slice(1, -1))
    assert.deepStrictEqual(
      ["gemini-2.5-pro", "gemini-2.5-pro-tts-o", "xgemini-2.5-pro"].map((name) => rule.test(name)),
      [true, false, false]
    )
  })

  it("infers the kind of a model from its meters", () => {
    const kinds = [
      "whisper",
      "text-embedding-3",
      "omni-moderation",
      "rerank-3",
      "tts-1",
      "dall-e",
      "sora",
      "ocr",
      "gpt"
    ]
    const prices = [
      { audio_hours: 1 },
      {},
      {},
      {},
      {},
      { output_image_mtok: 1 },
      { output_video_mtok: 1 },
      { input_document_kpages: 1 },
      {}
    ]
    const models = kinds.map((id, index) => ({ id, prices: { input_mtok: 1, ...prices[index] } }))
    assert.deepStrictEqual(
      Result.getOrThrow(GenaiPrices.decode([{ id: "openai", models }])).models.map(({ kind }) => kind),
      ["transcription", "embedding", "moderation", "rerank", "speech", "image", "video", "ocr", "chat"]
    )
  })
})

describe("models.dev", () => {
  const data = {
    openai: {
      models: {
        "gpt-5.5": {
          id: "gpt-5.5",
          name: "GPT-5.5",
          reasoning: true,
          reasoning_options: [{ type: "toggle" }, { type: "effort", values: ["low", "high"] }],
          tool_call: true,
          structured_output: true,
          modalities: { input: ["text", "image", "pdf"], output: ["text"] },
          limit: { context: 1_050_000, output: 128_000 },
          status: "deprecated",
          experimental: {
            modes: { fast: { cost: { input: 12.5, output: 75 }, provider: { body: { service_tier: "priority" } } } }
          },
          cost: {
            input: 5,
            output: 30,
            cache_read: 0.5,
            tiers: [{ input: 10, output: 45, cache_read: 1, tier: { type: "context", size: 272_000 } }],
            context_over_200k: { input: 10, output: 45 }
          }
        },
        unknown: { id: "unknown", limit: { context: 0 } },
        old: { id: "old", cost: { input: 1, output: 2, context_over_200k: { input: 3 } } },
        zero: { id: "zero", cost: { input: 0, output: 0 } },
        broken: { id: 5 }
      }
    },
    "github-copilot": { models: { zero: { id: "zero", cost: { input: 0, output: 0 } } } },
    vercel: {
      models: { m: { id: "m", cost: { input: 1, output: 1, tiers: [{ input: 2, tier: { size: 200_001 } }] } } }
    }
  }
  const feed = Result.getOrThrow(ModelsDev.decode(data, "2026-11-20"))
  const model = (id: string, provider = "openai") => feed.models.find((m) => m.id === id && m.provider === provider)

  it("has prices with their tiers; the legacy threshold counts only if there is no other", () => {
    assert.deepStrictEqual(JSON.parse(JSON.stringify(model("gpt-5.5")?.price)), {
      versions: [
        {
          rates: { input: 5, output: 30, cacheRead: 0.5 },
          thresholds: [{ above: 272_000, rates: { input: 10, output: 45, cacheRead: 1 } }]
        }
      ],
      tiers: { priority: { rates: { input: 12.5, output: 75 } } },
      row: "openai/gpt-5.5",
      source: "models.dev",
      asOf: "2026-11-20"
    })
    assert.deepStrictEqual(model("old")?.price?.versions[0]?.thresholds, [{ above: 200_000, rates: { input: 3 } }])
    assert.deepStrictEqual(model("m", "vercel")?.price?.versions[0]?.thresholds, [
      { above: 200_000, rates: { input: 2 } }
    ])
  })

  it("has limits, modalities and capabilities", () => {
    assert.deepInclude(model("gpt-5.5"), { contextWindow: 1_050_000, maxOutputTokens: 128_000, deprecated: true })
    assert.deepStrictEqual(model("gpt-5.5")?.capabilities, [
      "tools",
      "structuredOutput",
      "reasoning",
      "promptCaching",
      "vision",
      "pdf"
    ])
    assert.deepStrictEqual(model("gpt-5.5")?.reasoningEfforts, ["low", "high"])
  })

  it("distinguishes free, paid by subscription and unknown", () => {
    assert.strictEqual(model("zero")?.price?.billing, "free")
    assert.strictEqual(model("zero", "github-copilot")?.price?.billing, "subscription")
    assert.isUndefined(model("unknown")?.price)
    assert.isUndefined(model("unknown")?.contextWindow)
    assert.deepStrictEqual(feed.rejected, ["openai/broken"])
    assert.isTrue(Result.isFailure(ModelsDev.decode([])))
  })
})

describe("LiteLLM", () => {
  it("reads names, modes, flags and retirement dates, and skips rows that are not models", () => {
    const feed = Result.getOrThrow(
      LiteLlm.decode({
        sample_spec: { litellm_provider: "x" },
        fallback_generalizations: {},
        "gemini/gemini-9": {
          litellm_provider: "gemini",
          mode: "responses",
          max_input_tokens: "1000",
          max_output_tokens: 10,
          supports_vision: true,
          supports_function_calling: true,
          deprecation_date: "2026-12-01",
          input_cost_per_token: 1e-7,
          output_cost_per_token: "4e-7",
          search_context_cost_per_query: { search_context_size_medium: 0.035 }
        },
        "dall-e-9": { litellm_provider: "openai", mode: "image_generation", output_cost_per_image_2K: 0.08 },
        nothing: { litellm_provider: "openai" },
        bad: 7
      })
    )
    const [gemini, image, nothing] = feed.models
    assert.deepInclude(gemini, {
      provider: "google",
      id: "gemini-9",
      kind: "chat",
      contextWindow: 1000,
      maxOutputTokens: 10,
      deprecated: "2026-12-01"
    })
    assert.deepStrictEqual(gemini?.capabilities, ["tools", "vision"])
    assert.deepStrictEqual(gemini?.price?.versions[0]?.rates, { input: 0.1, output: 0.4, webSearches: 35 })
    assert.deepStrictEqual(image?.price?.versions[0]?.rates, { "outputImages:2K": 0.08 })
    assert.isUndefined(nothing?.price)
    assert.deepStrictEqual(feed.rejected, ["bad"])
  })

  it("reads hours off peak on days of the week", () => {
    const price = LiteLlm.toPrice({
      input_cost_per_token: 2e-6,
      output_cost_per_token: 2e-6,
      off_peak_pricing: {
        hours_utc: ["00:00-01:00", "never"],
        windows: [{ hours_utc: ["15:00-23:00"], weekdays: ["sat", 7] }],
        weekday_timezone: "Asia/Shanghai",
        input_cost_per_token: 1e-6
      }
    })
    const bill = (at: string) => {
      const cost = Cost.estimate(1_000_000, 0, price, { at: DateTime.makeUnsafe(at) })
      return cost._tag === "Priced" ? BigDecimal.format(cost.total) : cost._tag
    }
    assert.deepStrictEqual(["2026-11-18T00:30:00Z", "2026-11-18T16:00:00Z", "2026-11-20T16:00:00Z"].map(bill), [
      "1",
      "2",
      "1"
    ])
  })

  it("multiplies for Anthropic's fast mode and regions, and for Vertex's endpoints", () => {
    const anthropic = LiteLlm.toPrice({ input_cost_per_token: 1e-6, provider_specific_entry: { us: 1.1, fast: 6 } })
    assert.deepStrictEqual([anthropic.tiers, anthropic.regions], [{ fast: { multiplier: 6 } }, { us: 1.1 }])
    assert.deepStrictEqual(LiteLlm.toPrice({ regional_endpoint_uplift_multiplier: 1.1 }).regions, { "*": 1.1 })
  })

  const file = load("litellm_model_prices_2026-08-01.json")
  it.skipIf(file === undefined)("reads the whole file of a day, most of it with a price", () => {
    const feed = Result.getOrThrow(LiteLlm.decode(file, "2026-08-01"))
    assert.isAbove(feed.models.length, 2900)
    assert.deepStrictEqual(feed.rejected, [])
    assert.isAbove(feed.models.filter(({ price }) => price !== undefined).length, 2500)
  })
})

describe("a rate", () => {
  it("is the decimal that is written", () => {
    assert.strictEqual(BigDecimal.format(Rate.toDecimal(1.25e-6)), "0.00000125")
    assert.strictEqual(Rate.times(1.1, 1.1), 1.21)
    assert.strictEqual(Rate.times("0.1234567890123456789", 10), "1.234567890123456789")
    assert.strictEqual(Rate.sum(0.1, 0.2), 0.3)
    assert.deepStrictEqual([" 3e-6 ", "", "x", -1, Number.NaN, null].map(Rate.fromUnknown), [
      "3e-6",
      undefined,
      undefined,
      undefined,
      undefined,
      undefined
    ])
  })
})
