import type { ChatEvent, ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import type { AnswerOptions } from "../../ChatProtocol.ts"
import { AnswerWriter } from "../../wire/AnswerWriter.ts"
import { encodeError } from "../../wire/OpenAiError.ts"
import { encodeStatus } from "../wire/Status.ts"
import { object, type WireObject } from "../wire/Wire.ts"
import { ItemWriter } from "./Stream.ts"
import { whole } from "./ResponseEncoder.ts"

/**
 * Writes the stream of one answer: of parts that interleave, the first to be shown goes on as it is written, and the
 * others wait until it has ended. An answer that is begun again after something was shown ends in an error.
 */
export class ResponseStreamEncoder extends AnswerWriter {
  readonly #options: AnswerOptions
  #count = 0
  readonly #writer: ItemWriter
  #id: string
  #model: string
  #isStarted = false

  constructor(options: AnswerOptions) {
    super()
    this.#options = options
    this.#id = options.id
    this.#model = options.model
    this.#writer = new ItemWriter(options.id, (type, fields) => {
      this.#start()
      this.#write(type, fields)
    })
  }

  protected get isShown(): boolean {
    return this.#writer.hasWritten
  }

  /** The fields of the error stand in both places in which clients look for them. */
  protected broken(error: ProviderError): Frame {
    const fields = object(object(encodeError(error).body)?.error) ?? {}
    const { code, message, param } = fields
    return this.#frame("error", { code, message, param, error: fields })
  }

  protected add(event: ChatEvent): void {
    switch (event.type) {
      case "response-metadata":
        this.#id = event.id ?? this.#id
        this.#model = event.model ?? this.#model
        return this.#start()
      case "finish":
        return this.#finish(event)
      default:
        this.#writer.add(event)
    }
  }

  #start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    const response = this.#response({ status: "in_progress", incomplete_details: null }, undefined)
    this.#write("response.created", { response })
    this.#write("response.in_progress", { response })
  }

  #finish({ finishReason, rawFinishReason, usage }: ChatEventOf<"finish">): void {
    this.#start()
    this.#writer.end()
    const status = encodeStatus(finishReason, rawFinishReason)
    const type = status.status === "incomplete" ? "response.incomplete" : "response.completed"
    this.#write(type, { response: this.#response(status, usage) })
  }

  #response(status: ReturnType<typeof encodeStatus>, usage: ChatEventOf<"finish">["usage"] | undefined): WireObject {
    const id = this.#id
    const model = this.#model
    const options = this.#options
    return whole({ id, model, created: options.created, ...status, output: this.#writer.items, usage })
  }

  #write(type: string, fields: WireObject): void {
    this.send(this.#frame(type, fields))
  }

  #frame(type: string, fields: WireObject): Frame {
    return { event: type, data: JSON.stringify({ type, sequence_number: this.#count++, ...fields }) }
  }
}
