import type { ToolCallPart } from "../../domain/ContentPart.ts"
import { decodeInput, decodeInputText, encodeInput } from "../wire/Tools.ts"
import { object, text, unknownFields, type WireObject } from "../wire/WireObject.ts"

/** The id of the protocol: `providerOptions` under it belong to the objects of this wire. */
export const protocolId = "ollama-chat"

const known = new Set(["id", "type", "function"])
const knownInFunction = new Set(["index", "name", "arguments"])

/**
 * A call, or none where it names no tool. `idOf` gives its id, of the one that the server gave: those before 2025 give none.
 */
export const decodeCall = (call: WireObject, idOf: (given: unknown) => string): ToolCallPart | undefined => {
  const body = object(call.function) ?? {}
  const name = text(body.name)
  if (name === undefined) return undefined
  const input = body.arguments
  const inside = unknownFields(body, knownInFunction)
  const options = { ...unknownFields(call, known), ...(inside === undefined ? {} : { function: inside }) }
  return {
    type: "tool-call",
    id: idOf(call.id),
    name,
    ...(typeof input === "string" ? decodeInputText(input) : decodeInput(input)),
    ...(Object.keys(options).length === 0 ? {} : { providerOptions: { [protocolId]: options } })
  }
}

export const encodeCall = (call: ToolCallPart, index: number): WireObject => ({
  id: call.id,
  function: { index, name: call.name, arguments: encodeInput(call) }
})
