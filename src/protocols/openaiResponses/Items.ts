import type { ProviderOptions, ToolCallPart } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import { decodeInputText } from "../wire/ToolInput.ts"
import { unknownFields, compact, isObject, object, protocolId, text, type WireObject } from "./wire/Wire.ts"

/** Calls of tools that have a name of their own, and the field in which the model writes the input as text. */
const written: { readonly [type: string]: string } = {
  function_call: "arguments",
  custom_tool_call: "input",
  mcp_call: "arguments"
}

/**
 * Calls of built-in tools: the name of the tool, and the fields that are its input. One field that holds an object is
 * the input itself.
 * Source: https://platform.openai.com/docs/api-reference/responses/object
 */
const builtIn: { readonly [type: string]: { readonly name: string; readonly fields: ReadonlyArray<string> } } = {
  computer_call: { name: "computer", fields: ["action", "actions"] },
  local_shell_call: { name: "local_shell", fields: ["action"] },
  shell_call: { name: "shell", fields: ["action"] },
  apply_patch_call: { name: "apply_patch", fields: ["operation"] },
  tool_search_call: { name: "tool_search", fields: ["arguments"] },
  web_search_call: { name: "web_search", fields: ["action"] },
  file_search_call: { name: "file_search", fields: ["queries"] },
  code_interpreter_call: { name: "code_interpreter", fields: ["code"] },
  image_generation_call: { name: "image_generation", fields: ["revised_prompt"] }
}

const served = new Set([
  "mcp_call",
  "web_search_call",
  "file_search_call",
  "code_interpreter_call",
  "image_generation_call"
])

/**
 * Whether the server itself answers the call of this item. xAI's searches of X are custom tools by their type, and only
 * their ids tell them from the caller's.
 */
export const isServed = (item: WireObject): boolean => {
  switch (item.type) {
    case "shell_call":
      return object(item.environment)?.type === "container_reference"
    case "tool_search_call":
      return item.execution !== "client"
    case "custom_tool_call":
      return String(item.call_id).startsWith("xs_call_")
    default:
      return served.has(String(item.type)) || isForeign(item)
  }
}

/** A call of another server's own tool: its type is not known here, but its input is text (xAI's `x_search_call`, Azure's). */
const isForeign = ({ arguments: input, type }: WireObject): boolean =>
  typeof input === "string" &&
  String(type).endsWith("_call") &&
  kindOf(type) === undefined &&
  writtenField(type) === undefined

/** The field in which the input of a call is written as text, or none where it is not. */
export const writtenField = (type: unknown): string | undefined =>
  typeof type === "string" && Object.hasOwn(written, type) ? written[type] : undefined

const kindOf = (type: unknown) => (typeof type === "string" && Object.hasOwn(builtIn, type) ? builtIn[type] : undefined)

/**
 * The call of an item, or none where the item is no call or lacks what a call needs. Calls that the caller answers keep
 * what else their item says in `providerOptions`, its `type` included unless it is a function; of calls that the server
 * answers the whole item stands beside them.
 */
export const decodeCall = (item: WireObject): ToolCallPart | undefined => {
  const { type } = item
  const kind = kindOf(type)
  const isNamed = writtenField(type) !== undefined
  const others = isForeign(item) ? (text(item.name) ?? String(type).replace(/_call$/, "")) : undefined
  const name = kind?.name ?? (isNamed ? text(item.name) : others)
  const id = callIdOf(item)
  if (name === undefined || id === undefined) return undefined
  const isOwn = isServed(item)
  // xAI writes the input of any tool of its own as text.
  const isText = kind === undefined || (isOwn && typeof item.arguments === "string")
  const input = isText ? decodeWritten(item) : { input: decodeFields(item, kind.fields) }
  const call: ToolCallPart = { type: "tool-call", id, name, ...input }
  if (isOwn) return { ...call, providerExecuted: true }
  const providerOptions = callOptions(item)
  return providerOptions === undefined ? call : { ...call, providerOptions }
}

/**
 * The item with the id that `idOf` gives, of the server's own, where it is a call. What the server itself answers keeps its
 * id.
 */
export const withCallId = (item: WireObject, idOf: (given: unknown) => string): WireObject => {
  if (writtenField(item.type) === undefined) return item
  const given = callIdOf(item)
  const id = given !== undefined && isServed(item) ? given : idOf(given)
  return id === given ? item : { ...item, call_id: id }
}

/** The id by which a call is answered, as the server gave it. */
export const callIdOf = (item: WireObject): string | undefined => text(item.call_id) ?? text(item.id)

const decodeWritten = (item: WireObject): Pick<ToolCallPart, "input" | "rawInput"> => {
  const input = item[writtenField(item.type) ?? "arguments"]
  // Some servers send the arguments as an object.
  if (isObject(input)) return { input: input as Json }
  return item.type === "custom_tool_call" && input === "" ? { rawInput: "" } : decodeInputText(text(input) ?? "")
}

const decodeFields = (item: WireObject, fields: ReadonlyArray<string>): Json => {
  const found = fields.filter((field) => item[field] !== undefined && item[field] !== null)
  const [only = "", ...more] = fields
  if (more.length === 0 && isObject(item[only])) return item[only] as Json
  return Object.fromEntries(found.map((field) => [field, item[field] as Json]))
}

/** What the item of a call says beside the call itself. */
export const callOptions = (item: WireObject): ProviderOptions | undefined => {
  const { status, type } = item
  const known = new Set(["call_id", "name", writtenField(type) ?? "", ...(kindOf(type)?.fields ?? [])])
  if (type === "function_call") known.add("type")
  if (status === "completed") known.add("status")
  const options = unknownFields(item, known)
  return options === undefined ? undefined : { [protocolId]: options }
}

/** The item of a call that the caller answers, where `type` is not that of a function the type of its item. */
export const encodeCall = ({ id: call_id, input, name, rawInput }: ToolCallPart, type: string): WireObject => {
  const field = writtenField(type)
  if (field !== undefined) return { type, call_id, name, [field]: rawInput ?? JSON.stringify(input ?? {}) }
  const [only = "", ...more] = kindOf(type)?.fields ?? []
  return compact({ type, call_id, status: "completed", ...(more.length === 0 ? { [only]: input } : object(input)) })
}

/** The type of the item of a call that the caller answers, among the options of the call. */
export const callType = ({ type }: WireObject): string =>
  typeof type === "string" && (kindOf(type) !== undefined || writtenField(type) !== undefined) ? type : "function_call"

/** The type of the item that answers a call. */
export const outputType = (type: string): string =>
  type === "tool_search_call" ? "tool_search_output" : `${type}_output`
