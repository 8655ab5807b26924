import type { ReasoningPart, ToolCallPart, ToolResultPart } from "../../../domain/ContentPart.ts"
import type { AssistantMessage, AssistantPart, Message } from "../../../domain/Message.ts"
import { filled } from "../../wire/Blank.ts"
import { decodeCacheMark, decodeParts, decodeText } from "./DecodeParts.ts"
import { decodeDetail, isDetail } from "../wire/ReasoningDetails.ts"
import { others, type RequestCheck } from "./RequestCheck.ts"
import { decodeInput } from "../wire/ToolCalls.ts"
import { array, compact, isObject, text, type WireObject } from "../wire/Wire.ts"

const plain = new Set(["role", "content", "name"])
const answer = new Set([
  ...plain,
  "refusal",
  "tool_calls",
  "function_call",
  "audio",
  "images",
  "reasoning",
  "reasoning_content",
  "reasoning_details"
])
const result = new Set(["role", "content", "tool_call_id", "cache_control"])

/**
 * The conversation as a server received it. Results that follow one another are one message; `function_call` and
 * `function` messages, the protocol's first version, are calls and results like others.
 */
export const decodeMessages = (wire: ReadonlyArray<unknown>, check: RequestCheck): ReadonlyArray<Message> => {
  const messages: Array<Message> = []
  let lastCalls: ReadonlyArray<ToolCallPart> = []
  for (const [m, u] of wire.entries()) {
    const at = `messages[${m}]`
    const message = check.object(u, at) ?? {}
    const named = compact({ name: text(check.string(message.name, `${at}.name`)) })
    switch (message.role) {
      case "system":
      case "developer": {
        const content = decodeText(message.content, `${at}.content`, check)
        const more = message.role === "developer" ? { role: "developer" } : {}
        messages.push({ role: "system", content, ...named, ...others(message, plain, more) })
        break
      }
      case "user": {
        const content = decodeParts(message.content, `${at}.content`, check)
        messages.push({ role: "user", content, ...named, ...others(message, plain) })
        break
      }
      case "assistant": {
        const content = decodeAnswer(message, at, m, check)
        lastCalls = content.filter((part) => part.type === "tool-call")
        messages.push({ role: "assistant", content, ...named, ...others(message, answer) } as AssistantMessage)
        break
      }
      case "tool":
      case "function": {
        const id =
          message.role === "tool"
            ? check.required(message.tool_call_id, `${at}.tool_call_id`)
            : (lastCalls.findLast(({ name }) => name === message.name)?.id ?? `call_${m}`)
        const part: ToolResultPart = {
          type: "tool-result",
          id,
          ...named,
          output: decodeOutput(message, at, check),
          ...decodeCacheMark(message),
          ...others(message, message.role === "tool" ? result : new Set([...result, "name"]))
        }
        const before = messages.at(-1)
        if (before?.role === "tool") messages[messages.length - 1] = { ...before, content: [...before.content, part] }
        else messages.push({ role: "tool", content: [part] })
        break
      }
      default:
        check.fail(`${at}.role`, "must be system, developer, user, assistant or tool")
    }
  }
  return messages
}

const decodeOutput = ({ content }: WireObject, at: string, check: RequestCheck): ToolResultPart["output"] =>
  typeof content === "string" || content === null || content === undefined
    ? (content ?? "")
    : decodeParts(content, `${at}.content`, check).flatMap((part) =>
        part.type === "provider" || part.type === "audio"
          ? (check.fail(`${at}.content`, "must be text, images or files") ?? [])
          : part
      )

const decodeAnswer = (
  message: WireObject,
  at: string,
  m: number,
  check: RequestCheck
): ReadonlyArray<AssistantPart> => {
  const { content } = message
  const refusals: Array<AssistantPart> = []
  const texts = Array.isArray(content)
    ? content.filter((part) => {
        if (!isObject(part) || part.type !== "refusal") return true
        refusals.push({ type: "refusal", text: check.required(part.refusal, `${at}.content`) })
        return false
      })
    : content === ""
      ? []
      : content
  const refusal = text(check.string(message.refusal, `${at}.refusal`))
  const audio = text(check.object(message.audio, `${at}.audio`)?.id)
  return [
    ...decodeThoughts(message),
    ...(texts === null || texts === undefined ? [] : decodeText(texts, `${at}.content`, check)),
    ...refusals,
    ...(refusal === undefined ? [] : [{ type: "refusal" as const, text: refusal }]),
    ...array(message.images).flatMap((image): ReadonlyArray<AssistantPart> => {
      const url = isObject(image) && isObject(image.image_url) ? text(image.image_url.url) : undefined
      return url === undefined ? [] : [{ type: "image", data: url }]
    }),
    ...(audio === undefined ? [] : [{ type: "audio" as const, id: audio, data: { fileId: audio } }]),
    ...decodeCalls(message, at, m, check)
  ]
}

const decodeThoughts = (message: WireObject): ReadonlyArray<ReasoningPart> => {
  const details = array(message.reasoning_details).filter(isDetail)
  if (details.length > 0) return details.map(decodeDetail)
  const thought = text(message.reasoning_content) ?? text(message.reasoning)
  return thought === undefined ? [] : [{ type: "reasoning", text: thought }]
}

const decodeCalls = (message: WireObject, at: string, m: number, check: RequestCheck): ReadonlyArray<ToolCallPart> => {
  const calls = (check.array(message.tool_calls, `${at}.tool_calls`) ?? []).map((u, c) => {
    const here = `${at}.tool_calls[${c}]`
    return decodeCall(check.object(u, here) ?? {}, here, check)
  })
  const legacy = check.object(message.function_call, `${at}.function_call`)
  if (legacy === undefined) return calls
  const name = check.required(legacy.name, `${at}.function_call.name`)
  return [
    ...calls,
    { type: "tool-call", id: `call_${m}`, name, ...decodeArguments(legacy, `${at}.function_call`, check) }
  ]
}

const decodeCall = (call: WireObject, at: string, check: RequestCheck): ToolCallPart => {
  const id = check.required(call.id, `${at}.id`)
  if (filled(call.custom) !== undefined && isObject(call.custom)) {
    const name = check.required(call.custom.name, `${at}.custom.name`)
    const input = check.required(call.custom.input, `${at}.custom.input`)
    const rest = others(call, new Set(["id", "type", "custom", "index"]), { type: "custom" })
    return { type: "tool-call", id, name, ...decodeInput(input), ...rest }
  }
  const body = check.object(call.function, `${at}.function`) ?? {}
  const name = check.required(body.name, `${at}.function.name`)
  const rest = others(call, new Set(["id", "type", "function", "custom", "index"]))
  return { type: "tool-call", id, name, ...decodeArguments(body, `${at}.function`, check), ...rest }
}

const decodeArguments = (call: WireObject, at: string, check: RequestCheck): Pick<ToolCallPart, "input" | "rawInput"> =>
  isObject(call.arguments)
    ? decodeInput(JSON.stringify(call.arguments))
    : decodeInput(check.string(call.arguments, `${at}.arguments`) ?? "")
