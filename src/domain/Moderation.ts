import * as Schema from "effect/Schema"
import { type CallRequest, CallRequestFields } from "./CallRequest.ts"
import { type CallResponse, CallResponseFields } from "./CallResponse.ts"
import { ImagePart, TextPart } from "./ContentPart.ts"

/**
 * One input: a text, or texts and images together.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ModerationInput: Schema.Codec<ModerationInput> = Schema.Union([
  Schema.String,
  Schema.Struct({ content: Schema.Array(Schema.Union([TextPart, ImagePart])) })
])

/**
 * @since 0.1.0
 * @category models
 */
export type ModerationInput = string | { readonly content: ReadonlyArray<TextPart | ImagePart> }

/**
 * A moderation request in canonical form.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModerationRequest extends CallRequest, Schema.Struct.Type<typeof requestFields> {}

const requestFields = {
  inputs: Schema.Array(ModerationInput)
}

/**
 * The schema of `ModerationRequest`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ModerationRequest: Schema.Codec<ModerationRequest> = Schema.Struct({
  ...requestFields,
  ...CallRequestFields
})

/**
 * A request as people write it: a bare string is one input, an array of them several.
 *
 * @since 0.1.0
 * @category models
 */
export type ModerationRequestInput =
  | string
  | ReadonlyArray<ModerationInput>
  | (Omit<ModerationRequest, "inputs"> & { readonly inputs: string | ReadonlyArray<ModerationInput> })

/**
 * The schema of `ModerationRequestInput`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ModerationRequestInput: Schema.Codec<ModerationRequestInput> = Schema.Union([
  Schema.String,
  Schema.Array(ModerationInput),
  Schema.Struct({
    ...requestFields,
    ...CallRequestFields,
    inputs: Schema.Union([Schema.String, Schema.Array(ModerationInput)])
  })
])

/**
 * Moderation results: one for each input, in the order of the inputs.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModerationResponse extends CallResponse, Schema.Struct.Type<typeof responseFields> {}

const responseFields = {
  results: Schema.Array(
    Schema.Struct({
      flagged: Schema.Boolean,
      /** By the provider's names of the categories. */
      categories: Schema.Record(Schema.String, Schema.Boolean),
      /** Between 0 and 1. */
      scores: Schema.Record(Schema.String, Schema.Finite),
      /** The kinds of input (`text`, `image`) that each category was applied to. */
      appliedInputTypes: Schema.optional(Schema.Record(Schema.String, Schema.Array(Schema.String)))
    })
  )
}

/**
 * The schema of `ModerationResponse`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ModerationResponse: Schema.Codec<ModerationResponse, unknown> = Schema.Struct({
  ...responseFields,
  ...CallResponseFields
})
