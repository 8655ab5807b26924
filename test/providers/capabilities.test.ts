/** What is asked of providers beyond chat, on real sockets; and that nothing is there that a provider does not have. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { type CallProtocol, Form } from "effect-llm/protocols/Protocol"
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, ConfigProvider, Duration, Effect, Fiber, Layer, Redacted, Result, Schedule } from "effect"
import * as Pricing from "effect-llm/catalog/Pricing"
import type { CallResponse } from "effect-llm/domain/CallResponse"
import type { CallRequest } from "effect-llm/domain/CallRequest"
import type { Kind } from "effect-llm/domain/Capability"
import type { PartialEmbeddingError } from "effect-llm/domain/ChatResponse"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import * as Usage from "effect-llm/domain/Usage"
import type { EmbeddingModel } from "effect-llm/model/EmbeddingModel"
import * as Model from "effect-llm/policies/Model"
import * as Fallback from "effect-llm/policies/Fallback"
import { toBase64 } from "effect-llm/protocols/embeddings/EmbeddingCodec"
import { Anthropic } from "effect-llm/providers/Anthropic"
import { AzureOpenAi } from "effect-llm/providers/AzureOpenAi"
import { Bedrock } from "effect-llm/providers/Bedrock"
import { Cohere } from "effect-llm/providers/Cohere"
import { Google } from "effect-llm/providers/Google"
import { GoogleVertex } from "effect-llm/providers/GoogleVertex"
import { Jina } from "effect-llm/providers/Jina"
import { Ollama } from "effect-llm/providers/Ollama"
import { OpenAi } from "effect-llm/providers/OpenAi"
import { OpenRouter } from "effect-llm/providers/OpenRouter"
import * as Provider from "effect-llm/providers/Provider"
import { Registry } from "effect-llm/providers/Registry"
import { Voyage } from "effect-llm/providers/Voyage"
import { serve } from "./server.ts"

const apiKey = Redacted.make("key-0123456789")
const http = NodeHttpClient.layerUndici

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Same<A, B>): void => {}

/** Answers as OpenAI does: the vector of a text is its length. */
const embeddings = (body: string): string => {
  const { input, model } = JSON.parse(body) as { input: ReadonlyArray<string>; model: string }
  const data = input.map((text, index) => ({ index, embedding: toBase64([text.length]) })).toReversed()
  return JSON.stringify({
    object: "list",
    model,
    data,
    usage: { prompt_tokens: input.length, total_tokens: input.length }
  })
}

