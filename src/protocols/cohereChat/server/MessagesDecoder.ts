import type { ContentPart, ProviderOptions, ToolResultPart } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import type { Message, UserMessage } from "../../../domain/Message.ts"
import { decodeAnswer } from "../wire/Answer.ts"
import { decodeDocument } from "../wire/Documents.ts"
import { MessageBody } from "../wire/RequestBody.ts"
import { array, unknownFields, compact, isObject, object, protocolId, text, type WireObject } from "../wire/Wire.ts"

type UserPart = UserMessage["content"][number]
type Output = Extract<ContentPart, { type: "text" | "image" | "file" }>

const known = new Set(Object.keys(MessageBody.fields))
const textKeys = new Set(["type", "text"])
const imageKeys = new Set(["type", "image_url"])
const documentKeys = new Set(["type", "document"])

/** Reads a conversation that has the form it must have. Results that follow one another are one message. */
export const decodeMessages = (wire: ReadonlyArray<WireObject>): ReadonlyArray<Message> => {
  const messages: Array<Message> = []
  for (const message of wire) {
    const options = optionsOf(message, known)
    switch (message.role) {
      case "system": {
        const content = parts(message.content).filter((part) => part.type === "text")
        messages.push({ role: "system", content, ...options })
        break
      }
      case "assistant":
        messages.push({ role: "assistant", content: decodeAnswer(message), ...options })
        break
      case "tool": {
        const said = output(message.content)
        const part: ToolResultPart = {
          type: "tool-result",
          id: text(message.tool_call_id) ?? "",
          ...said,
          ...(said.providerOptions === undefined
            ? options
            : {
                providerOptions: {
                  [protocolId]: { ...options.providerOptions?.[protocolId], ...said.providerOptions[protocolId] }
                }
              })
        }
        const before = messages.at(-1)
        if (before?.role === "tool") messages[messages.length - 1] = { ...before, content: [...before.content, part] }
        else messages.push({ role: "tool", content: [part] })
        break
      }
      default:
        messages.push({ role: "user", content: parts(message.content), ...options })
    }
  }
  return messages
}

const optionsOf = (wire: WireObject, keys: ReadonlySet<string>): { readonly providerOptions?: ProviderOptions } => {
  const rest = unknownFields(wire, keys)
  return rest === undefined ? {} : { providerOptions: { [protocolId]: rest } }
}

const parts = (content: unknown): ReadonlyArray<UserPart> =>
  typeof content === "string" ? [{ type: "text", text: content }] : array(content).filter(isObject).map(part)

const part = (block: WireObject): UserPart => {
  if (block.type === "text" && typeof block.text === "string") {
    return { type: "text", text: block.text, ...optionsOf(block, textKeys) }
  }
  const image = block.image_url
  const url = text(image) ?? text(object(image)?.url)
  if (block.type === "image_url" && url !== undefined) {
    const detail = text(object(image)?.detail)
    return { type: "image", data: url, ...compact({ detail }), ...optionsOf(block, imageKeys) }
  }
  const document = block.type === "document" ? decodeDocument(block.document) : undefined
  return document !== undefined && unknownFields(block, documentKeys) === undefined
    ? document
    : { type: "provider", protocol: protocolId, value: block as Json }
}

/** What is no part goes on in the options as it came, and is read as its JSON. */
const output = (content: unknown): Pick<ToolResultPart, "output" | "providerOptions"> => {
  if (content === undefined || content === null || typeof content === "string") return { output: content ?? "" }
  const read = parts(content)
  const whole = read.filter((part): part is Output => part.type !== "provider" && part.type !== "audio")
  if (whole.length === read.length) return { output: whole }
  return {
    output: read.map((part): Output =>
      part.type === "provider" || part.type === "audio"
        ? { type: "text", text: JSON.stringify(part.type === "provider" ? part.value : "") }
        : part
    ),
    providerOptions: { [protocolId]: { content: content as Json } }
  }
}
