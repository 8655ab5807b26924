import { assert, describe, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import { existsSync, readFileSync } from "node:fs"
import type { Usage } from "../../../src/domain/Usage.ts"
import { decodeUsage, encodeUsage } from "../../../src/protocols/openaiChat/Usage.ts"
import * as Arb from "../../domain/arbitraries.ts"
import { chunks, delta, read, readUnary, stop, unary } from "./wire.ts"

const decode = (usage: object, reasoningOutsideOutput = false): Usage =>
  decodeUsage(usage as { readonly [key: string]: unknown }, { reasoningOutsideOutput })

const counts = ({ raw: _, ...usage }: Usage): unknown => JSON.parse(JSON.stringify(usage))

describe("usage", () => {
  it.prop("survives the wire", { usage: Arb.usage }, ({ usage }) => {
    assert.deepStrictEqual(counts(decode(JSON.parse(JSON.stringify(encodeUsage(usage))) as object)), counts(usage))
  })

  const anything = Arb.oneOf<unknown>(
    Arb.nonNegativeInt(1000),
    Arb.nonNegativeInt(1000),
    Arb.literal<string | number>("12", -1, 1.5),
    Arbitrary.Constant(null),
    Arbitrary.Constant(undefined)
  )

  it.prop(
    "is consistent, whatever a server sends",
    {
      wire: Arbitrary.all({
        prompt_tokens: anything,
        completion_tokens: anything,
        total_tokens: anything,
        cached_tokens: anything,
        prompt_tokens_details: Arbitrary.all({ cached_tokens: anything, cache_write_tokens: anything }),
        completion_tokens_details: Arbitrary.all({ reasoning_tokens: anything })
      }),
      outside: Arb.literal(true, false)
    },
    ({ outside, wire }) => {
      const { inputTokens: input, outputTokens: output } = decode(wire, outside)
      if (input.total !== undefined) {
        assert.strictEqual(input.total, (input.uncached ?? 0) + (input.cacheRead ?? 0) + (input.cacheWrite ?? 0))
      }
      if (output.total !== undefined) {
        const text = (output.text ?? 0) + (output.reasoning ?? 0)
        // Without a total there is nothing that contradicts thinking that is larger than the output, except the output.
        assert.strictEqual(output.total, text)
      }
      for (const count of [...Object.values(input), ...Object.values(output)]) {
        assert.isTrue(count === undefined || (Number.isSafeInteger(count) && count >= 0))
      }
    }
  )

  it("reads anything but a non-negative integer as unknown, which is not zero", () => {
    const { inputTokens, outputTokens } = decode({ prompt_tokens: "7.5", completion_tokens: -1, total_tokens: null })
    assert.isUndefined(inputTokens.total)
    assert.isUndefined(outputTokens.total)
    assert.isUndefined(inputTokens.cacheRead)
  })

  it("reads cached tokens under each of their names", () => {
    const named = [
      { prompt_tokens_details: { cached_tokens: 64 } },
      { prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 },
      { cached_tokens: 64 },
      { cache_read_input_tokens: 64 }
    ]
    for (const fields of named) {
      const { inputTokens } = decode({ prompt_tokens: 100, completion_tokens: 1, ...fields })
      assert.deepInclude(inputTokens, { total: 100, uncached: 36, cacheRead: 64 })
    }
  })

  it("adds reasoning to the output where the total proves it", () => {
    const wire = {
      prompt_tokens: 349,
      completion_tokens: 30,
      total_tokens: 590,
      completion_tokens_details: { reasoning_tokens: 211 }
    }
    assert.deepInclude(decode(wire).outputTokens, { total: 241, text: 30, reasoning: 211 })
  })

  it("keeps reasoning within the output where the total proves it, despite the quirk", () => {
    const wire = {
      prompt_tokens: 10,
      completion_tokens: 30,
      total_tokens: 40,
      completion_tokens_details: { reasoning_tokens: 20 }
    }
    assert.deepInclude(decode(wire, true).outputTokens, { total: 30, text: 10, reasoning: 20 })
  })

  it("follows the quirk where the total proves neither", () => {
    const wire = { prompt_tokens: 10, completion_tokens: 30, completion_tokens_details: { reasoning_tokens: 20 } }
    assert.deepInclude(decode(wire, true).outputTokens, { total: 50, text: 30, reasoning: 20 })
    assert.deepInclude(decode(wire).outputTokens, { total: 30, text: 10, reasoning: 20 })
  })

  it("trusts a total that leaves no room for more reasoning, even if that is counted higher than the output", () => {
    for (const [total_tokens, expected] of [
      [53, [10, 0, 10]],
      [54, [11, 0, 11]]
    ] as const) {
      const { outputTokens: output } = decode({
        prompt_tokens: 43,
        completion_tokens: 10,
        total_tokens,
        completion_tokens_details: { reasoning_tokens: 11 }
      })
      assert.deepStrictEqual<unknown>([output.total, output.text, output.reasoning], expected)
    }
  })

  it("adds reasoning far larger than the output, even if the total leaves it out (Vercel)", () => {
    const usage = decode({
      prompt_tokens: 50,
      completion_tokens: 20,
      total_tokens: 70,
      completion_tokens_details: { reasoning_tokens: 200 }
    })
    assert.deepInclude(usage.outputTokens, { total: 220, text: 20, reasoning: 200 })
    assert.deepInclude(usage.inputTokens, { total: 50 })
  })

  it("counts the tokens that Perplexity's searches read as input, and its research as output", () => {
    const usage = decode({
      prompt_tokens: 7,
      completion_tokens: 3000,
      total_tokens: 3007,
      citation_tokens: 500,
      num_search_queries: 18,
      reasoning_tokens: 2000
    })
    assert.deepInclude(usage.inputTokens, { total: 507, uncached: 507 })
    assert.deepInclude(usage.outputTokens, { total: 5000, text: 3000, reasoning: 2000 })
    assert.deepStrictEqual(usage.toolRequests, { num_search_queries: 18 })
  })

  it("reads the cache counters of Mistral and Alibaba", () => {
    assert.deepInclude(decode({ prompt_tokens: 900, num_cached_tokens: 32 }).inputTokens, {
      total: 900,
      uncached: 868,
      cacheRead: 32
    })
    const details = { cached_tokens: 10, cache_creation_input_tokens: 20 }
    assert.deepInclude(decode({ prompt_tokens: 100, prompt_tokens_details: details }).inputTokens, {
      total: 100,
      uncached: 70,
      cacheRead: 10,
      cacheWrite: 20
    })
  })

  it("counts tokens that were both written to and read from the cache once (Gemini at OpenRouter)", () => {
    const prompt_tokens_details = { cached_tokens: 900, cache_write_tokens: 950 }
    const { inputTokens } = decode({
      prompt_tokens: 1000,
      completion_tokens: 5,
      total_tokens: 1005,
      prompt_tokens_details
    })
    assert.deepInclude(inputTokens, { total: 1000, uncached: 0, cacheRead: 900, cacheWrite: 100 })
  })

  it("reads the rest of the total as reasoning, with the quirk only", () => {
    const wire = { prompt_tokens: 66, completion_tokens: 6, total_tokens: 100 }
    assert.deepInclude(decode(wire, true).outputTokens, { total: 34, text: 6, reasoning: 28 })
    assert.deepInclude(decode(wire).outputTokens, { total: 6 })
  })

  it("adds cached tokens that exceed the input", () => {
    const wire = {
      prompt_tokens: 29,
      completion_tokens: 6,
      total_tokens: 35,
      prompt_tokens_details: { cached_tokens: 157 }
    }
    assert.deepInclude(decode(wire).inputTokens, { total: 186, uncached: 29, cacheRead: 157 })
  })

  it("reads the reported cost as an exact decimal", () => {
    const cost = (usage: object) => decode(usage).reportedCost
    assert.strictEqual(cost({ cost: 0.00341475 }), "0.00341475")
    assert.strictEqual(cost({ cost: 9e-7 }), "0.0000009")
    assert.strictEqual(cost({ cost: 0 }), "0")
    assert.strictEqual(cost({ cost: 0.05, is_byok: true, cost_details: { upstream_inference_cost: 0.1 } }), "0.15")
    assert.strictEqual(cost({ cost: 0.05, is_byok: false, cost_details: { upstream_inference_cost: 0.05 } }), "0.05")
    assert.strictEqual(cost({ cost: 0.05, is_byok: true, cost_details: { upstream_inference_cost: null } }), "0.05")
    assert.strictEqual(cost({ cost: { total_cost: 0.00609 } }), "0.00609")
    assert.strictEqual(cost({ cost_in_usd_ticks: 37_756_000 }), "0.0037756")
    assert.isUndefined(cost({ cost_in_usd_ticks: 0 }))
    assert.isUndefined(cost({ cost: -1 }))
    assert.isUndefined(cost({}))
  })

  it("reads searches under the server's names", () => {
    const { toolRequests } = decode({
      server_tool_use_details: { web_search_requests: 2, tool_calls_executed: 9 },
      num_search_queries: 3
    })
    assert.deepStrictEqual(toolRequests, { web_search_requests: 2, num_search_queries: 3 })
  })

  it("keeps the service tier and the raw object", () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2 }
    const response = readUnary(unary({ content: "a" }, { usage, service_tier: "flex" }))
    assert.strictEqual(response.usage.serviceTier, "flex")
    assert.deepStrictEqual(response.usage.raw, usage)
  })
})

