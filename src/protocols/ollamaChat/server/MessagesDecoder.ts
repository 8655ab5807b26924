import type { ImagePart, ProviderOptions, TextPart, ToolCallPart, ToolResultPart } from "../../../domain/ContentPart.ts"
import type { AssistantPart, Message } from "../../../domain/Message.ts"
import { imageUrl } from "../../wire/DataUrl.ts"
import { MessageBody } from "../wire/RequestBody.ts"
import { decodeCall } from "../wire/ToolCalls.ts"
import { array, unknownFields, isObject, protocolId, text, type WireObject } from "../wire/Wire.ts"

const known = new Set(Object.keys(MessageBody.fields))

/**
 * Reads a conversation that has the form it must have. A result without the id of its call is that of the first call
 * to its tool that has none yet, or of the first open call where it names no tool.
 */
export const decodeMessages = (wire: ReadonlyArray<WireObject>): ReadonlyArray<Message> => {
  const messages: Array<Message> = []
  let open: Array<ToolCallPart> = []
  for (const [m, message] of wire.entries()) {
    const rest = unknownFields(message, known)
    const options: { readonly providerOptions?: ProviderOptions } =
      rest === undefined ? {} : { providerOptions: { [protocolId]: rest } }
    switch (message.role) {
      case "system":
        messages.push({ role: "system", content: texts(message), ...options })
        break
      case "assistant": {
        const content = answer(message, m)
        open = content.filter((part) => part.type === "tool-call")
        messages.push({ role: "assistant", content, ...options })
        break
      }
      case "tool": {
        const part = result(message, m, open, options)
        open = open.filter(({ id }) => id !== part.id)
        const before = messages.at(-1)
        if (before?.role === "tool") messages[messages.length - 1] = { ...before, content: [...before.content, part] }
        else messages.push({ role: "tool", content: [part] })
        break
      }
      default: {
        const said = [...texts(message), ...images(message)]
        messages.push({ role: "user", content: said.length === 0 ? [{ type: "text", text: "" }] : said, ...options })
      }
    }
  }
  return messages
}

const texts = (message: WireObject): ReadonlyArray<TextPart> => {
  const said = text(message.content)
  return said === undefined ? [] : [{ type: "text", text: said }]
}

const images = (message: WireObject): ReadonlyArray<ImagePart> =>
  array(message.images).flatMap((image) =>
    typeof image === "string" ? [{ type: "image", data: imageUrl(image) }] : []
  )

const answer = (message: WireObject, m: number): ReadonlyArray<AssistantPart> => {
  const thought = text(message.thinking)
  return [
    ...(thought === undefined ? [] : [{ type: "reasoning" as const, text: thought }]),
    ...texts(message),
    ...images(message),
    ...array(message.tool_calls).flatMap(
      (call, c) => (isObject(call) ? decodeCall(call, (given) => text(given) ?? `call_${m}_${c}`) : undefined) ?? []
    )
  ]
}

const result = (
  message: WireObject,
  m: number,
  open: ReadonlyArray<ToolCallPart>,
  options: { readonly providerOptions?: ProviderOptions }
): ToolResultPart => {
  const name = text(message.tool_name)
  const call = open.find((call) => name === undefined || call.name === name)
  const pictures = images(message)
  return {
    type: "tool-result",
    id: text(message.tool_call_id) ?? call?.id ?? `call_${m}`,
    ...(name === undefined ? {} : { name }),
    output: pictures.length === 0 ? (text(message.content) ?? "") : [...texts(message), ...pictures],
    ...options
  }
}
