/**
 * Every recorded exchange of embeddings, rerank, moderation and token counts: what the server sent is understood, priced
 * where the model is known, or the right error; what the client sent is read, and written again with the same meaning.
 */
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Result } from "effect"
import { Headers } from "effect/http"
import * as Cost from "effect-llm/catalog/Cost"
import * as Pricing from "effect-llm/catalog/Pricing"
import type { CallResponse } from "effect-llm/domain/CallResponse"
import type { CallRequest } from "effect-llm/domain/CallRequest"
import type { EmbeddingResponse } from "effect-llm/domain/Embedding"
import type { CallProtocol } from "effect-llm/protocols/Protocol"
import * as Protocols from "effect-llm/providers/Protocols"
import { decode } from "../../../src/client/errors/ErrorTable.ts"
import { type Recording, recordingsExist, recordingsOf } from "../../providers/recordings.ts"

type Any = CallProtocol<CallRequest, CallResponse>
type Loader = Effect.Effect<CallProtocol<never, CallResponse>>

const loaders: { readonly [protocol: string]: (recording: Recording) => Loader } = {
  "openai-embeddings": () => Protocols.openAiEmbeddings as never,
  "mistral-embeddings": () => Protocols.mistralEmbeddings as never,
  "voyage-embeddings": () => Protocols.voyageEmbeddings as never,
  "jina-embeddings": () => Protocols.jinaEmbeddings as never,
  "cohere-embed-v2": () => Protocols.cohereEmbed as never,
  "google-embed-content": () => Protocols.googleEmbeddings as never,
  "google-predict": () => Protocols.vertexEmbeddings as never,
  "ollama-embed": () => Protocols.ollamaEmbed as never,
  "ollama-embeddings": () => Protocols.ollamaEmbed as never,
  "bedrock-invoke-embeddings": () => Protocols.bedrockEmbeddings as never,
  "cohere-rerank-v2": () => Protocols.cohereRerank as never,
  "voyage-rerank": () => Protocols.voyageRerank as never,
  "jina-rerank": () => Protocols.jinaRerank as never,
  "openai-moderations": () => Protocols.openAiModerations as never,
  "mistral-moderations": () => Protocols.mistralModerations as never,
  "anthropic-count-tokens": () => Protocols.anthropicTokenCount as never,
  "google-count-tokens": ({ provider }) =>
    (provider === "google-vertex" ? Protocols.vertexTokenCount : Protocols.googleTokenCount) as never,
  "openai-responses-input-tokens": () => Protocols.openAiTokenCount as never,
  "bedrock-count-tokens": () => Protocols.bedrockTokenCount as never
}

const counts = /tokens?$|count$|^index$|units$/i

interface Exchange extends Recording {
  readonly request: { readonly url: string; readonly body?: unknown }
}

/** What is another thing under the same name: a video on Vertex's `predict`. */
const isOther = ({ file }: Recording): boolean => file.includes("predict__video")

const exchanges = Object.keys(loaders).flatMap((protocol) =>
  recordingsOf(protocol).map((recording) => recording as Exchange)
)

const modelIn = (url: string): string | undefined => {
  const found = /\/model\/([^/]+)\/|\/models\/([^/:]+):/.exec(url)
  const name = found?.[1] ?? found?.[2]
  return name === undefined ? undefined : decodeURIComponent(name)
}

const requestOf = (protocol: Any, { request }: Exchange) =>
  Result.getOrThrow(protocol.decodeRequest!(request.body, modelIn(request.url)))

const bodyOf = ({ response: { body } }: Exchange): unknown => (typeof body === "string" ? JSON.parse(body) : body)

/**
 * A body with what is spelled otherwise made alike: one text is a list of one, how floats are written is the codec's
 * choice, `null` and an empty object are nothing, and Cohere is told its default.
 */
const meaning = (u: unknown): unknown => {
  const body = JSON.parse(JSON.stringify(u)) as Record<string, unknown>
  if (typeof body.input === "string") body.input = [body.input]
  if (typeof body.prompt === "string") {
    body.input = [body.prompt]
    delete body.prompt
  }
  delete body.encoding_format
  body.embedding_types ??= ["float"]
  for (const [key, value] of Object.entries(body)) {
    if (value === null || (typeof value === "object" && Object.keys(value).length === 0)) delete body[key]
  }
  return snake(body)
}

/** A request as JSON; a message without a word may be left out, and an object without properties says so. */
const saying = (u: unknown): unknown =>
  JSON.parse(JSON.stringify(u), (key, value) =>
    key === "messages"
      ? (value as ReadonlyArray<{ content: unknown }>).filter(
          ({ content }) => JSON.stringify(content) !== '[{"type":"text","text":""}]'
        )
      : key === "properties" && Object.keys(value as object).length === 0
        ? undefined
        : value
  )

