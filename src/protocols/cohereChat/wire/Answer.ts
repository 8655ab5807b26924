import type { ReasoningPart, TextPart } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import { ownOptions, withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { decodeCall, encodeCall } from "./ToolCalls.ts"
import { array, compact, isObject, object, protocolId, text, type WireObject } from "./Wire.ts"
import { decodeCitation, encodeCitation, isOfText } from "./WireCitation.ts"

/** What marks a thought as the plan of the calls after it. */
const plan = { [protocolId]: { tool_plan: true } }

/** The plan of the calls as a thought. */
export const planOf = (text: string): ReasoningPart => ({ type: "reasoning", text, providerOptions: plan })

/** Whether a thought is a plan. */
export const isPlan = ({ providerOptions }: ReasoningPart): boolean =>
  ownOptions(providerOptions, protocolId, protocolId).some(({ tool_plan }) => tool_plan === true)

/**
 * The parts of an assistant's message: thoughts and texts in their order, then the plan, then the calls. A citation
 * belongs to the text at its `content_index`, or to the last one.
 */
export const decodeAnswer = (message: WireObject, idOf?: (given: unknown) => string): ReadonlyArray<AssistantPart> => {
  const { content } = message
  const blocks: ReadonlyArray<WireObject> =
    typeof content === "string" ? [{ type: "text", text: content }] : array(content).filter(isObject)
  const citations = array(message.citations).filter(isObject)
  const lastText = blocks.findLastIndex((block) => block.type === "text")
  const others = citations.filter((citation) => !isOfText(citation) || textAt(blocks, citation, lastText) === undefined)
  const planned = text(message.tool_plan)
  return [
    ...blocks.flatMap((block: WireObject, index) => {
      const cited = citations.filter((citation) => isOfText(citation) && textAt(blocks, citation, lastText) === index)
      return decodeBlock(block, cited)
    }),
    ...(others.length === 0 ? [] : [provider({ citations: others as unknown as Json })]),
    ...(planned === undefined ? [] : [planOf(planned)]),
    ...array(message.tool_calls).flatMap((call) => (isObject(call) ? decodeCall(call, idOf) : undefined) ?? [])
  ]
}

const textAt = (
  blocks: ReadonlyArray<WireObject>,
  { content_index: index }: WireObject,
  last: number
): number | undefined => {
  const at = typeof index === "number" ? index : last
  return blocks[at]?.type === "text" ? at : undefined
}

const decodeBlock = (block: WireObject, cited: ReadonlyArray<WireObject>): ReadonlyArray<AssistantPart> => {
  if (block.type === "text" && typeof block.text === "string") {
    if (block.text === "" && cited.length === 0) return []
    const citations = cited.length === 0 ? {} : { citations: cited.map(decodeCitation) }
    return [{ type: "text", text: block.text, ...citations }]
  }
  if (block.type === "thinking" && typeof block.thinking === "string") {
    return block.thinking === "" ? [] : [{ type: "reasoning", text: block.thinking }]
  }
  return [provider(block as unknown as Json)]
}

const provider = (value: Json): AssistantPart => ({ type: "provider", protocol: protocolId, value })

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
