import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { Frame } from "../../domain/Frame.ts"
import type { SpeechEvent } from "../../domain/SpeechEvent.ts"
import type { SpeechRequest, SpeechResponse } from "../../domain/Speech.ts"
import * as Usage from "../../domain/Usage.ts"
import type { ProviderFailure, SpeechProtocol, StreamDecoder } from "../Protocol.ts"
import { holdsError, isObject, nonNegativeInt, parse } from "../wire/WireObject.ts"
import { decodeError, isErrorBody, unreadable } from "../wire/response/ErrorBody.ts"
import type { ResponseParseError } from "../../domain/ChatResponse.ts"

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
const isRecording = (mediaType: string): boolean => mediaType !== "application/json" && !mediaType.startsWith("text/")

const noRecording = (mediaType: string): string => `the response is not audio but ${mediaType}`

/** The error that a server sends instead of a recording, with status 200. */
const failureIn = (text: string): ProviderFailure | undefined => {
  const body = parse(text)
  return isObject(body) && isErrorBody(body) ? decodeError(body) : undefined
}

/** The most of such a response that is read, in UTF-16 code units. */
const mostOfOther = 65_536

/** How many characters are spoken, as providers count them: by code points. */
export const charactersOf = ({ text }: SpeechRequest): { readonly inputCharacters: number } => ({
  inputCharacters: Array.from(text).length
})

/** A response that is the recording itself. */
export const decodeRecording = (
  body: unknown,
  options: {
    readonly provider: string
    readonly model: string
    readonly mediaType: string
    readonly usage: Usage.Usage
    readonly id?: string | undefined
  }
): Result.Result<SpeechResponse, ProviderFailure | ResponseParseError> => {
  const { id, mediaType, model, provider, usage } = options
  const empty = !(body instanceof Uint8Array) || body.length === 0
  if (empty) return unreadable("there is no audio in the response", undefined, { provider, model })
  if (!isRecording(mediaType)) {
    const failure = failureIn(new TextDecoder().decode(body))
    return failure === undefined
      ? unreadable(noRecording(mediaType), undefined, { provider, model })
      : Result.fail(failure)
  }
  return Result.succeed({ id, audio: body, mediaType, usage, warnings: [], attempts: [] })
}

/**
 * How a stream of speech is read: `field` is where an event holds its piece of the recording, in Base64; `usage` holds
 * where the stream tells none.
 */
interface SpeechFramesOptions {
  readonly mediaType: string
  /** The media type that the response names, where that is another. */
  readonly reportedMediaType?: string | undefined
  readonly usage: Usage.Usage
  readonly field?: string | undefined
  readonly usageOf?: ((usage: unknown) => Usage.Usage) | undefined
}

/** An event without its audio, so the audio of the stream is incomplete. */
const lost = (piece: Frame): ProviderFailure => ({
  _tag: "ProviderFailure",
  isInterrupted: true,
  message: "an event of the stream could not be read, so audio may be missing",
  body: piece.data
})

/** Reads streamed speech: bytes, or events that end with `speech.audio.done`. */
export class SpeechFrames implements StreamDecoder<SpeechEvent> {
  readonly start
  done = false
  readonly #options: SpeechFramesOptions
  #hasAudio = false
  #isFramed = false
  readonly #utf8 = new TextDecoder()
  /** The text that has arrived instead of a recording. */
  #other = ""

  constructor(options: SpeechFramesOptions) {
    this.#options = options
    this.start = { type: "response-start" as const, mediaType: options.mediaType }
  }

  decodeBytes(bytes: Uint8Array, events: Array<SpeechEvent>): ProviderFailure | undefined {
    const { reportedMediaType, mediaType } = this.#options
    if (!isRecording(reportedMediaType ?? mediaType)) return this.#readOther(bytes, reportedMediaType ?? mediaType)
    this.#audio(bytes, events)
    return undefined
  }

  decode(frame: Frame, events: Array<SpeechEvent>): ProviderFailure | undefined {
    const { field = "audio", usageOf } = this.#options
    this.#isFramed = true
    const data = parse(frame.data)
    if (!isObject(data)) return frame.data.trim() === "[DONE]" ? undefined : lost(frame)
    if (frame.event === "error" || data.type === "error" || holdsError(data)) {
      return decodeError(data)
    }
    const type = data.type ?? frame.event
    const encoded = data[field]
    if (typeof encoded === "string") {
      const audio = Base64.decode(encoded)
      if (Result.isFailure(audio)) return lost(frame)
      this.#audio(audio.success, events)
    } else if ((encoded !== undefined && encoded !== null) || typeof type !== "string" || type.endsWith(".delta")) {
      return lost(frame)
    }
    if (type === "speech.audio.done") {
      const usage = isObject(data.usage) && usageOf !== undefined ? usageOf(data.usage) : this.#options.usage
      this.done = true
      events.push({ type: "finish", usage })
    }
    return undefined
  }

  /** A recording has no mark of its end; events do. */
  end(events: Array<SpeechEvent>): boolean {
    if (this.done) return true
    if (this.#isFramed || !this.#hasAudio) return false
    this.done = true
    events.push({ type: "finish", usage: this.#options.usage })
    return true
  }

  /** JSON may arrive in pieces, and its meaning must not depend on how it is split. */
  #readOther(bytes: Uint8Array, mediaType: string): ProviderFailure | undefined {
    this.#other += this.#utf8.decode(bytes, { stream: true })
    const body = parse(this.#other)
    if (mediaType === "application/json" && body === undefined && this.#other.length < mostOfOther) return undefined
    return failureIn(this.#other) ?? { _tag: "ProviderFailure", message: noRecording(mediaType), body }
  }

  #audio(data: Uint8Array, events: Array<SpeechEvent>): void {
    if (data.length === 0) return
    this.#hasAudio = true
    events.push({ type: "audio", data })
  }
}

interface Head {
  readonly headers: { readonly [name: string]: string | undefined }
  readonly mediaType?: string | undefined
  readonly request: SpeechRequest
}

/**
 * How responses are read that are the recording itself, whole or as it is made, and whose head tells what is billed: by
 * the headers of these names, the first that is there.
 */
export const countedSpeech = (
  id: string,
  ...counts: ReadonlyArray<string>
): Pick<SpeechProtocol, "reads" | "decodeResponse" | "framing" | "makeDecoder"> => {
  const read = ({ headers, mediaType, request }: Head) => {
    const reportedCount = counts.map((name) => headers[name]).find((count) => count !== undefined)
    const inputCharacters = nonNegativeInt(Number(reportedCount ?? Number.NaN)) ?? Array.from(request.text).length
    return {
      mediaType: mediaType ?? mediaTypeOf(request.format ?? "mp3"),
      usage: Usage.make({ input: 0, output: 0 }, { units: { inputCharacters } })
    }
  }
  return {
    reads: "bytes",
    decodeResponse: (body, { model, provider, ...head }) =>
      decodeRecording(body, { model, provider, id: head.headers[id], ...read(head) }),
    framing: "bytes",
    makeDecoder: (head) => new SpeechFrames(read(head))
  }
}
