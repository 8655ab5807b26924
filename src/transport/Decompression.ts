import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"

/** What turns compressed bytes into plain ones. */
type Decoder = ReadableWritablePair<Uint8Array, Uint8Array<ArrayBuffer>>

/** The parts used of Node's modules, which other platforms lack. */
interface Zlib {
  readonly createUnzip: () => object
  readonly createBrotliDecompress: () => object
  readonly createZstdDecompress?: () => object
}
interface Process {
  readonly getBuiltinModule?: ((name: "node:zlib") => Zlib) & ((name: "node:stream") => NodeStream)
}
interface NodeStream {
  readonly Duplex: { readonly toWeb: (duplex: object) => Decoder }
}

/** More codings on top of each other than anyone means. */
const mostCodings = 3

/**
 * The codings in which the bytes of a response still are, the last one first; none where the client has decoded them, as
 * `fetch` has.
 */
export const codingsOf = (
  response: HttpClientResponse.HttpClientResponse,
  headers: { readonly [name: string]: string | undefined }
): ReadonlyArray<string> | undefined => {
  const header = headers["content-encoding"]
  if (header === undefined) return undefined
  const codings = header
    .toLowerCase()
    .split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding !== "identity")
  return codings.length === 0 || Option.isSome(HttpClientResponse.toWeb(response)) ? undefined : codings.toReversed()
}

/** Decodes these bytes; a string that says why, where it cannot be done here. */
export const decode = (
  bytes: ReadableStream<Uint8Array>,
  codings: ReadonlyArray<string>
): ReadableStream<Uint8Array> | string => {
  if (codings.length > mostCodings) return `the response is compressed ${codings.length} times`
  let decoded = bytes
  for (const coding of codings) {
    const decoder = decoderOf(coding)
    if (decoder === undefined) return `the response has an unsupported compression: ${coding}`
    decoded = decoded.pipeThrough(decoder)
  }
  return decoded
}

const decoderOf = (coding: string): Decoder | undefined => {
  const { process } = globalThis as { readonly process?: Process }
  const zlib = process?.getBuiltinModule?.("node:zlib")
  const stream = process?.getBuiltinModule?.("node:stream")
  if (zlib === undefined || stream === undefined) return ofPlatform(coding)
  switch (coding) {
    case "gzip":
    case "x-gzip":
    case "deflate":
      return stream.Duplex.toWeb(zlib.createUnzip())
    case "br":
      return stream.Duplex.toWeb(zlib.createBrotliDecompress())
    case "zstd":
      return zlib.createZstdDecompress === undefined ? undefined : stream.Duplex.toWeb(zlib.createZstdDecompress())
    default:
      return undefined
  }
}

const ofPlatform = (coding: string): Decoder | undefined =>
  coding === "gzip" || coding === "x-gzip"
    ? new DecompressionStream("gzip")
    : coding === "deflate"
      ? new DecompressionStream("deflate")
      : undefined
