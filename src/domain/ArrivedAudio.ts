import { ChatResponse } from "./ChatResponse.ts"
import type { SpeechEvent } from "./SpeechEvent.ts"
import { unknown } from "./Usage.ts"

/** Collects a stream of speech, up to about `mostBytes`, for the error of a stream that breaks off. */
export class ArrivedAudio {
  readonly #mostBytes: number
  #start: Extract<SpeechEvent, { readonly type: "response-start" }> | undefined
  #kept = new Uint8Array()
  #size = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  add(events: ReadonlyArray<SpeechEvent>): void {
    for (const event of events) {
      if (event.type === "response-start") this.#start = event
      else if (event.type === "restarted") this.#size = 0
      else if (event.type === "audio") this.#keep(event.data)
    }
  }

  partial(): ChatResponse {
    const { mediaType = "application/octet-stream", model, provider } = this.#start ?? {}
    return ChatResponse.of({
      provider,
      model,
      content: this.#size === 0 ? [] : [{ type: "audio", data: this.#kept.slice(0, this.#size), mediaType }],
      finishReason: "other",
      usage: unknown,
      warnings: [],
      attempts: []
    })
  }

  #keep(audio: Uint8Array): void {
    const data = audio.subarray(0, this.#mostBytes - this.#size)
    const size = this.#size + data.length
    if (size > this.#kept.length) {
      const grown = new Uint8Array(Math.max(size, Math.min(2 * size, this.#mostBytes)))
      grown.set(this.#kept)
      this.#kept = grown
    }
    this.#kept.set(data, this.#size)
    this.#size = size
  }
}
