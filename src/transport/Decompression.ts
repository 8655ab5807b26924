import { constVoid } from "effect/Function"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"

/** What turns compressed bytes into plain ones. */
type Decoder = ReadableWritablePair<Uint8Array, Uint8Array<ArrayBuffer>>

/** The parts used of Node's modules, which other platforms lack. */
interface Zlib {
  readonly createUnzip: () => object
  readonly createInflateRaw: () => object
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
      return stream.Duplex.toWeb(zlib.createUnzip())
    case "deflate":
      return inflating((isBare) => stream.Duplex.toWeb(isBare ? zlib.createInflateRaw() : zlib.createUnzip()))
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
      ? inflating((isBare) => new DecompressionStream(isBare ? "deflate-raw" : "deflate"))
      : undefined

/**
 * Chooses by the first byte, because some servers send the bare format in place of zlib's (RFC 1950), whose first byte ends in 8, or
 * gzip's, whose first byte is 31.
 */
const inflating = (make: (isBare: boolean) => Decoder): Decoder => {
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>()
  let writer: WritableStreamDefaultWriter<Uint8Array> | undefined
  const begin = (first: number) => {
    const decoder = make((first & 0x0f) !== 8 && first !== 31)
    // What breaks it reaches the reader through `writable`.
    decoder.readable.pipeTo(writable).catch(constVoid)
    return (writer = decoder.writable.getWriter())
  }
  return {
    readable,
    writable: new WritableStream({
      write: (chunk) => (chunk.length > 0 ? (writer ?? begin(chunk[0] ?? 0)).write(chunk) : undefined),
      close: () => (writer ?? begin(8)).close(),
      abort: (reason) => (writer === undefined ? writable.abort(reason) : writer.abort(reason))
    })
  }
}
