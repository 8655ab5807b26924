import * as MultipartParser from "effect/http/MultipartParser"
import * as Result from "effect/Result"
import { Form, type FormPart } from "effect-llm/protocols/Protocol"
import { invalid, type Refused } from "../calls/Failure.ts"

/** OpenAI's forms have a dozen fields, and at most 16 images. */
const mostParts = 100

/** No field holds more text than a prompt does. */
const mostFieldBytes = 2 * 1024 * 1024

/** Reads the parts of `multipart/form-data`. */
export const parse = (bytes: Uint8Array, contentType: string): Result.Result<Form, Refused> => {
  const parts: Array<FormPart> = []
  let error: MultipartParser.MultipartError | undefined
  let isWhole = false
  const parser = MultipartParser.make({
    headers: { "content-type": contentType },
    maxParts: mostParts,
    maxFieldSize: mostFieldBytes,
    onField: (info, value) => parts.push({ name: info.name, value: MultipartParser.decodeField(info, value) }),
    onFile: (info) => {
      const chunks: Array<Uint8Array> = []
      return (chunk) => {
        if (chunk !== null) return void chunks.push(chunk)
        const file = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
        parts.push({ name: info.name, bytes: file, fileName: info.filename ?? "", mediaType: info.contentType })
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
  if (error === undefined && isWhole) return Result.succeed(new Form(parts))
  return Result.fail(
    error?._tag === "ReachedLimit"
      ? invalid(
          error.limit === "MaxParts"
            ? `the form has more than ${mostParts} parts`
            : `a field of the form is longer than ${mostFieldBytes} bytes`,
          { status: 413 }
        )
      : invalid(`the form is malformed: ${error === undefined ? "it has no end" : problems[error._tag]}`)
  )
}

const problems = {
  InvalidBoundary: "its content-type names no boundary",
  BadHeaders: "the headers of a part cannot be read",
  InvalidDisposition: "a part has no name",
  EndNotReached: "it has no end"
}