describe("usage within a stream", () => {
  const counted = (n: number) => ({ prompt_tokens: 3, completion_tokens: n, total_tokens: 3 + n })
  const total = (...data: ReadonlyArray<object>) => read(chunks(...data, "[DONE]")).response.usage.outputTokens.total

  it("may be missing", () => {
    assert.isUndefined(total(delta({ content: "a" }), stop()))
  })

  it("may come in a chunk without choices", () => {
    assert.strictEqual(total(delta({ content: "a" }), stop(), { choices: [], usage: counted(5) }), 5)
  })

  it("may come in every chunk: the last counts", () => {
    const each = (n: number, fields: object) => ({ ...fields, usage: counted(n) })
    assert.strictEqual(total(each(1, delta({ content: "a" })), each(2, delta({ content: "b" })), each(3, stop())), 3)
  })

  it("may come within the choice, or in x_groq", () => {
    assert.strictEqual(total(delta({ content: "a" }), delta({}, { finish_reason: "stop", usage: counted(4) })), 4)
    assert.strictEqual(total(delta({ content: "a" }), { ...stop(), x_groq: { id: "r", usage: counted(6) } }), 6)
  })

  it("is emitted as it grows", () => {
    const { events } = read(
      chunks({ ...delta({ content: "a" }), usage: counted(1) }, { ...stop(), usage: counted(2) }, "[DONE]")
    )
    const seen = events.flatMap((event) => (event.type === "usage" ? [event.usage.outputTokens.total] : []))
    assert.deepStrictEqual(seen, [1, 2])
  })

  it("ignores null", () => {
    assert.strictEqual(
      total(
        { ...delta({ content: "a" }), usage: null },
        { ...stop(), usage: counted(2) },
        { choices: [], usage: null }
      ),
      2
    )
  })
})

