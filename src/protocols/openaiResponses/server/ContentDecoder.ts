import * as Result from "effect/Result"
import type { AudioPart, FilePart, ImagePart, ProviderPart, TextPart } from "../../../domain/ContentPart.ts"
import { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import { checked } from "../../wire/Checked.ts"
import { providerPart } from "../wire/OutputItem.ts"
import { partBodies } from "../wire/RequestBody.ts"
import { array, unknownFields, compact, isObject, protocolId, type WireObject } from "../wire/Wire.ts"

type InputPart = TextPart | ImagePart | AudioPart | FilePart | ProviderPart

type Decoded<A> = Result.Result<A, InvalidRequestError>

const textKeys = new Set(["type", "text", "annotations", "logprobs"])
const imageKeys = new Set(["type", "image_url", "file_id", "detail"])
const fileKeys = new Set(["type", "file_id", "file_url", "file_data", "filename"])
const audioKeys = new Set(["type", "input_audio"])

/** Reads what a model is given to read. A part of another kind that is written like one of these stays as it is. */
export const decodeContent = (content: unknown, at: string): Decoded<ReadonlyArray<InputPart>> =>
  Result.gen(function* () {
    if (typeof content === "string") return [{ type: "text", text: content }]
    const parts: Array<InputPart> = []
    for (const [index, part] of array(content).entries()) {
      if (isObject(part)) parts.push(yield* decodePart(part, `${at}[${index}]`))
    }
    return parts
  })

const decodePart = (part: WireObject, at: string): Decoded<InputPart> =>
  Result.gen(function* () {
    switch (part.type) {
      case "input_text":
      case "output_text":
      case "text": {
        const { text } = yield* checked(partBodies.text, part, at)
        return { type: "text", text, ...promptFields(part, textKeys) }
      }
      case "input_image": {
        const { detail, file_id, image_url } = yield* checked(partBodies.input_image, part, at)
        const data = image_url ?? (typeof file_id === "string" ? { fileId: file_id } : undefined)
        if (data === undefined) return yield* invalid(at, "an image has an image_url or a file_id")
        return { type: "image", data, ...compact({ detail: detail ?? undefined }), ...promptFields(part, imageKeys) }
      }
      case "input_file": {
        const { file_data, file_id, file_url, filename } = yield* checked(partBodies.input_file, part, at)
        const data = file_data ?? file_url ?? (typeof file_id === "string" ? { fileId: file_id } : undefined)
        if (data === undefined) return yield* invalid(at, "a file has a file_data, a file_url or a file_id")
        return {
          type: "file",
          data,
          ...compact({ fileName: filename ?? undefined }),
          ...promptFields(part, fileKeys)
        }
      }
      case "input_audio": {
        const { input_audio: audio } = yield* checked(partBodies.input_audio, part, at)
        const mediaType = `audio/${audio.format === "mp3" ? "mpeg" : audio.format}`
        return {
          type: "audio",
          data: `data:${mediaType};base64,${audio.data}`,
          mediaType,
          ...promptFields(part, audioKeys)
        }
      }
      default:
        return String(part.type).startsWith("input_")
          ? providerPart(part)
          : yield* invalid(`${at}.type`, "must be input_text, input_image, input_file or input_audio")
    }
  })

const invalid = (at: string, detail: string) => Result.fail(new InvalidRequestError({ at, detail }))

/** The mark of a prefix to cache, and what the domain has no field for. */
const promptFields = (
  part: WireObject,
  known: ReadonlySet<string>
): Pick<TextPart, "cacheControl" | "providerOptions"> => {
  const mark = part.prompt_cache_breakpoint
  const isPlain = isObject(mark) && Object.keys(mark).every((key) => key === "mode")
  const rest = unknownFields(part, isPlain ? new Set([...known, "prompt_cache_breakpoint"]) : known)
  return compact({
    cacheControl: isObject(mark) ? {} : undefined,
    providerOptions: rest === undefined ? undefined : { [protocolId]: rest }
  })
}
