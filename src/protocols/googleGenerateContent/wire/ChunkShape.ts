import { array, boolean, either, number, object, type Shape, string } from "../../wire/Shape.ts"
import { isObject, type WireObject } from "./Wire.ts"

const piece = object({ jsonPath: string, stringValue: string, numberValue: number, boolValue: boolean })

const call = object({ id: string, name: string, args: object(), partialArgs: array(piece), willContinue: boolean })

const data = object({ mimeType: string, mime_type: string, data: string, fileUri: string, file_uri: string })

const part = object({
  text: string,
  thought: boolean,
  thoughtSignature: string,
  functionCall: call,
  function_call: call,
  inlineData: data,
  inline_data: data,
  fileData: data,
  file_data: data,
  toolCall: object({ id: string, toolType: string, args: object() }),
  executableCode: object({ code: string, language: string }),
  codeExecutionResult: object({ outcome: string, output: string })
})

const chunk = object({
  candidates: array(
    object({ index: number, content: object({ parts: array(part) }), finishReason: either(string, number) })
  )
})

const chunks = array(chunk)

/** Where a chunk, or a whole response, says what the model wrote; several may come in an array. */
export const chunkShape: Shape = (value) => (Array.isArray(value) ? chunks : chunk)(value)

/**
 * Whether a chunk has one candidate, with one part, which is a piece of text and nothing else: most are so, and fit.
 */
export const isPlain = ({ candidates }: WireObject): boolean => {
  const candidate: unknown = Array.isArray(candidates) && candidates.length === 1 ? candidates[0] : undefined
  if (!isObject(candidate) || candidate.finishReason !== undefined || !isObject(candidate.content)) return false
  const { index } = candidate
  const { parts } = candidate.content
  const part: unknown = Array.isArray(parts) && parts.length === 1 ? parts[0] : undefined
  if (!isObject(part) || (index !== undefined && typeof index !== "number")) return false
  for (const key in part) if (key !== "text") return false
  return typeof part.text === "string"
}
