import type { ChatEvent } from "../../../domain/ChatEvent.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import type { AnswerOptions, StreamEncoder } from "../../ChatProtocol.ts"
import { encodeLogprobs } from "../../wire/Logprobs.ts"
import { encodeCall } from "../wire/ToolCalls.ts"
import type { WireObject } from "../wire/Wire.ts"
import { encodeEnd, encodeHead, encodeImages } from "./AnswerLine.ts"
import { encodeError } from "./ErrorEncoder.ts"

/**
 * Writes the stream of one answer: a line for each piece, calls whole. An answer that is begun again after something
 * was shown ends in an error, for nothing can be taken back.
 *
 * @since 0.1.0
 * @category encoding
 */
export class ChatStreamEncoder implements StreamEncoder {
  private readonly options: AnswerOptions
  private model: string
  private isShown = false
  private isOver = false
  private calls = 0

  constructor(options: AnswerOptions) {
    this.options = options
    this.model = options.model
  }

  encode(event: ChatEvent): ReadonlyArray<Frame> {
    if (this.isOver) return []
    switch (event.type) {
      case "response-metadata":
        this.model = event.model ?? this.model
        return []
      case "text-delta":
      case "refusal-delta":
        return event.delta === "" ? [] : this.say({ content: event.delta })
      case "reasoning-delta":
        return event.delta === "" ? [] : this.say({ content: "", thinking: event.delta })
      case "tool-call":
        if (event.call.providerExecuted === true) return []
        return this.say({ content: "", tool_calls: [encodeCall(event.call, this.calls++)] })
      case "part":
        return this.part(event.part)
      case "logprobs":
        return this.say({ content: "" }, { logprobs: encodeLogprobs(event.logprobs) })
      case "restarted":
        return this.isShown ? this.broken("the answer was begun again: discard what was shown, and ask again") : []
      case "finish":
        return this.line({ message: { role: "assistant", content: "" }, ...encodeEnd(event) })
      default:
        return []
    }
  }

  end(): ReadonlyArray<Frame> {
    return []
  }

  fail(error: ProviderError): ReadonlyArray<Frame> {
    this.isOver = true
    return [{ data: JSON.stringify(encodeError(error).body) }]
  }

  private part(part: Extract<ChatEvent, { type: "part" }>["part"]): ReadonlyArray<Frame> {
    if (part.type === "audio") return part.transcript === undefined ? [] : this.say({ content: part.transcript })
    const images = part.type === "image" ? encodeImages([part]) : undefined
    return images === undefined ? [] : this.say({ content: "", images })
  }

  private broken(error: string): ReadonlyArray<Frame> {
    this.isOver = true
    return [{ data: JSON.stringify({ error }) }]
  }

  private say(message: WireObject, more: WireObject = {}): ReadonlyArray<Frame> {
    this.isShown = true
    return this.line({ message: { role: "assistant", ...message }, ...more, done: false })
  }

  private line(fields: WireObject): ReadonlyArray<Frame> {
    return [{ data: JSON.stringify({ ...encodeHead(this.model, this.options.created), ...fields }) }]
  }
}
