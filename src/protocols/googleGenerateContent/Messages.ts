import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ContentPart, FilePart, ProviderOptions, ToolCallPart, ToolResultPart } from "../../domain/ContentPart.ts"
import type { AssistantMessage } from "../../domain/Message.ts"
import { ownOptions, patch } from "../wire/request/ProviderOptionsPatch.ts"
import type { RequestContext } from "../wire/request/RequestCodec.ts"
import { array, compact, isObject, object, parse, type WireObject } from "../wire/WireObject.ts"
import { encodeCall, encodeCallId, encodeMedia, noSignature, own, protocolId } from "./Parts.ts"

interface Turn {
  readonly role: "user" | "model"
  readonly parts: Array<WireObject>
  readonly options: ReadonlyArray<WireObject>
}

interface WithOptions {
  readonly providerOptions?: ProviderOptions | undefined
}

/** How models and servers differ in what messages hold. */
export interface MessageQuirks {
  /** Whether calls and their results carry ids. Default true; Vertex AI knows none. */
  readonly callIds: boolean
  /**
   * Whether images and documents of a tool's result stand within it (from Gemini 3 on), or follow it.
   * Source: https://ai.google.dev/gemini-api/docs/function-calling#multimodal
   */
  readonly mediaInResults: boolean
  /** Whether a call that another model made needs a stand-in for its thought signature (from Gemini 3 on). */
  readonly signedCalls: boolean
}

/**
 * Writes a conversation: instructions as `systemInstruction`, wherever they stand; messages of one role in a row as one
 * turn, since all results of parallel calls must be in the turn after them.
 */
export class MessagesEncoder {
  readonly system: Array<WireObject> = []
  readonly #turns: Array<Turn> = []
  readonly #callNames = new Map<string, string>()
  readonly #context: RequestContext<MessageQuirks>

  constructor(context: RequestContext<MessageQuirks>) {
    this.#context = context
  }

