import type { ReasoningPart } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import { compact, isObject, text, type WireObject } from "./Wire.ts"

const rebuilt: { readonly [type: string]: ReadonlySet<string> } = {
  "reasoning.text": new Set(["type", "text", "signature", "id", "index"]),
  "reasoning.encrypted": new Set(["type", "data", "id", "index"])
}

/**
 * What one object of OpenRouter's `reasoning_details` says. `position` is its place among them. The object itself is
 * kept as `raw` where the other fields cannot rebuild it, because it must go back unchanged.
 * Source: https://openrouter.ai/docs/guides/best-practices/reasoning-tokens
 */
export const decodeDetail = (detail: WireObject, position: number): ReasoningPart => {
  const known = typeof detail.type === "string" ? rebuilt[detail.type] : undefined
  const whole = detail.type === "reasoning.text" ? typeof detail.text === "string" : typeof detail.data === "string"
  const lossless =
    known !== undefined && whole && detail.index === position && Object.keys(detail).every((key) => known.has(key))
  return {
    type: "reasoning",
    text: text(detail.text) ?? text(detail.summary) ?? "",
    ...compact({
      id: text(detail.id),
      signature: text(detail.signature),
      encrypted: text(detail.data),
      raw: lossless ? undefined : (detail as Json)
    })
  }
}

/** The object of a thought. */
export const encodeDetail = ({ encrypted, id, raw, signature, text }: ReasoningPart, position: number): Json => {
  if (isDetail(raw)) return raw
  return encrypted !== undefined && text === ""
    ? compact({ type: "reasoning.encrypted", data: encrypted, id, index: position })
    : compact({ type: "reasoning.text", text, signature, id, index: position })
}

export const isDetail = (u: unknown): u is { readonly [key: string]: Json } =>
  isObject(u) && typeof u.type === "string" && u.type.startsWith("reasoning.")
