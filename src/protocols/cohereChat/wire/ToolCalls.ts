import type { ToolCallPart } from "../../../domain/ContentPart.ts"
import { decodeInputText } from "../../wire/Tools.ts"
import { unknownFields, isObject, object, protocolId, text, type WireObject } from "./Wire.ts"

const known = new Set(["id", "type", "function"])

/**
 * A call; none where it has no name or no id. `idOf` gives the id of an answer's call, of the one that the server gave.
 */
export const decodeCall = (
  call: WireObject,
  idOf: (given: unknown) => string | undefined = text
): ToolCallPart | undefined => {
  const body = object(call.function) ?? {}
  const name = text(body.name)
  if (name === undefined) return undefined
  const id = idOf(call.id)
  if (id === undefined) return undefined
  const { arguments: input } = body
  const rest = unknownFields(call, known)
  return {
    type: "tool-call",
    id,
    name,
    ...decodeInputText(isObject(input) ? JSON.stringify(input) : (text(input) ?? "")),
    ...(rest === undefined ? {} : { providerOptions: { [protocolId]: rest } })
  }
}

export const encodeCall = ({ id, input, name, rawInput }: ToolCallPart): WireObject => ({
  id,
  type: "function",
  function: { name, arguments: rawInput ?? JSON.stringify(input ?? {}) }
})
