import type { AssistantPart } from "../../../domain/Message.ts"
import { ownOptions, withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { encodeAnnotation } from "../wire/Annotation.ts"
import { callType, encodeCall } from "../Items.ts"
import { encodeImage } from "../wire/OutputItem.ts"
import { encodeThought } from "../wire/Reasoning.ts"
import { isObject, protocolId, type WireObject } from "../wire/Wire.ts"

/** What the options of a part say to this protocol. */
export const ownOf = (part: AssistantPart): WireObject =>
  "providerOptions" in part ? (ownOptions(part.providerOptions, protocolId, protocolId)[0] ?? {}) : {}

/**
 * The item of a part that is no part of a message; none where the wire has no item for it, as for calls that the server
 * answered itself, whose item stands beside them. `id` is the item's id where it has none.
 */
export const encodeItem = (part: AssistantPart, id: string): WireObject | undefined => {
  switch (part.type) {
    case "reasoning":
      return encodeThought(part, `rs_${id}`)
    case "tool-call": {
      if (part.providerExecuted === true) return undefined
      const item = encodeCall(part, callType(ownOf(part)))
      return withOptions({ id: `fc_${id}`, status: "completed", ...item }, part.providerOptions, protocolId, protocolId)
    }
    case "image":
      return encodeImage(part, { id: `ig_${id}`, ...ownOf(part) })
    case "provider":
      return part.protocol === protocolId && isObject(part.value) ? part.value : undefined
    default:
      return undefined
  }
}

/** The part of a message's content, or none where the part is no text. A recording is said by its words. */
export const encodeContent = (part: AssistantPart): WireObject | undefined => {
  switch (part.type) {
    case "text": {
      const { citations = [], text } = part
      const annotations = citations.flatMap((citation) => encodeAnnotation(citation, text.length) ?? [])
      return { type: "output_text", text, annotations, logprobs: [] }
    }
    case "refusal":
      return { type: "refusal", refusal: part.text }
    case "audio":
      return part.transcript === undefined
        ? undefined
        : { type: "output_text", text: part.transcript, annotations: [], logprobs: [] }
    default:
      return undefined
  }
}

/** Parts as items: texts in a row that name no other message are one message. */
export const encodeItems = (content: ReadonlyArray<AssistantPart>, id: string): ReadonlyArray<WireObject> => {
  const items: Array<WireObject> = []
  let open: { readonly id: unknown; readonly content: Array<WireObject> } | undefined
  for (const part of content) {
    const said = encodeContent(part)
    if (said === undefined) {
      const item = encodeItem(part, `${id}_${items.length}`)
      if (item === undefined) continue
      items.push(item)
      open = undefined
      continue
    }
    const own = ownOf(part)
    if (open !== undefined && (part.type === "refusal" || own.id === open.id)) open.content.push(said)
    else {
      open = { id: own.id, content: [said] }
      items.push(message(`msg_${id}_${items.length}`, open.content, own))
    }
  }
  return items
}

export const message = (id: string, content: ReadonlyArray<WireObject>, own: WireObject): WireObject => ({
  id,
  type: "message",
  status: "completed",
  role: "assistant",
  ...own,
  content
})
