import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import type { CallResponse } from "effect-llm/domain/CallResponse"
import type { CallRequest } from "effect-llm/domain/CallRequest"
import type { CallProtocol } from "effect-llm/protocols/Protocol"
import { MistralModerations, OpenAiModerations } from "effect-llm/protocols/moderation/Moderations"
import { CohereRerank, JinaRerank, VoyageRerank } from "effect-llm/protocols/rerank/Rerank"
import {
  AnthropicTokenCount,
  BedrockTokenCount,
  CohereTokenize,
  GoogleTokenCount,
  VertexTokenCount
} from "effect-llm/protocols/tokenCount/TokenCounts"
import { make } from "effect-llm/domain/ChatRequest"

const encode = <Q extends CallRequest, A extends CallResponse>(protocol: CallProtocol<Q, A>, request: Q, model = "m") =>
  protocol.encodeRequest(request, { provider: "p", model })

const body = <Q extends CallRequest, A extends CallResponse>(protocol: CallProtocol<Q, A>, request: Q, model = "m") => {
  const encoded = Result.getOrThrow(encode(protocol, request, model))
  return encoded.body === undefined ? assert.fail("no JSON") : JSON.parse(JSON.stringify(encoded.body))
}

const answer = <Q extends CallRequest, A extends CallResponse>(
  protocol: CallProtocol<Q, A>,
  request: Q,
  json: unknown
) => protocol.decodeResponse(json, { provider: "p", model: "m", request, headers: {} })

const failure = <A, E>(result: Result.Result<A, E>): E =>
  Result.isFailure(result) ? result.failure : assert.fail("it succeeded")

describe("rerank", () => {
  const request = { query: "q", documents: ["a", "b", "c"], topN: 2 }

  it("is encoded in each provider's format, and decoded to the same request", () => {
    assert.deepStrictEqual(body(CohereRerank, { ...request, maxTokensPerDocument: 9 }), {
      model: "m",
      query: "q",
      documents: ["a", "b", "c"],
      top_n: 2,
      max_tokens_per_doc: 9
    })
    const voyage = { ...request, returnDocuments: true, truncate: "end" as const }
    assert.deepInclude(body(VoyageRerank, voyage), { top_k: 2, return_documents: true, truncation: true })
    const decoded = Result.getOrThrow(VoyageRerank.decodeRequest!(body(VoyageRerank, voyage)))
    assert.deepStrictEqual(JSON.parse(JSON.stringify(decoded.request)), voyage)
    assert.deepInclude(body(JinaRerank, { query: "q", documents: [{ image: "x" }] }), { documents: [{ image: "x" }] })
  })

  it("may have an image as its query, which is kept unchanged", () => {
    const wire = { model: "m", query: { image: "https://a.example/cat.png" }, documents: ["a"] }
    const decoded = Result.getOrThrow(JinaRerank.decodeRequest!(wire))
    assert.deepStrictEqual(body(JinaRerank, decoded.request), wire)
    const words = Result.getOrThrow(JinaRerank.decodeRequest!({ ...wire, query: { text: "cats" } }))
    assert.strictEqual(words.request.query, "cats")
    assert.isTrue(Result.isFailure(CohereRerank.decodeRequest!(wire)))
  })

  it("rejects parameters that a provider lacks", () => {
    assert.strictEqual(
      failure(encode(CohereRerank, { ...request, returnDocuments: true }))._tag,
      "UnsupportedParameterError"
    )
    assert.strictEqual(
      failure(encode(CohereRerank, { query: "q", documents: [{ a: 1 }] }))._tag,
      "UnsupportedParameterError"
    )
    assert.strictEqual(failure(encode(CohereRerank, { query: "q", documents: [] }))._tag, "InvalidRequestError")
    assert.deepInclude(body(CohereRerank, { query: "q", documents: [{ a: 1 }], onUnsupported: "drop" }), {
      documents: ['{"a":1}']
    })
  })

  it("puts the best first and keeps the place of each document", () => {
    const json = {
      data: [
        { index: 1, relevance_score: 0.2, document: { text: "b" } },
        { index: 0, relevance_score: 0.9, document: "a" }
      ],
      usage: { total_tokens: 12 }
    }
    const found = Result.getOrThrow(answer(VoyageRerank, request, json))
    assert.deepStrictEqual(found.results, [
      { index: 0, relevanceScore: 0.9, document: "a" },
      { index: 1, relevanceScore: 0.2, document: "b" }
    ])
    assert.strictEqual(found.usage.inputTokens.total, 12)
  })

  it("warns of missing documents, and fails on duplicates", () => {
    const result = (index: number) => ({ index, relevance_score: 0.5 })
    const { documents } = request
    const two = { ...request, documents: documents.slice(0, 2) }
    const few = (topN?: number) =>
      Result.getOrThrow(answer(CohereRerank, { ...two, topN }, { results: [result(1)] })).warnings
    assert.deepStrictEqual(few(), [{ type: "other", message: "the server ranked only 1 of 2 documents" }])
    assert.deepStrictEqual(few(1), [])
    assert.strictEqual(
      failure(answer(CohereRerank, two, { results: [result(0), result(0)] }))._tag,
      "ResponseParseError"
    )
  })

  it("counts searches as requests, and fails on a document that nobody sent", () => {
    const json = { results: [{ index: 0, relevance_score: 1 }], meta: { billed_units: { search_units: 2 } } }
    assert.deepStrictEqual(Result.getOrThrow(answer(CohereRerank, request, json)).usage.units, { requests: 2 })
    for (const wrong of [{ results: [{ index: 3, relevance_score: 1 }] }, {}, null, { results: [{ index: 0 }] }]) {
      assert.strictEqual(failure(answer(CohereRerank, request, wrong))._tag, "ResponseParseError")
    }
  })
})

