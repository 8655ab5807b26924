import type { ChatEvent, ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { Frame } from "../../../domain/Frame.ts"
import { ServerError } from "../../../domain/errors/ServerError.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import type { AnswerOptions, StreamEncoder } from "../../ChatProtocol.ts"
import { encodeError } from "../../wire/OpenAiError.ts"
import { encodeStatus } from "../wire/Status.ts"
import { object, type WireObject } from "../wire/Wire.ts"
import { ItemWriter } from "./ItemWriter.ts"
import { whole } from "./ResponseEncoder.ts"

/**
 * Writes the stream of one answer: of parts that interleave, the first to be shown goes on as it is written, and the
 * others wait until it has ended. An answer that is begun again after something was shown ends in an error.
 *
 * @since 0.1.0
 * @category encoding
 */
export class ResponseStreamEncoder implements StreamEncoder {
  private readonly options: AnswerOptions
  private frames: Array<Frame> = []
  private count = 0
  private readonly writer: ItemWriter
  private id: string
  private model: string
  private isStarted = false
  private isOver = false

  constructor(options: AnswerOptions) {
    this.options = options
    this.id = options.id
    this.model = options.model
    this.writer = new ItemWriter(options.id, (type, fields) => {
      this.start()
      this.write(type, fields)
    })
  }

  encode(event: ChatEvent): ReadonlyArray<Frame> {
    if (!this.isOver) this.add(event)
    return this.flush()
  }

  end(): ReadonlyArray<Frame> {
    this.isOver = true
    return []
  }

  fail(error: ProviderError): ReadonlyArray<Frame> {
    if (!this.isOver) this.breakOff(error)
    return this.flush()
  }

  private add(event: ChatEvent): void {
    switch (event.type) {
      case "response-metadata":
        this.id = event.id ?? this.id
        this.model = event.model ?? this.model
        return this.start()
      case "restarted":
        if (!this.writer.hasWritten) return
        return this.breakOff(new ServerError({ detail: "the answer was begun again, which this protocol cannot say" }))
      case "finish":
        return this.finish(event)
      default:
        this.writer.add(event)
    }
  }

  /** The fields of the error stand in both places in which clients look for them. */
  private breakOff(error: ProviderError): void {
    const fields = object(object(encodeError(error).body)?.["error"]) ?? {}
    const { code, message, param } = fields
    this.write("error", { code, message, param, error: fields })
    this.isOver = true
  }

  private start(): void {
    if (this.isStarted) return
    this.isStarted = true
    const response = this.response({ status: "in_progress", incomplete_details: null }, undefined)
    this.write("response.created", { response })
    this.write("response.in_progress", { response })
  }

  private finish({ finishReason, rawFinishReason, usage }: ChatEventOf<"finish">): void {
    this.start()
    this.writer.end()
    const status = encodeStatus(finishReason, rawFinishReason)
    const type = status.status === "incomplete" ? "response.incomplete" : "response.completed"
    this.write(type, { response: this.response(status, usage) })
    this.isOver = true
  }

  private response(
    status: ReturnType<typeof encodeStatus>,
    usage: ChatEventOf<"finish">["usage"] | undefined
  ): WireObject {
    const { id, model, options } = this
    return whole({ id, model, created: options.created, ...status, output: this.writer.items, usage })
  }

  private write(type: string, fields: WireObject): void {
    this.frames.push({ event: type, data: JSON.stringify({ type, sequence_number: this.count++, ...fields }) })
  }

  private flush(): ReadonlyArray<Frame> {
    const { frames } = this
    this.frames = []
    return frames
  }
}
