import type { EmbeddingRequest } from "../../domain/EmbeddingRequest.ts"
import type { EmbeddingResponse } from "../../domain/EmbeddingResponse.ts"
import type { CallProtocol } from "../CallProtocol.ts"
import { isObject } from "../wire/WireObject.ts"
import { make } from "./EmbeddingDialect.ts"
import { partsOf } from "./Inputs.ts"

/** The most tokens of one call, by model. */
const tokens = (model: string): number =>
  /^voyage-(?:4|3\.5)-lite/.test(model)
    ? 1_000_000
    : /^voyage-(?:(?:4|3\.5|2)$|multimodal)/.test(model)
      ? 320_000
      : 120_000

const limits = (model: string) => ({ inputs: 1000, tokens: tokens(model) })

const inputType = { field: "input_type", words: { query: "query", document: "document" } } as const

const truncate = { field: "truncation", words: { none: false, end: true } } as const

const texts = make({
  id: "voyage-embeddings",
  dimensions: "output_dimension",
  encoding: "output_dtype",
  base64: true,
  inputType,
  truncate,
  limits
})

const mixed = make({
  id: "voyage-embeddings",
  path: "/multimodalembeddings",
  inputs: "inputs",
  dimensions: "output_dimension",
  inputType,
  truncate,
  media: (content, at, encoder) => ({ content: partsOf(content, at, encoder, "voyage") }),
  textAsParts: true
})

/**
 * Voyage AI's embeddings, of texts and, with the models called `multimodal`, of texts and images. A call holds 1,000 inputs,
 * and by model 120,000 to 1,000,000 tokens.
 *
 * @see https://docs.voyageai.com/reference/embeddings-api
 * @see https://docs.voyageai.com/docs/multimodal-embeddings
 * @see https://www.mongodb.com/docs/api/doc/atlas-embedding-and-reranking-api/operation/operation-createembedding
 */
export const VoyageEmbeddings: CallProtocol<EmbeddingRequest, EmbeddingResponse> = {
  ...texts,
  encodeRequest: (request, options) =>
    (options.model.includes("multimodal") ? mixed : texts).encodeRequest(request, options),
  decodeRequest: (body, model) =>
    (isObject(body) && "inputs" in body ? mixed : texts).decodeRequest?.(body, model) as ReturnType<
      NonNullable<typeof texts.decodeRequest>
    >
}
