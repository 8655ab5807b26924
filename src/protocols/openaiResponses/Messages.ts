import { ReceivedMessages } from "../wire/request/ReceivedMessages.ts"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ContentPart, ToolCallPart, ToolResultPart } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import type { AssistantMessage, AssistantPart, Message, SystemMessage, UserMessage } from "../../domain/Message.ts"
import { checked } from "../wire/request/Issues.ts"
import { nullable, type RequestContext } from "../wire/request/RequestCodec.ts"
import { array, isObject, object, text, type WireObject } from "../wire/WireObject.ts"
import { ContentEncoder, type Decoded, decodeContent, type MessageQuirks, Refusal, Text } from "./Content.ts"
import {
  callType,
  decodeAnnotation,
  decodeItem,
  encodeCall,
  encodeImage,
  encodeReasoning,
  groupTexts,
  messageOptions,
  optionsOf,
  type OutputMessage,
  own,
  protocolId
} from "./Items.ts"
import { decodeResult, encodeResult } from "./ToolResults.ts"

/**
 * Writes messages as items: each part of a response is one, except that consecutive texts of a message are one. Reasoning
 * goes back unchanged; it is left out where nothing proves that a model of this protocol wrote it, or where a server that
 * stores nothing (`isStateless`) would have to look it up by its id.
 */
export class MessagesEncoder {
  readonly items: Array<WireObject> = []
  /** The text of system messages whose options say `role: "instructions"`. */
  instructions: string | undefined
  readonly #context: RequestContext<MessageQuirks>
  readonly #isStateless: boolean
  readonly #content: ContentEncoder
  readonly #callTypes = new Map<string, string>()

  constructor(context: RequestContext<MessageQuirks>, isStateless: boolean) {
    this.#context = context
    this.#isStateless = isStateless
    this.#content = new ContentEncoder(context)
  }

