import type { ContentPart, TextPart, ToolResultPart } from "../../../domain/ContentPart.ts"
import type { AssistantPart, Message, UserMessage } from "../../../domain/Message.ts"
import { UnansweredCalls } from "../../wire/request/ReceivedMessages.ts"
import { userTurns } from "../../wire/request/Tools.ts"
import { array, compact, isObject, setOf, text, unknownFields, type WireObject } from "../../wire/WireObject.ts"
import { decodeOutput, encodeOutput, outputPatch } from "../Messages.ts"
import { callIdPrefix, camel, camelPart, decodeMedia, decodePart, listOf, nonEmpty, own } from "../Parts.ts"

type MediaPart = Extract<ContentPart, { type: "image" | "audio" | "file" }>

const textKeys = setOf("text")
const noKeys = new Set<string>()
const partKeys = setOf("functionResponse")
const responseKeys = setOf("id name response parts")

/** Reads the text of instructions, which may be a string. */
export const decodeSystem = (system: unknown): ReadonlyArray<TextPart> => {
  if (typeof system === "string") return system === "" ? [] : [{ type: "text", text: system }]
  return listOf(isObject(system) ? camel(system).parts : undefined)
    .map((part) => (typeof part === "string" ? { text: part } : part))
    .filter(isObject)
    .flatMap((part) =>
      typeof part.text === "string" ? [{ type: "text", text: part.text, ...own.rest(part, textKeys) }] : []
    )
}

/** Reads a conversation. Results of functions become messages of their own. */
export const decodeContents = (contents: ReadonlyArray<WireObject>): ReadonlyArray<Message> => {
  const calls = new Calls()
  return contents.flatMap(({ parts, role, ...rest }): ReadonlyArray<Message> => {
    const content = array(parts).filter(isObject).map(camelPart)
    const options = own.rest(rest, noKeys)
    return role === "model"
      ? [{ role: "assistant", content: content.map((part) => calls.decodePart(part)), ...options }]
      : userTurns(
          content.map((part) => calls.decodeResult(part) ?? decodeUserPart(part)),
          options
        )
  })
}

/** The calls of a conversation: a result without an id belongs to the first call of its name that has none yet. */
class Calls {
  #generatedIds = 0
  readonly #unanswered = new UnansweredCalls()

  decodePart(part: WireObject): AssistantPart {
    const decoded = decodePart(part, (serverId) => text(serverId) ?? this.#generateId())
    if (decoded.type === "tool-call" && decoded.providerExecuted !== true) this.#unanswered.add(decoded)
    return decoded
  }

  decodeResult(part: WireObject): ToolResultPart | undefined {
    const { functionResponse } = part
    if (!isObject(functionResponse)) return undefined
    const { parts, response } = functionResponse
    const name = text(functionResponse.name)
    const id = text(functionResponse.id)
    const call = this.#unanswered.take({ id, name }) ?? this.#unanswered.take({})
    const media = array(parts).flatMap((inner) => {
      const decoded = isObject(inner) ? decodeMediaPart(camelPart(inner)) : undefined
      if (decoded === undefined) return []
      return [decoded.type === "audio" ? { ...decoded, type: "file" as const } : decoded]
    })
    const { isError, output } = decodeOutput(response)
    const texts = typeof output === "string" ? [output] : output
    const rest = nonEmpty({
      ...unknownFields(functionResponse, responseKeys),
      response: outputPatch(encodeOutput(texts, isError), response)
    })
    return compact({
      type: "tool-result" as const,
      id: id ?? call?.id ?? this.#generateId(),
      name: call?.name === name ? undefined : name,
      output:
        typeof output === "string" && media.length === 0
          ? output
          : [...texts.map((text): TextPart => ({ type: "text", text })), ...media],
      isError: isError ? true : undefined,
      ...own.spread({ ...unknownFields(part, partKeys), functionResponse: rest })
    })
  }

  #generateId(): string {
    return `${callIdPrefix}-${this.#generatedIds++}`
  }
}

const decodeUserPart = (part: WireObject): UserMessage["content"][number] =>
  typeof part.text === "string"
    ? { type: "text", text: part.text, ...own.rest(part, part.text === "" ? noKeys : textKeys) }
    : (decodeMediaPart(part) ?? own.part(part))

const decodeMediaPart = (part: WireObject): MediaPart | undefined => {
  const media = decodeMedia(part)
  if (media === undefined) return undefined
  const { data, mediaType, providerOptions } = media
  const kind = mediaType?.split("/", 1)[0]
  const isInline = typeof data === "string" && data.startsWith("data:")
  const fields = compact({ data, mediaType: isInline ? undefined : mediaType, providerOptions })
  return { type: kind === "image" || kind === "audio" ? kind : "file", ...fields }
}
