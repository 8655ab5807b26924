import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import type * as Stdio from "effect/Stdio"
import * as MediaType from "effect-llm/domain/MediaType"
import type { UserMessage } from "effect-llm/domain/Message"
import { type CliFailure, usage } from "../CliFailure.ts"
import * as Input from "../Input.ts"

/** A part of the user message. */
export type Attachment = UserMessage["content"][number]

const mediaTypes: { readonly [extension: string]: string } = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".pdf": "application/pdf",
  ".wav": "audio/wav",
  ".mp3": "audio/mpeg"
}

/** Reads an image, PDF or audio recording, recognised by its extension or first bytes; anything else is text. */
export const read = Effect.fnUntraced(function* (
  file: string
): Effect.fn.Return<Attachment, CliFailure, FileSystem.FileSystem | Path.Path | Stdio.Stdio> {
  if (/^https?:\/\//.test(file)) return { type: "image", data: file }
  const path = yield* Path.Path
  const fileName = path.basename(file)
  const data = yield* Input.bytes(file)
  const text = Result.try(() => new TextDecoder("utf-8", { fatal: true }).decode(data))
  const mediaType =
    mediaTypes[path.extname(file).toLowerCase()] ?? (Result.isFailure(text) ? MediaType.sniff(data) : undefined)
  if (mediaType === undefined) {
    return Result.isFailure(text) || text.success.includes("\u0000")
      ? yield* usage(
          `${file === "-" ? "the piped input" : file} is neither text nor a supported file type (${Object.keys(mediaTypes).join(" ")})`
        )
      : { type: "text", text: file === "-" ? text.success : `${fileName}:\n\n${text.success}` }
  }
  if (mediaType.startsWith("image/")) return { type: "image", data, mediaType }
  return mediaType.startsWith("audio/")
    ? { type: "audio", data, mediaType }
    : { type: "file", data, mediaType, fileName }
})
