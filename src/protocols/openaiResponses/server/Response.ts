import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import type { Usage } from "../../../domain/Usage.ts"
import type { EncodeResponseOptions } from "../../ChatProtocol.ts"
import { encodeLogprobs } from "../../wire/response/Logprobs.ts"
import { patch } from "../../wire/request/ProviderOptionsPatch.ts"
import { array, compact, isObject, object, text, type WireObject } from "../../wire/WireObject.ts"
import {
  callType,
  encodeCall,
  encodeImage,
  encodeReasoning,
  groupTexts,
  optionsOf,
  own,
  reasoningItem
} from "../Items.ts"
import { encodeStatus, encodeUsage, type Status } from "../Usage.ts"

/** Pages that the response as a whole draws on have no place on the wire, and neither have tool requests. */
export const encodeResponse = (response: ChatResponse, options: EncodeResponseOptions): Json => {
  const { content, finishReason, logprobs, rawFinishReason, usage } = response
  const items = encodeItems(content, options.id)
  const whole = {
    id: response.id ?? options.id,
    model: response.model ?? options.model,
    created: options.created,
    ...encodeStatus(finishReason, rawFinishReason),
    output: logprobs === undefined ? items : withLogprobs(items, encodeLogprobs(logprobs)),
    usage
  }
  return responseObject(whole, options.requestBody) as Json
}

/** The log probabilities of a response are attached to its first text. */
const withLogprobs = (items: ReadonlyArray<WireObject>, logprobs: ReadonlyArray<Json>): ReadonlyArray<WireObject> => {
  const at = items.findIndex(({ type }) => type === "message")
  const content = array(items[at]?.content) as ReadonlyArray<WireObject>
  const within = content.findIndex(({ type }) => type === "output_text")
  if (within < 0) return items
  return items.with(at, { ...items[at], content: content.with(within, { ...content[within], logprobs }) })
}

const encodeItems = (content: ReadonlyArray<AssistantPart>, id: string): ReadonlyArray<WireObject> => {
  const items: Array<WireObject> = []
  const shown = content.filter((part) => part.type !== "tool-call" || part.providerExecuted !== true)
  for (const part of groupTexts(shown).values()) {
    const suffix = `${id}_${items.length}`
    const item =
      part.type === "message"
        ? message(`msg_${suffix}`, part.content.map(withEmptyLists), part.options)
        : encodeItem(part, suffix)
    if (item !== undefined) items.push(item)
  }
  return items
}

const withEmptyLists = (content: WireObject): WireObject =>
  content.type === "output_text" ? { ...content, annotations: array(content.annotations), logprobs: [] } : content

export const message = (id: string, content: ReadonlyArray<WireObject>, options: WireObject): WireObject => ({
  id,
  type: "message",
  status: "completed",
  role: "assistant",
  ...options,
  content
})

/**
 * The item of a part that is no text, or undefined where the wire has none. `suffix` completes the id of an item that has
 * none.
 */
export const encodeItem = (part: AssistantPart, suffix: string): WireObject | undefined => {
  switch (part.type) {
    case "reasoning":
      return { id: `rs_${suffix}`, ...(encodeReasoning(part) ?? reasoningItem({ text: part.text })) }
    case "tool-call": {
      if (part.providerExecuted === true) return undefined
      const options = optionsOf(part)
      return patch({ id: `fc_${suffix}`, status: "completed", ...encodeCall(part, callType(options)) }, options)
    }
    case "image":
      return encodeImage(part, { id: `ig_${suffix}`, ...optionsOf(part) })
    case "provider":
      return own.value(part)
    default:
      return undefined
  }
}

/** The fields of a request that its response repeats, with what they are where the request leaves them out. */
const repeated: WireObject = {
  background: undefined,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: undefined,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt: undefined,
  prompt_cache_key: undefined,
  reasoning: undefined,
  safety_identifier: undefined,
  store: undefined,
  temperature: null,
  text: { format: { type: "text" } },
  tool_choice: "auto",
  tools: [],
  top_logprobs: undefined,
  top_p: null,
  truncation: "disabled",
  user: undefined
}

const repeatedOf = (request: WireObject): WireObject =>
  Object.fromEntries(
    Object.entries(repeated).map(([name, usual]) => {
      const value = request[name] ?? usual
      return [name, name === "tools" ? array(value).map(wholeTool) : name === "text" ? wholeText(value) : value]
    })
  )

const wholeTool = (tool: unknown): unknown =>
  isObject(tool) && tool.type === "function"
    ? Object.assign({ description: null, parameters: null, strict: true }, tool)
    : tool

const wholeText = (value: unknown): unknown => ({ format: { type: "text" }, ...object(value) })

/**
 * A response, complete or in progress.
 * Source: https://platform.openai.com/docs/api-reference/responses/object
 */
export const responseObject = (
  response: Status & {
    readonly id: string
    readonly model: string
    readonly created: number
    readonly output: ReadonlyArray<WireObject>
    readonly usage: Usage | undefined
  },
  request: WireObject = {}
): WireObject =>
  compact({
    ...repeatedOf(request),
    id: response.id,
    object: "response",
    created_at: response.created,
    status: response.status,
    error: null,
    incomplete_details: response.incomplete_details,
    model: response.model,
    output: response.output,
    service_tier: response.usage?.serviceTier ?? text(request.service_tier),
    usage: (response.usage && encodeUsage(response.usage)) ?? undefined
  })
