import type { ToolResultPart } from "../../../domain/ContentPart.ts"
import type { Issues } from "../../wire/Issues.ts"
import { outputType } from "../Items.ts"
import { isObject, parse, type WireObject } from "../wire/Wire.ts"
import type { ContentEncoder } from "../Content.ts"

const textsOf = ({ output }: ToolResultPart): string =>
  typeof output === "string" ? output : output.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n")

/**
 * The item that answers a call. `type` is that of the item of the call: built-in tools are answered each in a form of
 * its own, for which the text of the result must be JSON where it is more than a text. A search for tools that is answered
 * by anything but a list of them is answered as a function is. A result that says that the tool
 * failed begins with `Error: ` where the form has no other word for it.
 */
export const encodeResult = (
  part: ToolResultPart,
  type: string,
  at: string,
  encoders: { readonly content: ContentEncoder; readonly issues: Issues }
): WireObject => {
  const { content, issues } = encoders
  const item = { type: outputType(type), call_id: part.id }
  switch (type) {
    case "computer_call": {
      const images = typeof part.output === "string" ? [] : part.output.filter((inner) => inner.type === "image")
      const image = images[0] === undefined ? undefined : content.part(images[0], at)
      if (image === undefined) issues.invalid(at, "a call of the computer is answered with a screenshot")
      return { ...item, output: { ...image, type: "computer_screenshot" } }
    }
    case "local_shell_call":
      return { ...item, output: textsOf(part) }
    case "apply_patch_call":
      return { ...item, status: part.isError === true ? "failed" : "completed", output: textsOf(part) }
    case "shell_call": {
      const output = objectsOf(part)
      const outcome = { type: "exit", exit_code: part.isError === true ? 1 : 0 }
      return { ...item, output: output ?? [{ stdout: textsOf(part), stderr: "", outcome }] }
    }
    case "tool_search_call": {
      const tools = textsOf(part).trim() === "" ? [] : objectsOf(part)
      return tools === undefined
        ? { type: "function_call_output", call_id: part.id, output: encodeOutput(part, at, content) }
        : { ...item, execution: "client", status: "completed", tools }
    }
    default:
      return { ...item, output: encodeOutput(part, at, content) }
  }
}

/** The list of objects that the text of a result is in JSON, or none where it is a text, or says anything else. */
const objectsOf = (part: ToolResultPart): ReadonlyArray<WireObject> | undefined => {
  const list = parse(textsOf(part))
  return Array.isArray(list) && list.every(isObject) ? list : undefined
}

const encodeOutput = (
  part: ToolResultPart,
  at: string,
  content: ContentEncoder
): string | ReadonlyArray<WireObject> => {
  const parts = typeof part.output === "string" ? [{ type: "text" as const, text: part.output }] : part.output
  const output = content.parts(parts, `${at}.output`)
  if (part.isError !== true || /^error\b/i.test(textsOf(part))) return output
  return typeof output === "string" ? `Error: ${output}` : [{ type: "input_text", text: "Error:" }, ...output]
}
