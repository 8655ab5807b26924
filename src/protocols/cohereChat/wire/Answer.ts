import type { ReasoningPart, TextPart, ToolCallPart } from "../../../domain/ContentPart.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import { ownOptions, withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { array, compact, isObject, object, type WireObject } from "../../wire/WireObject.ts"
import { encodeCitation } from "../Citations.ts"
import { protocolId } from "./Wire.ts"

export { decodeAnswer } from "../Response.ts"

const isPlan = ({ providerOptions }: ReasoningPart): boolean =>
  ownOptions(providerOptions, protocolId, protocolId).some(({ tool_plan }) => tool_plan === true)

export const encodeCall = ({ id, input, name, rawInput }: ToolCallPart): WireObject => ({
  id,
  type: "function",
  function: { name, arguments: rawInput ?? JSON.stringify(input ?? {}) }
})

/** An assistant's message of parts. `drop` is told of what the wire has no word for. */
export const encodeAnswer = (
  parts: ReadonlyArray<AssistantPart>,
  options: {
    readonly provider: string
    readonly toolPlans: boolean
    readonly drop?: (part: AssistantPart, index: number) => void
  }
): WireObject => {
  const content: Array<WireObject> = []
  const calls: Array<WireObject> = []
  const citations: Array<WireObject> = []
  let planned: string | undefined
  const isOnly = parts.filter(({ type }) => type === "text" || type === "refusal").length < 2
  const say = (part: TextPart) => {
    if (part.text === "") return
    for (const citation of part.citations ?? []) {
      const isPlaced = isObject(citation.raw) && citation.raw.content_index !== undefined
      const cited = encodeCitation(citation, part.text, isOnly && !isPlaced ? undefined : content.length)
      if (cited !== undefined) citations.push(cited)
    }
    content.push(withOptions({ type: "text", text: part.text }, part.providerOptions, protocolId, options.provider))
  }
  for (const [index, part] of parts.entries()) {
    switch (part.type) {
      case "text":
        say(part)
        break
      case "refusal":
        say({ type: "text", text: part.text })
        break
      case "reasoning":
        if (isPlan(part)) planned = (planned ?? "") + part.text
        else if (part.text === "") options.drop?.(part, index)
        else content.push({ type: "thinking", thinking: part.text })
        break
      case "tool-call":
        if (part.providerExecuted !== true) {
          calls.push(withOptions(encodeCall(part), part.providerOptions, protocolId, options.provider))
        }
        break
      case "audio":
        if (part.transcript === undefined) options.drop?.(part, index)
        else say({ type: "text", text: part.transcript })
        break
      case "image":
        options.drop?.(part, index)
        break
      case "provider": {
        const value = part.protocol === protocolId ? object(part.value) : undefined
        if (value !== undefined && value.type === undefined) citations.push(...array(value.citations).filter(isObject))
        else if (value !== undefined) content.push(value)
      }
    }
  }
  return compact({
    role: "assistant",
    content: content.length === 0 ? undefined : content,
    tool_plan: options.toolPlans ? planned : undefined,
    tool_calls: calls.length === 0 ? undefined : calls,
    citations: citations.length === 0 ? undefined : citations
  })
}
