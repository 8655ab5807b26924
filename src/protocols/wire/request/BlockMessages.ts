import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type {
  CacheControl,
  ContentPart,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart
} from "../../../domain/ContentPart.ts"
import type { InvalidRequestError } from "../../../domain/CallErrors.ts"
import type { AssistantPart, Message, SystemMessage } from "../../../domain/Message.ts"
import type { MediaPart } from "./MediaInput.ts"
import { ownOptions, patch } from "./ProviderOptionsPatch.ts"
import { type Group, required, type RequestContext } from "./RequestCodec.ts"
import { userTurns, type UserTurnPart } from "./Tools.ts"
import { array, isObject, setOf, text, type WireObject } from "../WireObject.ts"
import { OwnFields } from "./OwnFields.ts"

export interface Turn {
  readonly role: "user" | "assistant" | "system"
  readonly content: Array<WireObject>
  readonly options: ReadonlyArray<WireObject>
}

type Blocks = ReadonlyArray<WireObject>

interface Quirks {
  readonly systemInConversation: boolean
}

/** The fields of a prompt's part besides its content. */
export type PromptFields = Pick<TextPart, "cacheControl" | "providerOptions">

/**
 * Encodes a conversation for the wires on which content is a list of blocks and tool results belong to the user's turn
 * (Anthropic's Messages and Bedrock's Converse): leading instructions become `system`, and consecutive turns of one role
 * become one message. A later system message stays in its place where the model takes it there or the message has
 * options of this protocol; otherwise it joins the leading instructions, with a warning.
 */
export abstract class BlockMessagesEncoder<Q extends Quirks = Quirks> {
  readonly system: Array<WireObject> = []
  protected readonly turns: Array<Turn> = []
  protected readonly context: RequestContext<Q>
  /** The ids of calls whose results the message that is written has. */
  #served: { readonly siblings: ReadonlyArray<ContentPart>; readonly ids: ReadonlySet<unknown> } | undefined

  constructor(context: RequestContext<Q>) {
    this.context = context
  }

  /** No block where the text is one that the provider refuses. */
  protected abstract text(part: TextPart): WireObject | undefined
  /** A string says why the reasoning was left out. */
  protected abstract reasoning(part: ReasoningPart): WireObject | string
  protected abstract call(part: ToolCallPart): WireObject
  protected abstract media(part: MediaPart, at: string, role: Turn["role"]): WireObject | undefined
  protected abstract toolResult(part: ToolResultPart, at: string): WireObject
  /** The id of the call, which the provider ran itself, that a block is the result of. */
  protected abstract calledBy(block: WireObject): unknown
  /** A block with the cache mark and the options of its part. */
  protected abstract complete(block: WireObject, fields: PromptFields): Blocks

  encode(messages: ChatRequest["messages"]): Blocks {
    for (const [index, message] of messages.entries()) {
      const at = `messages[${index}]`
      const options = ownOptions(message.providerOptions, this.context.protocol, this.context.provider)
      if (message.role === "system") this.#addLeadingOrLater(message, options, at)
      else {
        const role = message.role === "assistant" ? "assistant" : "user"
        this.add(role, this.parts(message.content, at, role), options)
      }
    }
    this.end()
    this.#trimEnd()
    return this.turns.map(({ content, options, role }) => options.reduce(patch, { role, content }))
  }

  protected add(role: Turn["role"], content: Array<WireObject>, options: Blocks): void {
    if (content.length === 0) return
    const last = this.turns.at(-1)
    if (last?.role === role && last.options.length === 0 && options.length === 0) last.content.push(...content)
    else this.turns.push({ role, content, options })
  }

  /** A system message within the conversation. */
  protected addSystem(content: Array<WireObject>, options: Blocks): void {
    this.add("system", content, options)
  }

  protected end(): void {}

  protected isLeading(): boolean {
    return this.turns.length === 0
  }

  protected isLeftOut(_parts: ReadonlyArray<ContentPart>, _index: number): boolean {
    return false
  }

