import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { Frame } from "../../domain/Frame.ts"
import type { AssistantPart } from "../../domain/Message.ts"
import type { SpeechEvent } from "../../domain/SpeechEvent.ts"
import type { Usage } from "../../domain/Usage.ts"
import type { CallStreamDecoder } from "../CallProtocol.ts"
import type { ProviderFailure } from "../ProviderFailure.ts"
import { isObject, parse, text } from "../wire/Wire.ts"

/**
 * How a stream of speech is read: `field` is where an event holds its piece of the recording, in Base64; `usage` holds
 * where the stream tells none.
 *
 * @since 0.1.0
 * @category models
 */
export interface SpeechFramesOptions {
  readonly mediaType: string
  readonly usage: Usage
  readonly field?: string | undefined
  readonly usageOf?: ((usage: unknown) => Usage) | undefined
  readonly decodeError?: ((body: unknown) => ProviderFailure) | undefined
}

/**
 * Reads speech as it is made: bytes, or events that end with one of type `speech.audio.done`.
 *
 * @since 0.1.0
 * @category decoding
 */
export class SpeechFrames implements CallStreamDecoder<SpeechEvent> {
  readonly start
  done = false
  readonly #options: SpeechFramesOptions
  readonly #pieces: Array<Uint8Array> = []
  #framed = false

  constructor(options: SpeechFramesOptions) {
    this.#options = options
    this.start = { type: "response-start" as const, mediaType: options.mediaType }
  }

  decode(piece: Frame | Uint8Array): ReadonlyArray<SpeechEvent> | ProviderFailure {
    if (piece instanceof Uint8Array) return this.#audio(piece)
    this.#framed = true
    const data = parse(piece.data)
    if (!isObject(data)) return []
    const { decodeError, field = "audio", usageOf } = this.#options
    if (piece.event === "error" || data["type"] === "error" || isObject(data["error"])) {
      return decodeError?.(data) ?? { _tag: "ProviderFailure", body: data }
    }
    const events: Array<SpeechEvent> = []
    const encoded = text(data[field])
    if (encoded !== undefined) {
      events.push(...this.#audio(Result.getOrElse(Base64.decode(encoded), () => new Uint8Array())))
    }
    if ((data["type"] ?? piece.event) === "speech.audio.done") {
      const usage = isObject(data["usage"]) && usageOf !== undefined ? usageOf(data["usage"]) : this.#options.usage
      this.done = true
      events.push({ type: "finish", usage })
    }
    return events
  }

  /** A recording has no mark of its end; events do. */
  end(): ReadonlyArray<SpeechEvent> | undefined {
    if (this.done) return []
    if (this.#framed || this.#pieces.length === 0) return undefined
    this.done = true
    return [{ type: "finish", usage: this.#options.usage }]
  }

  get partial(): ReadonlyArray<AssistantPart> {
    if (this.#pieces.length === 0) return []
    const data = new Uint8Array(this.#pieces.reduce((size, piece) => size + piece.length, 0))
    let at = 0
    for (const piece of this.#pieces) {
      data.set(piece, at)
      at += piece.length
    }
    return [{ type: "audio", data, mediaType: this.#options.mediaType }]
  }

  #audio(data: Uint8Array): ReadonlyArray<SpeechEvent> {
    if (data.length === 0) return []
    this.#pieces.push(data)
    return [{ type: "audio", data }]
  }
}
