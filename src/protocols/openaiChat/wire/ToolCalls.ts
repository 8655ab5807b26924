import type { ToolCallPart } from "../../../domain/ContentPart.ts"
import { object, parse, protocolId, type WireObject } from "./Wire.ts"

/** The input of a call from the text that the model wrote. No text at all is a call without arguments. */
export const decodeInput = (written: string): Pick<ToolCallPart, "input" | "rawInput"> => {
  if (written.trim() === "") return { input: {} }
  const input = parse(written)
  if (input === undefined) return { rawInput: written }
  return JSON.stringify(input) === written ? { input } : { input, rawInput: written }
}

/**
 * A tool call with its arguments as the model wrote them; the caller's own fields for it are still to be put over it.
 */
export const encodeCall = ({ id, input, name, providerOptions, rawInput }: ToolCallPart): WireObject => {
  const written = rawInput ?? JSON.stringify(input ?? {})
  return object(providerOptions?.[protocolId])?.type === "custom"
    ? { id, custom: { name, input: written } }
    : { id, type: "function", function: { name, arguments: written } }
}
