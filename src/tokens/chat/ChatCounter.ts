import * as Predicate from "effect/Predicate"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ContentPart, FilePart } from "../../domain/ContentPart.ts"
import type { Message } from "../../domain/Message.ts"
import { part as mediaTokens } from "../MediaTokens.ts"
import type { ModelRule } from "../ModelRule.ts"
import { type TokenCount, estimated, exact } from "../TokenCount.ts"
import { fileText } from "../media/MediaBytes.ts"
import { toolTokens } from "./ToolTokens.ts"
import { asksForReasoning, unseen } from "./Unseen.ts"

/** How many tokens a text has, how far off that may be, and why. */
export interface TextMeasure {
  readonly tokens: (text: string) => number
  readonly error: number
  readonly reason: string
}

/** By how many tokens more a call or a result may be off, whatever the rule says. */
const writingDoubt = 3
const overhead = "the tokens that a chat adds to the text are not published"
const written = "how tools and tool calls are written is not published"
const schemas = "how a schema is written is not published"
const hidden = "hidden reasoning is estimated from its length"
/** Base64 characters for a token of about four bytes, and those of a blob that holds no reasoning. */
const hiddenPerToken = 16 / 3
const emptyBlob = 640

/**
 * Counts requests to one model. A request is the sum of its messages and of the rest, so that messages can be counted
 * once and left out one by one, from the oldest.
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
    for (const message of this.messages(request.messages)) tally.addTally(message)
    return tally.count
  }

  /** The tokens of each message. The reasoning before the last message of the user is not sent. */
  messages(messages: ReadonlyArray<Message>): ReadonlyArray<TokenTally> {
    const lastTurn = messages.findLastIndex(({ role }) => role === "user")
    return messages.map((message, index) => this.#message(message, index > lastTurn))
  }

  #message(message: Message, inLastTurn: boolean): TokenTally {
    const { chat } = this.#rule
    const tally = new TokenTally()
    tally.add(chat.roles[message.role])
    const name = message.role === "tool" ? undefined : message.name
    if (name !== undefined) {
      tally.add(chat.name)
      this.#addText(tally, name)
    }
    const from = message.role === "assistant" ? "assistant" : "user"
    const isSent = chat.reasoning && inLastTurn
    let calls = 0
    for (const part of message.content) {
      if (part.type === "tool-call") calls++
      if (part.type === "text" && from === "assistant" && !chat.reasoning)
        this.#addText(tally, withoutThinkTags(part.text))
      else if (part.type !== "reasoning" || isSent) this.#addPart(tally, part, from)
    }
    if (calls > 1) tally.add(chat.parallel, 0.5, written)
    return tally
  }

  /** All but the messages: the tools, the form of the response, what the provider adds, the beginning of the reply. */
  rest(request: ChatRequest): TokenTally {
    const { messages, responseFormat, toolChoice, tools = [] } = request
    const { chat } = this.#rule
    const tally = new TokenTally()
    const alone = messages.every(({ role }) => role !== "system")
    tally.add(chat.base + (alone ? chat.preamble : 0))
    tally.addDoubt(chat.spread, overhead)
    if (asksForReasoning(request)) tally.add(chat.thinking, 0.2, overhead)
    const required = toolChoice === "required" || typeof toolChoice === "object"
    const error = Math.max(chat.tools.error, this.#measure.error)
    tally.add(toolTokens(chat.tools, tools, { required, alone }, this.#measure.tokens), error, written)
    if (responseFormat?.type === "json") tally.add(chat.json, 0.5, schemas)
    if (responseFormat?.type === "json-schema") {
      const { base, share } = chat.schema
      tally.add(base + share * this.#measure.tokens(JSON.stringify(responseFormat.schema)), 0.25, schemas)
    }
    if (messages.some(citesFile)) tally.add(chat.citations, 0.1, "how citations are requested is not published")
    for (const { reason, tokens } of unseen(request, chat.serverTools)) tally.addDoubt(tokens, reason)
    return tally
  }

  #addPart(tally: TokenTally, part: ContentPart, from: "user" | "assistant"): void {
    const { chat } = this.#rule
    switch (part.type) {
      case "text":
      case "refusal":
        return this.#addText(tally, part.text)
      case "reasoning":
        this.#addText(tally, part.text)
        return tally.add(Math.max(0, (part.encrypted?.length ?? 0) - emptyBlob) / hiddenPerToken, 0.5, hidden)
      case "tool-call":
        tally.add(chat.call, 0.5, written)
        tally.addDoubt(writingDoubt, written)
        this.#addText(tally, part.name)
        return this.#addText(tally, part.rawInput ?? JSON.stringify(part.input ?? {}))
      case "tool-result":
        tally.add(chat.result, 0.5, written)
        tally.addDoubt(writingDoubt, written)
        if (typeof part.output === "string") return this.#addText(tally, part.output)
        for (const inner of part.output) this.#addPart(tally, inner, from)
        return
      case "provider":
        return tally.add(this.#measure.tokens(JSON.stringify(part.value)), 1, "a part that is specific to its provider")
      case "audio":
        if (from === "assistant" && part.transcript !== undefined) return this.#addText(tally, part.transcript)
        return tally.addCount(mediaTokens(this.#rule, part, from))
      case "file":
        for (const text of [part.title, part.context]) if (text !== undefined) this.#addText(tally, text)
        return this.#addFile(tally, part)
      case "image":
        return tally.addCount(mediaTokens(this.#rule, part, from))
      default:
        return part satisfies never
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

/** The text after the reasoning that some models write at its beginning. */
const withoutThinkTags = (text: string): string => {
  const end = text.startsWith("<think>") ? text.indexOf("</think>") : -1
  return end < 0 ? text : text.slice(end + "</think>".length)
}

/** Whether the message holds a document, of its own or from a tool, that the response is to cite. */
const citesFile = ({ content }: Message): boolean =>
  content.some((part: ContentPart) => {
    if (part.type === "file") return part.citations === true
    if (part.type !== "tool-result") return false
    if (Object.values(part.providerOptions ?? {}).some(({ content }) => citesBlock(content))) return true
    return (
      typeof part.output !== "string" && part.output.some((inner) => inner.type === "file" && inner.citations === true)
    )
  })

/** Whether one of the blocks that only the provider knows (search results) is to be cited. */
const citesBlock = (blocks: unknown): boolean =>
  Array.isArray(blocks) &&
  blocks.some((block) => {
    const citations = Predicate.isObject(block) ? block.citations : undefined
    return Predicate.isObject(citations) && citations.enabled === true
  })

/** Sums exact and estimated counts. */
class TokenTally {
  #tokens = 0
  #error = 0
  readonly #reasons = new Set<string>()

  /** `error` is a share of `tokens`, 0 when they are exact; `reason` says what made them an estimate. */
  add(tokens: number, error = 0, reason = ""): void {
    this.#tokens += tokens
    if (error === 0 || tokens === 0) return
    this.#error += Math.abs(tokens) * error
    this.#reasons.add(reason)
  }

  /** So many tokens may be there or not. */
  addDoubt(tokens: number, reason: string): void {
    if (tokens === 0) return
    this.#error += tokens
    this.#reasons.add(reason)
  }

  addCount({ precision, tokens }: TokenCount): void {
    if (precision._tag === "Exact") return this.add(tokens)
    for (const reason of precision.reasons) this.#reasons.add(reason)
    this.#tokens += tokens
    this.#error += tokens * precision.expectedError
  }

  addTally(that: TokenTally): void {
    this.#tokens += that.#tokens
    this.#error += that.#error
    for (const reason of that.#reasons) this.#reasons.add(reason)
  }

  /** The sum, rounded up. */
  get count(): TokenCount {
    const tokens = Math.ceil(this.#tokens - epsilon)
    return this.#error === 0 ? exact(tokens) : estimated(tokens, this.#error / Math.max(1, tokens), [...this.#reasons])
  }
}

/** The rounding error of sums of fractions. */
const epsilon = 1e-6
