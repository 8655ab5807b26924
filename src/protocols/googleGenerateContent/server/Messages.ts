import type { ContentPart, TextPart, ToolResultPart } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart, Message, UserMessage } from "../../../domain/Message.ts"
import { camelPart, decodePart } from "../Parts.ts"
import { makeCallId } from "../wire/CallId.ts"
import { decodeOutput, encodeOutput, outputPatch } from "../wire/FunctionOutput.ts"
import { decodeMedia } from "../wire/Media.ts"
import {
  array,
  unknownFields,
  camel,
  compact,
  isObject,
  listOf,
  optionsBeside,
  protocolId,
  text,
  type WireObject
} from "../wire/Wire.ts"
import { userTurns } from "../../wire/Tools.ts"

type UserPart = UserMessage["content"][number]
type MediaPart = Extract<ContentPart, { type: "image" | "audio" | "file" }>

const textKeys = new Set(["text"])
const noKeys = new Set<string>()
const responseKeys = new Set(["id", "name", "response", "parts"])

/**
 * Reads a conversation. Results of functions become messages of their own; those without an id belong to the first call
 * of that name that has none yet.
 */
export class ContentsDecoder {
  #calls = 0
  readonly #unanswered: Array<{ readonly id: string; readonly name: string }> = []

  decode(contents: ReadonlyArray<WireObject>): ReadonlyArray<Message> {
    return contents.flatMap(({ parts, role, ...rest }): ReadonlyArray<Message> => {
      const wire = array(parts).filter(isObject).map(camelPart)
      const options = optionsBeside(rest, new Set())
      if (role === "model")
        return [{ role: "assistant", content: wire.map((part) => this.#answerPart(part)), ...options }]
      return userTurns(
        wire.map((part) =>
          isObject(part.functionResponse) ? this.#result(part, part.functionResponse) : userPart(part)
        ),
        options
      )
    })
  }

  #answerPart(part: WireObject): AssistantPart {
    const decoded = decodePart(part, (given) => text(given) ?? makeCallId(this.#calls++))
    if (decoded.type === "tool-call" && decoded.providerExecuted !== true) this.#unanswered.push(decoded)
    return decoded
  }

  #result(part: WireObject, response: WireObject): ToolResultPart {
    const name = text(response.name)
    const given = text(response.id)
    const named = this.#unanswered.findIndex((call) => (given === undefined ? call.name === name : call.id === given))
    const [call] = this.#unanswered.splice(Math.max(0, named), 1)
    const media = array(response.parts).flatMap(
      (inner): ReadonlyArray<Extract<MediaPart, { type: "image" | "file" }>> => {
        const decoded = isObject(inner) ? mediaPart(camelPart(inner)) : undefined
        if (decoded === undefined) return []
        return [decoded.type === "audio" ? { ...decoded, type: "file" } : decoded]
      }
    )
    const { isError, output } = decodeOutput(response.response)
    const texts = (typeof output === "string" ? [output] : output).map((text): TextPart => ({ type: "text", text }))
    const said = texts.map(({ text }) => text)
    const patched = outputPatch(encodeOutput(said, isError), response.response) as Json | undefined
    const functionResponse = compact({ ...unknownFields(response, responseKeys), response: patched })
    const rest = { ...optionsBeside(part, new Set(["functionResponse"])).providerOptions?.[protocolId] }
    const options = {
      ...rest,
      ...(Object.keys(functionResponse).length === 0 ? {} : { functionResponse })
    }
    return compact({
      type: "tool-result" as const,
      id: given ?? call?.id ?? makeCallId(this.#calls++),
      name: call?.name === name ? undefined : name,
      output: typeof output === "string" && media.length === 0 ? output : [...texts, ...media],
      isError: isError ? true : undefined,
      providerOptions: Object.keys(options).length === 0 ? undefined : { [protocolId]: options }
    })
  }
}

const userPart = (part: WireObject): UserPart => {
  const { text } = part
  if (typeof text === "string") return { type: "text", text, ...optionsBeside(part, text === "" ? noKeys : textKeys) }
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

/** Reads the text of instructions, which may be a string. */
export const decodeSystem = (system: unknown): ReadonlyArray<TextPart> => {
  if (typeof system === "string") return system === "" ? [] : [{ type: "text", text: system }]
  return listOf(isObject(system) ? camel(system).parts : undefined)
    .map((part) => (typeof part === "string" ? { text: part } : part))
    .filter(isObject)
    .flatMap((part) =>
      typeof part.text === "string" ? [{ type: "text", text: part.text, ...optionsBeside(part, textKeys) }] : []
    )
}
