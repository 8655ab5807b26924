import type { Citation, ReasoningPart, TextPart, ToolCallPart } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import type { AssistantPart } from "../../domain/Message.ts"
import { ownOptions } from "../wire/request/ProviderOptionsPatch.ts"
import { array, compact, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"
import { OwnFields } from "../wire/request/OwnFields.ts"

/** The id of the protocol: `providerOptions` and provider parts under it belong to the objects of this wire. */
export const protocolId = "cohere-chat"

export const own = new OwnFields(protocolId)

const isPlan = ({ providerOptions }: ReasoningPart): boolean =>
  ownOptions(providerOptions, protocolId, protocolId).some(({ tool_plan }) => tool_plan === true)

/** The input of a call as text. */
export const writtenInput = ({ input, rawInput }: Pick<ToolCallPart, "input" | "rawInput">): string =>
  rawInput ?? JSON.stringify(input ?? {})

export const encodeCall = ({ id, input, name, rawInput }: ToolCallPart): WireObject => ({
  id,
  type: "function",
  function: { name, arguments: writtenInput({ input, rawInput }) }
})

/** Writes an assistant's message, of a prompt or of a response. `drop` gets the parts that the wire has no field for. */
export const encodeAssistant = (
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
    content.push(own.patched({ type: "text", text: part.text }, part.providerOptions, options.provider))
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
          calls.push(own.patched(encodeCall(part), part.providerOptions, options.provider))
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
        const value = own.value(part)
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

/**
 * A citation: `start` and `end` are its place in the text as Cohere counts; of several sources it names the first, and
 * all of them are in `raw`.
 * Source: https://docs.cohere.com/docs/documents-and-citations
 */
export const decodeCitation = (citation: WireObject): Citation => {
  const source = array(citation.sources).find(isObject) ?? {}
  const content = object(source.document) ?? object(source.tool_output) ?? {}
  return compact({
    url: text(content.url),
    title: text(content.title),
    citedText: text(content.text) ?? text(content.snippet) ?? text(content.content),
    start: nonNegativeInt(citation.start),
    end: nonNegativeInt(citation.end),
    raw: citation as Json
  })
}

/**
 * The provider's own object, or one for a citation of another protocol; none where its place is not known. `index` is
 * that of its block.
 */
export const encodeCitation = (citation: Citation, text: string, index: number | undefined): WireObject | undefined => {
  const { citedText, end, raw, start, title, url } = citation
  const place = compact({ content_index: index })
  if (isObject(raw) && Array.isArray(raw.sources)) return { ...raw, ...place }
  if (start === undefined || end === undefined) return undefined
  const document = compact({ id: url ?? "", url, title, text: citedText })
  return {
    start,
    end,
    text: text.slice(start, end),
    sources: [{ type: "document", id: url ?? "", document }],
    type: "TEXT_CONTENT",
    ...place
  }
}

/** Whether a citation is of text, and not of a plan. */
export const isOfText = (citation: WireObject): boolean => (text(citation.type) ?? "TEXT_CONTENT") === "TEXT_CONTENT"
