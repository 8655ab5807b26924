import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, DateTime, Effect } from "effect"
import * as CatalogIndex from "../../src/catalog/CatalogIndex.ts"
import * as Cost from "../../src/catalog/Cost.ts"
import * as EmbeddedCatalog from "../../src/catalog/EmbeddedCatalog.ts"
import * as Usage from "../../src/domain/Usage.ts"
import { agrees, load } from "./vectors.ts"

type Json = { readonly [key: string]: unknown }

interface Vector {
  readonly id: string
  readonly provider: string
  readonly apiFlavor: string
  readonly response: Json
  readonly usage: { readonly [key: string]: number }
  readonly model: string
  readonly timestamp: string
  readonly expectedUsd: number
}

const vectors = load("usage-vectors.json") as ReadonlyArray<Vector> | undefined

const at = (value: unknown, ...path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>((found, key) => (found as Json | undefined | null)?.[key], value)

const modality = (details: unknown, name: string): unknown =>
  (details as ReadonlyArray<Json> | undefined)?.find((part) => part.modality === name)?.tokenCount

const plus = (...counts: ReadonlyArray<unknown>): number => counts.reduce<number>((sum, n) => sum + Number(n ?? 0), 0)

/** What each provider's answer says, in the words of `Usage.make`. */
const usageOf = ({ apiFlavor, provider, response }: Vector): Usage.Usage => {
  const usage = response.usage ?? at(response, "response", "usage")
  switch (provider) {
    case "anthropic":
      return Usage.make(
        {
          input: at(usage, "input_tokens"),
          cacheRead: at(usage, "cache_read_input_tokens"),
          cacheWrite: at(usage, "cache_creation_input_tokens"),
          cacheWrite5m: at(usage, "cache_creation", "ephemeral_5m_input_tokens"),
          cacheWrite1h: at(usage, "cache_creation", "ephemeral_1h_input_tokens"),
          output: at(usage, "output_tokens"),
          cacheOutsideInput: true
        },
        { toolRequests: at(usage, "server_tool_use") as { readonly [name: string]: number } }
      )
    case "google": {
      const google = response.usageMetadata
      return Usage.make({
        input: plus(at(google, "promptTokenCount"), at(google, "toolUsePromptTokenCount")),
        cacheRead: at(google, "cachedContentTokenCount"),
        inputAudio: modality(at(google, "promptTokensDetails"), "AUDIO"),
        cacheReadAudio: modality(at(google, "cacheTokensDetails"), "AUDIO"),
        output: at(google, "candidatesTokenCount"),
        reasoning: at(google, "thoughtsTokenCount"),
        reasoningOutsideOutput: true
      })
    }
    case "aws":
      return Usage.make({
        input: at(usage, "inputTokens"),
        cacheRead: at(usage, "cacheReadInputTokens"),
        cacheWrite: at(usage, "cacheWriteInputTokens"),
        output: at(usage, "outputTokens"),
        cacheOutsideInput: true
      })
    case "cohere":
      return Usage.make({
        input: at(usage, "billed_units", "input_tokens"),
        output: at(usage, "billed_units", "output_tokens")
      })
    default: {
      const inside =
        at(usage, "input_tokens_details") ?? at(usage, "input_token_details") ?? at(usage, "prompt_tokens_details")
      const made =
        at(usage, "output_tokens_details") ??
        at(usage, "output_token_details") ??
        at(usage, "completion_tokens_details")
      return Usage.make({
        input: at(usage, "input_tokens") ?? at(usage, "prompt_tokens"),
        cacheRead: at(inside, "cached_tokens") ?? at(usage, "prompt_cache_hit_tokens") ?? at(usage, "cached_tokens"),
        cacheWrite: at(inside, "cache_write_tokens"),
        inputAudio: at(inside, "audio_tokens"),
        cacheReadAudio: at(inside, "cached_tokens_details", "audio_tokens"),
        output: at(usage, "output_tokens") ?? at(usage, "completion_tokens"),
        reasoning: at(made, "reasoning_tokens"),
        outputAudio: at(made, "audio_tokens"),
        reasoningOutsideOutput: provider === "x-ai" && apiFlavor === "chat"
      })
    }
  }
}

/** What the provider bills otherwise than genai-prices has it: docs/pricing.md. */
const decisions: { readonly [id: string]: readonly [usd: string, why: string] } = {
  "uv-028": ["0.0109704", "Moonshot's top-level cached_tokens is read from the cache"]
}

describe.skipIf(vectors === undefined)("usage vectors", () => {
  it.effect("normalise every response to its totals", () =>
    Effect.sync(() => {
      for (const vector of vectors ?? []) {
        const { inputTokens, outputTokens } = usageOf(vector)
        assert.deepStrictEqual(
          [inputTokens.total, outputTokens.total],
          [vector.usage.input_tokens, vector.usage.output_tokens],
          vector.id
        )
        if (!Object.hasOwn(decisions, vector.id)) {
          assert.strictEqual(inputTokens.cacheRead ?? 0, vector.usage.cache_read_tokens ?? 0, vector.id)
        }
        assert.strictEqual(inputTokens.cacheWrite ?? 0, vector.usage.cache_write_tokens ?? 0, vector.id)
        assert.strictEqual(outputTokens.reasoning ?? 0, vector.usage.output_reasoning_tokens ?? 0, vector.id)
      }
    })
  )

  it.effect("cost what they should with the embedded prices", () =>
    Effect.gen(function* () {
      const index = CatalogIndex.make((yield* EmbeddedCatalog.load).entries)
      const wrong = (vectors ?? []).flatMap((vector) => {
        const found = index.find(`${vector.provider}/${vector.model}`)
        const cost = Cost.of(usageOf(vector), found?.model.price, { at: DateTime.makeUnsafe(vector.timestamp) })
        const expected = decisions[vector.id]?.[0] ?? vector.expectedUsd
        return cost._tag === "Priced" && agrees(cost.total, expected)
          ? []
          : [
              `${vector.id} ${vector.provider}/${vector.model} as ${found?.model.provider}/${found?.model.id} (${found?.match}): ` +
                `${cost._tag === "Priced" ? BigDecimal.format(cost.total) : JSON.stringify(cost.reason)}, not ${expected}`
            ]
      })
      assert.deepStrictEqual(wrong, [])
    })
  )
})
