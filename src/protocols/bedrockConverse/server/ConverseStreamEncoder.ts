import type { ChatEvent, ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import { encodeException, exception } from "../../wire/BedrockError.ts"
import type { StreamEncoder } from "../../ChatProtocol.ts"
import type { WireObject } from "../wire/Wire.ts"
import { BlockWriter } from "./BlockWriter.ts"
import { encodeMetadata, encodeStop } from "./ResponseEncoder.ts"

/**
 * Writes the stream of one answer. Blocks follow one another on the wire: of parts that interleave, the first to be
 * shown goes on as it is written, and the others wait until it has ended. An answer that is begun again after
 * something was shown ends in an exception, for nothing can be taken back.
 *
 * @since 0.1.0
 * @category encoding
 */
export class ConverseStreamEncoder implements StreamEncoder {
  private frames: Array<Frame> = []
  private readonly writer = new BlockWriter((name, fields) => this.write(name, fields))
  private isStarted = false
  private isOver = false

  encode(event: ChatEvent): ReadonlyArray<Frame> {
    if (!this.isOver) this.add(event)
    const frames = this.frames
    this.frames = []
    return frames
  }

  end(): ReadonlyArray<Frame> {
    this.isOver = true
    return []
  }

  fail(error: ProviderError): ReadonlyArray<Frame> {
    this.isOver = true
    return [encodeException(error)]
  }

  private add(event: ChatEvent): void {
    switch (event.type) {
      case "response-metadata":
        return this.start()
      case "restarted":
        return this.restart()
      case "finish":
        return this.finish(event)
      case "refusal-delta":
        this.start()
        return this.writer.add({ ...event, type: "text-delta", id: refusalId(event.id) })
      case "refusal-end":
        return this.writer.add({ type: "text-end", id: refusalId(event.id) })
      case "response-start":
      case "refusal-start":
      case "usage":
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
    if (!this.isStarted) this.write("messageStart", { role: "assistant" })
    this.isStarted = true
  }

  private restart(): void {
    if (!this.writer.hasWritten) return
    const message = "The answer was begun again. Discard what was shown, and ask again."
    this.frames.push(exception("modelStreamErrorException", message))
    this.isOver = true
  }

  private finish(event: ChatEventOf<"finish">): void {
    this.start()
    this.writer.end()
    this.write("messageStop", encodeStop(event))
    this.write("metadata", encodeMetadata(event))
  }

  private write(name: string, fields: WireObject): void {
    this.frames.push({ event: name, data: JSON.stringify(fields) })
  }
}

const refusalId = (id: string): string => `refusal ${id}`
