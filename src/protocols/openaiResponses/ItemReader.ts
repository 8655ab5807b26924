import { decodeLogprobs } from "../wire/response/Logprobs.ts"
import { nameless } from "../wire/response/OpenPart.ts"
import type { OpenPart, ResponseBuilder } from "../wire/response/ResponseBuilder.ts"
import { array, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"
import {
  callOptions,
  decodeAnnotation,
  decodeCall,
  decodeItem,
  decodeReasoning,
  isNameless,
  isServed,
  messageOptions,
  reasoningText,
  separator,
  writtenField
} from "./Items.ts"

/** Reads one item, event by event or at once. This base emits nothing before the item is complete. */
export class ItemReader {
  readonly item: WireObject
  protected readonly response: ResponseBuilder
  isClosed = false

  constructor(item: WireObject, response: ResponseBuilder) {
    this.item = item
    this.response = response
  }

  /** Reads an event of the item. */
  read(_type: string, _data: WireObject): void {}

  /** Reads the whole item, of which parts may have been read; `item` is undefined where its last event did not come. */
  close(item: WireObject | undefined): void {
    this.closeWith(item ?? this.item)
  }

  protected closeWith(item: WireObject, call?: OpenPart): void {
    if (isNameless(item)) return this.response.malformed(nameless)
    for (const part of decodeItem(item)) {
      if (part.type === "tool-call") this.response.close(call ?? this.response.openCall(this, part), { part })
      else if (part.type === "provider" || part.type === "image") this.response.add(part)
    }
  }

  /** Writes the rest of a text that has come whole. */
  protected complete(part: OpenPart, whole: unknown): void {
    if (typeof whole === "string" && whole.startsWith(part.text)) {
      this.response.delta(part, whole.slice(part.text.length))
    }
  }
}

/** Begins an item. `id` tells it from the other items of the response. */
export const openItem = (item: WireObject, id: string, response: ResponseBuilder): ItemReader => {
  switch (text(item.type) ?? "message") {
    case "message":
      return (text(item.role) ?? "assistant") === "assistant"
        ? new MessageReader(item, id, response)
        : new ItemReader(item, response)
    case "reasoning":
      return new ReasoningReader(item, id, response)
    // The first state of these is not final: for a tool search, not even the id.
    case "shell_call":
    case "tool_search_call":
      return new ItemReader(item, response)
    default: {
      const call = decodeCall(item)
      return call === undefined ? new ItemReader(item, response) : new CallReader(item, call, response)
    }
  }
}

/** The kinds of content that are read, by the names that their parts and events have. */
const kinds = { output_text: "text", text: "text", refusal: "refusal", reasoning_text: "reasoning" } as const

type Kind = (typeof kinds)[keyof typeof kinds]

const kindOf = (name: unknown): Kind | undefined =>
  typeof name === "string" && Object.hasOwn(kinds, name) ? kinds[name as keyof typeof kinds] : undefined

interface Content {
  readonly part: OpenPart
  /** Whether it has come whole. */
  isDone: boolean
  /** Whether the text that has come whole is not within that of its pieces. */
  isOther: boolean
  citations: number
  hasLogprobs: boolean
}

const otherText = "the text at the end of the stream differs from its pieces, of which some may be missing"

class MessageReader extends ItemReader {
  readonly #id: string
  readonly #contents = new Map<number, Content>()
  #lastIndex = 0

  constructor(item: WireObject, id: string, response: ResponseBuilder) {
    super(item, response)
    this.#id = id
  }

  override read(type: string, data: WireObject): void {
    const [, name, event] = type.split(".")
    const { part } = data
    const kind = kindOf(name)
    if (kind !== undefined && event === "delta") {
      const content = this.#content(
        kind,
        this.#indexOf(data, (last) => last.isDone)
      )
      if (typeof data.delta === "string") this.response.delta(content.part, data.delta)
      this.#logprobs(content, data.logprobs)
    } else if (kind !== undefined && event === "done") {
      this.#complete(this.#content(kind, this.#indexOf(data)), kind === "refusal" ? data.refusal : data.text)
    } else if (kind === "text" && event === "annotation" && isObject(data.annotation)) {
      const content = this.#contents.get(this.#indexOf(data)) ?? this.#content("text", this.#lastIndex)
      this.#cite(content, data.annotation)
    } else if (name === "content_part" && isObject(part)) {
      const isNew = (last: Content) => event === "added" && (last.isDone || last.part.text !== "")
      this.#whole(part, this.#indexOf(data, isNew), event === "done")
    }
  }

  override close(item: WireObject | undefined): void {
    const { content } = item ?? {}
    const parts = typeof content === "string" ? [{ type: "output_text", text: content }] : array(content)
    const first = this.#firstIndex(parts)
    for (const [index, part] of parts.entries()) if (isObject(part)) this.#whole(part, first + index)
    const providerOptions = messageOptions({ ...this.item, status: "completed", ...item })
    for (const { part } of this.#contents.values()) {
      this.response.close(part, part.type === "text" && providerOptions !== undefined ? { providerOptions } : {})
    }
  }

  /**
   * The `content_index` of the item's first part: 0, unless the server counts on over the items of the response, as Bedrock
   * Mantle, vLLM and TensorRT-LLM do.
   */
  #firstIndex(parts: ReadonlyArray<unknown>): number {
    const indexes = [...this.#contents.keys()]
    const agrees = (first: number) =>
      indexes.every((index) => textOf(parts[index - first])?.startsWith(this.#contents.get(index)?.part.text ?? ""))
    const least = Math.min(...indexes)
    return indexes.length === 0 || agrees(0) || (!agrees(least) && least < parts.length) ? 0 : least
  }

  /** The index that an event gives; else that of the last content, or the next one where `isNext`. */
  #indexOf({ content_index: given }: WireObject, isNext = (_: Content) => false): number {
    const last = this.#contents.get(this.#lastIndex)
    return nonNegativeInt(given) ?? this.#lastIndex + (last !== undefined && isNext(last) ? 1 : 0)
  }

  #whole(wire: WireObject, index: number, isDone = true): void {
    const kind = kindOf(wire.type ?? "output_text")
    const whole = kind === "refusal" ? wire.refusal : wire.text
    if (kind === undefined || typeof whole !== "string") return
    const content = this.#content(kind, index)
    this.#complete(content, whole, isDone)
    if (kind !== "text") return
    for (const annotation of array(wire.annotations).slice(content.citations)) {
      if (isObject(annotation)) this.#cite(content, annotation)
    }
    if (!content.hasLogprobs) this.#logprobs(content, wire.logprobs)
  }

  #complete(content: Content, whole: unknown, isDone = true): void {
    content.isDone ||= isDone
    this.complete(content.part, whole)
    if (content.isOther || typeof whole !== "string" || content.part.text.includes(whole)) return
    content.isOther = true
    this.response.warn([{ type: "other", message: otherText }])
  }

  /** The content at an index, or, where that is of another kind, the next of this kind. */
  #content(kind: Kind, given: number): Content {
    let index = given
    for (let open; (open = this.#contents.get(index)) !== undefined; index++) if (open.part.type === kind) return open
    const id = `${this.#id}/${index}`
    const part = this.response.open(id, kind, {}, id)
    const content: Content = { part, isDone: false, isOther: false, citations: 0, hasLogprobs: false }
    this.#contents.set(index, content)
    this.#lastIndex = index
    return content
  }

  #cite(content: Content, annotation: WireObject): void {
    content.citations++
    this.response.cite(content.part, decodeAnnotation(annotation))
  }

  #logprobs(content: Content, list: unknown): void {
    if (!Array.isArray(list) || list.length === 0) return
    const logprobs = decodeLogprobs(list)
    content.hasLogprobs ||= logprobs.length > 0
    this.response.logprobs(logprobs)
  }
}

