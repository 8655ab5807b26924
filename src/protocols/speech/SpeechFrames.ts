import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { Frame } from "../../domain/Frame.ts"
import type { AssistantPart } from "../../domain/Message.ts"
import type { SpeechEvent } from "../../domain/SpeechEvent.ts"
import type { Usage } from "../../domain/Usage.ts"
import type { CallStreamDecoder } from "../CallProtocol.ts"
import type { ProviderFailure } from "../ProviderFailure.ts"
import { isObject, parse } from "../wire/WireObject.ts"
import { isRecording } from "./SpeechAnswer.ts"

/**
 * How a stream of speech is read: `field` is where an event holds its piece of the recording, in Base64; `usage` holds
 * where the stream tells none.
 */
export interface SpeechFramesOptions {
  readonly mediaType: string
  /** The media type that the response names, where that is another. */
  readonly answered?: string | undefined
  readonly usage: Usage
  readonly field?: string | undefined
  readonly usageOf?: ((usage: unknown) => Usage) | undefined
  readonly decodeError?: ((body: unknown) => ProviderFailure) | undefined
}

/** An event without its piece of the recording: what the stream says in the end is not the whole of it. */
const unreadable = (piece: Frame): ProviderFailure => ({
  _tag: "ProviderFailure",
  isInterrupted: true,
  message: "an event of the stream could not be read, so that audio may be missing",
  body: piece.data
})

/**
 * Reads speech as it is made: bytes, or events that end with one of type `speech.audio.done`. For the error of a stream
 * that breaks off it keeps at most `mostKept` bytes.
 */
export class SpeechFrames implements CallStreamDecoder<SpeechEvent> {
  readonly start
  done = false
  readonly #options: SpeechFramesOptions
  readonly #mostKept: number
  #kept = new Uint8Array()
  #size = 0
  #framed = false

  constructor(options: SpeechFramesOptions, mostKept: number = Infinity) {
    this.#options = options
    this.#mostKept = mostKept
    this.start = { type: "response-start" as const, mediaType: options.mediaType }
  }

  decode(piece: Frame | Uint8Array): ReadonlyArray<SpeechEvent> | ProviderFailure {
    const { answered, decodeError, field = "audio", mediaType, usageOf } = this.#options
    if (piece instanceof Uint8Array) {
      return isRecording(answered ?? mediaType) ? this.#audio(piece) : this.#noRecording(piece)
    }
    this.#framed = true
    const data = parse(piece.data)
    if (!isObject(data)) return piece.data.trim() === "[DONE]" ? [] : unreadable(piece)
    if (piece.event === "error" || data.type === "error" || isObject(data.error)) {
      return decodeError?.(data) ?? { _tag: "ProviderFailure", body: data }
    }
    const events: Array<SpeechEvent> = []
    const type = data.type ?? piece.event
    const encoded = data[field]
    if (typeof encoded === "string") {
      const audio = Base64.decode(encoded)
      if (Result.isFailure(audio)) return unreadable(piece)
      events.push(...this.#audio(audio.success))
    } else if ((encoded !== undefined && encoded !== null) || typeof type !== "string" || type.endsWith(".delta")) {
      return unreadable(piece)
    }
    if (type === "speech.audio.done") {
      const usage = isObject(data.usage) && usageOf !== undefined ? usageOf(data.usage) : this.#options.usage
      this.done = true
      events.push({ type: "finish", usage })
    }
    return events
  }

  /** A recording has no mark of its end; events do. */
  end(): ReadonlyArray<SpeechEvent> | undefined {
    if (this.done) return []
    if (this.#framed || this.#size === 0) return undefined
    this.done = true
    return [{ type: "finish", usage: this.#options.usage }]
  }

  get partial(): ReadonlyArray<AssistantPart> {
    if (this.#size === 0) return []
    return [{ type: "audio", data: this.#kept.slice(0, this.#size), mediaType: this.#options.mediaType }]
  }

  #noRecording(piece: Uint8Array): ProviderFailure {
    const { answered, decodeError, mediaType } = this.#options
    const body = parse(new TextDecoder().decode(piece))
    const message = `the response is no recording but ${answered ?? mediaType}`
    return isObject(body) && decodeError !== undefined ? decodeError(body) : { _tag: "ProviderFailure", message, body }
  }

  #audio(data: Uint8Array): ReadonlyArray<SpeechEvent> {
    if (data.length === 0) return []
    this.#keep(data.length > this.#mostKept - this.#size ? data.subarray(0, this.#mostKept - this.#size) : data)
    return [{ type: "audio", data }]
  }

  #keep(data: Uint8Array): void {
    const size = this.#size + data.length
    if (size > this.#kept.length) {
      const grown = new Uint8Array(Math.max(size, Math.min(2 * size, this.#mostKept)))
      grown.set(this.#kept)
      this.#kept = grown
    }
    this.#kept.set(data, this.#size)
    this.#size = size
  }
}