describe("moderation", () => {
  const image = { type: "image" as const, data: "https://example.com/a.png" }

  it("sends texts, or one input with images", () => {
    assert.deepStrictEqual(body(OpenAiModerations, { inputs: ["a", "b"] }), { model: "m", input: ["a", "b"] })
    const seen = { inputs: [{ content: [{ type: "text" as const, text: "t" }, image] }] }
    const sent = body(OpenAiModerations, seen)
    assert.deepStrictEqual(sent.input, [
      { type: "text", text: "t" },
      { type: "image_url", image_url: { url: "https://example.com/a.png" } }
    ])
    assert.deepStrictEqual(Result.getOrThrow(OpenAiModerations.decodeRequest!(sent)).request, seen)
    assert.strictEqual(
      failure(encode(OpenAiModerations, { inputs: ["a", { content: [image] }] }))._tag,
      "UnsupportedParameterError"
    )
    assert.strictEqual(
      failure(encode(MistralModerations, { inputs: [{ content: [image] }] }))._tag,
      "UnsupportedParameterError"
    )
  })

  it("reads one result per input, and leaves out categories that were not judged", () => {
    const json = {
      id: "modr-1",
      model: "omni-moderation-2024-09-26",
      results: [
        {
          flagged: true,
          categories: { violence: true, illicit: null },
          category_scores: { violence: 0.9, illicit: null },
          category_applied_input_types: { violence: ["text"] }
        }
      ]
    }
    const judged = Result.getOrThrow(answer(OpenAiModerations, { inputs: ["a"] }, json))
    assert.deepStrictEqual(judged.results, [
      {
        flagged: true,
        categories: { violence: true },
        scores: { violence: 0.9 },
        appliedInputTypes: { violence: ["text"] }
      }
    ])
    assert.strictEqual(failure(answer(OpenAiModerations, { inputs: ["a", "b"] }, json))._tag, "ResponseParseError")
    const mistral = { results: [{ categories: { pii: true }, category_scores: { pii: 1 } }] }
    assert.isTrue(Result.getOrThrow(answer(MistralModerations, { inputs: ["a"] }, mistral)).results[0]?.flagged)
  })
})

describe("token counts", () => {
  const request = make({
    messages: [
      { role: "system", content: "Be terse." },
      { role: "user", content: "Hi" }
    ],
    temperature: 1,
    stop: ["x"],
    maxOutputTokens: 99
  })

  it("send the conversation as a chat does, without fields that do not count", () => {
    assert.deepStrictEqual(Object.keys(body(AnthropicTokenCount, request)).toSorted(), ["messages", "model", "system"])
    const google = body(GoogleTokenCount, request, "gemini-3.5-flash")
    assert.strictEqual(google.generateContentRequest.model, "models/gemini-3.5-flash")
    assert.property(google.generateContentRequest, "contents")
    assert.property(body(VertexTokenCount, request), "contents")
    const bedrock = Result.getOrThrow(encode(BedrockTokenCount, request, "us.anthropic.claude-sonnet-4-20250514-v1:0"))
    assert.strictEqual(bedrock.path, "/model/anthropic.claude-sonnet-4-20250514-v1%3A0/count-tokens")
    assert.deepStrictEqual(Object.keys(body(BedrockTokenCount, request).input.converse).toSorted(), [
      "messages",
      "system"
    ])
  })

  it("must be numbers", () => {
    assert.strictEqual(Result.getOrThrow(answer(AnthropicTokenCount, request, { input_tokens: 7 })).inputTokens, 7)
    const cached = { totalTokens: 9, cachedContentTokenCount: 4 }
    assert.deepInclude(Result.getOrThrow(answer(GoogleTokenCount, request, cached)), {
      inputTokens: 9,
      cachedTokens: 4
    })
    for (const wrong of [{}, null, { input_tokens: "seven" }]) {
      assert.strictEqual(failure(answer(AnthropicTokenCount, request, wrong))._tag, "ResponseParseError")
    }
  })

  it("of a tokenizer count only texts, with a warning", () => {
    const encoded = Result.getOrThrow(encode(CohereTokenize, request))
    assert.deepStrictEqual(encoded.body, { model: "m", text: "Be terse.\nHi" })
    assert.strictEqual(encoded.warnings.length, 1)
    assert.strictEqual(Result.getOrThrow(answer(CohereTokenize, request, { tokens: [1, 2, 3] })).inputTokens, 3)
    const tools = { ...request, tools: [{ name: "t", parameters: { type: "object" } }] }
    assert.strictEqual(failure(encode(CohereTokenize, tools as never))._tag, "UnsupportedParameterError")
  })
})