  protected parts(parts: ReadonlyArray<ContentPart>, at: string, role: Turn["role"] = "user"): Array<WireObject> {
    return parts.flatMap((part, index) =>
      this.isLeftOut(parts, index) ? [] : this.#part(part, `${at}.content[${index}]`, role, parts)
    )
  }

  protected textBlocks(part: TextPart): Blocks {
    const block = this.text(part)
    return block === undefined ? [] : this.complete(block, part)
  }

  #addLeadingOrLater(message: SystemMessage, options: Blocks, at: string): void {
    const content = this.parts(message.content, at, "system")
    if (content.length === 0) return
    if (this.isLeading()) this.system.push(...content)
    else if (this.context.quirks.systemInConversation || options.length > 0) this.addSystem(content, options)
    else {
      this.system.push(...content)
      this.context.issues.warn("other", "messages", `${at}: the system message was moved to the front`)
    }
  }

  /** A response to continue may not end in white space. */
  #trimEnd(): void {
    const last = this.turns.at(-1)
    const block = last?.role === "assistant" ? last.content.at(-1) : undefined
    if (last === undefined || typeof block?.text !== "string" || (block.type ?? "text") !== "text") return
    last.content[last.content.length - 1] = { ...block, text: block.text.trimEnd() }
  }

  #part(part: ContentPart, at: string, role: Turn["role"], siblings: ReadonlyArray<ContentPart>): Blocks {
    switch (part.type) {
      case "text":
        return this.textBlocks(part)
      case "refusal":
        return this.textBlocks({ type: "text", text: part.text })
      case "image":
      case "audio":
      case "file": {
        // What another model spoke.
        if (part.type === "audio" && part.transcript !== undefined) {
          return this.textBlocks({ type: "text", text: part.transcript })
        }
        const block = this.media(part, at, role)
        return block === undefined ? [] : this.complete(block, part)
      }
      case "reasoning": {
        const block = this.reasoning(part)
        if (typeof block !== "string") return this.complete(block, part)
        this.context.issues.warn("unsupported-content", "messages", `${at}: ${block}`)
        return []
      }
      case "tool-call":
        if (part.providerExecuted !== true || this.isServedHere(part, siblings)) {
          return this.complete(this.call(part), part)
        }
        this.context.issues.warn(
          "unsupported-content",
          "messages",
          `${at}: a call to a tool that another server ran was left out`
        )
        return []
      case "tool-result":
        return this.complete(this.toolResult(part, at), part)
      case "provider":
        return this.context.own.values(part)
    }
  }

  /**
   * Whether the message holds the result of the call: a server refuses calls of its own tools without their results, and
   * cannot be given those of another vendor.
   */
  protected isServedHere({ id }: ToolCallPart, siblings: ReadonlyArray<ContentPart>): boolean {
    if (this.#served?.siblings !== siblings) {
      const results = siblings.flatMap((part) => (part.type === "provider" ? this.context.own.values(part) : []))
      const ids = results.map((block) => this.calledBy(block))
      this.#served = { siblings, ids: new Set(ids) }
    }
    return this.#served.ids.has(id)
  }
}

export type Decoded<A> = Result.Result<A, InvalidRequestError>

/** How a server decodes the blocks of such a wire. */
export interface BlockDecoder {
  readonly protocol: string
  /** The content of a message, and the instructions. */
  readonly content: Schema.ConstraintDecoder<unknown>
  readonly part: (block: WireObject, at: string) => Decoded<UserTurnPart>
  readonly assistantPart: (block: WireObject, at: string) => Decoded<AssistantPart>
  /** The cache mark of the part before it that a block stands for, on wires that mark so. */
  readonly cachePoint?: (block: WireObject) => CacheControl | undefined
}

const messageKeys = setOf("role content")