  encode(messages: ChatRequest["messages"]): ReadonlyArray<WireObject> {
    for (const [index, message] of messages.entries()) {
      const at = `messages[${index}]`
      const options = this.#ownOptions(message)
      if (message.role === "system") {
        const parts = message.content.flatMap((part) => this.#part(part, at))
        this.system.push(...parts)
        if (this.#turns.length > 0 && parts.length > 0) this.#warn(`${at}: the system message was moved to the front`)
      } else if (message.role === "assistant") {
        this.#add("model", this.#assistant(message, at), options)
      } else {
        const parts = message.content.flatMap((part: ContentPart, index) => this.#part(part, `${at}.content[${index}]`))
        this.#add("user", parts, options)
      }
    }
    return this.#turns.map(({ options, parts, role }) => options.reduce(patch, { role, parts }))
  }

  #add(role: Turn["role"], parts: Array<WireObject>, options: ReadonlyArray<WireObject>): void {
    if (parts.length === 0) return
    const last = this.#turns.at(-1)
    if (last?.role === role && last.options.length === 0 && options.length === 0) last.parts.push(...parts)
    else this.#turns.push({ role, parts, options })
  }

  #assistant(message: AssistantMessage, at: string): Array<WireObject> {
    const parts: Array<WireObject> = []
    let isFirstCall = true
    for (const [index, part] of message.content.entries()) {
      const here = `${at}.content[${index}]`
      if (part.type === "reasoning") {
        const { protocol, signature: thoughtSignature, text } = part
        if (protocol === protocolId) parts.push(this.#withOptions({ text, thought: true, thoughtSignature }, part))
        else this.#warn(`${here}: reasoning from another model was left out`, "unsupported-content")
      } else if (part.type === "tool-call") {
        parts.push(...this.#call(part, isFirstCall, here))
        isFirstCall &&= part.providerExecuted === true
      } else if (part.type === "refusal") {
        if (part.text !== "") parts.push({ text: part.text })
      } else {
        parts.push(...this.#part(part, here))
      }
    }
    return parts
  }

  /** Only the first of parallel calls has a signature. */
  #call(part: ToolCallPart, isFirst: boolean, at: string): ReadonlyArray<WireObject> {
    const call = encodeCall(part, this.#context.quirks.callIds)
    if (call === undefined) {
      this.#warn(`${at}: a tool call that another provider ran was left out`, "unsupported-content")
      return []
    }
    const encoded = this.#withOptions(call, part)
    if (part.providerExecuted === true) return [encoded]
    this.#callNames.set(part.id, part.name)
    const isUnsigned = this.#context.quirks.signedCalls && isFirst && encoded.thoughtSignature === undefined
    return [isUnsigned ? { ...encoded, thoughtSignature: noSignature } : encoded]
  }

  #part(part: ContentPart, at: string): ReadonlyArray<WireObject> {
    switch (part.type) {
      case "text":
        if (part.text === "" && this.#ownOptions(part).length === 0) return []
        return [this.#withOptions({ text: part.text }, part)]
      case "file":
        if (part.context !== undefined) this.#warn(`${at}: a document's context is not supported here`)
        if (part.citations === true) this.#warn(`${at}: citations cannot be requested`)
        return [this.#media(part, at)]
      case "image":
      case "audio":
        return [this.#media(part, at)]
      case "tool-result":
        return this.#result(part, at)
      case "provider":
        return own.values(part)
      default:
        this.#context.issues.content(at, `${part.type} content is not supported here`)
        return []
    }
  }

  #media(part: Extract<ContentPart, { type: "image" | "audio" }> | FilePart, at: string): WireObject {
    const media = encodeMedia(part.data, part.mediaType)
    if (isObject(media.inlineData) && media.inlineData.mimeType === undefined) {
      this.#context.issues.invalid(at, "bytes need a mediaType, such as image/png")
    }
    return this.#withOptions(media, part)
  }

  #result(part: ToolResultPart, at: string): ReadonlyArray<WireObject> {
    const { id, isError, name, output } = part
    const content = typeof output === "string" ? [{ type: "text" as const, text: output }] : output
    const texts = content.flatMap((inner) => (inner.type === "text" ? [inner.text] : []))
    const media = content.flatMap((inner) => (inner.type === "text" ? [] : [this.#media(inner, at)]))
    const isInside = this.#context.quirks.mediaInResults && media.length > 0
    const encoded = this.#withOptions(
      {
        functionResponse: compact({
          id: this.#context.quirks.callIds ? encodeCallId(id) : undefined,
          name: name ?? this.#callNames.get(id) ?? id,
          parts: isInside ? media : undefined
        })
      },
      part
    )
    const response = this.#ownOptions(part).reduce(patchOutput, encodeOutput(texts, isError === true))
    const result = { ...encoded, functionResponse: { ...object(encoded.functionResponse), response } }
    return isInside ? [result] : [result, ...media]
  }

  #ownOptions({ providerOptions }: WithOptions): ReadonlyArray<WireObject> {
    return ownOptions(providerOptions, protocolId, this.#context.provider)
  }

  #withOptions(part: WireObject, { providerOptions }: WithOptions): WireObject {
    return this.#context.withOptions(compact(part), providerOptions)
  }

  #warn(message: string, type: "other" | "unsupported-content" = "other"): void {
    this.#context.issues.warn(type, "messages", message)
  }
}

/**
 * Reads the result of a function: `output` and `error` are the API's own keys, any other object is the result itself.
 * Source: https://ai.google.dev/api/caching#FunctionResponse
 */
export const decodeOutput = (
  response: unknown
): { readonly output: string | ReadonlyArray<string>; readonly isError: boolean } => {
  if (!isObject(response)) return { output: toText(response), isError: false }
  const [key, ...more] = Object.keys(response)
  if (key === undefined) return { output: [], isError: false }
  if (more.length > 0 || (key !== "output" && key !== "error")) return { output: toText(response), isError: false }
  const value = response[key]
  const isError = key === "error"
  const texts = array(value)
  const isList = texts.length > 0 || (isError && Array.isArray(value))
  return { output: isList && texts.every(isString) ? texts : toText(value), isError }
}

const isString = (u: unknown): u is string => typeof u === "string"

const toText = (u: unknown): string => (isString(u) ? u : u === undefined ? "" : JSON.stringify(u))

/** Results are objects: the JSON of one goes as it is, anything else under `output` or `error`. */
export const encodeOutput = (texts: ReadonlyArray<string>, isError: boolean): WireObject => {
  const output = texts.length === 1 ? texts[0] : texts.length === 0 ? undefined : texts
  if (isError) return { error: output ?? [] }
  const json = typeof output === "string" && output.startsWith("{") ? parse(output) : undefined
  // `{}` on the wire means no output at all.
  const isOwnObject = isObject(json) && output !== "{}" && !("output" in json) && !("error" in json)
  return isOwnObject && JSON.stringify(json) === output ? json : compact({ output })
}

/** Applies a part's options to its encoded result: `null` removes a field, anything else replaces it whole. */
const patchOutput = (encoded: WireObject, options: WireObject): WireObject => {
  const change = object(object(options.functionResponse)?.response)
  if (change === undefined) return encoded
  return Object.fromEntries(Object.entries({ ...encoded, ...change }).filter(([, value]) => value !== null))
}

/** The options with which `patchOutput` restores the result that was received; `undefined` where none are needed. */
export const outputPatch = (encoded: WireObject, received: unknown): WireObject | undefined => {
  if (!isObject(received) || JSON.stringify(encoded) === JSON.stringify(received)) return undefined
  return { ...Object.fromEntries(Object.keys(encoded).map((key) => [key, null])), ...received }
}