  encode(messages: ChatRequest["messages"]): ReadonlyArray<WireObject> {
    for (const [m, message] of messages.entries()) {
      const at = `messages[${m}].content`
      switch (message.role) {
        case "system":
          this.#system(message, at)
          break
        case "user":
          this.#user(message, at)
          break
        case "assistant":
          this.#assistant(message, at)
          break
        case "tool":
          for (const [p, part] of message.content.entries()) {
            const item = this.#context.withOptions(this.#result(part, `${at}[${p}]`), message.providerOptions)
            this.items.push(this.#context.withOptions(item, part.providerOptions))
          }
      }
    }
    return this.items
  }

  #system(message: SystemMessage, at: string): void {
    const content = this.#content.parts(message.content, at)
    if (typeof content === "string" && optionsOf(message, this.#context.provider).role === "instructions") {
      this.instructions = this.instructions === undefined ? content : `${this.instructions}\n\n${content}`
    } else {
      const { systemRole: role } = this.#context.quirks
      this.items.push(this.#context.withOptions({ role, content }, message.providerOptions))
    }
  }

  /** Provider parts that are items rather than content (the reply to a request for approval) stand between messages. */
  #user(message: UserMessage, at: string): void {
    let parts: Array<ContentPart> = []
    const flush = () => {
      if (parts.length === 0) return
      const content = this.#content.parts(parts, at)
      if (content.length > 0 || typeof content === "string") {
        this.items.push(this.#context.withOptions({ role: "user", content }, message.providerOptions))
      }
      parts = []
    }
    for (const part of message.content) {
      if (part.type !== "provider" || isContent(part.value)) {
        parts.push(part)
        continue
      }
      const item = own.value(part)
      if (item === undefined) continue
      flush()
      this.items.push(item)
    }
    flush()
  }

  #assistant(message: AssistantMessage, at: string): void {
    for (const part of message.content) {
      if (part.type === "text" && part.cacheControl !== undefined) this.#content.warnOfMark()
    }
    for (const [p, part] of groupTexts(message.content, this.#context.provider)) {
      const item =
        part.type === "message"
          ? this.#context.withOptions(encodeMessage(part), message.providerOptions)
          : this.#item(part, `${at}[${p}]`)
      if (item !== undefined) this.items.push(item)
    }
  }

  #item(part: AssistantPart, at: string): WireObject | undefined {
    const { issues, provider } = this.#context
    switch (part.type) {
      case "reasoning": {
        const item = encodeReasoning(part)
        const isLost = this.#isStateless && part.encrypted === undefined && part.raw === undefined
        if (item !== undefined && !isLost) return this.#context.withOptions(item, part.providerOptions)
        const reason =
          item === undefined ? "no model of this protocol wrote" : "the server neither stored nor encrypted"
        return void issues.warn("unsupported-content", "messages", `${at}: reasoning that ${reason} was left out`)
      }
      case "tool-call":
        return part.providerExecuted === true ? undefined : this.#call(part)
      case "image": {
        const options = optionsOf(part, provider)
        const item = options.type === "image_generation_call" ? encodeImage(part, options) : undefined
        if (item === undefined)
          issues.content(at, "an image from an earlier response can only be sent back to its own server")
        return item
      }
      case "audio":
        return void issues.content(at, "audio from an earlier response has no transcript")
      case "provider":
        return own.value(part)
      default:
        return undefined
    }
  }

  #call(part: ToolCallPart): WireObject {
    if (part.cacheControl !== undefined) this.#content.warnOfMark()
    const type = callType(optionsOf(part, this.#context.provider))
    this.#callTypes.set(part.id, type)
    const { id, ...item } = this.#context.withOptions(encodeCall(part, type), part.providerOptions)
    return id === undefined || (type === "function_call" && text(id)?.startsWith("fc") !== true)
      ? item
      : { id, ...item }
  }

  #result(part: ToolResultPart, at: string): WireObject {
    if (part.cacheControl !== undefined) this.#content.warnOfMark()
    const type = text(optionsOf(part, this.#context.provider).type)?.replace(/_output$/, "")
    const calledType = type === "tool_search" ? "tool_search_call" : type
    const callType = calledType ?? this.#callTypes.get(part.id) ?? "function_call"
    return encodeResult(part, callType, at, this.#content, this.#context.issues)
  }
}

const isContent = (value: unknown): boolean => text(object(value)?.type)?.startsWith("input_") === true

/** Servers refuse ids of other servers; a message without an id may be as short as its text. */
const encodeMessage = ({ content, options }: OutputMessage): WireObject => {
  const { id, ...rest } = options
  if (typeof id === "string" && id.startsWith("msg")) {
    return { type: "message", id, role: "assistant", status: "completed", ...rest, content }
  }
  const [first, ...more] = content
  const isBare = first?.type === "output_text" && more.length === 0 && array(first.annotations).length === 0
  return { role: "assistant", ...rest, content: isBare ? first.text : content }
}

const content = Schema.Union([Schema.String, Schema.Array(Schema.Struct({ type: Schema.String }))])

/** The items that the domain has a form for. */
const itemBodies = {
  message: Schema.Struct({ role: Schema.Literals(["system", "developer", "user", "assistant"]), content }),
  function_call: Schema.Struct({ call_id: Schema.String, name: Schema.String, arguments: Schema.String }),
  custom_tool_call: Schema.Struct({ call_id: Schema.String, name: Schema.String, input: Schema.String }),
  function_call_output: Schema.Struct({ call_id: Schema.String, output: content }),
  custom_tool_call_output: Schema.Struct({ call_id: Schema.String, output: content }),
  reasoning: Schema.Struct({ encrypted_content: nullable(Schema.String) })
}

/**
 * Reads a conversation. Consecutive items of a response are one message, except that the second of two messages without an
 * id begins another; consecutive results are one message too. Unknown items stay as they are, as parts of the response.
 * Reasoning without `encrypted_content` keeps its whole item where the server stores nothing (`isStateless`).
 */
export const decodeInput = (input: unknown, isStateless = false): Decoded<ReadonlyArray<Message>> => {
  if (typeof input === "string") return Result.succeed([{ role: "user", content: [{ type: "text", text: input }] }])
  const conversation = new ReceivedMessages()
  const servedIds = new Set<unknown>()
  let wasBare = false
  return Result.gen(function* () {
    for (const [index, received] of array(input).filter(isObject).entries()) {
      const at = `input[${index}]`
      const type = text(received.type) ?? (received.role === undefined ? "item_reference" : "message")
      const item = type === "item_reference" ? { ...received, type } : received
      if (Object.hasOwn(itemBodies, type)) yield* checked(itemBodies[type as keyof typeof itemBodies], item, at)
      const isResult = type.endsWith("_output") && !servedIds.has(item.call_id)
      const result = isResult ? yield* decodeResult(item, at) : undefined
      if (result !== undefined) conversation.join({ role: "tool", content: [result] })
      else if (type === "mcp_approval_response") conversation.add({ role: "user", content: [own.part(item)] })
      else if (type === "message" && item.role !== "assistant") conversation.add(yield* decodeMessage(item, at))
      else {
        const isMessage = type === "message"
        const content = isMessage
          ? yield* decodeAssistantMessage(item, at)
          : decodeItem(item).map((part) => withRaw(part, item, isStateless))
        const [call] = content
        if (call?.type === "tool-call" && call.providerExecuted === true) servedIds.add(call.id)
        const isBare = isMessage && item.id === undefined
        conversation.join({ role: "assistant", content }, isBare && wasBare)
        wasBare = isBare
      }
    }
    return conversation.messages
  })
}

/** Instructions that hold more than text are a user's message with the role among its options. */
const decodeMessage = (item: WireObject, at: string): Decoded<Message> =>
  Result.map(decodeContent(item.content, `${at}.content`), (content) => {
    const { role, ...rest } = item
    const options = messageOptions(rest)
    if (role === "user") return { role, content, ...(options && { providerOptions: options }) }
    const fields = options?.[protocolId]
    const texts = content.filter((part) => part.type === "text")
    if (texts.length < content.length) {
      return { role: "user", content, ...own.spread({ ...fields, role: text(role) ?? "" }) }
    }
    const providerOptions = role === "developer" ? own.options({ ...fields, role }) : options
    return { role: "system", content: texts, ...(providerOptions && { providerOptions }) }
  })

const decodeAssistantMessage = (item: WireObject, at: string): Decoded<ReadonlyArray<AssistantPart>> =>
  Result.gen(function* () {
    const providerOptions = messageOptions(item)
    const options = providerOptions === undefined ? {} : { providerOptions }
    if (typeof item.content === "string") return [{ type: "text", text: item.content, ...options }]
    const parts: Array<AssistantPart> = []
    for (const [index, part] of array(item.content).entries()) {
      if (!isObject(part)) continue
      const partAt = `${at}.content[${index}]`
      if (part.type === "refusal") {
        parts.push({ type: "refusal", text: (yield* checked(Refusal, part, partAt)).refusal })
        continue
      }
      if (part.type === "output_text" || part.type === "input_text") yield* checked(Text, part, partAt)
      if (typeof part.text !== "string") continue
      const citations = array(part.annotations).filter(isObject).map(decodeAnnotation)
      if (part.text === "" && citations.length === 0 && providerOptions === undefined) continue
      parts.push({ type: "text", text: part.text, ...(citations.length === 0 ? {} : { citations }), ...options })
    }
    return parts
  })

/** Reasoning is more than its text where it is not encrypted or has content, even if that is empty. */
const withRaw = (part: AssistantPart, item: WireObject, isStateless: boolean): AssistantPart => {
  const isPlain = !Array.isArray(item.content) && (!isStateless || text(item.encrypted_content) !== undefined)
  if (part.type !== "reasoning" || isPlain) return part
  const { status: _, ...raw } = item
  return { raw: raw as Json, ...part }
}
