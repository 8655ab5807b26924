import type { ToolCallPart } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import type { AssistantPart } from "../../domain/Message.ts"
import { decodeInput, encodeInput } from "../wire/Tools.ts"
import { encodeCallId } from "./wire/CallId.ts"
import { decodeMedia } from "./wire/Media.ts"
import { unknownFields, camel, compact, isObject, optionsBeside, protocolId, text, type WireObject } from "./wire/Wire.ts"

const textKeys = new Set(["text", "thought"])
/** An empty text stays by its options: the API takes it, and some turns have nothing else. */
const emptyKeys = new Set(["thought"])
const thoughtKeys = new Set([...textKeys, "thoughtSignature"])
const callKeys = new Set(["id", "name", "args", "partialArgs", "willContinue"])

/**
 * What stands in for the signature of a call that another model made: Gemini 3 and later refuse a call without one.
 * Source: https://ai.google.dev/gemini-api/docs/thought-signatures
 */
export const noSignature = "skip_thought_signature_validator"

/** The tool that runs code; what it is told is `{ language, code }`. */
const codeExecution = "code_execution"

/** The fields of which a part has one, which tells its kind. */
export const kinds = [
  "text",
  "functionCall",
  "functionResponse",
  "inlineData",
  "fileData",
  "executableCode",
  "codeExecutionResult",
  "toolCall",
  "toolResponse"
]

/**
 * A part of an answer. Its thought signature, and whatever else it says, stays in `providerOptions`; one that the
 * domain has no part for is kept as it is. `idOf` gives the id of a call, of the one that the server gave.
 */
export const decodePart = (part: WireObject, idOf: (given: unknown) => string): AssistantPart => {
  const { executableCode, functionCall, thought, toolCall } = part
  if (isObject(functionCall) && typeof functionCall.name === "string") return decodeCall(part, functionCall, idOf)
  if (typeof part.text === "string") {
    return thought === true
      ? {
          type: "reasoning",
          text: part.text,
          ...compact({ signature: text(part.thoughtSignature) }),
          protocol: protocolId,
          ...optionsBeside(part, thoughtKeys)
        }
      : { type: "text", text: part.text, ...optionsBeside(part, part.text === "" ? emptyKeys : textKeys) }
  }
  if (isObject(executableCode) && typeof executableCode.code === "string") {
    const { id, ...input } = executableCode
    return serverCall(part, "executableCode", text(id) ?? idOf(undefined), codeExecution, input)
  }
  if (isObject(toolCall) && typeof toolCall.toolType === "string") {
    return serverCall(part, "toolCall", text(toolCall.id) ?? idOf(undefined), toolCall.toolType, toolCall.args)
  }
  const media = thought === true ? undefined : decodeMedia(part)
  const kind = media?.mediaType?.split("/", 1)[0]
  if (media !== undefined && (kind === "image" || kind === "audio")) {
    const { data, mediaType, ...options } = media
    return { type: kind, data, ...compact({ mediaType }), ...options }
  }
  return { type: "provider", protocol: protocolId, value: part as Json }
}

const decodeCall = (part: WireObject, call: WireObject, idOf: (given: unknown) => string): ToolCallPart => {
  const known = part.thoughtSignature === noSignature ? ["functionCall", "thoughtSignature"] : ["functionCall"]
  const rest = compact({ ...unknownFields(part, new Set(known)), functionCall: unknownFields(call, callKeys) })
  const options = rest as { readonly [key: string]: Json }
  return {
    type: "tool-call",
    id: idOf(call.id),
    name: String(call.name),
    ...decodeInput(call.args),
    ...(Object.keys(options).length === 0 ? {} : { providerOptions: { [protocolId]: options } })
  }
}

const serverCall = (part: WireObject, key: string, id: string, name: string, input: unknown): ToolCallPart => ({
  type: "tool-call",
  id,
  name,
  input: (input ?? {}) as Json,
  providerExecuted: true,
  ...optionsBeside(part, new Set([key]))
})

/** A call as a part, without the options of its own; none where another provider ran it. */
export const encodeCall = (call: ToolCallPart, withId: boolean): WireObject | undefined => {
  const { input, name, providerExecuted } = call
  const id = withId ? encodeCallId(call.id) : undefined
  if (providerExecuted !== true) return { functionCall: compact({ id, name, args: encodeInput(call) }) }
  if (name === codeExecution && isObject(input) && typeof input.code === "string") {
    return { executableCode: compact({ ...input, id }) }
  }
  return /^[A-Z][A-Z_]*$/.test(name) ? { toolCall: compact({ toolType: name, args: input, id }) } : undefined
}

/** A part of a request with the keys that the domain reads in camel case. */
export const camelPart = (part: WireObject): WireObject => {
  const known = camel(part)
  const result: Record<string, unknown> = { ...known }
  for (const key of ["functionCall", "functionResponse", "inlineData", "fileData", "toolCall", "toolResponse"]) {
    const value = known[key]
    if (isObject(value)) result[key] = camel(value)
  }
  return result
}
