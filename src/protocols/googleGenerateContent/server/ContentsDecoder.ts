import type { ContentPart, TextPart, ToolResultPart } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart, Message, UserMessage } from "../../../domain/Message.ts"
import { camelPart, decodePart } from "../wire/AnswerPart.ts"
import { makeCallId } from "../wire/CallId.ts"
import { decodeMedia } from "../wire/Media.ts"
import { array, camel, compact, isObject, optionsBeside, protocolId, text, type WireObject } from "../wire/Wire.ts"

type UserPart = UserMessage["content"][number]
type MediaPart = Extract<ContentPart, { type: "image" | "audio" | "file" }>

const textKeys = new Set(["text"])
const responseKeys = new Set(["id", "name", "response", "parts"])

/**
 * Reads a conversation. Results of functions become messages of their own; those without an id belong to the first call
 * of that name that has none yet.
 *
 * @since 0.1.0
 * @category decoding
 */
export class ContentsDecoder {
  private calls = 0
  private readonly unanswered: Array<{ readonly id: string; readonly name: string }> = []

  decode(contents: ReadonlyArray<WireObject>): ReadonlyArray<Message> {
    return contents.flatMap(({ parts, role, ...rest }): ReadonlyArray<Message> => {
      const wire = array(parts).filter(isObject).map(camelPart)
      const options = optionsBeside(rest, new Set())
      if (role === "model")
        return [{ role: "assistant", content: wire.map((part) => this.answerPart(part)), ...options }]
      return runs(
        wire.map((part) =>
          isObject(part["functionResponse"]) ? this.result(part, part["functionResponse"]) : userPart(part)
        ),
        options
      )
    })
  }

  private answerPart(part: WireObject): AssistantPart {
    const decoded = decodePart(part, () => makeCallId("", this.calls++))
    if (decoded.type === "tool-call" && decoded.providerExecuted !== true) this.unanswered.push(decoded)
    return decoded
  }

  private result(part: WireObject, response: WireObject): ToolResultPart {
    const name = text(response["name"])
    const given = text(response["id"])
    const named = this.unanswered.findIndex((call) => (given === undefined ? call.name === name : call.id === given))
    const [call] = this.unanswered.splice(Math.max(0, named), 1)
    const media = array(response["parts"]).flatMap(
      (inner): ReadonlyArray<Extract<MediaPart, { type: "image" | "file" }>> => {
        const decoded = isObject(inner) ? mediaPart(camelPart(inner)) : undefined
        if (decoded === undefined) return []
        return [decoded.type === "audio" ? { ...decoded, type: "file" } : decoded]
      }
    )
    const { isError, output } = decodeOutput(response["response"])
    const texts = (typeof output === "string" ? [output] : output).map((text): TextPart => ({ type: "text", text }))
    const functionResponse = optionsBeside(response, responseKeys).providerOptions?.[protocolId]
    const rest = { ...optionsBeside(part, new Set(["functionResponse"])).providerOptions?.[protocolId] }
    const options = {
      ...rest,
      ...(functionResponse === undefined ? {} : { functionResponse: functionResponse as Json })
    }
    return compact({
      type: "tool-result" as const,
      id: given ?? call?.id ?? makeCallId("", this.calls++),
      name: call?.name === name ? undefined : name,
      output: typeof output === "string" && media.length === 0 ? output : [...texts, ...media],
      isError: isError ? true : undefined,
      providerOptions: Object.keys(options).length === 0 ? undefined : { [protocolId]: options }
    })
  }
}

/** `output` and `error` are the API's own keys; any other object is the result itself. */
const decodeOutput = (
  response: unknown
): { readonly output: string | ReadonlyArray<string>; readonly isError: boolean } => {
  if (!isObject(response)) return { output: written(response), isError: false }
  const keys = Object.keys(response)
  if (keys.length === 0) return { output: [], isError: false }
  const [key] = keys
  if (keys.length > 1 || (key !== "output" && key !== "error")) return { output: written(response), isError: false }
  const value = response[key]
  const texts = array(value)
  const isList = texts.length > 0 || (key === "error" && Array.isArray(value))
  const isTexts = isList && texts.every((one) => typeof one === "string")
  return { output: isTexts ? (texts as ReadonlyArray<string>) : written(value), isError: key === "error" }
}

const written = (u: unknown): string => (typeof u === "string" ? u : u === undefined ? "" : JSON.stringify(u))

const userPart = (part: WireObject): UserPart => {
  if (typeof part["text"] === "string") return { type: "text", text: part["text"], ...optionsBeside(part, textKeys) }
  return mediaPart(part) ?? { type: "provider", protocol: protocolId, value: part as Json }
}

const mediaPart = (part: WireObject): MediaPart | undefined => {
  const media = decodeMedia(part)
  if (media === undefined) return undefined
  const { data, mediaType, ...options } = media
  const kind = mediaType?.split("/", 1)[0]
  const isInline = typeof data === "string" && data.startsWith("data:")
  const fields = { data, ...compact({ mediaType: isInline ? undefined : mediaType }), ...options }
  return kind === "image" || kind === "audio" ? { type: kind, ...fields } : { type: "file", ...fields }
}

const runs = (
  parts: ReadonlyArray<UserPart | ToolResultPart>,
  options: ReturnType<typeof optionsBeside>
): ReadonlyArray<Message> => {
  const messages: Array<
    | { readonly role: "user"; readonly content: Array<UserPart> }
    | { readonly role: "tool"; readonly content: Array<ToolResultPart> }
  > = []
  for (const part of parts) {
    const last = messages.at(-1)
    if (part.type === "tool-result") {
      if (last?.role === "tool") last.content.push(part)
      else messages.push({ role: "tool", content: [part], ...options })
    } else if (last?.role === "user") last.content.push(part)
    else messages.push({ role: "user", content: [part], ...options })
  }
  return messages
}

/**
 * Reads the text of instructions, which may be a string.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeSystem = (system: unknown): ReadonlyArray<TextPart> => {
  if (typeof system === "string") return system === "" ? [] : [{ type: "text", text: system }]
  return array(isObject(system) ? camel(system)["parts"] : undefined)
    .filter(isObject)
    .flatMap((part) =>
      typeof part["text"] === "string" ? [{ type: "text", text: part["text"], ...optionsBeside(part, textKeys) }] : []
    )
}
