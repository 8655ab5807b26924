/**
 * Forms as servers receive them: the inverse of the forms that protocols encode.
 *
 * ```ts
 * const form = Multipart.decode(bytes, headers["content-type"] ?? "")
 * const decoded = Result.flatMap(form, (form) => protocol.decodeRequest(form))
 * ```
 *
 * @since 0.1.0
 */
import * as MultipartParser from "effect/http/MultipartParser"
import * as Result from "effect/Result"
import { InvalidRequestError } from "../domain/CallErrors.ts"
import { Form, type FormPart } from "./Protocol.ts"

/** OpenAI's forms have a dozen fields, and at most 16 images. */
const mostParts = 100

/** No field holds more text than a prompt does. */
const mostFieldBytes = 2 * 1024 * 1024

/**
 * Whether a body of this media type is a form.
 *
 * @since 0.1.0
 * @category guards
 */
export const isForm = (contentType: string | undefined): contentType is string =>
  contentType !== undefined && /^multipart\/form-data\b/i.test(contentType)

/**
 * Decodes `multipart/form-data`. The error has the status 413 where the form is larger than forms are.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (bytes: Uint8Array, contentType: string): Result.Result<Form, InvalidRequestError> => {
  const parts: Array<FormPart> = []
  let error: MultipartParser.MultipartError | undefined
  let isWhole = false
  const parser = MultipartParser.make({
    headers: { "content-type": contentType },
    maxParts: mostParts,
    maxFieldSize: mostFieldBytes,
    // A file without a name is a file, unless it is text.
    isFile: (info) => info.filename !== undefined || info.contentType !== "text/plain",
    onField: (info, value) => parts.push({ name: info.name, value: MultipartParser.decodeField(info, value) }),
    onFile: (info) => {
      const chunks: Array<Uint8Array> = []
      return (chunk) => {
        if (chunk !== null) return void chunks.push(chunk)
        parts.push({
          name: info.name,
          bytes: joined(chunks),
          fileName: info.filename ?? "",
          mediaType: info.contentType
        })
      }
    },
    onError: (found) => {
      error ??= found
    },
    onDone: () => {
      isWhole = true
    }
  })
  parser.write(bytes)
  parser.end()
  return error === undefined && isWhole ? Result.succeed(new Form(parts)) : Result.fail(problemOf(error))
}

const problemOf = (error: MultipartParser.MultipartError | undefined): InvalidRequestError => {
  switch (error?._tag) {
    case "ReachedLimit":
      return new InvalidRequestError({
        status: 413,
        detail:
          error.limit === "MaxParts"
            ? `the form has more than ${mostParts} parts`
            : `a field of the form is longer than ${mostFieldBytes} bytes`
      })
    case "InvalidBoundary":
      return new InvalidRequestError({ detail: "the content-type of the form names no boundary" })
    case "BadHeaders":
      return new InvalidRequestError({ detail: "the headers of a part of the form cannot be read" })
    case "InvalidDisposition":
      return new InvalidRequestError({ detail: "a part of the form has no name" })
    default:
      return new InvalidRequestError({ detail: "the form has no end" })
  }
}

const joined = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const [first] = chunks
  if (chunks.length === 1 && first !== undefined) return first
  const bytes = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