const vectors = new URL("../../../../shared/data-sources/usage-vectors.json", import.meta.url)

describe.skipIf(!existsSync(vectors))("usage vectors (shared/data-sources)", () => {
  interface Vector {
    readonly id: string
    readonly provider: string
    readonly response: { readonly usage?: { readonly prompt_tokens?: number } }
    readonly usage: { readonly [key: string]: number }
  }
  const all = existsSync(vectors) ? (JSON.parse(readFileSync(vectors, "utf8")) as ReadonlyArray<Vector>) : []
  const ours = all.filter(({ response }) => response.usage?.prompt_tokens !== undefined)

  it.each(ours.map((vector) => [vector.id, vector] as const))("%s", (_, { provider, response, usage: expected }) => {
    const { inputTokens: input, outputTokens: output } = decode(response.usage ?? {}, provider === "x-ai")
    const found: Record<string, number | undefined> = {
      input_tokens: input.total,
      output_tokens: output.total,
      cache_read_tokens: input.cacheRead,
      cache_write_tokens: input.cacheWrite,
      input_audio_tokens: input.audio,
      output_audio_tokens: output.audio,
      output_reasoning_tokens: output.reasoning
    }
    for (const [name, count] of Object.entries(expected)) assert.strictEqual(found[name], count, name)
  })
})
