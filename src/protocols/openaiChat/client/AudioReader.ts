import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { AudioPart } from "../../../domain/ContentPart.ts"
import { text, type WireObject } from "../wire/Wire.ts"

/** How the recordings of each format begin, in Base64; an answer does not name its format. */
const beginnings: ReadonlyArray<readonly [string, string]> = [
  ["UklGR", "audio/wav"],
  ["SUQz", "audio/mpeg"],
  ["//", "audio/mpeg"],
  ["ZkxhQ", "audio/flac"],
  ["T2dnUw", "audio/ogg"]
]

/**
 * Gathers the recording of one answer. Each piece of data is Base64 by itself. A recording without the mark of a format
 * is raw samples (`audio/pcm`), the only format that OpenAI streams.
 */
export class AudioReader {
  #id: string | undefined
  readonly #pieces: Array<string> = []
  #transcript = ""

  read(delta: WireObject): void {
    this.#id = text(delta.id) ?? this.#id
    const data = text(delta.data)
    if (data !== undefined) this.#pieces.push(data)
    this.#transcript += text(delta.transcript) ?? ""
  }

  /** The recording, or none when nothing of one has come. */
  get part(): AudioPart | undefined {
    if (this.#id === undefined && this.#pieces.length === 0 && this.#transcript === "") return undefined
    const data = joined(this.#pieces)
    const mediaType = beginnings.find(([mark]) => data.startsWith(mark))?.[1] ?? "audio/pcm"
    return {
      type: "audio",
      data: `data:${mediaType};base64,${data}`,
      mediaType,
      ...(this.#id === undefined ? {} : { id: this.#id }),
      ...(this.#transcript === "" ? {} : { transcript: this.#transcript })
    }
  }
}

const joined = (pieces: ReadonlyArray<string>): string => {
  if (pieces.slice(0, -1).every((piece) => piece.length % 4 === 0 && !piece.endsWith("="))) return pieces.join("")
  const chunks = pieces.map((piece) => Result.getOrElse(Base64.decode(piece), () => new Uint8Array()))
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return Base64.encode(bytes)
}
