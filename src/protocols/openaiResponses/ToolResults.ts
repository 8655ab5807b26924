import * as Result from "effect/Result"
import type { ToolResultPart } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import type { Issues } from "../wire/request/Issues.ts"
import {
  array,
  compact,
  setOf,
  isObject,
  object,
  parse,
  text,
  unknownFields,
  type WireObject
} from "../wire/WireObject.ts"
import { type ContentEncoder, type Decoded, decodeContent } from "./Content.ts"
import { own } from "./Items.ts"

/**
 * The item that answers a call whose item is of `type`. Built-in tools each take a form of their own, given as JSON
 * text; a tool search that is not answered with a list of tools is answered as a function is.
 */
export const encodeResult = (
  part: ToolResultPart,
  type: string,
  at: string,
  content: ContentEncoder,
  issues: Issues
): WireObject => {
  const item = { type: `${type}_output`, call_id: part.id }
  const text = textOf(part)
  const isError = part.isError === true
  switch (type) {
    case "computer_call": {
      const screenshot = typeof part.output === "string" ? undefined : part.output.find(({ type }) => type === "image")
      const image = screenshot && content.part(screenshot, at)
      if (image === undefined) issues.invalid(at, "the result of a computer call must be a screenshot")
      return { ...item, output: { ...image, type: "computer_screenshot" } }
    }
    case "local_shell_call":
      return { ...item, output: text }
    case "apply_patch_call":
      return { ...item, status: isError ? "failed" : "completed", output: text }
    case "shell_call": {
      const outcome = { type: "exit", exit_code: isError ? 1 : 0 }
      return { ...item, output: parseObjects(text) ?? [{ stdout: text, stderr: "", outcome }] }
    }
    case "tool_search_call": {
      const tools = text.trim() === "" ? [] : parseObjects(text)
      if (tools === undefined) return { ...item, type: "function_call_output", output: encodeOutput(part, at, content) }
      return { ...item, type: "tool_search_output", execution: "client", status: "completed", tools }
    }
    default:
      return { ...item, output: encodeOutput(part, at, content) }
  }
}

/** The wire has no flag for a failed tool: its output begins with `Error:`. */
const encodeOutput = (
  part: ToolResultPart,
  at: string,
  content: ContentEncoder
): string | ReadonlyArray<WireObject> => {
  const parts = typeof part.output === "string" ? [{ type: "text" as const, text: part.output }] : part.output
  const output = content.parts(parts, `${at}.output`)
  if (part.isError !== true || /^error\b/i.test(textOf(part))) return output
  return typeof output === "string" ? `Error: ${output}` : [{ type: "input_text", text: "Error:" }, ...output]
}

const textOf = ({ output }: ToolResultPart): string =>
  typeof output === "string" ? output : output.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n")

/** The list of objects in a JSON text, or undefined where it is anything else. */
const parseObjects = (json: string): ReadonlyArray<WireObject> | undefined => {
  const list = parse(json)
  return Array.isArray(list) && list.every(isObject) ? list : undefined
}

interface ResultForm {
  readonly output: ToolResultPart["output"]
  readonly isError?: true
  /** Fields that the output does not show, and that go back as they came. */
  readonly raw?: { readonly [key: string]: Json }
}

const resultKeys = setOf("type call_id output")
const completedKeys = new Set([...resultKeys, "status", "tools"])

/** The result of a call that the caller ran, or undefined for one that the server ran. Lists become JSON text. */
export const decodeResult = (item: WireObject, at: string): Decoded<ToolResultPart | undefined> =>
  Result.map(decodeResultForm(item, at), (form) => {
    const { status, type } = item
    const id = text(item.call_id) ?? (type === "local_shell_call_output" ? text(item.id) : undefined)
    if (form === undefined || id === undefined) return undefined
    const { isError, output, raw } = form
    const providerOptions = own.options({
      ...unknownFields(item, status === "completed" || isError === true ? completedKeys : resultKeys),
      ...raw,
      ...(type === "function_call_output" ? {} : { type: String(type) })
    })
    return compact({ type: "tool-result" as const, id, output, isError, providerOptions })
  })

const decodeResultForm = (item: WireObject, at: string): Decoded<ResultForm | undefined> =>
  Result.gen(function* () {
    const { output } = item
    switch (item.type) {
      case "function_call_output":
      case "custom_tool_call_output": {
        if (typeof output === "string") return { output }
        const parts = yield* decodeContent(output, `${at}.output`)
        const readable = parts.filter((part) => part.type === "text" || part.type === "image" || part.type === "file")
        return readable.length === parts.length
          ? { output: readable }
          : { output: readable, raw: { output: output as Json } }
      }
      case "computer_call_output": {
        const { file_id, image_url } = object(output) ?? {}
        const fileId = text(file_id)
        const data = text(image_url) ?? (fileId === undefined ? undefined : { fileId })
        return data === undefined ? undefined : { output: [{ type: "image", data }] }
      }
      case "local_shell_call_output":
        return { output: text(output) ?? "" }
      case "apply_patch_call_output":
        return { output: text(output) ?? "", ...(item.status === "failed" ? { isError: true as const } : {}) }
      case "shell_call_output":
        return { output: JSON.stringify(array(output)) }
      case "tool_search_output":
        return item.execution === "client" ? { output: JSON.stringify(array(item.tools).filter(isObject)) } : undefined
      default:
        return undefined
    }
  })
