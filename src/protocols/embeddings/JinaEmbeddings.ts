import type { Json } from "../../domain/Json.ts"
import { base64Of, urlOf } from "../wire/MediaInput.ts"
import { make } from "./EmbeddingDialect.ts"

/**
 * Jina AI's embeddings: of texts and, with the models that see, of images, one to an input. A call holds 512 inputs, as
 * its server says to one that has more (2025-11-04).
 *
 * @see https://api.jina.ai/docs
 * @see https://jina.ai/embeddings
 * @see https://github.com/langgenius/dify-official-plugins/issues/1997
 */
export const JinaEmbeddings = make({
  id: "jina-embeddings",
  dimensions: "dimensions",
  encoding: "embedding_type",
  inputType: {
    field: "task",
    words: {
      query: "retrieval.query",
      document: "retrieval.passage",
      similarity: "text-matching",
      classification: "classification",
      clustering: "separation",
      "code-query": "code.query"
    }
  },
  truncate: { field: "truncate", words: { none: false, end: true } },
  media: (content, at, encoder): Json => {
    const [part, second] = content
    if (part?.type === "text" && second === undefined) return { text: part.text }
    const image = part?.type === "image" && second === undefined ? part : undefined
    const url = image && (base64Of(image.data, image.mediaType)?.base64 ?? urlOf(image.data, image.mediaType))
    if (url === undefined) encoder.refuse("inputs", `inputs[${at}]: the provider takes one text or one image`)
    return { image: url ?? "" }
  },
  limits: () => ({ inputs: 512 })
})
