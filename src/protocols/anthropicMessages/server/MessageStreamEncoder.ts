import type { ChatEvent, ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import { unknown as unknownUsage, type Usage } from "../../../domain/Usage.ts"
import type { AnswerOptions } from "../../ChatProtocol.ts"
import { AnswerWriter } from "../../wire/AnswerWriter.ts"
import type { WireObject } from "../wire/Wire.ts"
import { encodeUsage } from "../wire/WireUsage.ts"
import { ContentBlockWriter } from "./ContentBlockWriter.ts"
import { encodeError } from "./ErrorEncoder.ts"
import { encodeStop, ownMetadata } from "./ResponseEncoder.ts"

/**
 * Writes the stream of one answer. Blocks follow one another on the wire: of parts that interleave, the first to be
 * shown goes on as it is written, and the others wait until it has ended. An answer that is begun again after
 * something was shown ends in an error, for nothing can be taken back.
 */
export class MessageStreamEncoder extends AnswerWriter {
  readonly #options: AnswerOptions
  readonly #writer = new ContentBlockWriter((type, fields) => this.#write(type, fields))
  #isStarted = false
  #metadata: Omit<ChatEventOf<"response-metadata">, "type"> = {}
  #refusal = ""
  #usage: Usage = unknownUsage

  constructor(options: AnswerOptions) {
    super()
    this.#options = options
  }

  protected get isShown(): boolean {
    return this.#writer.hasWritten
  }

  protected broken(error: ProviderError): Frame {
    return { event: "error", data: JSON.stringify(encodeError(error).body) }
  }

  protected override close(): void {
    this.#write("message_stop", {})
  }

  protected override forget(): void {
    this.#refusal = ""
    this.#usage = unknownUsage
  }

  protected add(event: ChatEvent): void {
    switch (event.type) {
      case "response-metadata":
        this.#metadata = event
        return this.#start()
      case "usage":
        this.#usage = event.usage
        return
      case "refusal-delta":
        this.#refusal += event.delta
        return
      case "finish":
        return this.#finish(event)
      case "response-start":
      case "refusal-start":
      case "refusal-end":
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
    if (this.#isStarted) return
    this.#isStarted = true
    const { id, model } = this.#metadata
    this.#write("message_start", {
      message: {
        id: id ?? this.#options.id,
        type: "message",
        role: "assistant",
        model: model ?? this.#options.model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: encodeUsage(this.#usage)
      }
    })
  }

  #finish({ finishReason, providerMetadata, rawFinishReason, stopSequence, usage }: ChatEventOf<"finish">): void {
    this.#start()
    this.#writer.end()
    const { container, stop_details: _, ...besides } = ownMetadata(providerMetadata)
    const { stop_details, ...stop } = encodeStop(
      { finishReason, rawFinishReason, stopSequence, refusal: this.#refusal },
      providerMetadata
    )
    this.#write("message_delta", {
      ...besides,
      delta: { ...stop, stop_details, ...(container !== undefined && { container }) },
      usage: encodeUsage(usage)
    })
  }

  #write(type: string, fields: WireObject): void {
    this.send({ event: type, data: JSON.stringify({ type, ...fields }) })
  }
}
