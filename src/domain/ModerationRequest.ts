import * as Schema from "effect/Schema"
import { CallRequestFields } from "./CallRequest.ts"
import { ImagePart, TextPart } from "./ContentPart.ts"

/**
 * What is judged by itself: a text, or texts and images together.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ModerationInput = Schema.Union([
  Schema.String,
  Schema.Struct({ content: Schema.Array(Schema.Union([TextPart, ImagePart])) })
])

/**
 * @since 0.1.0
 * @category models
 */
export type ModerationInput = Schema.Schema.Type<typeof ModerationInput>

/**
 * Content to be judged, in canonical form.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModerationRequest extends Schema.Schema.Type<typeof ModerationRequest> {}

/**
 * The schema of `ModerationRequest`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ModerationRequest = Schema.Struct({
  inputs: Schema.Array(ModerationInput),
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
