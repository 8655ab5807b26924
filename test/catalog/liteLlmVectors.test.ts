import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, DateTime } from "effect"
import * as Cost from "../../src/catalog/Cost.ts"
import * as LiteLlm from "../../src/catalog/sources/LiteLlm.ts"
import * as Usage from "../../src/domain/Usage.ts"
import { load } from "./vectors.ts"

type Json = { readonly [key: string]: unknown }

interface Vector {
  readonly id: string
  readonly category: string
  readonly note: string
  readonly args: {
    readonly custom_llm_provider: string
    readonly service_tier?: string
    readonly data_residency?: string
    readonly vertex_location?: string
    readonly current_time?: string
  }
  readonly usage: Json & { readonly prompt_tokens_details?: Json; readonly completion_tokens_details?: Json }
  readonly total: string
  readonly model_info: Json
}

const file = load("litellm_cost_vectors.json") as { readonly vectors: ReadonlyArray<Vector> } | undefined
const vectors = file?.vectors ?? []

const usageOf = ({ usage }: Vector): Usage.Usage => {
  const input = usage.prompt_tokens_details ?? {}
  const output = usage.completion_tokens_details ?? {}
  const split = (input.cache_creation_token_details ?? {}) as Json
  return Usage.make({
    input: usage.prompt_tokens,
    cacheRead: input.cached_tokens,
    cacheWrite: input.cache_write_tokens ?? input.cache_creation_tokens,
    cacheWrite5m: split.ephemeral_5m_input_tokens,
    cacheWrite1h: split.ephemeral_1h_input_tokens,
    inputAudio: input.audio_tokens,
    inputImage: input.image_tokens,
    output: usage.completion_tokens,
    reasoning: output.reasoning_tokens,
    outputAudio: output.audio_tokens,
    outputImage: output.image_tokens
  })
}

const units = {
  video_tokens: "inputVideo",
  character_count: "inputCharacters",
  image_count: "inputImages",
  video_length_seconds: "inputVideoSeconds",
  audio_length_seconds: "inputSeconds"
}

const costOf = (vector: Vector): Cost.Cost => {
  const {
    current_time: time,
    custom_llm_provider: provider,
    data_residency: home,
    service_tier: tier,
    vertex_location: place
  } = vector.args
  const details = vector.usage.prompt_tokens_details ?? {}
  return Cost.of(usageOf(vector), LiteLlm.toPrice(vector.model_info, provider), {
    at: DateTime.makeUnsafe(time ?? "2026-11-18T12:00:00Z"),
    serviceTier: tier,
    region: home ?? place,
    units: Object.fromEntries(
      Object.entries(units).flatMap(([key, meter]) => (typeof details[key] === "number" ? [[meter, details[key]]] : []))
    )
  })
}

const total = (cost: Cost.Cost): string =>
  cost._tag === "Priced" ? BigDecimal.format(cost.total) : `unpriced: ${cost.reason._tag}`

const flags = (cost: Cost.Cost): ReadonlyArray<string> =>
  cost._tag === "Priced" ? cost.flags.map((flag) => flag._tag) : []

/** Where we do not follow LiteLLM, and why: docs/pricing.md. */
const decisions: { readonly [id: string]: readonly [total: string, why: string] } = {
  "ll-007": ["0.0405", "tokens read from a cache without a rate are not free: they cost the input rate"],
  "ll-031": ["3.06", "a priority surcharge is never cheaper beyond a threshold than below it"],
  "ll-032": ["0.76125", "the flex discount holds beyond a threshold too: half of the long-context rates"],
  "ll-043": ["0.0135", "audio without a rate is not free: it costs the input rate"],
  "ll-045": ["0.05", "tokens read from a cache without a rate are not free: they cost the input rate"],
  "ll-049": ["1.500225", "images are input: they follow the threshold"],
  "ll-051": ["0.0026", "the total counts, not a text share that is smaller"],
  "ll-052": ["0.0026", "the total counts, not shares that exceed it"],
  "ll-053": ["unpriced: InvalidUsage", "more cached than input tokens is no usage"],
  "ll-064": ["unpriced: NoPrice", "a model without a price does not cost nothing"],
  "ll-066": ["0.0051", "an hour's cache write without a rate costs that of five minutes"]
}

describe.skipIf(file === undefined)("LiteLLM's vectors", () => {
  const followed = vectors.filter(({ id }) => !Object.hasOwn(decisions, id))

  it("computes the exact decimal of every vector that is not a quirk of LiteLLM", () => {
    const wrong = followed.flatMap((vector) => {
      const cost = costOf(vector)
      return cost._tag === "Priced" && BigDecimal.equals(cost.total, BigDecimal.fromStringUnsafe(vector.total))
        ? []
        : [`${vector.id} ${vector.category}: ${total(cost)}, not ${vector.total} (${vector.note})`]
    })
    assert.deepStrictEqual(wrong, [])
  })

  for (const vector of vectors) {
    const decision = decisions[vector.id]
    if (decision === undefined) continue
    const [expected, why] = decision
    it(`differs from LiteLLM in ${vector.id}: ${why}`, () => assert.strictEqual(total(costOf(vector)), expected))
  }

  it("flags every rate that it had to borrow", () => {
    const borrowed = vectors.filter(({ id }) => ["ll-007", "ll-043", "ll-045", "ll-066", "ll-034"].includes(id))
    for (const vector of borrowed) assert.include(flags(costOf(vector)), "Substituted", vector.id)
  })
})
