import * as Result from "effect/Result"
import type { EmbeddingInput, EmbeddingRequest } from "../../domain/EmbeddingRequest.ts"
import type { EmbeddingResponse } from "../../domain/EmbeddingResponse.ts"
import type { InvalidRequestError } from "../../domain/errors/InvalidRequestError.ts"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import type { Json } from "../../domain/Json.ts"
import * as Usage from "../../domain/Usage.ts"
import { CallEncoder, type CallParameters } from "../wire/CallEncoder.ts"
import type { CallLimits, CallProtocol, DecodedCall } from "../CallProtocol.ts"
import { CallReader } from "../wire/CallReader.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import type { ProviderFailure } from "../ProviderFailure.ts"
import { reportedCost } from "../wire/ReportedCost.ts"
import { array, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"
import { inputOf, textOf } from "./Inputs.ts"
import { answer, vectorOf } from "./Vectors.ts"

type InputType = NonNullable<EmbeddingRequest["inputType"]>
type Truncate = NonNullable<EmbeddingRequest["truncate"]>

/**
 * How servers differ that take embeddings as OpenAI does: by the names of their fields and by their words. A field that is
 * left out they do not have.
 */
export interface EmbeddingDialect {
  readonly id: string
  /** Default `/embeddings`. */
  readonly path?: string | undefined
  /** Default `input`. */
  readonly inputs?: string | undefined
  readonly dimensions?: "dimensions" | "output_dimension" | undefined
  /** Whether vectors are asked for as floats in Base64, which is a quarter of the size. */
  readonly base64?: boolean | undefined
  readonly inputType?: { readonly field: string; readonly words: { readonly [I in InputType]?: string } } | undefined
  readonly truncate?:
    | { readonly field: string; readonly words: { readonly [T in Truncate]?: string | boolean } }
    | undefined
  readonly encoding?: string | undefined
  readonly user?: boolean | undefined
  readonly tokens?: boolean | undefined
  /** How an input is written that is no mere text. */
  readonly media?: ((content: Content, at: number, encoder: CallEncoder<EmbeddingRequest>) => Json) | undefined
  /** Whether a mere text is written so too. */
  readonly textAsParts?: boolean | undefined
  readonly limits?: ((model: string) => CallLimits) | undefined
}

type Content = Extract<EmbeddingInput, { readonly content: unknown }>["content"]

/** Makes the protocol of such servers, both ways. */
export const make = (dialect: EmbeddingDialect): CallProtocol<EmbeddingRequest, EmbeddingResponse> => ({
  id: dialect.id,
  limits: dialect.limits,
  decodeError,
  encodeRequest: (request, options) => {
    const encoder = new CallEncoder(dialect.id, request, options, parametersOf(dialect))
    const { dimensions, encoding, inputs, inputType, truncate, user } = request
    if (inputs.length === 0) encoder.invalid("inputs", "there is nothing to embed")
    const plain = encoding === undefined || encoding === "float"
    if (!plain && dialect.encoding === undefined) encoder.unsupported("encoding", "the provider gives floats only")
    return encoder.json(dialect.path ?? "/embeddings", {
      model: options.model,
      [dialect.inputs ?? "input"]: inputs.map((input, at) => write(dialect, input, at, encoder)),
      ...(dialect.dimensions && { [dialect.dimensions]: dimensions }),
      ...(dialect.inputType && {
        [dialect.inputType.field]: encoder.word("inputType", inputType, dialect.inputType.words)
      }),
      ...(dialect.truncate && { [dialect.truncate.field]: truncation(dialect.truncate.words, truncate, encoder) }),
      ...(dialect.encoding && { [dialect.encoding]: encoding }),
      encoding_format: dialect.base64 === true && plain ? "base64" : undefined,
      user: dialect.user === true ? user : undefined
    })
  },
  decodeResponse: (body, { request }) => decode(body, request),
  decodeRequest: (body) => decodeRequest(dialect, body)
})

const taken = (isTaken: boolean) => (isTaken ? "sent" : "unsupported")

const parametersOf = (dialect: EmbeddingDialect): CallParameters<EmbeddingRequest> => ({
  inputs: "sent",
  dimensions: taken(dialect.dimensions !== undefined),
  inputType: taken(dialect.inputType !== undefined),
  truncate: taken(dialect.truncate !== undefined),
  encoding: "sent",
  user: taken(dialect.user === true),
  serviceTier: "unsupported"
})

const write = (
  dialect: EmbeddingDialect,
  input: EmbeddingInput,
  at: number,
  encoder: CallEncoder<EmbeddingRequest>
): Json => {
  if (typeof input !== "string" && "tokens" in input && dialect.tokens === true) return [...input.tokens]
  if (dialect.media === undefined) return textOf(input, at, encoder)
  if (typeof input !== "string" && "content" in input) return dialect.media(input.content, at, encoder)
  return dialect.textAsParts === true
    ? dialect.media([{ type: "text", text: textOf(input, at, encoder) }], at, encoder)
    : textOf(input, at, encoder)
}

const truncation = (
  words: { readonly [T in Truncate]?: string | boolean },
  truncate: Truncate | undefined,
  encoder: CallEncoder<EmbeddingRequest>
): string | boolean | undefined => {
  if (truncate === undefined) return undefined
  const word = words[truncate]
  if (word === undefined) encoder.unsupported("truncate", `the provider has no word for ${JSON.stringify(truncate)}`)
  return word
}

const decode = (
  body: unknown,
  request: EmbeddingRequest
): Result.Result<EmbeddingResponse, ProviderFailure | ResponseParseError> => {
  if (!isObject(body)) return Result.fail(new ResponseParseError({ detail: "the answer is not an object" }))
  if (!Array.isArray(body.data)) {
    return Result.fail(
      isObject(body.error) || typeof body.error === "string"
        ? decodeError(body)
        : new ResponseParseError({ detail: "the answer has no `data`" })
    )
  }
  const vectors = array(body.data).map((item, place) => ({
    at: nonNegativeInt(object(item)?.index) ?? place,
    vector: vectorOf(object(item)?.embedding, request.encoding)
  }))
  const inOrder = vectors.toSorted((a, b) => a.at - b.at).map(({ vector }) => vector)
  return answer(inOrder, request, usageOf(object(body.usage)), body)
}

const usageOf = (usage: WireObject | undefined): Usage.Usage => {
  if (usage === undefined) return Usage.make({ output: 0 })
  const details = object(usage.prompt_tokens_details)
  return Usage.make(
    {
      input: usage.prompt_tokens ?? usage.total_tokens,
      inputAudio: details?.audio_tokens,
      inputImage: details?.image_tokens,
      output: 0
    },
    { reportedCost: reportedCost(usage), raw: usage as Json }
  )
}

const decodeRequest = (
  dialect: EmbeddingDialect,
  body: unknown
): Result.Result<DecodedCall<EmbeddingRequest>, InvalidRequestError> => {
  const reader = new CallReader(dialect.id, body)
  const { dimensions, encoding, inputType, truncate } = dialect
  const input = reader.take(dialect.inputs ?? "input")
  const inputs = (typeof input === "string" || isTokens(input) ? [input] : array(input)).map(readInput)
  const model = reader.text("model")
  if (inputs.some((input) => input === undefined))
    reader.invalid("input", "texts, lists of tokens or of parts are expected")
  reader.take("encoding_format")
  return reader.end<EmbeddingRequest>({
    model,
    request: {
      inputs: inputs.filter((input) => input !== undefined),
      dimensions: dimensions && nonNegativeInt(reader.take(dimensions)),
      encoding: encoding === undefined ? undefined : reader.word(encoding, encodings),
      inputType: inputType && reader.word(inputType.field, inputType.words),
      truncate: truncate && reader.word(truncate.field, truncate.words),
      user: dialect.user === true ? text(reader.take("user")) : undefined
    }
  })
}

const encodings = { float: "float", int8: "int8", uint8: "uint8", binary: "binary", ubinary: "ubinary" } as const

const isTokens = (u: unknown): u is ReadonlyArray<number> => Array.isArray(u) && typeof u[0] === "number"

const readInput = (input: unknown): EmbeddingInput | undefined =>
  typeof input === "string" ? input : isTokens(input) ? { tokens: input } : inputOf(input)