describe("the capabilities of providers", () => {
  it.live("embed: signed, in Base64, with request id, usage and cost", () =>
    Effect.gen(function* () {
      const server = yield* serve((response, body) => {
        const headers = {
          "content-type": "application/json",
          "x-request-id": "req-7",
          "x-ratelimit-limit-requests": "5000"
        }
        response.writeHead(200, headers).end(embeddings(body))
      })
      const answer = yield* OpenAi.embeddingModel("text-embedding-3-small")
        .pipe(Model.withCost)
        .generate({ inputs: ["a", "bcd"], dimensions: 1 })
        .pipe(
          Effect.provide(Layer.provide(OpenAi.layer({ apiKey, baseUrl: server.url }), http)),
          Effect.provide(Pricing.layer)
        )
      assert.deepStrictEqual(answer.embeddings, [[1], [3]])
      assert.strictEqual(answer.requestId, "req-7")
      assert.strictEqual(answer.rateLimits?.requests?.limit, 5000)
      assert.strictEqual(answer.provider, "openai")
      assert.strictEqual(answer.cost?._tag === "Priced" && BigDecimal.format(answer.cost.total), "0.00000004")
      assert.isTrue(Duration.isDuration(answer.timings?.total))
      assert.strictEqual(answer.attempts[0]?.model, "openai/text-embedding-3-small")
      const { body, request } = yield* server.arrived
      assert.strictEqual(request.url, "/embeddings")
      assert.strictEqual(request.headers.authorization, "Bearer key-0123456789")
      assert.deepStrictEqual(JSON.parse(body), {
        model: "text-embedding-3-small",
        input: ["a", "bcd"],
        dimensions: 1,
        encoding_format: "base64"
      })
    })
  )

  it.live("embed more than fits into a call, and retry the part that failed", () =>
    Effect.gen(function* () {
      let calls = 0
      const server = yield* serve((response, body) => {
        calls++
        if (calls === 2)
          return void response.writeHead(429, { "retry-after-ms": "1" }).end('{"error":{"message":"slow"}}')
        response.writeHead(200, { "content-type": "application/json" }).end(embeddings(body))
      })
      const inputs = Array.from({ length: 7 }, (_, at) => "x".repeat(at + 1))
      const model = OpenAi.embeddingModel("m", { inputs: 2, concurrency: 1 })
      const answer = yield* Model.retry(model, Schedule.recurs(1))
        .generate(inputs)
        .pipe(Effect.provide(Layer.provide(OpenAi.layer({ apiKey, baseUrl: server.url }), http)))
      assert.deepStrictEqual(
        answer.embeddings,
        inputs.map(({ length }) => [length])
      )
      assert.strictEqual(calls, 5)
      assert.strictEqual(answer.usage.inputTokens.total, 7)
    })
  )

  it.live("fail as chats do: by the error table, without secrets", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => {
        response
          .writeHead(401, { "content-type": "application/json", "x-request-id": "req-1" })
          .end('{"error":{"message":"wrong key key-0123456789","code":"invalid_api_key"}}')
      })
      const layer = Layer.provide(OpenAi.layer({ apiKey, baseUrl: server.url }), http)
      const error = yield* OpenAi.moderationModel("omni-moderation-latest")
        .generate("x")
        .pipe(Effect.provide(layer), Effect.flip)
      assert.strictEqual(error._tag, "AuthenticationError")
      assert.notInclude(JSON.stringify(error), "0123456789")
      const gone = Layer.provide(OpenAi.layer({ apiKey, baseUrl: "http://127.0.0.1:9" }), http)
      const unreached = yield* OpenAi.embeddingModel("m").generate("x").pipe(Effect.provide(gone), Effect.flip)
      assert.strictEqual(unreached._tag, "NetworkError")
    })
  )

  it.live("report an unreadable response", () =>
    Effect.gen(function* () {
      for (const text of ["<html>", "{}", '{"data":[]}', "[".repeat(100_000)]) {
        const server = yield* serve((response) => response.writeHead(200).end(text))
        const layer = Layer.provide(OpenAi.layer({ apiKey, baseUrl: server.url }), http)
        const error = yield* OpenAi.embeddingModel("m").generate("x").pipe(Effect.provide(layer), Effect.flip)
        assert.strictEqual(error._tag, "ResponseParseError")
      }
      const refused = yield* OpenAi.embeddingModel("m")
        .generate({ inputs: "x", headers: { "x-a": "b\nc" } })
        .pipe(Effect.provide(Layer.provide(OpenAi.layer({ apiKey }), http)), Effect.flip)
      assert.strictEqual(refused._tag, "InvalidRequestError")
    }).pipe(Effect.scoped)
  )

  it.live("close the connection of an interrupted call", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => {})
      const layer = Layer.provide(OpenAi.layer({ apiKey, baseUrl: server.url }), http)
      const fiber = yield* Effect.forkChild(OpenAi.embeddingModel("m").generate("x").pipe(Effect.provide(layer)))
      const { closed } = yield* server.arrived
      yield* Fiber.interrupt(fiber)
      yield* closed
    })
  )

  it.live("are called at the provider's paths", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const server = yield* serve((response, body, request) => {
        seen.push(`${request.method} ${request.url}`)
        response.writeHead(200, { "content-type": "application/json" })
        const { url = "" } = request
        if (url.includes("count")) response.end('{"input_tokens":1,"totalTokens":1,"inputTokens":1}')
        else if (url.includes("rerank")) {
          response.end('{"results":[{"index":0,"relevance_score":1}],"data":[{"index":0,"relevance_score":1}]}')
        } else if (url.includes("embedd") && url.includes("openai")) response.end(embeddings(body))
        else if (url.includes(":predict")) response.end('{"predictions":[{"embeddings":{"values":[1]}}]}')
        else response.end('{"embeddings":{"float":[[1]]},"embedding":[1],"data":[{"embedding":[1]}]}')
      })
      const { url } = server
      const documents = { query: "q", documents: ["d"] }
      const ask = <E, R>(asked: Effect.Effect<unknown, E, R>, layer: Layer.Layer<R, unknown, never>) =>
        Effect.provide(asked, layer)
      const over = <A, E, R>(layer: Layer.Layer<A, E, R>) => Layer.provide(layer, http) as Layer.Layer<A, E>
      const azure = { apiKey, baseUrl: `${url}/openai` }
      yield* ask(
        AzureOpenAi.embeddingModel("dep").generate("x"),
        over(AzureOpenAi.layer({ ...azure, apiVersion: "2024-10-21" }))
      )
      yield* ask(AzureOpenAi.embeddingModel("dep").generate("x"), over(AzureOpenAi.layer(azure)))
      yield* ask(Cohere.embeddingModel("embed-v4.0").generate("x"), over(Cohere.layer({ apiKey, baseUrl: url })))
      yield* ask(Cohere.rerankModel("rerank-v3.5").generate(documents), over(Cohere.layer({ apiKey, baseUrl: url })))
      yield* ask(Voyage.rerankModel("rerank-2.5").generate(documents), over(Voyage.layer({ apiKey, baseUrl: url })))
      yield* ask(Jina.embeddingModel("jina-embeddings-v3").generate("x"), over(Jina.layer({ apiKey, baseUrl: url })))
      yield* ask(Ollama.embeddingModel("nomic").generate("x"), over(Ollama.layer({ baseUrl: url })))
      yield* ask(
        Bedrock.embeddingModel("amazon.titan-embed-text-v2:0").generate("x"),
        over(Bedrock.layer({ apiKey, baseUrl: url, region: "us-east-1" }))
      )
      yield* ask(
        Anthropic.tokenCounter("claude-haiku-4-5").generate("Hi"),
        over(Anthropic.layer({ apiKey, baseUrl: url }))
      )
      yield* ask(Google.tokenCounter("gemini-3.5-flash").generate("Hi"), over(Google.layer({ apiKey, baseUrl: url })))
      yield* ask(
        GoogleVertex.embeddingModel("text-embedding-005").generate("x"),
        over(GoogleVertex.layer({ apiKey, baseUrl: url }))
      )
      assert.deepStrictEqual(seen, [
        "POST /openai/deployments/dep/embeddings?api-version=2024-10-21",
        "POST /openai/embeddings",
        "POST /v2/embed",
        "POST /v2/rerank",
        "POST /rerank",
        "POST /embeddings",
        "POST /api/embed",
        "POST /model/amazon.titan-embed-text-v2%3A0/invoke",
        "POST /v1/messages/count_tokens",
        "POST /models/gemini-3.5-flash:countTokens",
        "POST /publishers/google/models/text-embedding-005:predict"
      ])
    })
  )

  it.live("may be custom, at a provider that does not chat", () =>
    Effect.gen(function* () {
      interface Sentiment {
        readonly id: "sentiment"
        readonly Input: string
        readonly Request: CallRequest & { readonly text: string }
        readonly Response: CallResponse & { readonly score: number }
        readonly Event: never
      }
      const kind: Kind<Sentiment> = { id: "sentiment", make: (text) => ({ text }) }
      const protocol: CallProtocol<Sentiment["Request"], Sentiment["Response"]> = {
        id: "acme-sentiment",
        encodeRequest: ({ text }) =>
          Result.succeed({
            path: "/sentiment",
            body: new Form([{ name: "text", value: text }]),
            warnings: []
          }),
        decodeResponse: (body) =>
          Result.succeed({ score: Number(body), usage: Usage.unknown, warnings: [], attempts: [] }),
        decodeError: (body) => ({ _tag: "ProviderFailure", body })
      }
      const server = yield* serve((response) => response.end("0.5"))
      class Acme extends Provider.ServiceWithoutChat<Acme>()({ id: "acme", baseUrl: server.url }) {}
      const sentiment = Provider.callModel(Acme, kind, protocol)
      const env = ConfigProvider.layer(ConfigProvider.fromUnknown({ ACME_API_KEY: "key-0123456789" }))
      const answer = yield* Effect.provide(
        sentiment("m").generate("fine"),
        Acme.layerConfig.pipe(Layer.provide([http, env]))
      )
      assert.strictEqual(answer.score, 0.5)
      const { body, request } = yield* server.arrived
      assert.match(request.headers["content-type"] ?? "", /^multipart\/form-data/)
      assert.include(body, 'name="text"')
    })
  )

  it.effect("are listed for providers without chat, which have no chat model", () =>
    Effect.gen(function* () {
      const env = ConfigProvider.layer(ConfigProvider.fromUnknown({ VOYAGE_API_KEY: "key-0123456789" }))
      const { model, providers } = yield* Effect.provide(
        Registry,
        Registry.layerConfig.pipe(Layer.provide([http, env]))
      )
      assert.deepInclude(providers, {
        id: "voyage",
        capabilities: ["embedding", "rerank"],
        configured: true,
        missing: []
      })
      const error = yield* Effect.flip(model("voyage/voyage-4"))
      assert.include(error.message, "voyage does not support chat")
      assert.notProperty(Voyage, "model")
    })
  )

  it("are statics of exactly the providers that offer them", () => {
    same<ReturnType<typeof OpenAi.embeddingModel>, EmbeddingModel<ProviderError | PartialEmbeddingError, OpenAi>>(true)
    const chain = Fallback.make([OpenAi.embeddingModel("a"), OpenRouter.embeddingModel("b")])
    same<Model.Services<typeof chain>, OpenAi | OpenRouter>(true)
    const neverRun = () => [
      // @ts-expect-error Anthropic has no embeddings
      Anthropic.embeddingModel("claude"),
      // @ts-expect-error OpenAI reranks nothing
      OpenAi.rerankModel("gpt-5"),
      // @ts-expect-error Voyage does not chat
      Voyage.model("voyage-4"),
      // @ts-expect-error the provider's layer is missing
      Effect.runPromise(OpenAi.embeddingModel("m").generate("x"))
    ]
    assert.isFunction(neverRun)
    assert.isUndefined((Anthropic as { embeddingModel?: unknown }).embeddingModel)
    assert.strictEqual(OpenAi.embeddingModel("m", { contextWindow: 8192 }).contextWindow, 8192)
  })
})
