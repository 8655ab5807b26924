import type { ToolCallPart } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import { isObject, parse, type WireObject } from "./Wire.ts"

type Input = Pick<ToolCallPart, "input" | "rawInput">

/**
 * The key under which input that is no JSON object goes back to the model, as Anthropic advises for its models.
 * Source: https://platform.claude.com/docs/en/agents-and-tools/tool-use/fine-grained-tool-streaming
 */
const invalid = "INVALID_JSON"

/** Input as the model wrote it. A call without arguments is written as nothing at all. */
export const decodeInputText = (written: string): Input => {
  if (written === "") return { input: {} }
  const input = parse(written)
  if (input === undefined) return { rawInput: written }
  return JSON.stringify(input) === written ? { input } : { input, rawInput: written }
}

/** Input as a whole block carries it. */
export const decodeInput = (input: unknown): Input => {
  if (input === undefined || input === null) return { input: {} }
  if (isObject(input) && typeof input[invalid] === "string" && Object.keys(input).length === 1) {
    return decodeInputText(input[invalid])
  }
  return { input: input as Json }
}

export const encodeInput = (call: Input): WireObject =>
  isObject(call.input) ? call.input : { [invalid]: call.rawInput ?? JSON.stringify(call.input) ?? "" }
