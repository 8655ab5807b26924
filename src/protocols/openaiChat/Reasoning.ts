import type { ReasoningPart } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import type { OpenPart } from "../wire/response/OpenPart.ts"
import type { ResponseBuilder } from "../wire/response/ResponseBuilder.ts"
import { array, compact, nonNegativeInt, setOf, isObject, text, type WireObject } from "../wire/WireObject.ts"

const detailKeys: { readonly [type: string]: ReadonlySet<string> } = {
  "reasoning.text": setOf("type text signature id index"),
  "reasoning.encrypted": setOf("type data id index")
}

export const isDetail = (u: unknown): u is { readonly [key: string]: Json } =>
  isObject(u) && typeof u.type === "string" && u.type.startsWith("reasoning.")

/**
 * One object of OpenRouter's `reasoning_details`, at its `position` among them. It has to go back unchanged, so `raw` is
 * kept where the other fields cannot rebuild it.
 * Source: https://openrouter.ai/docs/guides/best-practices/reasoning-tokens
 */
export const decodeDetail = (detail: WireObject, position: number): ReasoningPart => {
  const known = typeof detail.type === "string" ? detailKeys[detail.type] : undefined
  const content = detail.type === "reasoning.text" ? detail.text : detail.data
  const isLossless =
    typeof content === "string" && detail.index === position && Object.keys(detail).every((key) => known?.has(key))
  return {
    type: "reasoning",
    text: text(detail.text) ?? text(detail.summary) ?? "",
    ...compact({
      id: text(detail.id),
      signature: text(detail.signature),
      encrypted: text(detail.data),
      raw: isLossless ? undefined : (detail as Json)
    })
  }
}

export const encodeDetail = ({ encrypted, id, raw, signature, text }: ReasoningPart, position: number): Json => {
  if (isDetail(raw)) return raw
  return encrypted !== undefined && text === ""
    ? compact({ type: "reasoning.encrypted", data: encrypted, id, index: position })
    : compact({ type: "reasoning.text", text, signature, id, index: position })
}

interface OpenReasoning {
  readonly part: OpenPart
  /** The detail so far, and its place among all details; none while the reasoning is plain text. */
  detail: { [key: string]: unknown } | undefined
  position: number
}

/**
 * Reads reasoning as plain text (`reasoning_content`, `reasoning`; `reasoning_text` of GitHub Copilot) and as
 * `reasoning_details`, whose fragments of the same type and index are one object. Where a server sends both, the details
 * win, since they have to go back: a detail that comes after plain text belongs to that text if it repeats it or has none.
 */
export class ReasoningReader {
  readonly #response: ResponseBuilder
  #open: Array<OpenReasoning> = []
  #plain: OpenReasoning | undefined
  readonly #details = new Map<string, OpenReasoning>()
  #detailCount = 0

  constructor(response: ResponseBuilder) {
    this.#response = response
  }

  read(message: WireObject): void {
    let hasText = false
    if (Array.isArray(message.reasoning_details)) {
      for (const [place, detail] of array(message.reasoning_details).entries()) {
        if (!isDetail(detail)) continue
        this.#readDetail(detail, place)
        hasText ||= text(detail.text) !== undefined || text(detail.summary) !== undefined
      }
    }
    if (hasText) return
    const piece = text(message.reasoning_content) ?? text(message.reasoning) ?? text(message.reasoning_text)
    if (piece !== undefined) this.readText(piece)
  }

  readText(piece: string): void {
    this.#plain ??= this.#begin(undefined)
    this.#response.delta(this.#plain.part, piece)
  }

  /** Ends the open reasoning when the reply begins, or the response ends. */
  end(): void {
    if (this.#open.length === 0) return
    for (const { detail, part, position } of this.#open) {
      if (detail === undefined) this.#response.close(part)
      else {
        if (typeof detail.text === "string") detail.text = part.text
        else if (typeof detail.summary === "string") detail.summary = part.text
        const { encrypted, id: itemId, raw, signature } = decodeDetail(detail, position)
        this.#response.close(part, { itemId, signature, encrypted, raw })
      }
    }
    this.#open = []
    this.#plain = undefined
    this.#details.clear()
  }

  #begin(detail: OpenReasoning["detail"]): OpenReasoning {
    const part = this.#response.open(`reasoning ${this.#open.length}`, "reasoning")
    const open: OpenReasoning = { part, detail, position: detail === undefined ? -1 : this.#detailCount++ }
    this.#open.push(open)
    return open
  }

  #readDetail(detail: { readonly [key: string]: Json }, place: number): void {
    const piece =
      typeof detail.text === "string" ? detail.text : typeof detail.summary === "string" ? detail.summary : ""
    const key = `${text(detail.type) ?? ""} ${nonNegativeInt(detail.index) ?? `at ${place}`}`
    const earlier = this.#details.get(key)
    const plain = this.#plain
    if (earlier?.detail !== undefined && continues(earlier.detail, detail)) {
      for (const [name, value] of Object.entries(detail)) if (value !== null) earlier.detail[name] = value
      this.#response.delta(earlier.part, piece)
    } else if (plain !== undefined && (piece === "" ? detail.type === "reasoning.text" : piece === plain.part.text)) {
      plain.detail = detail.type === "reasoning.text" ? { ...detail, text: piece } : { ...detail }
      plain.position = this.#detailCount++
      this.#plain = undefined
      this.#details.set(key, plain)
    } else {
      const open = this.#begin({ ...detail })
      this.#details.set(key, open)
      this.#response.delta(open.part, piece)
    }
  }
}

/** Whether a fragment belongs to the detail before it; without an index, a signature ends a detail. */
const continues = (before: WireObject, detail: WireObject): boolean =>
  detail.type !== "reasoning.encrypted" &&
  before.data === undefined &&
  (nonNegativeInt(detail.index) !== undefined || text(before.signature) === undefined)
