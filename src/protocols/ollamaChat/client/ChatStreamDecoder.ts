import type { ChatEvent } from "../../../domain/ChatEvent.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { DecodeOptions, StreamDecoder } from "../../ChatProtocol.ts"
import { isBlank } from "../../wire/Blank.ts"
import { decodeError } from "../../wire/ErrorBody.ts"
import { spliced } from "../../wire/Spliced.ts"
import type { ProviderFailure } from "../../ProviderFailure.ts"
import { type OllamaChatQuirks, withDefaults } from "../Request.ts"
import { isObject, parse, text } from "../wire/Wire.ts"
import { AnswerReader } from "./AnswerReader.ts"
import { note } from "../../wire/Shape.ts"
import { lineShape, isPlain } from "../wire/LineShape.ts"

/**
 * Reads the stream of one answer. It is whole at the line that says `done`, and only there; an error in the middle is a
 * line of its own.
 * Source: https://docs.ollama.com/api/errors
 */
export class ChatStreamDecoder implements StreamDecoder {
  done = false
  readonly #answer: AnswerReader

  constructor({ quirks }: DecodeOptions<OllamaChatQuirks>) {
    this.#answer = new AnswerReader(withDefaults(quirks))
  }

  decode(frame: Frame, events: Array<ChatEvent>): ProviderFailure | undefined {
    if (this.done) return undefined
    const line = parse(frame.data)
    if (!isObject(line)) {
      events.push({ type: "malformed-frame", frame, message: "the line is not a JSON object" })
      return undefined
    }
    if (!isBlank(line.error)) return decodeError(line)
    if (this.#answer.isOther(line)) return spliced(line)
    if (!this.#answer.read(line, events)) {
      events.push({ type: "malformed-frame", frame, message: "the line is not a piece of a chat answer" })
    } else if (line.done === true) {
      this.done = true
      this.#answer.finish(text(line.done_reason), events)
    }
    if (!isPlain(line)) note(lineShape, line, frame, events)
    return undefined
  }

  end(events: Array<ChatEvent>): boolean {
    if (!this.done) this.#answer.flush(events)
    return this.done
  }
}
