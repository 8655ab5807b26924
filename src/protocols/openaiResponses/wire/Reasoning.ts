import type { ReasoningPart } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import { array, compact, isObject, protocolId, text, type WireObject } from "./Wire.ts"

/** What stands between the parts of a summary. */
export const separator = "\n\n"

/**
 * What the parts of a thought say, of one kind: `content` is the thought itself, which open models let be seen;
 * `summary` is what OpenAI shows instead.
 */
export const thoughtOf = (item: WireObject, kind: "content" | "summary"): string =>
  array(item[kind])
    .flatMap((part) => (isObject(part) ? (text(part.text) ?? []) : []))
    .join(separator)

/**
 * A reasoning item, which goes back as it came: `raw` is kept where the other fields cannot rebuild it. Its status says
 * nothing and may not be said again.
 */
export const decodeReasoning = (item: WireObject): ReasoningPart => {
  const fields = {
    id: text(item.id),
    encrypted: text(item.encrypted_content),
    protocol: protocolId
  }
  const part: ReasoningPart = {
    type: "reasoning",
    text: thoughtOf(item, "content") || thoughtOf(item, "summary"),
    ...compact(fields)
  }
  const said = bare(item)
  return JSON.stringify(bare(rebuild(part))) === JSON.stringify(said) ? part : { ...part, raw: said as Json }
}

/** The item without what says nothing, its keys in one order. */
const bare = (item: WireObject): WireObject =>
  Object.fromEntries(
    Object.entries(item)
      .filter(([key, value]) => value !== null && value !== undefined && key !== "status")
      .filter(([key, value]) => key !== "content" || array(value).length > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
  )

const rebuild = ({ encrypted, id, text: thought }: ReasoningPart): WireObject =>
  compact({
    type: "reasoning",
    id,
    summary: thought === "" ? [] : [{ type: "summary_text", text: thought }],
    encrypted_content: encrypted
  })

/** The item of a thought: as it came, or as a summary. None when a model of another protocol thought it. */
export const encodeReasoning = (part: ReasoningPart): WireObject | undefined => {
  const { encrypted, id, protocol, raw } = part
  if (protocol !== protocolId) return undefined
  if (isObject(raw) && raw.type === "reasoning") return raw
  return id === undefined && encrypted === undefined ? undefined : rebuild(part)
}

/** A thought as a reader of answers sees it: without proof, where it has none of this protocol. */
export const encodeThought = (part: ReasoningPart, id: string): WireObject => ({
  id,
  ...(encodeReasoning(part) ?? rebuild({ type: "reasoning", text: part.text }))
})
