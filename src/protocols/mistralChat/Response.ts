import type { ChatEvent } from "../../domain/ChatEvent.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { DecodeOptions, StreamDecoder } from "../ChatProtocol.ts"
import { OpenAiChat, type OpenAiChatQuirks } from "../OpenAiChat.ts"
import type { ProviderFailure } from "../ProviderFailure.ts"
import { renameEvent } from "../wire/RenamedProtocol.ts"
import { protocolId } from "./wire/Wire.ts"

const renaming = { from: OpenAiChat.id, to: protocolId }

/** Reads a stream as OpenAI's, whose reader knows Mistral's chunks. */
export class AnswerStreamDecoder implements StreamDecoder {
  readonly #decoder: StreamDecoder

  constructor(options: DecodeOptions<OpenAiChatQuirks>) {
    this.#decoder = OpenAiChat.makeDecoder(options)
  }

  get done(): boolean {
    return this.#decoder.done
  }

  decode(frame: Frame, events: Array<ChatEvent>): ProviderFailure | undefined {
    const from = events.length
    const failure = this.#decoder.decode(frame, events)
    this.#rename(events, from)
    return failure
  }

  end(events: Array<ChatEvent>): boolean {
    const from = events.length
    const whole = this.#decoder.end(events)
    this.#rename(events, from)
    return whole
  }

  #rename(events: Array<ChatEvent>, from: number): void {
    const added = events.splice(from)
    for (const event of added) events.push(renameEvent(event, renaming))
  }
}
