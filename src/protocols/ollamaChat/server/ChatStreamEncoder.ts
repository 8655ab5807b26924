import type { ChatEvent, ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import type { AnswerOptions } from "../../ChatProtocol.ts"
import { AnswerWriter } from "../../wire/AnswerWriter.ts"
import { encodeLogprobs } from "../../wire/Logprobs.ts"
import { encodeCall } from "../wire/ToolCalls.ts"
import type { WireObject } from "../wire/Wire.ts"
import { encodeEnd, encodeHead, encodeImages } from "./AnswerLine.ts"
import { encodeError } from "./ErrorEncoder.ts"

/**
 * Writes the stream of one answer: a line for each piece, calls whole. An answer that is begun again after something
 * was shown ends in an error, for nothing can be taken back.
 */
export class ChatStreamEncoder extends AnswerWriter {
  readonly #options: AnswerOptions
  #model: string
  #calls = 0
  protected isShown = false

  constructor(options: AnswerOptions) {
    super()
    this.#options = options
    this.#model = options.model
  }

  protected broken(error: ProviderError): Frame {
    return { data: JSON.stringify(encodeError(error).body) }
  }

  protected add(event: ChatEvent): void {
    switch (event.type) {
      case "response-metadata":
        this.#model = event.model ?? this.#model
        return
      case "text-delta":
      case "refusal-delta":
        if (event.delta !== "") this.#say({ content: event.delta })
        return
      case "reasoning-delta":
        if (event.delta !== "") this.#say({ content: "", thinking: event.delta })
        return
      case "tool-call":
        if (event.call.providerExecuted === true) return
        return this.#say({ content: "", tool_calls: [encodeCall(event.call, this.#calls++)] })
      case "part":
        return this.#part(event.part)
      case "logprobs":
        return this.#say({ content: "" }, { logprobs: encodeLogprobs(event.logprobs) })
      case "finish":
        return this.#line({ message: { role: "assistant", content: "" }, ...encodeEnd(event) })
    }
  }

  #part(part: ChatEventOf<"part">["part"]): void {
    if (part.type === "audio" && part.transcript !== undefined) this.#say({ content: part.transcript })
    const images = part.type === "image" ? encodeImages([part]) : undefined
    if (images !== undefined) this.#say({ content: "", images })
  }

  #say(message: WireObject, more: WireObject = {}): void {
    this.isShown = true
    this.#line({ message: { role: "assistant", ...message }, ...more, done: false })
  }

  #line(fields: WireObject): void {
    this.send({ data: JSON.stringify({ ...encodeHead(this.#model, this.#options.created), ...fields }) })
  }
}
