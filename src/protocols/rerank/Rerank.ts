import * as Result from "effect/Result"
import type { Json } from "../../domain/Json.ts"
import type { RerankRequest, RerankResponse } from "../../domain/Rerank.ts"
import * as Usage from "../../domain/Usage.ts"
import type { CallProtocol, CallServer } from "../Protocol.ts"
import { type CallParameters, encoder, sentAs, words, wordsOf } from "../wire/CallCodec.ts"
import { CallReader } from "../wire/CallReader.ts"
import { decodeError, unreadable } from "../wire/response/ErrorBody.ts"
import { reportedCost } from "../wire/response/Usage.ts"
import { boolean, int, unsupported } from "../wire/request/RequestCodec.ts"
import { array, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"

/** How servers of Cohere's rerank API differ. */
interface RerankDialect {
  readonly id: string
  readonly path: string
  readonly parameters: CallParameters<RerankRequest>
  /** Whether documents, and the query, may be objects. */
  readonly objects?: boolean | undefined
}

const parameters: CallParameters<RerankRequest> = {
  query: sentAs("query"),
  documents: sentAs("documents"),
  topN: int("top_n"),
  maxTokensPerDocument: unsupported,
  returnDocuments: boolean("return_documents"),
  truncate: unsupported,
  user: unsupported,
  serviceTier: unsupported
}

const make = ({
  id,
  objects = false,
  parameters,
  path
}: RerankDialect): CallProtocol<RerankRequest, RerankResponse> & CallServer<RerankRequest, RerankResponse> => ({
  id,
  decodeError,
  encodeRequest: encoder(id, parameters, (call) => {
    const { documents, query } = call.request
    if (documents.length === 0) call.invalid("documents", "there is nothing to rerank")
    if (!objects && documents.some(isObject)) call.unsupported("documents", "the provider accepts text, not objects")
    return {
      path,
      json: {
        model: call.model,
        query,
        documents: documents.map((document) => (isObject(document) && !objects ? JSON.stringify(document) : document)),
        ...call.fields
      }
    }
  }),
  decodeResponse: (body, { request }) => {
    if (!isObject(body)) return unreadable("the response is not an object")
    const list = body.results ?? body.data
    const results = array(list).flatMap((item) => resultOf(item, request))
    const expected = Math.min(request.documents.length, request.topN ?? Infinity)
    if (!Array.isArray(list) || results.length !== list.length || (results.length === 0 && expected > 0)) {
      return unreadable("the response has no results that can be read")
    }
    if (new Set(results.map(({ index }) => index)).size < results.length) {
      return unreadable("the response ranks a document twice")
    }
    return Result.succeed({
      id: text(body.id),
      model: text(body.model),
      results: results.toSorted((a, b) => b.relevanceScore - a.relevanceScore),
      usage: usageOf(body),
      warnings: [
        ...array(object(body.meta)?.warnings).map((message) => text(message) ?? JSON.stringify(message)),
        ...(results.length < expected ? [`the server ranked only ${results.length} of ${expected} documents`] : [])
      ].map((message) => ({ type: "other", message })),
      attempts: [],
      raw: body as Json
    })
  },
  words: wordsOf(parameters),
  decodeRequest: (body, pathModel) => {
    const reader = new CallReader(id, body)
    const given = array(reader.take("documents"))
    const documents = given.map(documentOf).filter((document) => document !== undefined)
    if (documents.length < given.length || given.length === 0) {
      reader.invalid("documents", "expected a list of texts or objects")
    }
    const model = reader.model(pathModel)
    const wireQuery = reader.take("query")
    // A query with an image is kept unchanged.
    const query = objects && isObject(wireQuery) ? (text(wireQuery.text) ?? "") : reader.text("query")
    if (isObject(wireQuery) && query === "") reader.keep("query", wireQuery)
    const request = { ...reader.parameters(parameters), query, documents }
    // Servers that return no documents have them from the request.
    const format = parameters.returnDocuments === unsupported && reader.flag("return_documents")
    return reader.end<RerankRequest>({ model, request, ...(format && { format: "documents" }) })
  },
  encodeResponse: ({ id: ownId, model, results, usage }, { format, id, model: requestedModel, request }) => {
    const { inputTokens, units } = usage
    return {
      id: ownId ?? id,
      model: model ?? requestedModel,
      results: results.map(({ document, index, relevanceScore: relevance_score }) => {
        const shown = document ?? (format === "documents" ? request.documents[index] : undefined)
        return shown === undefined
          ? { index, relevance_score }
          : { index, relevance_score, document: typeof shown === "string" ? { text: shown } : shown }
      }),
      meta: {
        api_version: { version: "2" },
        ...(units?.requests !== undefined && { billed_units: { search_units: units.requests } }),
        ...(inputTokens.total !== undefined && { tokens: { input_tokens: inputTokens.total } })
      },
      ...(inputTokens.total !== undefined && { usage: { total_tokens: inputTokens.total } })
    }
  }
})

/** Cohere's first version takes texts as `{ text }`, too. */
const documentOf = (u: unknown): RerankRequest["documents"][number] | undefined =>
  typeof u === "string" ? u : isObject(u) ? (textOf(u as Json) as string | { readonly [key: string]: Json }) : undefined

const resultOf = (u: unknown, { documents }: RerankRequest): RerankResponse["results"] => {
  const { document, index: place, relevance_score: score } = object(u) ?? {}
  const index = nonNegativeInt(place)
  const known = index !== undefined && index < documents.length
  return known && typeof score === "number"
    ? [
        {
          index,
          relevanceScore: score,
          ...(document === undefined || document === null ? {} : { document: textOf(document) })
        }
      ]
    : []
}

/** Most wrap a text as `{ text }`. */
const textOf = (document: unknown): Json => {
  const keys = isObject(document) ? Object.keys(document) : []
  return (
    isObject(document) && keys.length === 1 && typeof document.text === "string" ? document.text : document
  ) as Json
}

/** Tokens, or searches (Cohere: a search is a query with up to 100 documents), which are requests of the price list. */
const usageOf = (body: WireObject): Usage.Usage => {
  const usage = object(body.usage)
  const meta = object(body.meta)
  const searches = nonNegativeInt(object(meta?.billed_units)?.search_units) ?? nonNegativeInt(usage?.search_units)
  const tokens = usage?.total_tokens ?? usage?.prompt_tokens ?? object(meta?.tokens)?.input_tokens
  return Usage.make(
    { input: nonNegativeInt(tokens), output: 0 },
    {
      units: searches === undefined ? undefined : { requests: searches },
      reportedCost: usage && reportedCost(usage),
      raw: (usage ?? meta) as Json
    }
  )
}

/**
 * Cohere's rerank, version 2: a query with up to 100 documents is one search of the bill.
 *
 * @see https://docs.cohere.com/reference/rerank
 */
export const CohereRerank = make({
  id: "cohere-rerank-v2",
  path: "/v2/rerank",
  parameters: { ...parameters, maxTokensPerDocument: int("max_tokens_per_doc"), returnDocuments: unsupported }
})

/** Servers that have it beside OpenAI's paths (vLLM, OpenRouter, Together, ...). */
export const CompatibleRerank = make({ id: "cohere-rerank-v2", path: "/rerank", parameters })

/**
 * Jina AI's rerank: of texts, or of `{ text }` and `{ image }` with the models that see.
 *
 * @see https://jina.ai/reranker
 * @see https://api.jina.ai/docs
 */
export const JinaRerank = make({ id: "jina-rerank", path: "/rerank", parameters, objects: true })

/**
 * Voyage AI's rerank. It takes up to 1,000 documents.
 *
 * @see https://docs.voyageai.com/docs/reranker
 */
export const VoyageRerank = make({
  id: "voyage-rerank",
  path: "/rerank",
  parameters: { ...parameters, topN: int("top_k"), truncate: words("truncation", { end: true, none: false }) }
})
