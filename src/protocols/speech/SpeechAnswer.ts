import * as Result from "effect/Result"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import type { SpeechRequest } from "../../domain/SpeechRequest.ts"
import type { SpeechResponse } from "../../domain/SpeechResponse.ts"
import type { Usage } from "../../domain/Usage.ts"

const mediaTypes: { readonly [format: string]: string } = {
  mp3: "audio/mpeg",
  wav: "audio/wav",
  pcm: "audio/pcm",
  linear16: "audio/wav",
  opus: "audio/ogg",
  ogg: "audio/ogg",
  aac: "audio/aac",
  flac: "audio/flac",
  mulaw: "audio/basic",
  ulaw: "audio/basic"
}

/** The media type of a format: `mp3`, `pcm_24000` ... */
export const mediaTypeOf = (format: string): string =>
  mediaTypes[format.split("_")[0] ?? ""] ?? (format.includes("/") ? format : "application/octet-stream")

/** Whether a media type is that of a recording. */
export const isAudio = (mediaType: string | undefined): mediaType is string =>
  mediaType !== undefined && mediaType.startsWith("audio/")

/**
 * Whether bytes of a media type may be a recording: servers name those of many formats `application/octet-stream`.
 */
export const isRecording = (mediaType: string): boolean =>
  mediaType !== "application/json" && !mediaType.startsWith("text/")

/** How many characters are spoken, as providers count them: by code points. */
export const charactersOf = ({ text }: SpeechRequest): { readonly inputCharacters: number } => ({
  inputCharacters: Array.from(text).length
})

/** An answer that is the recording itself. */
export const ofBytes = (
  body: unknown,
  options: {
    readonly provider: string
    readonly model: string
    readonly mediaType: string
    readonly usage: Usage
    readonly id?: string | undefined
  }
): Result.Result<SpeechResponse, ResponseParseError> => {
  const { id, mediaType, model, provider, usage } = options
  const empty = !(body instanceof Uint8Array) || body.length === 0
  if (empty || !isRecording(mediaType)) {
    const detail = empty ? "there is no recording in the answer" : `the answer is no recording but ${mediaType}`
    return Result.fail(new ResponseParseError({ provider, model, detail }))
  }
  return Result.succeed({ id, audio: body, mediaType, usage, warnings: [], attempts: [] })
}
