import type { ChatEvent } from "../../domain/ChatEvent.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { DecodeOptions, StreamDecoder } from "../ChatProtocol.ts"
import type { ProviderFailure } from "../Protocol.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { TextFrames } from "../wire/TextFrames.ts"
import { parse } from "../wire/WireObject.ts"
import type { OpenAiChatQuirks } from "./Quirks.ts"
import { ResponseReader } from "./Response.ts"
import { chunkShape, isPlain } from "./ResponseFields.ts"

/**
 * Decodes a stream. The response is whole when `[DONE]` came or the server said why it stopped. It finishes no earlier
 * than with `[DONE]` or the end of the bytes, because usage and late deltas may follow the finish reason.
 */
export class ChunkDecoder implements StreamDecoder {
  readonly #reader: ResponseReader
  readonly #texts = new TextFrames()

  /** `protocol` is the id under which the protocol's own fields stand. */
  constructor(protocol: string, { quirks }: DecodeOptions<OpenAiChatQuirks>) {
    this.#reader = new ResponseReader(protocol, quirks, "delta")
  }

  get done(): boolean {
    return this.#reader.response.isFinished
  }

  decode(frame: Frame, events: Array<ChatEvent>): ProviderFailure | undefined {
    if (this.done || frame.event === "ping") return undefined
    const { response } = this.#reader
    const piece = frame.event === undefined ? this.#texts.textOf(frame.data) : undefined
    if (piece !== undefined) {
      response.into(frame, events)
      this.#reader.readText(piece)
      return undefined
    }
    const from = events.length
    const chunk = response.frame(frame, events)
    if (frame.event === "error") return decodeError(chunk ?? parse(frame.data) ?? frame.data)
    if (chunk === undefined) {
      if (frame.data.trim() === "[DONE]") this.#reader.finish()
      return undefined
    }
    const failure = this.#reader.read(chunk)
    if (failure === false) response.malformed("the data is not a chunk of a chat completion")
    else if (failure !== undefined) return failure
    else if (!isPlain(chunk)) response.check(chunkShape, chunk)
    const [said, ...more] = events.slice(from)
    if (said?.type === "text-delta" && more.length === 0 && frame.event === undefined && chunk.id === response.id)
      this.#texts.learn(frame.data, "content", said.delta)
    return undefined
  }

  end(events: Array<ChatEvent>): boolean {
    if (this.done) return true
    this.#reader.response.into(undefined, events)
    if (this.#reader.hasEnded) this.#reader.finish()
    else this.#reader.flush()
    return this.done
  }
}
