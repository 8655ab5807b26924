import type { ChatEvent } from "../../domain/ChatEvent.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { DecodeOptions, StreamDecoder } from "../ChatProtocol.ts"
import type { ProviderFailure } from "../Protocol.ts"
import { isBlank, isObject, text, type WireObject } from "../wire/WireObject.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { spliced } from "../wire/ResponseBuilder.ts"
import type { OllamaChatQuirks } from "./Request.ts"
import { lineShape, ResponseReader } from "./Response.ts"

/**
 * Decodes the stream of one response, which is whole at the line that says `done`, and only there; an error in the middle
 * is a line of its own.
 * Source: https://docs.ollama.com/api/errors
 */
export class StreamReader implements StreamDecoder {
  readonly #reader: ResponseReader

  constructor({ quirks }: DecodeOptions<OllamaChatQuirks>) {
    this.#reader = new ResponseReader(quirks)
  }

  get done(): boolean {
    return this.#reader.response.isFinished
  }

  decode(frame: Frame, events: Array<ChatEvent>): ProviderFailure | undefined {
    if (this.done) return undefined
    const { response } = this.#reader
    const line = response.frame(frame, events)
    if (line === undefined) return undefined
    if (!isBlank(line.error)) return decodeError(line)
    // Responses have no id: of another model is another response.
    const model = text(line.model) ?? response.model
    if (response.model !== undefined && model !== response.model && !response.isEmpty) return spliced(line)
    if (!this.#reader.read(line)) response.malformed("the line is not a piece of a chat response")
    if (!isPlain(line)) response.check(lineShape, line)
    return undefined
  }

  end(events: Array<ChatEvent>): boolean {
    if (this.done) return true
    this.#reader.response.into(undefined, events)
    this.#reader.flush()
    return false
  }
}

/** Whether a line is a piece of text and nothing else, as nearly all are, and fits. */
export const isPlain = (line: WireObject): boolean => {
  const { done, message } = line
  if (done !== false || !isObject(message) || typeof message.content !== "string") return false
  for (const key in message) if (key !== "content" && key !== "role") return false
  return ["response", "thinking", "image", "done_reason"].every((key) => line[key] === undefined)
}