/** The messages of a request, both ways. `server` is the subject of the error where there are none. */
export const blockMessages = <Q extends Quirks>(
  server: string,
  makeEncoder: (context: RequestContext<Q>) => Pick<BlockMessagesEncoder, "encode" | "system">,
  decoder: BlockDecoder
): Group<Q> => {
  const { content } = decoder
  const message = Schema.Struct({ role: Schema.Literals(["user", "assistant", "system"]), content })
  return {
    fields: { system: content, messages: required(Schema.Array(message)) },
    encode: (request, context) => {
      const encoder = makeEncoder(context)
      const messages = encoder.encode(request.messages)
      if (messages.length === 0) context.issues.invalid("messages", `${server} needs a user message`)
      return { system: encoder.system.length === 0 ? undefined : encoder.system, messages }
    },
    decode: (_, { wire }) => Result.map(decodeMessages(wire, decoder), (messages) => ({ messages }))
  }
}

/** Tool results, which are in the user's turns on the wire, become messages of their own. */
const decodeMessages = (body: WireObject, decoder: BlockDecoder): Decoded<ReadonlyArray<Message>> => {
  const messages: Array<Message> = []
  const instructions = decodeParts(blocksOf(body.system), "system", decoder.part, decoder)
  if (Result.isFailure(instructions)) return Result.fail(instructions.failure)
  const system = textsOf(instructions.success)
  if (system.length > 0) messages.push({ role: "system", content: system })
  for (const [index, message] of array(body.messages).filter(isObject).entries()) {
    const decoded = decodeMessage(message, `messages[${index}].content`, decoder)
    if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
    for (const message of decoded.success) messages.push(message)
  }
  return Result.succeed(messages)
}

const blocksOf = (content: unknown): Blocks =>
  typeof content === "string" ? [{ type: "text", text: content }] : array(content).filter(isObject)

/** A system message that changes tools is a user's message with the role among its options. */
const decodeMessage = (message: WireObject, at: string, decoder: BlockDecoder): Decoded<ReadonlyArray<Message>> => {
  const own = new OwnFields(decoder.protocol)
  const options = own.rest(message, messageKeys)
  const blocks = blocksOf(message.content)
  if (message.role === "assistant") {
    return Result.map(decodeParts(blocks, at, decoder.assistantPart, decoder), (content): ReadonlyArray<Message> => [
      { role: "assistant", content, ...options }
    ])
  }
  return Result.map(decodeParts(blocks, at, decoder.part, decoder), (parts): ReadonlyArray<Message> => {
    if (message.role !== "system") return userTurns(parts, options)
    const content = textsOf(parts)
    const { providerOptions } = own.spread({ ...options.providerOptions?.[decoder.protocol], role: "system" })
    return content.length === parts.length
      ? [{ role: "system", content, providerOptions }]
      : [{ role: "user", content: parts.filter((part) => part.type !== "tool-result"), providerOptions }]
  })
}

const textsOf = (parts: ReadonlyArray<UserTurnPart>): ReadonlyArray<TextPart> =>
  parts.filter((part) => part.type === "text")

const decodeParts = <Part extends ContentPart>(
  blocks: Blocks,
  at: string,
  decode: (block: WireObject, at: string) => Decoded<Part>,
  { cachePoint }: BlockDecoder
): Decoded<Array<Part>> => {
  const parts: Array<Part> = []
  for (const [index, block] of blocks.entries()) {
    const cacheControl = cachePoint?.(block)
    const last = parts.at(-1)
    if (cacheControl !== undefined && last !== undefined && isMarkable(last)) {
      parts[parts.length - 1] = { ...last, cacheControl }
      continue
    }
    const decoded = decode(block, `${at}[${index}]`)
    if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
    parts.push(decoded.success)
  }
  return Result.succeed(parts)
}

const isMarkable = (part: ContentPart): boolean =>
  part.type !== "reasoning" && part.type !== "provider" && part.type !== "refusal" && part.cacheControl === undefined

/** A search result as text, for other protocols. */
export const textsOfContent = (content: unknown): ReadonlyArray<TextPart> =>
  array(content).flatMap((block) => {
    const readable = isObject(block) ? text(block.text) : undefined
    return readable === undefined ? [] : [{ type: "text", text: readable }]
  })
