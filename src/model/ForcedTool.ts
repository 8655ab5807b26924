import type { ChatEvent } from "../domain/ChatEvent.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ChatResponse } from "../domain/ChatResponse.ts"
import type { ToolCallPart } from "../domain/ContentPart.ts"
import type { AssistantPart } from "../domain/Message.ts"

/**
 * Rewrites a request for a response in a JSON Schema so that a model without that feature gives it as the input of a tool
 * that it is forced to call. `name` is the tool's; it is absent where there was nothing to rewrite.
 *
 * Where the request has tools of its own and leaves the choice to the model, the model must call one of them or respond.
 * Where it demands a call of its own tools, that comes first, and this turn asks for no structured response. A reasoning
 * model is not forced, since Anthropic rejects that; it is instructed.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/extended-thinking
 */
export const asForcedTool = (
  request: ChatRequest
): { readonly request: ChatRequest; readonly name?: string | undefined } => {
  const { responseFormat: format, tools = [], toolChoice = "auto", ...rest } = request
  if (format?.type !== "json-schema") return { request }
  const hasTools = tools.length > 0 && toolChoice !== "none"
  if (hasTools && toolChoice !== "auto") return { request: { ...rest, tools, toolChoice } }
  const name = unused(format.name ?? "answer", tools)
  const purpose = "Call this tool exactly once to give your final answer; the input is the answer."
  const answer = {
    name,
    description: format.description === undefined ? purpose : `${purpose} The answer: ${format.description}`,
    inputSchema: format.schema,
    strict: format.strict
  }
  const forced = hasTools ? ("required" as const) : { tool: name }
  return {
    name,
    request: {
      ...rest,
      tools: [...tools, answer],
      toolChoice: isReasoning(request) ? "auto" : forced,
      parallelToolCalls: false
    }
  }
}

const unused = (name: string, tools: NonNullable<ChatRequest["tools"]>): string =>
  tools.some((tool) => tool.name === name) ? unused(`${name}_answer`, tools) : name

const isReasoning = ({ reasoning }: ChatRequest): boolean =>
  reasoning !== undefined && reasoning.effort !== "none" && reasoning.budget !== 0

const inputText = (call: ToolCallPart): string => call.rawInput ?? JSON.stringify(call.input) ?? ""

/**
 * Turns the input of the tool back into text, as a model with JSON Schemas would have responded. Text beside the call is
 * left out. A response without the call is returned as it is.
 */
export const fromForcedTool = (response: ChatResponse, name: string): ChatResponse => {
  const answer = response.content.find((part) => isAnswer(part, name))
  if (answer === undefined) return response
  const content = response.content.flatMap((part): ReadonlyArray<AssistantPart> => {
    if (part === answer) return [{ type: "text", text: inputText(answer) }]
    return part.type === "text" || isAnswer(part, name) ? [] : [part]
  })
  const isWaiting = content.some((part) => part.type === "tool-call" && part.providerExecuted !== true)
  return response.with({
    content,
    finishReason: response.finishReason === "tool-calls" && !isWaiting ? "stop" : response.finishReason
  })
}

const isAnswer = (part: AssistantPart, name: string): part is ToolCallPart =>
  part.type === "tool-call" && part.name === name

/**
 * Does to the events of one stream what `fromForcedTool` does to a response: returns the events in place of each event.
 * Text before the call is held back until it is known whether the call comes.
 */
export const makeForcedToolReader = (name: string): ((event: ChatEvent) => ReadonlyArray<ChatEvent>) => {
  let pendingEvents: Array<ChatEvent> | undefined
  let answer: { readonly id: string; readonly text: string; readonly done: boolean } | undefined
  let isWaiting = false
  const secondCalls = new Set<string>()

  const begin = (id: string): ReadonlyArray<ChatEvent> => {
    const released = pendingEvents?.filter((event) => !isText(event)) ?? []
    pendingEvents = undefined
    answer = { id, text: "", done: false }
    return [...released, { type: "text-start", id }]
  }

  const add = (delta: string): ReadonlyArray<ChatEvent> => {
    if (answer === undefined || delta === "") return []
    answer = { ...answer, text: answer.text + delta }
    return [{ type: "text-delta", id: answer.id, delta }]
  }

  const end = (call: ToolCallPart): ReadonlyArray<ChatEvent> => {
    if (answer === undefined) return []
    const rest = answer.text === "" ? add(inputText(call)) : []
    answer = { ...answer, done: true }
    return [...rest, { type: "text-end", id: answer.id }]
  }

  return (event) => {
    switch (event.type) {
      case "tool-input-start":
        if (event.name !== name) break
        if (answer === undefined) return begin(event.id)
        if (answer.id !== event.id) secondCalls.add(event.id)
        return []
      case "tool-input-delta":
        if (secondCalls.has(event.id)) return []
        if (answer === undefined || answer.id !== event.id) break
        return answer.done ? [] : add(event.delta)
      case "tool-call":
        if (event.call.name !== name) {
          isWaiting ||= event.call.providerExecuted !== true
          break
        }
        if (answer === undefined) return [...begin(event.id), ...end(event.call)]
        return answer.done || answer.id !== event.id ? [] : end(event.call)
      case "restarted":
        pendingEvents = answer = undefined
        isWaiting = false
        secondCalls.clear()
        return [event]
      case "finish": {
        const released = pendingEvents ?? []
        pendingEvents = undefined
        const finishReason =
          answer !== undefined && event.finishReason === "tool-calls" && !isWaiting ? "stop" : event.finishReason
        return [...released, { ...event, finishReason }]
      }
      default:
        if (!isText(event)) break
        if (answer !== undefined) return []
        pendingEvents ??= []
    }
    if (pendingEvents === undefined) return [event]
    pendingEvents.push(event)
    return []
  }
}

const isText = (event: ChatEvent): boolean =>
  event.type === "text-start" || event.type === "text-delta" || event.type === "text-end" || event.type === "citation"
