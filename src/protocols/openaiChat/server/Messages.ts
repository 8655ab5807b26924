import type * as Result from "effect/Result"
import type { ReasoningPart, ToolCallPart, ToolResultPart } from "../../../domain/ContentPart.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { AssistantPart, Message } from "../../../domain/Message.ts"
import { filled } from "../../wire/Blank.ts"
import { decodeInputText } from "../../wire/Tools.ts"
import { array, compact, isObject, object, text, type WireObject } from "../../wire/WireObject.ts"
import { decodeDetail, isDetail } from "../Reasoning.ts"
import { decodeCacheMark, decodeParts, decodeText, MessageCheck, type MessageDialect, textsIn } from "./Content.ts"

const messageKeys = new Set(["role", "content", "name"])
const assistantKeys = new Set([
  ...messageKeys,
  "refusal",
  "tool_calls",
  "function_call",
  "audio",
  "images",
  "reasoning",
  "reasoning_content",
  "reasoning_details"
])
const toolKeys = new Set(["role", "content", "tool_call_id", "cache_control"])
const functionKeys = new Set([...toolKeys, "name"])

/**
 * The conversation. Results that follow one another are one message; `function_call` and `function` messages, the
 * protocol's first version, become calls and results like others.
 */
export const decodeMessages = (
  wire: ReadonlyArray<unknown>,
  dialect: MessageDialect
): Result.Result<ReadonlyArray<Message>, InvalidRequestError> => {
  const check = new MessageCheck(dialect)
  const messages: Array<Message> = []
  let lastCalls: ReadonlyArray<ToolCallPart> = []
  for (const [m, value] of wire.entries()) {
    const at = `messages[${m}]`
    const message = check.object(value, at) ?? {}
    const name = compact({ name: text(check.string(message.name, `${at}.name`)) })
    switch (message.role) {
      case "system":
      case "developer": {
        const { kept, texts } = textsIn(message.content, check)
        const content = decodeText(texts, `${at}.content`, check)
        const more = { ...(message.role === "developer" ? { role: "developer" } : {}), ...kept }
        messages.push({ role: "system", content, ...name, ...check.rest(message, messageKeys, more) })
        break
      }
      case "user": {
        const content = decodeParts(message.content, `${at}.content`, check)
        messages.push({ role: "user", content, ...name, ...check.rest(message, messageKeys) })
        break
      }
      case "assistant": {
        const content = decodeAssistant(message, at, m, check)
        lastCalls = content.filter((part) => part.type === "tool-call")
        messages.push({ role: "assistant", content, ...name, ...check.rest(message, assistantKeys) })
        break
      }
      case "tool":
      case "function": {
        const isTool = message.role === "tool"
        const { kept, texts } = textsIn(message.content, check)
        const part: ToolResultPart = {
          type: "tool-result",
          id: isTool
            ? check.requiredString(message.tool_call_id, `${at}.tool_call_id`)
            : (lastCalls.findLast(({ name }) => name === message.name)?.id ?? `call_${m}`),
          ...name,
          output: decodeOutput(texts, `${at}.content`, check),
          ...decodeCacheMark(message),
          ...check.rest(message, isTool ? toolKeys : functionKeys, kept)
        }
        const last = messages.at(-1)
        if (last?.role === "tool") messages[messages.length - 1] = { ...last, content: [...last.content, part] }
        else messages.push({ role: "tool", content: [part] })
        break
      }
      default:
        check.fail(`${at}.role`, "must be system, developer, user, assistant or tool")
    }
  }
  return check.result(messages)
}

const decodeOutput = (content: unknown, at: string, check: MessageCheck): ToolResultPart["output"] =>
  typeof content === "string" || content === null || content === undefined
    ? (content ?? "")
    : decodeParts(content, at, check).flatMap((part) =>
        part.type === "provider" || part.type === "audio"
          ? (check.fail(at, "must be text, images or files") ?? [])
          : part
      )

const decodeAssistant = (
  message: WireObject,
  at: string,
  m: number,
  check: MessageCheck
): ReadonlyArray<AssistantPart> => {
  const { decodeAssistantParts } = check.dialect
  const own = Array.isArray(message.content) ? decodeAssistantParts?.(message.content) : undefined
  const content = message.content === "" || own !== undefined ? [] : (message.content ?? [])
  const isRefusal = (part: unknown): part is WireObject => isObject(part) && part.type === "refusal"
  const refusals = array(content).filter(isRefusal)
  const texts = Array.isArray(content) ? content.filter((part) => !isRefusal(part)) : content
  const refusal = text(check.string(message.refusal, `${at}.refusal`))
  const audio = text(check.object(message.audio, `${at}.audio`)?.id)
  return [
    ...(own ?? []),
    ...decodeReasoning(message),
    ...decodeText(texts, `${at}.content`, check),
    ...refusals.map((part): AssistantPart => ({
      type: "refusal",
      text: check.requiredString(part.refusal, `${at}.content`)
    })),
    ...(refusal === undefined ? [] : [{ type: "refusal" as const, text: refusal }]),
    ...array(message.images).flatMap((image): ReadonlyArray<AssistantPart> => {
      const url = text(object(object(image)?.image_url)?.url)
      return url === undefined ? [] : [{ type: "image", data: url }]
    }),
    ...(audio === undefined ? [] : [{ type: "audio" as const, id: audio, data: { fileId: audio } }]),
    ...decodeCalls(message, at, m, check)
  ]
}

const decodeReasoning = (message: WireObject): ReadonlyArray<ReasoningPart> => {
  const details = array(message.reasoning_details).filter(isDetail)
  if (details.length > 0) return details.map(decodeDetail)
  const plain = text(message.reasoning_content) ?? text(message.reasoning)
  return plain === undefined ? [] : [{ type: "reasoning", text: plain }]
}

const decodeCalls = (message: WireObject, at: string, m: number, check: MessageCheck): ReadonlyArray<ToolCallPart> => {
  const calls = (check.array(message.tool_calls, `${at}.tool_calls`) ?? []).map((call, c) => {
    const place = `${at}.tool_calls[${c}]`
    return decodeCall(check.object(call, place) ?? {}, place, check)
  })
  const legacy = check.object(message.function_call, `${at}.function_call`)
  return legacy === undefined
    ? calls
    : [...calls, { type: "tool-call", id: `call_${m}`, ...decodeFunction(legacy, `${at}.function_call`, check) }]
}

const callKeys = new Set(["id", "type", "function", "custom", "index"])

const decodeCall = (call: WireObject, at: string, check: MessageCheck): ToolCallPart => {
  const id = check.requiredString(call.id, `${at}.id`)
  const custom = filled(call.custom)
  if (custom === undefined) {
    const body = check.object(call.function, `${at}.function`) ?? {}
    return { type: "tool-call", id, ...decodeFunction(body, `${at}.function`, check), ...check.rest(call, callKeys) }
  }
  const name = check.requiredString(custom.name, `${at}.custom.name`)
  const input = decodeInputText(check.requiredString(custom.input, `${at}.custom.input`))
  return { type: "tool-call", id, name, ...input, ...check.rest(call, callKeys, { type: "custom" }) }
}

const decodeFunction = (
  body: WireObject,
  at: string,
  check: MessageCheck
): Pick<ToolCallPart, "name" | "input" | "rawInput"> => ({
  name: check.requiredString(body.name, `${at}.name`),
  ...decodeInputText(
    isObject(body.arguments) ? JSON.stringify(body.arguments) : (check.string(body.arguments, `${at}.arguments`) ?? "")
  )
})
