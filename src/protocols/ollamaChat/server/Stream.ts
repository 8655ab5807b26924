import type { ChatEvent } from "../../../domain/ChatEvent.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import type { AnswerOptions } from "../../ChatProtocol.ts"
import { encodeLogprobs } from "../../wire/Logprobs.ts"
import { ResponseWriter } from "../../wire/ResponseWriter.ts"
import type { WireObject } from "../../wire/WireObject.ts"
import { encodeEnd, encodeError, encodeHead, encodePiece } from "./Response.ts"

/** Writes the stream of one response: a line for each piece, calls whole. */
export class StreamWriter extends ResponseWriter {
  readonly #options: AnswerOptions
  #model: string
  #callCount = 0
  protected isShown = false

  constructor(options: AnswerOptions) {
    super()
    this.#options = options
    this.#model = options.model
  }

  protected errorFrame(error: ProviderError): Frame {
    return { data: JSON.stringify(encodeError(error).body) }
  }

  protected add(event: ChatEvent): void {
    switch (event.type) {
      case "response-metadata":
        this.#model = event.model ?? this.#model
        return
      case "logprobs":
        return this.#line({}, { logprobs: encodeLogprobs(event.logprobs), done: false })
      case "finish":
        return this.#line({}, encodeEnd(event))
    }
    const piece = encodePiece(event, this.#callCount)
    if (piece === undefined) return
    this.isShown = true
    this.#callCount += piece.tool_calls?.length ?? 0
    this.#line(piece, { done: false })
  }

  #line(message: object, fields: WireObject): void {
    const head = encodeHead(this.#model, this.#options.created)
    this.send({ data: JSON.stringify({ ...head, message: { role: "assistant", content: "", ...message }, ...fields }) })
  }
}
