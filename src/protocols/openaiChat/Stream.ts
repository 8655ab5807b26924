import type { ChatEvent } from "../../domain/ChatEvent.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { DecodeOptions, StreamDecoder } from "../ChatProtocol.ts"
import type { ProviderFailure } from "../ProviderFailure.ts"
import { AnswerReader } from "./Response.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { type OpenAiChatQuirks, withDefaults } from "./Quirks.ts"
import { isObject, parse } from "./wire/Wire.ts"
import { note } from "../wire/Shape.ts"
import { chunkShape, isPlain } from "./wire/ChunkShape.ts"

/**
 * Reads the frames of one stream. The answer is whole when `[DONE]` came or the server said why it stopped; `finish` is
 * said no earlier than `[DONE]` or the end of the bytes, because usage and late deltas may follow the finish reason.
 */
export class ChunkDecoder implements StreamDecoder {
  done = false
  readonly #answer: AnswerReader

  constructor(options: DecodeOptions<OpenAiChatQuirks>) {
    this.#answer = new AnswerReader(withDefaults(options.quirks), "delta")
  }

  decode(frame: Frame, events: Array<ChatEvent>): ProviderFailure | undefined {
    if (this.done) return undefined
    const { data } = frame
    if (data.length < 16) {
      const word = data.trim()
      if (word === "[DONE]") {
        this.#close(events)
        return undefined
      }
      if (word === "") return undefined
    }
    const chunk = parse(data)
    if (frame.event === "error") return decodeError(chunk ?? data)
    if (frame.event === "ping") return undefined
    if (isObject(chunk)) {
      const failure = this.#answer.read(chunk, events)
      if (failure === undefined && !isPlain(chunk)) note(chunkShape, chunk, frame, events)
      if (failure !== false) return failure
    }
    const message = chunk === undefined ? "the frame is not JSON" : "the frame is not a chunk of a chat completion"
    events.push({ type: "malformed-frame", frame, message })
    return undefined
  }

  end(events: Array<ChatEvent>): boolean {
    if (this.done) return true
    if (this.#answer.finished) this.#close(events)
    else this.#answer.flush(events)
    return this.done
  }

  #close(events: Array<ChatEvent>): void {
    this.done = true
    this.#answer.finish(events)
  }
}
