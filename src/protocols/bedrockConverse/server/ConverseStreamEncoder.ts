import type { ChatEvent, ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import { AnswerWriter } from "../../wire/AnswerWriter.ts"
import { encodeException, exception } from "../../wire/BedrockError.ts"
import type { WireObject } from "../wire/Wire.ts"
import { ContentBlockWriter } from "./ContentBlockWriter.ts"
import { encodeMetadata, encodeStop } from "./ResponseEncoder.ts"

/**
 * Writes the stream of one answer. Blocks follow one another on the wire: of parts that interleave, the first to be
 * shown goes on as it is written, and the others wait until it has ended. An answer that is begun again after
 * something was shown ends in an exception, for nothing can be taken back.
 */
export class ConverseStreamEncoder extends AnswerWriter {
  readonly #writer = new ContentBlockWriter((name, fields) => this.#write(name, fields))
  #isStarted = false

  protected get isShown(): boolean {
    return this.#writer.hasWritten
  }

  protected broken(error: ProviderError): Frame {
    return encodeException(error)
  }

  protected override begunAgain(message: string): Frame {
    return exception("modelStreamErrorException", message)
  }

  protected add(event: ChatEvent): void {
    switch (event.type) {
      case "response-metadata":
        return this.#start()
      case "finish":
        return this.#finish(event)
      case "refusal-delta":
        this.#start()
        return this.#writer.add({ ...event, type: "text-delta", id: refusalId(event.id) })
      case "refusal-end":
        return this.#writer.add({ type: "text-end", id: refusalId(event.id) })
      case "response-start":
      case "refusal-start":
      case "usage":
      case "source":
      case "logprobs":
      case "malformed-frame":
        return
      default:
        this.#start()
        this.#writer.add(event)
    }
  }

  #start(): void {
    if (!this.#isStarted) this.#write("messageStart", { role: "assistant" })
    this.#isStarted = true
  }

  #finish(event: ChatEventOf<"finish">): void {
    this.#start()
    this.#writer.end()
    this.#write("messageStop", encodeStop(event))
    this.#write("metadata", encodeMetadata(event))
  }

  #write(name: string, fields: WireObject): void {
    this.send({ event: name, data: JSON.stringify(fields) })
  }
}

const refusalId = (id: string): string => `refusal ${id}`
