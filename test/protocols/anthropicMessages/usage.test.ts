import { assert, describe, it } from "@effect/vitest"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import { make, type Usage } from "../../../src/domain/Usage.ts"
import { AnthropicMessages } from "../../../src/protocols/AnthropicMessages.ts"
import { decode, fold, frame, json, type Wire } from "./wire.ts"

const usageOf = (usage: Wire): Wire => {
  const { raw: _, ...counts } = decode({ content: [], usage }).usage
  return json(counts)
}

const vectors = fileURLToPath(new URL("../../../../shared/data-sources/usage-vectors.json", import.meta.url))

describe("usage", () => {
  it("counts cached tokens on top of the input, and thinking within the output", () => {
    const usage = {
      input_tokens: 4,
      cache_creation_input_tokens: 30,
      cache_read_input_tokens: 1000,
      cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
      output_tokens: 50,
      output_tokens_details: { thinking_tokens: 15 },
      server_tool_use: { web_search_requests: 2, web_fetch_requests: 0 },
      service_tier: "standard",
      inference_geo: "us"
    }
    assert.deepStrictEqual(usageOf(usage), {
      inputTokens: { total: 1034, uncached: 4, cacheRead: 1000, cacheWrite: 30, cacheWrite5m: 10, cacheWrite1h: 20 },
      outputTokens: { total: 50, text: 35, reasoning: 15 },
      toolRequests: { web_search_requests: 2, web_fetch_requests: 0 },
      serviceTier: "standard",
      region: "us"
    })
    assert.deepStrictEqual(decode({ content: [], usage }).usage.raw as unknown, usage)
  })

  it("reads null as unknown, `not_available` as no region, and fast mode as a tier", () => {
    const nulls = { cache_creation: null, cache_creation_input_tokens: null, cache_read_input_tokens: null }
    const usage = {
      input_tokens: 5,
      output_tokens: 1,
      ...nulls,
      server_tool_use: null,
      inference_geo: "not_available",
      service_tier: null
    }
    assert.deepStrictEqual(usageOf(usage), {
      inputTokens: { total: 5, uncached: 5 },
      outputTokens: { total: 1, text: 1 }
    })
    assert.strictEqual(usageOf({ speed: "fast", service_tier: "standard" }).serviceTier, "fast")
    assert.deepStrictEqual(usageOf({ input_tokens: "5.0", output_tokens: -1 }), { inputTokens: {}, outputTokens: {} })
  })

  it("of a stream has no output count until message_delta, since the one in message_start is a placeholder", () => {
    const start = {
      type: "message_start",
      message: { id: "m", content: [], usage: { input_tokens: 9, output_tokens: 1 } }
    }
    const said = { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "A long text" } }
    const outputs = (...events: ReadonlyArray<Wire>) =>
      fold([start, said, ...events, { type: "message_stop" }].map(frame)).usage.outputTokens.total
    const end = { type: "message_delta", delta: { stop_reason: "end_turn" } }
    assert.isUndefined(outputs())
    assert.isUndefined(outputs(end))
    assert.isUndefined(outputs({ ...end, usage: { output_tokens: null } }))
    assert.strictEqual(outputs({ ...end, usage: { output_tokens: 20 } }), 20)
    assert.strictEqual(outputs({ ...end, usage: { output_tokens: 0 } }), 0)
  })

  it("adds a compaction but not an advisor", () => {
    const usage = {
      input_tokens: 23,
      cache_read_input_tokens: 1,
      output_tokens: 10,
      iterations: [
        { type: "compaction", input_tokens: 180, cache_read_input_tokens: 5, output_tokens: 35 },
        { type: "message", input_tokens: 23, output_tokens: 10 },
        { type: "advisor_message", model: "other", input_tokens: 900, output_tokens: 900 }
      ]
    }
    assert.deepStrictEqual(usageOf(usage), {
      inputTokens: { total: 209, uncached: 203, cacheRead: 6 },
      outputTokens: { total: 45, text: 45 }
    })
  })

  it("of a stream is that of its last frames, plus the fields that only the first one has", () => {
    const first = {
      input_tokens: 10,
      cache_read_input_tokens: 3,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 7 },
      output_tokens: 1,
      service_tier: "priority"
    }
    const { usage } = fold([
      frame({ type: "message_start", message: { id: "m", content: [], usage: first } }),
      frame({ type: "message_delta", delta: {}, usage: { output_tokens: 5 } }),
      frame({
        type: "message_delta",
        delta: { stop_reason: "end_turn" },
        usage: { input_tokens: 12, cache_read_input_tokens: null, output_tokens: 8 }
      }),
      frame({ type: "message_stop" })
    ])
    const { raw, ...counts } = usage
    assert.deepStrictEqual(json(counts) as unknown, {
      inputTokens: { total: 22, uncached: 12, cacheRead: 3, cacheWrite: 7, cacheWrite5m: 0, cacheWrite1h: 7 },
      outputTokens: { total: 8, text: 8 },
      serviceTier: "priority"
    })
    assert.deepStrictEqual(raw as unknown, { ...first, input_tokens: 12, output_tokens: 8 })
  })

  it("of a response that is passed on decodes to the same; unknown totals are 0", () => {
    const written = (usage: Usage): Wire =>
      json(
        AnthropicMessages.encodeResponse(
          new ChatResponse({ content: [], finishReason: "stop", usage, warnings: [], attempts: [] }),
          { model: "m", created: 0, id: "i" }
        ) as Wire
      ).usage
    assert.deepStrictEqual(written(make({ input: 100, cacheRead: 60, output: 9, reasoning: 4 }, { region: "eu" })), {
      input_tokens: 40,
      cache_creation_input_tokens: null,
      cache_read_input_tokens: 60,
      output_tokens: 9,
      output_tokens_details: { thinking_tokens: 4 },
      inference_geo: "eu"
    })
    assert.deepInclude(written(make({})), { input_tokens: 0, output_tokens: 0 })
    assert.deepStrictEqual(written(make({ cacheWrite1h: 5, input: 9 })).cache_creation, {
      ephemeral_5m_input_tokens: 0,
      ephemeral_1h_input_tokens: 5
    })
  })

  it.skipIf(!existsSync(vectors))("agrees with the usage vectors", () => {
    const all: ReadonlyArray<Wire> = JSON.parse(readFileSync(vectors, "utf8"))
    const ours = all.filter(({ apiFlavor, provider }) => provider === "anthropic" && apiFlavor === "default")
    assert.isAtLeast(ours.length, 2)
    for (const { response, usage: expected } of ours) {
      const { inputTokens: input, outputTokens: output, toolRequests } = decode({ ...response, content: [] }).usage
      assert.deepStrictEqual(
        json({
          input_tokens: input.total,
          output_tokens: output.total,
          cache_read_tokens: input.cacheRead,
          cache_write_tokens: input.cacheWrite,
          cache_write_5m_tokens: input.cacheWrite5m,
          cache_write_1h_tokens: input.cacheWrite1h,
          web_searches: toolRequests?.web_search_requests
        }),
        expected
      )
    }
  })
})
