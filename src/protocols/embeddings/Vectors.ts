import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { EmbeddingRequest, EmbeddingResponse } from "../../domain/Embedding.ts"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import type { Json } from "../../domain/Json.ts"
import type { Usage } from "../../domain/Usage.ts"
import type { Warning } from "../../domain/Warning.ts"
import { text, type WireObject } from "../wire/WireObject.ts"

type Encoding = EmbeddingRequest["encoding"]

/** The numbers that bytes in Base64 stand for: 32-bit floats with the lowest byte first, or bytes. */
export const fromBase64 = (base64: string, encoding?: Encoding): ReadonlyArray<number> | undefined => {
  const decoded = Base64.decode(base64)
  if (Result.isFailure(decoded)) return undefined
  const bytes = decoded.success
  switch (encoding) {
    case "int8":
    case "binary":
      return Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    case "uint8":
    case "ubinary":
      return Array.from(bytes)
    default: {
      if (bytes.byteLength % 4 !== 0) return undefined
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      return Array.from({ length: bytes.byteLength / 4 }, (_, at) => view.getFloat32(at * 4, true))
    }
  }
}

/** 32-bit floats as `fromBase64` reads them. */
export const toBase64 = (vector: ReadonlyArray<number>): string => {
  const view = new DataView(new ArrayBuffer(vector.length * 4))
  vector.forEach((number, at) => view.setFloat32(at * 4, number, true))
  return Base64.encode(new Uint8Array(view.buffer))
}

/** A vector as it stands in an answer: a list of numbers, or Base64. */
export const vectorOf = (u: unknown, encoding?: Encoding): ReadonlyArray<number> | undefined =>
  typeof u === "string" ? fromBase64(u, encoding) : Array.isArray(u) && u.every(Number.isFinite) ? u : undefined

/** The answer to a request; fails where it has not one vector for each input. */
export const answer = (
  vectors: ReadonlyArray<ReadonlyArray<number> | undefined>,
  request: EmbeddingRequest,
  usage: Usage,
  body: WireObject
): Result.Result<EmbeddingResponse, ResponseParseError> => {
  const whole = vectors.filter((vector) => vector !== undefined)
  if (whole.length !== request.inputs.length || whole.length !== vectors.length) {
    const detail = `${request.inputs.length} embeddings were asked for, and ${whole.length} came that can be read`
    return Result.fail(new ResponseParseError({ detail }))
  }
  return Result.succeed({
    id: text(body.id),
    model: text(body.model),
    embeddings: whole,
    usage,
    warnings: lengthWarnings(whole, request),
    attempts: [],
    raw: withoutVectors(body) as Json
  })
}

/** Where the server ignores `dimensions`, its vectors have another length. Eight bits stand in a byte of packed ones. */
const lengthWarnings = (
  vectors: ReadonlyArray<ReadonlyArray<number>>,
  { dimensions, encoding }: EmbeddingRequest
): ReadonlyArray<Warning> => {
  const bits = encoding === "binary" || encoding === "ubinary" ? 8 : 1
  const other = vectors.find(({ length }) => dimensions !== undefined && length * bits !== dimensions)
  if (other === undefined) return []
  const message = `${dimensions} dimensions were asked for, and ${other.length * bits} came: the server seems to ignore it`
  return [{ type: "unsupported-parameter", parameter: "dimensions", message }]
}

/** What an answer says besides the vectors, which would be kept twice. */
const withoutVectors = ({
  data: _,
  embedding: __,
  embeddings: ___,
  predictions: ____,
  ...rest
}: WireObject): WireObject => rest
