import table from "../../../data/limits.json" with { type: "json" }
import * as ChatParameters from "../../domain/ChatRequest.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { Message } from "../../domain/Message.ts"

/** A parameter of `ChatRequest`, or a part of one, as named in `data/restrictions.json`. */
export type Parameter =
  | keyof ChatRequest
  | "responseFormat.json"
  | "responseFormat.json_schema"
  | "reasoning.effort"
  | "reasoning.budget"
  | Media

type Media = "image" | "audio" | "file"

/** Whether a request sets a parameter. */
export const isGiven = (request: ChatRequest, parameter: Parameter): boolean => {
  switch (parameter) {
    case "responseFormat.json":
      return request.responseFormat?.type === "json"
    case "responseFormat.json_schema":
      return request.responseFormat?.type === "json-schema"
    case "reasoning.effort":
      return request.reasoning?.effort !== undefined
    case "reasoning.budget":
      return request.reasoning?.budget !== undefined
    case "image":
    case "audio":
    case "file":
      return request.messages.some((message) => message.content.some((part) => holds(part, parameter)))
    case "reasoning":
      return request.reasoning !== undefined
    default:
      return ChatParameters.isGiven(request[parameter])
  }
}

/** Whether a request that sets a parameter needs the model to have it. */
export const isDemanded = (request: ChatRequest, parameter: Parameter): boolean =>
  !Object.hasOwn(request, parameter) || ChatParameters.isDemanded(request, parameter as keyof ChatRequest)

/** The parts of `reasoning` that the request sets: effort, budget, both, or neither. */
export const spelled = ({ reasoning }: ChatRequest, parameter: Parameter): ReadonlyArray<Parameter> => {
  if (parameter !== "reasoning" || reasoning === undefined) return [parameter]
  const parts: ReadonlyArray<Parameter> = [
    ...(reasoning.effort === undefined ? [] : (["reasoning.effort"] as const)),
    ...(reasoning.budget === undefined ? [] : (["reasoning.budget"] as const))
  ]
  return parts.length === 0 ? [parameter] : parts
}

/** The request without the parameter. */
export const without = (request: ChatRequest, parameter: Parameter): ChatRequest => {
  switch (parameter) {
    case "responseFormat.json":
    case "responseFormat.json_schema":
      return { ...request, responseFormat: undefined }
    case "reasoning.effort":
      return { ...request, reasoning: reasoningOf({ budget: request.reasoning?.budget }) }
    case "reasoning.budget":
      return { ...request, reasoning: reasoningOf({ effort: request.reasoning?.effort }) }
    case "image":
    case "audio":
    case "file":
      return { ...request, messages: request.messages.flatMap((message) => withoutMedia(message, parameter)) }
    default:
      return { ...request, [parameter]: undefined }
  }
}

type Part = Message["content"][number]

/** What a model spoke goes back as its transcript, where there is one. */
const isMedia = (part: Part, type: Media): boolean =>
  part.type === type && (part.type !== "audio" || part.transcript === undefined)

const holds = (part: Part, type: Media): boolean =>
  isMedia(part, type) ||
  (part.type === "tool-result" && typeof part.output !== "string" && part.output.some((inner) => inner.type === type))

const withoutMedia = (message: Message, type: Media): ReadonlyArray<Message> => {
  if (!message.content.some((part) => holds(part, type))) return [message]
  const content = message.content.flatMap((part): ReadonlyArray<Part> => {
    if (isMedia(part, type)) return []
    return part.type === "tool-result" && typeof part.output !== "string"
      ? [{ ...part, output: part.output.filter((inner) => inner.type !== type) }]
      : [part]
  })
  return content.length === 0 ? [] : [{ ...message, content } as Message]
}

/** An empty object would request reasoning. */
const reasoningOf = (reasoning: NonNullable<ChatRequest["reasoning"]>): ChatRequest["reasoning"] =>
  reasoning.effort === undefined && reasoning.budget === undefined ? undefined : reasoning

type Row = (typeof table.limits)[number]

/** Limits on counts and values of parameters; see `data/README.md`. */
export type ParameterLimits = Partial<Pick<Row, (typeof columns)[number]>> & { readonly checked: string }

const columns = [
  "stop",
  "topLogprobs",
  "tools",
  "temperature",
  "metadata",
  "metadataKeyChars",
  "metadataValueChars"
] as const

/** The limits of a model, from the rows that apply to it. */
export const limitsOf = (rows: ReadonlyArray<Row>): ParameterLimits | undefined => {
  const found: Record<string, unknown> = {}
  let checked: string | undefined
  for (const name of columns) {
    const row = rows.find((row) => row[name] !== undefined)
    if (row === undefined) continue
    found[name] = row[name]
    checked = checked === undefined || row.checked < checked ? row.checked : checked
  }
  return checked === undefined ? undefined : { ...found, checked }
}

interface LimitIssue {
  readonly parameter: "stop" | "logprobs" | "tools" | "temperature" | "metadata"
  readonly reason: string
}

/** The parameters over their limits, and why. */
export const limitIssues = (
  limits: ParameterLimits,
  { logprobs = 0, metadata, stop = [], temperature, tools = [] }: ChatRequest
): ReadonlyArray<LimitIssue> => {
  const found: Array<LimitIssue> = []
  const most = (
    parameter: LimitIssue["parameter"],
    count: number,
    limit: number | undefined,
    reason: (limit: number) => string
  ) => {
    if (limit !== undefined && count > limit) found.push({ parameter, reason: reason(limit) })
  }
  most("stop", stop.length, limits.stop, (limit) => `it accepts at most ${limit} stop sequences`)
  most("logprobs", logprobs, limits.topLogprobs, (limit) => `it returns at most ${limit} alternatives`)
  most("tools", tools.length, limits.tools, (limit) => `it accepts at most ${limit} tools`)
  const [least = -Infinity, largest = Infinity] = limits.temperature ?? []
  if (temperature !== undefined && (temperature < least || temperature > largest)) {
    found.push({ parameter: "temperature", reason: `it must be between ${least} and ${largest}` })
  }
  if (metadata === undefined) return found
  const entries = Object.entries(metadata)
  most("metadata", entries.length, limits.metadata, (limit) => `it accepts at most ${limit} entries`)
  for (const [key, value] of entries) {
    most("metadata", key.length, limits.metadataKeyChars, (limit) => `its keys have at most ${limit} characters`)
    most("metadata", value.length, limits.metadataValueChars, (limit) => `its values have at most ${limit} characters`)
  }
  return found
}
