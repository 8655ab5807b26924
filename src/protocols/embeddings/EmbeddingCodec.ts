import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { EmbeddingInput, EmbeddingRequest, EmbeddingResponse } from "../../domain/Embedding.ts"
import type { Json } from "../../domain/Json.ts"
import type { Usage } from "../../domain/Usage.ts"
import type { Warning } from "../../domain/Warning.ts"
import { array, object, text, type WireObject } from "../wire/WireObject.ts"
import type { CallContext } from "../wire/CallCodec.ts"
import { base64Of, urlOf } from "../wire/request/MediaInput.ts"
import { unreadable } from "../wire/response/ErrorBody.ts"
import type { ResponseParseError } from "../../domain/ChatResponse.ts"

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

/** A vector as it stands in a response: a list of numbers, or Base64. */
export const vectorOf = (u: unknown, encoding?: Encoding): ReadonlyArray<number> | undefined =>
  typeof u === "string" ? fromBase64(u, encoding) : Array.isArray(u) && u.every(Number.isFinite) ? u : undefined

/** The response to a request; fails unless it has one vector for each input. */
export const toResponse = (
  vectors: ReadonlyArray<ReadonlyArray<number> | undefined>,
  request: EmbeddingRequest,
  usage: Usage,
  body: WireObject
): Result.Result<EmbeddingResponse, ResponseParseError> => {
  const requested = request.inputs.length
  const whole = vectors.filter((vector) => vector !== undefined).filter(({ length }) => length > 0)
  const detail =
    vectors.length > requested
      ? `${requested} embeddings were requested, but ${vectors.length} returned`
      : whole.length < requested
        ? `${requested} embeddings were requested, but only ${whole.length} could be read`
        : whole.some((vector) => vector.length !== whole[0]?.length)
          ? "the embeddings are of different lengths"
          : undefined
  if (detail !== undefined) return unreadable(detail)
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
  const message = `${dimensions} dimensions were requested, but ${other.length * bits} returned: the server seems to ignore it`
  return [{ type: "unsupported-parameter", parameter: "dimensions", message }]
}

/** The body without the vectors, which would be stored twice. */
const withoutVectors = ({
  data: _,
  embedding: __,
  embeddings: ___,
  predictions: ____,
  ...rest
}: WireObject): WireObject => rest

type Call = CallContext<EmbeddingRequest>

export const requireInputs = (call: Call): void => {
  if (call.request.inputs.length === 0) call.invalid("inputs", "there is nothing to embed")
}

export const requireFloats = (call: Call): void => {
  const { encoding = "float" } = call.request
  if (encoding !== "float") call.unsupported("encoding", "the provider returns floats only")
}

/** The text of an input; anything but text is refused. */
export const textOf = (input: EmbeddingInput, at: number, call: Call): string => {
  if (typeof input === "string") return input
  if ("tokens" in input) {
    call.refuse("inputs", `inputs[${at}]: the provider accepts text, not tokens`)
    return ""
  }
  const texts = input.content.flatMap((part) => (part.type === "text" ? [part.text] : []))
  if (texts.length < input.content.length) {
    const other = input.content.find((part) => part.type !== "text")?.type
    call.refuse("inputs", `inputs[${at}]: the provider accepts text, not ${other}`)
  }
  return texts.join("\n\n")
}

type Content = Extract<EmbeddingInput, { readonly content: unknown }>["content"]

/**
 * The parts of an input: texts, and images by their address or, in Voyage's style, in a field that says that the bytes are
 * in it.
 */
export const partsOf = (
  content: Content,
  at: number,
  call: Call,
  style: "openai" | "voyage" = "openai"
): ReadonlyArray<Json> =>
  content.map((part): Json => {
    if (part.type === "text") return { type: "text", text: part.text }
    const url = part.type === "image" ? urlOf(part.data, part.mediaType) : undefined
    if (url === undefined) call.refuse("inputs", `inputs[${at}]: the provider accepts text and images only`)
    if (style === "openai") return { type: "image_url", image_url: { url: url ?? "" } }
    return base64Of(part.data, part.mediaType) === undefined
      ? { type: "image_url", image_url: url ?? "" }
      : { type: "image_base64", image_base64: url ?? "" }
  })

/**
 * The input that is written so, in either style, or in Jina's as `{ text }` or `{ image }`; none where it is something
 * else.
 */
export const inputOf = (u: unknown): EmbeddingInput | undefined => {
  const { content, image, text } = object(u) ?? {}
  if (typeof text === "string") return { content: [{ type: "text", text }] }
  if (typeof image === "string") {
    return { content: [{ type: "image", data: /^(?:data|https?):/.test(image) ? image : `data:;base64,${image}` }] }
  }
  if (!Array.isArray(content)) return undefined
  return {
    content: array(content).map((u) => {
      const { image_base64: bytes, image_url: image, text } = object(u) ?? {}
      if (typeof text === "string") return { type: "text", text }
      return { type: "image", data: String(bytes ?? object(image)?.url ?? image) }
    })
  }
}
