import type { CallRequest } from "./CallRequest.ts"

/**
 * A file to be given to a provider.
 *
 * @since 0.1.0
 * @category models
 */
export interface FileUpload extends CallRequest {
  readonly data: Uint8Array
  readonly name: string
  /** IANA media type. */
  readonly mediaType?: string | undefined
  /** What it is for, in the provider's own word; each provider has a default. */
  readonly purpose?: string | undefined
}
