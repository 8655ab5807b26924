import type { ChatEvent, ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import { unknown as unknownUsage, type Usage } from "../../../domain/Usage.ts"
import type { AnswerOptions, StreamEncoder } from "../../ChatProtocol.ts"
import type { WireObject } from "../wire/Wire.ts"
import { encodeUsage } from "../wire/WireUsage.ts"
import { BlockWriter } from "./BlockWriter.ts"
import { encodeError } from "./ErrorEncoder.ts"
import { encodeStop } from "./ResponseEncoder.ts"

/**
 * Writes the stream of one answer. Blocks follow one another on the wire: of parts that interleave, the first to be
 * shown goes on as it is written, and the others wait until it has ended. An answer that is begun again after
 * something was shown ends in an error, for nothing can be taken back.
 *
 * @since 0.1.0
 * @category encoding
 */
export class MessageStreamEncoder implements StreamEncoder {
  private readonly options: AnswerOptions
  private frames: Array<Frame> = []
  private readonly writer = new BlockWriter((type, fields) => this.write(type, fields))
  private isStarted = false
  private isOver = false
  private metadata: Omit<ChatEventOf<"response-metadata">, "type"> = {}
  private refusal = ""
  private usage: Usage = unknownUsage

  constructor(options: AnswerOptions) {
    this.options = options
  }

  encode(event: ChatEvent): ReadonlyArray<Frame> {
    if (this.isOver) return []
    this.add(event)
    return this.flush()
  }

  end(): ReadonlyArray<Frame> {
    if (!this.isOver) this.write("message_stop", {})
    this.isOver = true
    return this.flush()
  }

  fail(error: ProviderError): ReadonlyArray<Frame> {
    this.isOver = true
    return [{ event: "error", data: JSON.stringify(encodeError(error).body) }]
  }

  private add(event: ChatEvent): void {
    switch (event.type) {
      case "response-metadata":
        this.metadata = event
        return this.start()
      case "usage":
        this.usage = event.usage
        return
      case "refusal-delta":
        this.refusal += event.delta
        return
      case "restarted":
        return this.restart()
      case "finish":
        return this.finish(event)
      case "response-start":
      case "refusal-start":
      case "refusal-end":
      case "source":
      case "logprobs":
      case "malformed-frame":
        return
      default:
        this.start()
        this.writer.add(event)
    }
  }

  private start(): void {
    if (this.isStarted) return
    this.isStarted = true
    const { id, model } = this.metadata
    this.write("message_start", {
      message: {
        id: id ?? this.options.id,
        type: "message",
        role: "assistant",
        model: model ?? this.options.model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: encodeUsage(this.usage)
      }
    })
  }

  private restart(): void {
    if (this.writer.hasWritten) {
      const error = { type: "api_error", message: "The answer was begun again. Discard what was shown, and ask again." }
      this.write("error", { error })
      this.isOver = true
    }
    this.refusal = ""
    this.usage = unknownUsage
  }

  private finish({ finishReason, rawFinishReason, stopSequence, usage }: ChatEventOf<"finish">): void {
    this.start()
    this.writer.end()
    this.write("message_delta", {
      delta: encodeStop({ finishReason, rawFinishReason, stopSequence, refusal: this.refusal }),
      usage: encodeUsage(usage)
    })
  }

  private write(type: string, fields: WireObject): void {
    this.frames.push({ event: type, data: JSON.stringify({ type, ...fields }) })
  }

  private flush(): ReadonlyArray<Frame> {
    const frames = this.frames
    this.frames = []
    return frames
  }
}
