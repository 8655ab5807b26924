import * as Result from "effect/Result"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import type { Json } from "../../domain/Json.ts"
import type { RerankRequest } from "../../domain/RerankRequest.ts"
import type { RerankResponse } from "../../domain/RerankResponse.ts"
import * as Usage from "../../domain/Usage.ts"
import { CallEncoder, type CallParameters } from "../wire/CallEncoder.ts"
import type { CallProtocol } from "../CallProtocol.ts"
import { CallReader } from "../wire/CallReader.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { reportedCost } from "../wire/ReportedCost.ts"
import { array, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"

/** How servers differ that rerank as Cohere does. A field that is left out they do not have. */
export interface RerankDialect {
  readonly id: string
  readonly path: string
  readonly topN: "top_n" | "top_k"
  readonly returnDocuments?: boolean | undefined
  readonly maxTokensPerDocument?: string | undefined
  readonly truncate?: string | undefined
  /** Whether documents may be objects. */
  readonly objects?: boolean | undefined
}

/** Makes the protocol of such servers, both ways. */
export const make = (dialect: RerankDialect): CallProtocol<RerankRequest, RerankResponse> => ({
  id: dialect.id,
  decodeError,
  encodeRequest: (request, options) => {
    const encoder = new CallEncoder(dialect.id, request, options, parametersOf(dialect))
    const { documents, maxTokensPerDocument, query, returnDocuments, topN, truncate } = request
    if (documents.length === 0) encoder.invalid("documents", "there is nothing to rerank")
    if (dialect.objects !== true && documents.some(isObject)) {
      encoder.unsupported("documents", "the provider takes texts, no objects")
    }
    return encoder.json(dialect.path, {
      model: options.model,
      query,
      documents: documents.map((document) =>
        isObject(document) && dialect.objects !== true ? JSON.stringify(document) : document
      ),
      [dialect.topN]: topN,
      return_documents: dialect.returnDocuments === true ? returnDocuments : undefined,
      ...(dialect.maxTokensPerDocument && { [dialect.maxTokensPerDocument]: maxTokensPerDocument }),
      ...(dialect.truncate && { [dialect.truncate]: truncate === undefined ? undefined : truncate === "end" })
    })
  },
  decodeResponse: (body, { request }) => {
    if (!isObject(body)) return Result.fail(new ResponseParseError({ detail: "the answer is not an object" }))
    const found = body.results ?? body.data
    const results = array(found).flatMap((item) => resultOf(item, request))
    if (!Array.isArray(found) || results.length !== found.length) {
      return Result.fail(new ResponseParseError({ detail: "the answer has no results that can be read" }))
    }
    return Result.succeed({
      id: text(body.id),
      model: text(body.model),
      results: results.toSorted((a, b) => b.relevanceScore - a.relevanceScore),
      usage: usageOf(body),
      warnings: array(object(body.meta)?.warnings).map((message) => ({ type: "other", message: String(message) })),
      attempts: [],
      raw: body as Json
    })
  },
  decodeRequest: (body) => {
    const reader = new CallReader(dialect.id, body)
    const documents = array(reader.take("documents")).filter(
      (document) => typeof document === "string" || isObject(document)
    )
    const model = reader.text("model")
    const asked = reader.take("query")
    // A query with an image stays as it came.
    const query = dialect.objects === true && isObject(asked) ? (text(asked.text) ?? "") : reader.text("query")
    if (isObject(asked) && query === "") reader.keep("query", asked)
    return reader.end<RerankRequest>({
      model,
      request: {
        query,
        documents: documents as RerankRequest["documents"],
        topN: nonNegativeInt(reader.take(dialect.topN)),
        returnDocuments: dialect.returnDocuments === true ? bool(reader.take("return_documents")) : undefined,
        maxTokensPerDocument: nonNegativeInt(dialect.maxTokensPerDocument && reader.take(dialect.maxTokensPerDocument)),
        truncate: dialect.truncate === undefined ? undefined : reader.word(dialect.truncate, { end: true, none: false })
      }
    })
  }
})

const bool = (u: unknown): boolean | undefined => (typeof u === "boolean" ? u : undefined)

const taken = (isTaken: boolean) => (isTaken ? "sent" : "unsupported")

const parametersOf = (dialect: RerankDialect): CallParameters<RerankRequest> => ({
  query: "sent",
  documents: "sent",
  topN: "sent",
  maxTokensPerDocument: taken(dialect.maxTokensPerDocument !== undefined),
  returnDocuments: taken(dialect.returnDocuments === true),
  truncate: taken(dialect.truncate !== undefined),
  user: "unsupported",
  serviceTier: "unsupported"
})

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
  return Usage.make(
    { input: usage?.total_tokens ?? usage?.prompt_tokens ?? object(meta?.tokens)?.input_tokens, output: 0 },
    {
      units: searches === undefined ? undefined : { requests: searches },
      reportedCost: usage && reportedCost(usage),
      raw: (usage ?? meta) as Json
    }
  )
}
