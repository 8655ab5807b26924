import * as Schema from "effect/Schema"
import type { CallRequest } from "./CallRequest.ts"
import { OptionalJson } from "./Json.ts"

/**
 * A file that a provider stores.
 *
 * @since 0.1.0
 * @category models
 */
export interface FileInfo extends Schema.Schema.Type<typeof fileInfoSchema> {}

const fileInfoSchema = Schema.Struct({
  /** Refer to the file by `{ fileId: id }` as the data of a part. */
  id: Schema.String,
  name: Schema.optional(Schema.String),
  /** IANA media type. */
  mediaType: Schema.optional(Schema.String),
  /** In bytes. */
  size: Schema.optional(Schema.Int),
  /** The provider's own word (`batch`, `user_data`, ...). */
  purpose: Schema.optional(Schema.String),
  /** RFC 3339. */
  createdAt: Schema.optional(Schema.String),
  expiresAt: Schema.optional(Schema.String),
  /** The provider's own word, where files are processed before they can be used (`PROCESSING`, `ACTIVE`). */
  state: Schema.optional(Schema.String),
  /** The URI of the file, for providers that refer to files by it. */
  uri: Schema.optional(Schema.String),
  /** The provider's own object. */
  raw: OptionalJson
})

/**
 * @since 0.1.0
 * @category schemas
 */
export const FileInfo: Schema.Codec<FileInfo> = fileInfoSchema

/**
 * A file to upload to a provider.
 *
 * @since 0.1.0
 * @category models
 */
export interface FileUpload extends CallRequest {
  readonly data: Uint8Array
  readonly name: string
  /** IANA media type. */
  readonly mediaType?: string | undefined
  /** The purpose of the file, in the provider's own word; each provider has a default. */
  readonly purpose?: string | undefined
}
