import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ContentPart, FilePart, ProviderOptions, ToolResultPart } from "../../domain/ContentPart.ts"
import type { AssistantMessage } from "../../domain/Message.ts"
import type { Issues } from "../wire/Issues.ts"
import { ownOptions, patch, withOptions } from "../wire/ProviderOptionsPatch.ts"
import type { GoogleGenerateContentQuirks } from "./GoogleGenerateContentQuirks.ts"
import { encodeCall, noSignature } from "./Parts.ts"
import { encodeCallId } from "./wire/CallId.ts"
import { encodeOutput, patchOutput } from "./wire/FunctionOutput.ts"
import { encodeMedia } from "./wire/Media.ts"
import { compact, isObject, object, protocolId, type WireObject } from "./wire/Wire.ts"

interface Turn {
  readonly role: "user" | "model"
  readonly parts: Array<WireObject>
  readonly options: ReadonlyArray<WireObject>
}

/**
 * Writes a conversation: instructions as `systemInstruction`, wherever they stand; turns of one role in a row as one, for
 * all results of parallel calls must be in the turn after them.
 */
export class ContentsEncoder {
  readonly system: Array<WireObject> = []
  readonly #turns: Array<Turn> = []
  readonly #calls = new Map<string, string>()
  readonly #provider: string
  readonly #quirks: GoogleGenerateContentQuirks
  readonly #objections: Issues

  constructor(options: {
    readonly provider: string
    readonly quirks: GoogleGenerateContentQuirks
    readonly issues: Issues
  }) {
    this.#provider = options.provider
    this.#quirks = options.quirks
    this.#objections = options.issues
  }

  encode(messages: ChatRequest["messages"]): ReadonlyArray<WireObject> {
    for (const [index, message] of messages.entries()) {
      const at = `messages[${index}]`
      const options = ownOptions(message.providerOptions, protocolId, this.#provider)
      if (message.role === "system") {
        const parts = message.content.flatMap((part) => this.#part(part, at))
        this.system.push(...parts)
        if (this.#turns.length > 0 && parts.length > 0) {
          this.#objections.warn("other", "messages", `${at}: the system message was moved to the front`)
        }
      } else if (message.role === "assistant") {
        this.#add("model", this.#assistant(message, at), options)
      } else {
        const parts = message.content.flatMap((part: ContentPart, place) => this.#part(part, `${at}.content[${place}]`))
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
    let isSigned = false
    for (const [index, part] of message.content.entries()) {
      const here = `${at}.content[${index}]`
      if (part.type === "reasoning") {
        if (part.protocol === protocolId) {
          const { signature: thoughtSignature, text } = part
          parts.push(this.#finish(compact({ text, thought: true, thoughtSignature }), part))
        } else {
          this.#objections.warn("unsupported-content", "messages", `${here}: the thought of another model was left out`)
        }
      } else if (part.type === "tool-call") {
        const call = encodeCall(part, this.#quirks.callIds)
        if (call === undefined) {
          this.#objections.warn(
            "unsupported-content",
            "messages",
            `${here}: a call that another provider ran was left out`
          )
          continue
        }
        if (part.providerExecuted !== true) this.#calls.set(part.id, part.name)
        const whole = this.#finish(call, part)
        const unsigned = this.#quirks.signedCalls && part.providerExecuted !== true && !isSigned
        isSigned ||= part.providerExecuted !== true
        parts.push(
          unsigned && whole.thoughtSignature === undefined ? { ...whole, thoughtSignature: noSignature } : whole
        )
      } else if (part.type === "refusal") {
        if (part.text !== "") parts.push({ text: part.text })
      } else {
        parts.push(...this.#part(part, here))
      }
    }
    return parts
  }

  #part(part: ContentPart, at: string): ReadonlyArray<WireObject> {
    switch (part.type) {
      case "text": {
        const whole = this.#finish({ text: part.text }, part)
        const isOwn = ownOptions(part.providerOptions, protocolId, this.#provider).length > 0
        return part.text === "" && !isOwn ? [] : [whole]
      }
      case "image":
      case "audio":
      case "file":
        if (part.type === "file") this.#warnOf(part, at)
        return [this.#finish(this.#media(part, at), part)]
      case "tool-result":
        return this.#result(part, at)
      case "provider":
        return part.protocol === protocolId && isObject(part.value) ? [part.value] : []
      default:
        this.#objections.content(at, `${part.type} content has no place here`)
        return []
    }
  }

  #warnOf({ citations, context }: FilePart, at: string): void {
    if (context !== undefined)
      this.#objections.warn("other", "messages", `${at}: a document's context has no place here`)
    if (citations === true) this.#objections.warn("other", "messages", `${at}: citations cannot be asked for`)
  }

  #media(part: Extract<ContentPart, { type: "image" | "audio" | "file" }>, at: string): WireObject {
    const media = encodeMedia(part.data, part.mediaType)
    const inline = media.inlineData
    if (isObject(inline) && inline.mimeType === undefined) {
      this.#objections.invalid(at, "bytes need a mediaType, such as image/png")
    }
    return media
  }

  #result(part: ToolResultPart, at: string): ReadonlyArray<WireObject> {
    const texts =
      typeof part.output === "string"
        ? [part.output]
        : part.output.flatMap((one) => (one.type === "text" ? [one.text] : []))
    const media =
      typeof part.output === "string"
        ? []
        : part.output.flatMap((one) => (one.type === "text" ? [] : [this.#finish(this.#media(one, at), one)]))
    const within = this.#quirks.mediaInResults && media.length > 0
    const whole = this.#finish(
      {
        functionResponse: compact({
          id: this.#quirks.callIds ? encodeCallId(part.id) : undefined,
          name: part.name ?? this.#calls.get(part.id) ?? part.id,
          parts: within ? media : undefined
        })
      },
      part
    )
    const own = ownOptions(part.providerOptions, protocolId, this.#provider)
    const response = own.reduce(patchOutput, encodeOutput(texts, part.isError === true))
    return [{ ...whole, functionResponse: { ...object(whole.functionResponse), response } }, ...(within ? [] : media)]
  }

  #finish(
    part: WireObject,
    { providerOptions }: { readonly providerOptions?: ProviderOptions | undefined }
  ): WireObject {
    return providerOptions === undefined ? part : withOptions(part, providerOptions, protocolId, this.#provider)
  }
}
