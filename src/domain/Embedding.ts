import * as Schema from "effect/Schema"
import { type CallRequest, CallRequestFields } from "./CallRequest.ts"
import { type CallResponse, CallResponseFields } from "./CallResponse.ts"
import { AudioPart, FilePart, ImagePart, TextPart } from "./ContentPart.ts"

/**
 * What becomes one vector: a text; the numbers of tokens; or text, images and recordings together, where the model sees.
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
 * Texts to be turned into vectors, in canonical form. An absent parameter is left to the provider.
 *
 * @since 0.1.0
 * @category models
 */
export interface EmbeddingRequest extends CallRequest, Schema.Struct.Type<typeof requestFields> {}

const requestFields = {
  inputs: Schema.Array(EmbeddingInput),
  /** How many numbers each vector has, where the model has the choice. */
  dimensions: Schema.optional(Schema.Int),
  /** What the vectors are for: those of questions and of what answers them are made differently by many models. */
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
  /** What becomes of an input that is too long: it fails, or loses its beginning or its end. */
  truncate: Schema.optional(Schema.Literals(["none", "start", "end"])),
  /** The numbers that the vectors consist of: `float` where it is absent; bytes; or 8 bits in each byte. */
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
 * One vector for each input, in the order of the inputs.
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