const textOf = (part: unknown): string | undefined => {
  const { refusal, text } = object(part) ?? {}
  return typeof text === "string" ? text : typeof refusal === "string" ? refusal : undefined
}

/** Reads a call whose name and id are known from the start. */
class CallReader extends ItemReader {
  readonly #part: OpenPart
  readonly #field: string | undefined

  constructor(
    item: WireObject,
    { id, name }: { readonly id: string; readonly name: string },
    response: ResponseBuilder
  ) {
    super(item, response)
    this.#field = writtenField(item.type)
    const { status: _, ...rest } = item
    const more = isServed(item) ? { providerExecuted: true } : { providerOptions: callOptions(rest) }
    this.#part = response.openCall(this, { id, name, ...more })
  }

  override read(type: string, data: WireObject): void {
    if (this.#field === undefined) return
    if (type.endsWith(".delta")) {
      if (typeof data.delta === "string") this.response.delta(this.#part, data.delta)
    } else if (type.endsWith(".done")) this.complete(this.#part, data[this.#field])
  }

  override close(item: WireObject | undefined): void {
    const last: Record<string, unknown> = { ...this.item, status: "completed", ...item }
    // The names that the item ends with are those that the server knows; where it ends with none, the first.
    for (const key of ["name", "call_id"]) {
      const value = text(item?.[key]) ?? text(this.item[key])
      if (value !== undefined) last[key] = value
    }
    const field = this.#field
    if (field !== undefined && !isObject(last[field])) {
      last[field] = text(last[field]) ?? this.#part.text
      this.complete(this.#part, last[field])
    }
    this.closeWith(last, this.#part)
  }
}

/** Reads reasoning. Of a server that sends both the reasoning itself and a summary, what comes first is shown. */
class ReasoningReader extends ItemReader {
  readonly #part: OpenPart
  #kind: "content" | "summary" | undefined
  #lastIndex = 0
  /** How long the text of the earlier parts is. */
  #earlierLength = 0

  constructor(item: WireObject, id: string, response: ResponseBuilder) {
    super(item, response)
    this.#part = response.open(this, "reasoning", {}, id)
  }

  override read(type: string, data: WireObject): void {
    const kind = type.startsWith("response.reasoning_summary_text.")
      ? "summary"
      : type.startsWith("response.reasoning_text.")
        ? "content"
        : undefined
    if (kind === undefined || (this.#kind !== undefined && kind !== this.#kind)) return
    const index = nonNegativeInt(kind === "summary" ? data.summary_index : data.content_index) ?? 0
    if (type.endsWith(".delta")) this.#write(kind, index, data.delta)
    else if (type.endsWith(".done") && typeof data.text === "string" && index >= this.#lastIndex) {
      const written = index > this.#lastIndex ? "" : this.#part.text.slice(this.#earlierLength)
      if (data.text.startsWith(written)) this.#write(kind, index, data.text.slice(written.length))
    }
  }

  override close(item: WireObject | undefined): void {
    const { text: written } = this.#part
    const field = this.#kind ?? "summary"
    const type = field === "summary" ? "summary_text" : "reasoning_text"
    const gathered = written === "" ? {} : { [field]: [{ type, text: written }] }
    const last = item ?? { summary: [], ...this.item, ...gathered }
    const { encrypted, id: itemId, protocol, raw, text } = decodeReasoning(last)
    this.complete(this.#part, this.#kind === undefined ? text : reasoningText(last, this.#kind))
    this.response.close(this.#part, { itemId, encrypted, protocol, ...(raw !== undefined && { raw }) })
  }

  #write(kind: "content" | "summary", index: number, delta: unknown): void {
    this.#kind ??= kind
    if (typeof delta !== "string" || delta === "") return
    if (index > this.#lastIndex) {
      if (this.#part.text !== "") this.response.delta(this.#part, separator)
      this.#lastIndex = index
      this.#earlierLength = this.#part.text.length
    }
    this.response.delta(this.#part, delta)
  }
}
