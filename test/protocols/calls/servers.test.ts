import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import type { EmbeddingRequest, EmbeddingResponse } from "effect-llm/domain/Embedding"
import * as Usage from "effect-llm/domain/Usage"
import { GoogleEmbeddings } from "effect-llm/protocols/embeddings/GoogleEmbeddings"
import { OllamaEmbed } from "effect-llm/protocols/embeddings/OllamaEmbed"
import type { CallProtocol, CallServer } from "effect-llm/protocols/Protocol"
import {
  AnthropicTokenCount,
  BedrockTokenCount,
  GoogleTokenCount,
  OpenAiTokenCount,
  VertexTokenCount
} from "effect-llm/protocols/tokenCount/TokenCounts"
import * as Arb from "../../domain/arbitraries.ts"
import { hi } from "../chatProtocols.ts"
import { json } from "../halves.ts"

const tokens = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e9 }))
const common = { warnings: [], attempts: [] }
const encodeOptions = { model: "m", created: 0, id: "none" }

describe("a count of the tokens of a request", () => {
  it("has the fields that count, without those that only Messages has", () => {
    const providerOptions = {
      anthropic: {
        diagnostics: {},
        fallbacks: "default",
        fallback_credit_token: "t",
        container: "c",
        speed: "fast",
        acme: 1
      }
    }
    const encoded = AnthropicTokenCount.encodeRequest(
      { messages: hi.messages, temperature: 1, providerOptions },
      { provider: "anthropic", model: "m", stream: false }
    )
    const { body } = Result.getOrThrow(encoded)
    assert.deepStrictEqual(Object.keys(body ?? {}).sort(), ["acme", "messages", "model", "speed"])
  })
})

describe("the response of a server of embeddings survives the wire", () => {
  const servers: ReadonlyArray<
    CallProtocol<EmbeddingRequest, EmbeddingResponse> & CallServer<EmbeddingRequest, EmbeddingResponse>
  > = [GoogleEmbeddings, OllamaEmbed]
  for (const server of servers)
    it.prop(
      server.id,
      [Schema.NonEmptyArray(Schema.Tuple([Schema.Finite, Schema.Finite])), tokens],
      ([embeddings, input]) => {
        const request = { inputs: embeddings.map(() => "a") }
        const response = { ...common, embeddings, usage: Usage.make({ input, output: 0 }) }
        const body = json(server.encodeResponse(response, { ...encodeOptions, request }))
        const options = { provider: "p", model: "m", request, headers: {} }
        const decoded = Result.getOrThrow(server.decodeResponse(body, options))
        assert.deepStrictEqual(decoded.embeddings, json(embeddings))
        assert.strictEqual(decoded.usage.inputTokens.total, input)
      },
      { arbitrary: { runs: 30 } }
    )

  it("also in the form for a single input", () => {
    const single = (server: (typeof servers)[number], body: object) => {
      const call = Result.getOrThrow(server.decodeRequest(body, "m"))
      const response = { ...common, embeddings: [[1, 2]], usage: Usage.unknown }
      return json(server.encodeResponse(response, { ...encodeOptions, ...call }))
    }
    assert.deepStrictEqual(single(GoogleEmbeddings, { content: { parts: [{ text: "a" }] } }), {
      embedding: { values: [1, 2] }
    })
    assert.deepStrictEqual(single(OllamaEmbed, { model: "m", prompt: "a" }), { embedding: [1, 2] })
  })
})

describe("a count of tokens survives the wire", () => {
  const counters = [AnthropicTokenCount, BedrockTokenCount, GoogleTokenCount, OpenAiTokenCount, VertexTokenCount]
  for (const counter of counters)
    it.prop(`${counter.id}${counter === VertexTokenCount ? ", of Vertex" : ""}`, [tokens], ([inputTokens]) => {
      const response = { ...common, inputTokens, usage: Usage.unknown }
      const body = json(counter.encodeResponse(response, { ...encodeOptions, request: hi }))
      const options = { provider: "p", model: "m", request: hi, headers: {} }
      assert.strictEqual(Result.getOrThrow(counter.decodeResponse(body, options)).inputTokens, inputTokens)
    })

  it.prop("of a request that does too", [Arb.request({ user: Arb.textPart, assistant: Arb.textPart })], ([request]) => {
    for (const counter of [AnthropicTokenCount, GoogleTokenCount]) {
      const encoded = counter.encodeRequest(request, { provider: "p", model: "m" })
      if (Result.isFailure(encoded)) continue
      const decoded = Result.getOrThrow(counter.decodeRequest(json(encoded.success.body), "m"))
      assert.strictEqual(decoded.model, "m")
      const again = Result.getOrThrow(counter.encodeRequest(decoded.request, { provider: "p", model: "m" }))
      assert.deepStrictEqual(json(again.body), json(encoded.success.body))
    }
  })
})
