import type { ToolCallPart } from "../../domain/ContentPart.ts"
import { asOptions } from "../wire/ProviderOptionsPatch.ts"
import { decodeInput, decodeInputText, encodeInput } from "../wire/Tools.ts"
import { object, text, unknownFields, type WireObject } from "../wire/WireObject.ts"

/** The id of the protocol: `providerOptions` under it belong to the objects of this wire. */
export const protocolId = "ollama-chat"

const known = new Set(["id", "type", "function"])
const knownInFunction = new Set(["index", "name", "arguments"])

/** A tool call, or none where it has no name. `idOf` makes its id of the one on the wire: servers before 2025 send none. */
export const decodeCall = (call: WireObject, idOf: (given: unknown) => string): ToolCallPart | undefined => {
  const body = object(call.function) ?? {}
  const name = text(body.name)
  if (name === undefined) return undefined
  const input = body.arguments
  return {
    type: "tool-call",
    id: idOf(call.id),
    name,
    ...(typeof input === "string" ? decodeInputText(input) : decodeInput(input)),
    ...asOptions(protocolId, { ...unknownFields(call, known), function: unknownFields(body, knownInFunction) })
  }
}

export const encodeCall = (call: ToolCallPart, index: number): WireObject => ({
  id: call.id,
  function: { index, name: call.name, arguments: encodeInput(call) }
})
