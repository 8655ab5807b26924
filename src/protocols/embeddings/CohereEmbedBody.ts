import type { EmbeddingRequest } from "../../domain/EmbeddingRequest.ts"
import type { Json } from "../../domain/Json.ts"
import type { CallEncoder } from "../wire/CallEncoder.ts"
import type { CallReader } from "../wire/CallReader.ts"
import { urlOf } from "../wire/MediaInput.ts"
import { array, nonNegativeInt, object, type WireObject } from "../wire/WireObject.ts"
import { inputOf, partsOf, textOf } from "./Inputs.ts"
import { vectorOf } from "./Vectors.ts"

const inputTypes = {
  query: "search_query",
  document: "search_document",
  classification: "classification",
  clustering: "clustering"
} as const

const truncations = { none: "NONE", start: "START", end: "END" } as const

/**
 * The body of Cohere's embed, which Bedrock takes too. What the vectors are for must be said: it is `search_document`
 * where the request does not.
 */
export const encode = (encoder: CallEncoder<EmbeddingRequest>): WireObject => {
  const { dimensions, encoding = "float", inputs, inputType, truncate } = encoder.request
  const isText = inputs.every((input) => typeof input === "string")
  const image = imageOf(inputs)
  return {
    input_type: encoder.word("inputType", inputType, inputTypes) ?? (image === undefined ? "search_document" : "image"),
    embedding_types: [encoding],
    output_dimension: dimensions,
    truncate: encoder.word("truncate", truncate, truncations),
    ...(isText
      ? { texts: inputs }
      : image !== undefined
        ? { images: [image] }
        : { inputs: inputs.map((input, at) => ({ content: contentOf(input, at, encoder) })) })
  }
}

/** One image and nothing else has a field of its own, the only one that version 3 of the models knows. */
const imageOf = ([input, second]: EmbeddingRequest["inputs"]): string | undefined => {
  if (input === undefined || second !== undefined || typeof input === "string" || "tokens" in input) return undefined
  const [part, more] = input.content
  return part?.type === "image" && more === undefined ? urlOf(part.data, part.mediaType) : undefined
}

const contentOf = (
  input: EmbeddingRequest["inputs"][number],
  at: number,
  encoder: CallEncoder<EmbeddingRequest>
): ReadonlyArray<Json> =>
  typeof input === "string" || "tokens" in input
    ? [{ type: "text", text: textOf(input, at, encoder) }]
    : partsOf(input.content, at, encoder)

/** The fields of the request that such a body says. */
export const read = (reader: CallReader): EmbeddingRequest => {
  const types = array(reader.take("embedding_types"))
  const texts = array(reader.take("texts")).filter((text) => typeof text === "string")
  const images = array(reader.take("images")).map((url) => ({
    content: [{ type: "image" as const, data: String(url) }]
  }))
  const inputs = array(reader.take("inputs")).flatMap((input) => inputOf(input) ?? [])
  // Of several encodings the first is read.
  if (types.length > 1) reader.keep("embedding_types", types)
  return {
    inputs: [...texts, ...images, ...inputs],
    dimensions: nonNegativeInt(reader.take("output_dimension")),
    inputType: reader.word("input_type", inputTypes),
    truncate: reader.word("truncate", truncations),
    encoding: types[0] === "float" ? undefined : (types[0] as EmbeddingRequest["encoding"])
  }
}

/** The vectors of an answer: by encoding, or a plain list. */
export const vectorsOf = (body: WireObject, encoding: EmbeddingRequest["encoding"]) =>
  array(object(body.embeddings)?.[encoding ?? "float"] ?? body.embeddings).map((vector) => vectorOf(vector, encoding))
