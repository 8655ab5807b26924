import * as Schema from "effect/Schema"
import { type CallRequest, CallRequestFields } from "./CallRequest.ts"
import { type CallResponse, CallResponseFields } from "./CallResponse.ts"
import { AudioPart, FilePart, ImagePart, TextPart } from "./ContentPart.ts"

/**
 * The input of one vector: a text; token ids; or text, images and audio together, where the model supports it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const EmbeddingInput: Schema.Codec<EmbeddingInput> = Schema.Union([
  Schema.String,
  Schema.Struct({ tokens: Schema.Array(Schema.Int) }),
  Schema.Struct({ content: Schema.Array(Schema.Union([TextPart, ImagePart, AudioPart, FilePart])) })
])

/**
 * @since 0.1.0
 * @category models
 */
export type EmbeddingInput =
  | string
  | { readonly tokens: ReadonlyArray<number> }
  | { readonly content: ReadonlyArray<TextPart | ImagePart | AudioPart | FilePart> }

/**
 * A request for embeddings in canonical form. An absent parameter is left to the provider.
 *
 * @since 0.1.0
 * @category models
 */
export interface EmbeddingRequest extends CallRequest, Schema.Struct.Type<typeof requestFields> {}

const requestFields = {
  inputs: Schema.Array(EmbeddingInput),
  /** The length of each vector, where the model supports several. */
  dimensions: Schema.optional(Schema.Int),
  /** What the vectors are for: many models embed queries and documents differently. */
  inputType: Schema.optional(
    Schema.Literals([
      "query",
      "document",
      "similarity",
      "classification",
      "clustering",
      "question-answering",
      "fact-verification",
      "code-query"
    ])
  ),
  /** What happens to an input that is too long: it fails (`none`), or loses its beginning or its end. */
  truncate: Schema.optional(Schema.Literals(["none", "start", "end"])),
  /** The numbers of the vectors: `float` (the default), bytes, or 8 bits packed in each byte. */
  encoding: Schema.optional(Schema.Literals(["float", "int8", "uint8", "binary", "ubinary"]))
}

/**
 * The schema of `EmbeddingRequest`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const EmbeddingRequest: Schema.Codec<EmbeddingRequest> = Schema.Struct({
  ...requestFields,
  ...CallRequestFields
})

/**
 * A request as people write it: a bare string is one input, an array of them several.
 *
 * @since 0.1.0
 * @category models
 */
export type EmbeddingRequestInput =
  | string
  | ReadonlyArray<EmbeddingInput>
  | (Omit<EmbeddingRequest, "inputs"> & { readonly inputs: string | ReadonlyArray<EmbeddingInput> })

/**
 * The schema of `EmbeddingRequestInput`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const EmbeddingRequestInput: Schema.Codec<EmbeddingRequestInput> = Schema.Union([
  Schema.String,
  Schema.Array(EmbeddingInput),
  Schema.Struct({
    ...requestFields,
    ...CallRequestFields,
    inputs: Schema.Union([Schema.String, Schema.Array(EmbeddingInput)])
  })
])

/**
 * Embeddings: one vector for each input, in the order of the inputs.
 *
 * @since 0.1.0
 * @category models
 */
export interface EmbeddingResponse extends CallResponse, Schema.Struct.Type<typeof responseFields> {}

const responseFields = {
  embeddings: Schema.Array(Schema.Array(Schema.Finite))
}

/**
 * The schema of `EmbeddingResponse`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const EmbeddingResponse: Schema.Codec<EmbeddingResponse, unknown> = Schema.Struct({
  ...responseFields,
  ...CallResponseFields
})
