import type { ToolCallPart } from "../../../domain/ContentPart.ts"
import { decodeInputText } from "../../wire/ToolInput.ts"
import { beside, isObject, object, protocolId, text, type WireObject } from "./Wire.ts"

const known = new Set(["id", "type", "function"])

/**
 * A call of an answer; none where it has no name, or neither an id nor a way to make one.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeCall = (call: WireObject, makeId?: () => string): ToolCallPart | undefined => {
  const body = object(call["function"]) ?? {}
  const name = text(body["name"])
  if (name === undefined) return undefined
  const id = text(call["id"]) ?? makeId?.()
  if (id === undefined) return undefined
  const { arguments: input } = body
  const rest = beside(call, known)
  return {
    type: "tool-call",
    id,
    name,
    ...decodeInputText(isObject(input) ? JSON.stringify(input) : (text(input) ?? "")),
    ...(rest === undefined ? {} : { providerOptions: { [protocolId]: rest } })
  }
}

/**
 * @since 0.1.0
 * @category encoding
 */
export const encodeCall = ({ id, input, name, rawInput }: ToolCallPart): WireObject => ({
  id,
  type: "function",
  function: { name, arguments: rawInput ?? JSON.stringify(input ?? {}) }
})