/** Gemini takes both spellings of a name. */
const snake = (u: unknown): unknown => {
  if (Array.isArray(u)) return u.map(snake)
  if (typeof u !== "object" || u === null) return u
  return Object.fromEntries(
    Object.entries(u).map(([key, value]) => [
      key.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      snake(value)
    ])
  )
}

describe.runIf(recordingsExist)("the recorded calls", () => {
  it("are there", () => assert.isAbove(exchanges.length, 25))

  for (const exchange of exchanges.filter((exchange) => !isOther(exchange))) {
    const { file, provider, response } = exchange
    const load = loaders[exchange.protocol]!(exchange) as unknown as Effect.Effect<Any>

    it.effect(`${file}: is decoded`, () =>
      Effect.gen(function* () {
        const protocol = yield* load
        const body = bodyOf(exchange)
        const model = modelIn(exchange.request.url) ?? (exchange.request.body as { model?: string }).model ?? ""
        if (response.status >= 400) {
          const failure = protocol.decodeError(body, response.headers)
          const headers = Headers.fromInput(response.headers)
          const { status } = response
          const error = decode(failure, { provider, rows: provider, model, status, headers, now: 0, secrets: [] })
          const expected = {
            400: ["InvalidRequestError", "UnsupportedParameterError"],
            401: ["AuthenticationError"],
            404: ["ModelNotFoundError"]
          }[status]
          assert.include(expected ?? [], error._tag, JSON.stringify(failure))
          assert.isTrue((failure.message ?? "") !== "")
          return
        }
        const { request } = requestOf(protocol, exchange)
        const options = { provider, model, request, headers: response.headers }
        const answer = Result.getOrThrow(protocol.decodeResponse(body, options))
        const { embeddings } = answer as Partial<EmbeddingResponse>
        for (const vector of embeddings ?? []) {
          assert.isAbove(vector.length, 100)
          assert.isTrue(vector.every(Number.isFinite))
        }
        const pricing = yield* Pricing.Pricing
        const quote = (yield* pricing.table).find(`${provider}/${answer.model ?? model}`)
        const cost = Cost.of(answer.usage, quote?.price, { at: DateTime.makeUnsafe("2026-11-21") })
        if (quote?.match !== "fuzzy" && quote?.price !== undefined && "embeddings" in answer) {
          assert.strictEqual(cost._tag, "Priced", `${quote.model}: ${JSON.stringify(answer.usage)}`)
        }
      }).pipe(Effect.provide(Pricing.layer))
    )

    it.effect.skipIf(response.status >= 400)(
      `${file}: decodes the same with counts written as strings, and with blank error fields`,
      () =>
        Effect.gen(function* () {
          const protocol = yield* load
          const body = bodyOf(exchange)
          const { request } = requestOf(protocol, exchange)
          const options = { provider, model: modelIn(exchange.request.url) ?? "", request, headers: response.headers }
          const read = (body: unknown) => {
            const { embeddings, usage, ...rest } = Result.getOrThrow(
              protocol.decodeResponse(body, options)
            ) as EmbeddingResponse
            return { ...rest, raw: undefined, embeddings: embeddings?.length, usage: { ...usage, raw: undefined } }
          }
          const expected = read(body)
          assert.deepStrictEqual(
            read(
              JSON.parse(JSON.stringify(body), (key, value) =>
                counts.test(key) && Number.isInteger(value) ? String(value) : value
              )
            ),
            expected
          )
          for (const error of [null, "", {}, { code: 0, message: "" }]) {
            assert.deepStrictEqual(read({ ...Object(body), error }), expected, JSON.stringify(error))
          }
        })
    )

    it.effect(`${file}: the request keeps its meaning`, () =>
      Effect.gen(function* () {
        const protocol = yield* load
        const decoded = protocol.decodeRequest!(exchange.request.body, modelIn(exchange.request.url))
        if (Result.isFailure(decoded)) {
          // A body in Base64 of another API: it is for `InvokeModel`, not for Converse.
          assert.include(file, "rejects_server_tools")
          return
        }
        const { model, request } = decoded.success
        const encoded = Result.getOrThrow(protocol.encodeRequest(request, { provider, model }))
        assert.deepStrictEqual(encoded.warnings, [])
        const sent = encoded.body
        const again = Result.getOrThrow(
          protocol.decodeRequest!(JSON.parse(JSON.stringify(sent)), modelIn(encoded.path))
        )
        // The older form of a request for one vector is sent in the form of today.
        assert.deepStrictEqual(saying({ ...again, format: "" }), saying({ ...decoded.success, format: "" }))
        if (!exchange.protocol.endsWith("-tokens") && exchange.protocol !== "google-embed-content") {
          assert.deepStrictEqual(meaning(sent), meaning(exchange.request.body))
        }
      })
    )
  }
})
