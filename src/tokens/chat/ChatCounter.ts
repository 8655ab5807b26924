import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ContentPart, FilePart } from "../../domain/ContentPart.ts"
import type { Message } from "../../domain/Message.ts"
import { fileText } from "../media/FileText.ts"
import { part as mediaTokens } from "../MediaTokens.ts"
import type { ModelRule } from "../ModelRule.ts"
import type { TokenCount } from "../TokenCount.ts"
import { TokenTally } from "../TokenTally.ts"
import { toolTokens } from "./ToolTokens.ts"

/**
 * How many tokens a text has, how far off that may be, and why.
 *
 * @since 0.1.0
 * @category models
 */
export interface TextMeasure {
  readonly tokens: (text: string) => number
  readonly error: number
  readonly reason: string
}

const overhead = "what the chat adds to the texts is not published"
const written = "how tools and their calls are written out is not published"
const hidden = "hidden thoughts are estimated from their length"
/** Base64 characters for a token of about four bytes. */
const hiddenPerToken = 16 / 3

/**
 * Counts requests to one model. A request is the sum of its messages and of the rest, so that messages can be counted
 * once and left out one by one.
 *
 * @since 0.1.0
 * @category models
 */
export class ChatCounter {
  readonly #rule: ModelRule
  readonly #measure: TextMeasure

  constructor(rule: ModelRule, measure: TextMeasure) {
    this.#rule = rule
    this.#measure = measure
  }

  request(request: ChatRequest): TokenCount {
    const tally = this.rest(request)
    for (const message of request.messages) tally.addTally(this.message(message))
    return tally.count
  }

  message(message: Message): TokenTally {
    const { chat } = this.#rule
    const tally = new TokenTally()
    tally.add(chat.perMessage + this.#measure.tokens(message.role), chat.error, overhead)
    const name = message.role === "tool" ? undefined : message.name
    if (name !== undefined) {
      tally.add(chat.perName, chat.error, overhead)
      this.#addText(tally, name)
    }
    if (message.content.filter((part: ContentPart) => part.type === "tool-call").length > 1) {
      tally.add(chat.parallel, 0.5, written)
    }
    for (const part of message.content) this.#addPart(tally, part, message.role === "assistant" ? "assistant" : "user")
    return tally
  }

  /** All but the messages: the tools, the form of the answer, the beginning of the reply. */
  rest({ responseFormat, toolChoice, tools = [] }: ChatRequest): TokenTally {
    const { chat } = this.#rule
    const tally = new TokenTally()
    tally.add(chat.reply, chat.error, overhead)
    tally.addDoubt(chat.hidden, "the host may add instructions of its own")
    const forced = toolChoice === "required" || typeof toolChoice === "object"
    const error = Math.max(chat.tools.error, this.#measure.error)
    tally.add(toolTokens(chat.tools, tools, forced, this.#measure.tokens), error, written)
    if (responseFormat?.type === "json-schema") {
      tally.add(
        this.#measure.tokens(JSON.stringify(responseFormat.schema)),
        0.25,
        "how a schema is written out is not published"
      )
    }
    return tally
  }

  #addPart(tally: TokenTally, part: ContentPart, from: "user" | "assistant"): void {
    const { chat } = this.#rule
    switch (part.type) {
      case "text":
      case "refusal":
        return this.#addText(tally, part.text)
      case "reasoning":
        if (!chat.reasoning) return
        this.#addText(tally, part.text)
        return tally.add((part.encrypted?.length ?? 0) / hiddenPerToken, 0.5, hidden)
      case "tool-call":
        tally.add(chat.call, Math.max(chat.error, 0.5), written)
        this.#addText(tally, part.name)
        return this.#addText(tally, part.rawInput ?? JSON.stringify(part.input ?? {}))
      case "tool-result":
        tally.add(chat.result, Math.max(chat.error, 0.5), written)
        if (typeof part.output === "string") return this.#addText(tally, part.output)
        for (const inner of part.output) this.#addPart(tally, inner, from)
        return
      case "provider":
        return tally.add(this.#measure.tokens(JSON.stringify(part.value)), 0.5, "a part that only its provider knows")
      case "audio":
        if (from === "assistant" && part.transcript !== undefined) return this.#addText(tally, part.transcript)
        return tally.addCount(mediaTokens(this.#rule, part, from))
      case "file":
        for (const text of [part.title, part.context]) if (text !== undefined) this.#addText(tally, text)
        return this.#addFile(tally, part)
      case "image":
        return tally.addCount(mediaTokens(this.#rule, part, from))
    }
  }

  #addFile(tally: TokenTally, part: FilePart): void {
    const text = fileText(part)
    if (text === undefined) tally.addCount(mediaTokens(this.#rule, part, "user"))
    else this.#addText(tally, text)
  }

  #addText(tally: TokenTally, text: string): void {
    tally.add(this.#measure.tokens(text), this.#measure.error, this.#measure.reason)
  }
}
