import * as Base64 from "effect/encoding/Base64"
import type { MediaData } from "../../../domain/ContentPart.ts"

/**
 * The address of bytes or of a URL; none for what has no address.
 *
 * @since 0.1.0
 * @category encoding
 */
export const urlOf = (data: MediaData, mediaType: string | undefined): string | undefined =>
  typeof data === "string"
    ? data
    : data instanceof Uint8Array
      ? `data:${mediaType ?? "application/octet-stream"};base64,${Base64.encode(data)}`
      : undefined
