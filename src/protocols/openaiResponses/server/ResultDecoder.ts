import * as Result from "effect/Result"
import type { ToolResultPart } from "../../../domain/ContentPart.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { Json } from "../../../domain/Json.ts"
import { array, unknownFields, isObject, object, protocolId, text, type WireObject } from "../wire/Wire.ts"
import { decodeContent } from "./ContentDecoder.ts"

interface Read {
  readonly output: ToolResultPart["output"]
  readonly isError?: true
  /** Fields that cannot be told from the output and go back as they came. */
  readonly kept?: { readonly [key: string]: Json }
}

const known = new Set(["type", "call_id", "output"])

/**
 * Reads the item that answers a call of the caller's own tools; none where it is the result of a tool that the server
 * ran. The forms that are not text become JSON.
 */
export const decodeResult = (
  item: WireObject,
  at: string
): Result.Result<ToolResultPart | undefined, InvalidRequestError> =>
  Result.gen(function* () {
    const id = text(item.call_id) ?? (item.type === "local_shell_call_output" ? text(item.id) : undefined)
    const read = yield* decodeForm(item, at)
    if (read === undefined || id === undefined) return undefined
    const { isError, kept, output } = read
    const { status, type } = item
    const options = {
      ...unknownFields(
        item,
        status === "completed" || isError === true ? new Set([...known, "status", "tools"]) : known
      ),
      ...kept,
      ...(type === "function_call_output" ? {} : { type: String(type) })
    }
    return {
      type: "tool-result",
      id,
      output,
      ...(isError === true ? { isError } : {}),
      ...(Object.keys(options).length === 0 ? {} : { providerOptions: { [protocolId]: options } })
    }
  })

const decodeForm = (item: WireObject, at: string): Result.Result<Read | undefined, InvalidRequestError> =>
  Result.gen(function* () {
    const { output, type } = item
    switch (type) {
      case "function_call_output":
      case "custom_tool_call_output": {
        if (typeof output === "string") return { output }
        const parts = yield* decodeContent(output, `${at}.output`)
        const readable = parts.filter((part) => part.type === "text" || part.type === "image" || part.type === "file")
        return readable.length === parts.length
          ? { output: readable }
          : { output: readable, kept: { output: output as Json } }
      }
      case "computer_call_output": {
        const screen = object(output) ?? {}
        const url = text(screen.image_url)
        const fileId = text(screen.file_id)
        const data = url ?? (fileId === undefined ? undefined : { fileId })
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
