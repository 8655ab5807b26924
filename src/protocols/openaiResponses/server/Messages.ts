import * as Result from "effect/Result"
import type { ToolResultPart } from "../../../domain/ContentPart.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart, Message } from "../../../domain/Message.ts"
import { checked } from "../../wire/Checked.ts"
import { decodeItem, messageOptions, providerPart } from "../wire/OutputItem.ts"
import { itemBodies, partBodies } from "../wire/RequestBody.ts"
import { array, isObject, protocolId, text, type WireObject } from "../wire/Wire.ts"
import { decodeContent } from "./ContentDecoder.ts"
import { decodeResult } from "./ResultDecoder.ts"

type Decoded<A> = Result.Result<A, InvalidRequestError>

/**
 * Reads a conversation. The items of an answer, in a row, are one message, and so are results; the second of two
 * messages without an id begins another. What is neither a message, a thought, a call nor a result stays as it is,
 * among what the model said, but for the answer to a request for approval, which is the user's. A thought that is not
 * encrypted goes to a server that keeps nothing (`isStateless`) as it came.
 */
export const decodeInput = (input: unknown, isStateless = false): Decoded<ReadonlyArray<Message>> => {
  if (typeof input === "string") return Result.succeed([{ role: "user", content: [{ type: "text", text: input }] }])
  const messages: Array<Message> = []
  const served = new Set<unknown>()
  let wasBare = false
  return Result.gen(function* () {
    for (const [index, received] of array(input).filter(isObject).entries()) {
      const at = `input[${index}]`
      const type = text(received.type) ?? (received.role === undefined ? "item_reference" : "message")
      const item = type === "item_reference" ? { ...received, type } : received
      if (Object.hasOwn(itemBodies, type)) yield* checked(itemBodies[type as keyof typeof itemBodies], item, at)
      const result = type.endsWith("_output") && !served.has(item.call_id) ? yield* decodeResult(item, at) : undefined
      if (result !== undefined) addResult(messages, result)
      else if (type === "mcp_approval_response") messages.push({ role: "user", content: [providerPart(item)] })
      else if (type === "message" && item.role !== "assistant") messages.push(yield* decodeMessage(item, at))
      else {
        yield* checkAnswer(item, at)
        const parts = decodeAnswer(item, isStateless)
        const [call] = parts
        if (call?.type === "tool-call" && call.providerExecuted === true) served.add(call.id)
        const isBare = type === "message" && item.id === undefined
        addParts(messages, parts, isBare && wasBare)
        wasBare = isBare
      }
    }
    return messages
  })
}

/** The form of a thought says more than its text where it is not encrypted, or where it has content, though that be empty. */
const decodeAnswer = (item: WireObject, isStateless: boolean): ReadonlyArray<AssistantPart> => {
  const parts = decodeItem(item)
  const [part] = parts
  const isPlain = !Array.isArray(item.content) && (!isStateless || text(item.encrypted_content) !== undefined)
  if (part?.type !== "reasoning" || isPlain) return parts
  const { status: _, ...raw } = item
  return [{ raw: raw as Json, ...part }]
}

const checkAnswer = (item: WireObject, at: string): Decoded<void> =>
  Result.gen(function* () {
    for (const [index, part] of array(item.content).entries()) {
      const type = isObject(part) ? part.type : undefined
      const body = type === "refusal" || type === "output_text" || type === "input_text" ? partBodies[type] : undefined
      if (body !== undefined) yield* checked<typeof body>(body, part, `${at}.content[${index}]`)
    }
  })

const addParts = (messages: Array<Message>, parts: ReadonlyArray<AssistantPart>, isNew: boolean): void => {
  const last = messages.at(-1)
  if (last?.role === "assistant" && !isNew) {
    messages[messages.length - 1] = { ...last, content: [...last.content, ...parts] }
  } else messages.push({ role: "assistant", content: parts })
}

const addResult = (messages: Array<Message>, result: ToolResultPart): void => {
  const last = messages.at(-1)
  if (last?.role === "tool") messages[messages.length - 1] = { ...last, content: [...last.content, result] }
  else messages.push({ role: "tool", content: [result] })
}

/** Instructions that hold more than text are a user's message with the role among its options. */
const decodeMessage = (item: WireObject, at: string): Decoded<Message> =>
  Result.map(decodeContent(item.content, `${at}.content`), (content) => {
    const { role, ...rest } = item
    const options = messageOptions(rest)
    const own = options === undefined ? {} : options[protocolId]
    const texts = content.filter((part) => part.type === "text")
    if (role !== "user" && texts.length === content.length) {
      const named = role === "developer" ? { ...own, role } : own
      const more =
        named === undefined || Object.keys(named).length === 0 ? {} : { providerOptions: { [protocolId]: named } }
      return { role: "system", content: texts, ...more }
    }
    if (role === "user") return { role, content, ...(options && { providerOptions: options }) }
    return { role: "user", content, providerOptions: { [protocolId]: { ...own, role: String(role) } } }
  })
