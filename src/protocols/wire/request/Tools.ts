import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { CacheControl, ProviderOptions, ToolCallPart, ToolResultPart } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import type { Message, UserMessage } from "../../../domain/Message.ts"
import * as WrittenNumbers from "../../../domain/WrittenNumbers.ts"
import type { ToolDefinition } from "../../../domain/Tool.ts"
import type { InvalidRequestError } from "../../../domain/CallErrors.ts"
import { checked, type Issues } from "./Issues.ts"
import { nullable, record, type RequestContext } from "./RequestCodec.ts"
import { array, compact, setOf, isObject, parse, unknownFields, type WireObject } from "../WireObject.ts"
import { OwnFields } from "./OwnFields.ts"

const Body = Schema.Struct({
  function: Schema.Struct({
    name: Schema.NonEmptyString,
    description: nullable(Schema.String),
    parameters: nullable(record),
    strict: nullable(Schema.Boolean)
  })
})

const known = setOf("type function cache_control")
const knownInFunction = setOf("name description parameters strict")

/** A tool as OpenAI writes it and many protocols after it: `{ type: "function", function: { name, ... } }`. */
export const encodeTool = (
  { description, inputSchema, name, providerOptions, strict }: ToolDefinition,
  context: RequestContext
): WireObject =>
  context.withOptions(
    { type: "function", function: compact({ name, description, parameters: inputSchema, strict }) },
    providerOptions
  )

/** Whether a tool is as `Body` has it: it takes much less time to see that than to find out what is wrong. */
const isBody = (tool: WireObject): tool is typeof Body.Type => {
  const body = tool.function
  if (!isObject(body)) return false
  const { description = null, name, parameters = null, strict = null } = body
  return (
    typeof name === "string" &&
    name !== "" &&
    (description === null || typeof description === "string") &&
    (parameters === null || isObject(parameters)) &&
    (strict === null || typeof strict === "boolean")
  )
}

export interface DecodedTools {
  readonly tools: ReadonlyArray<ToolDefinition> | undefined
  readonly others: ReadonlyArray<Json> | undefined
}

/** Decodes the tools of a request; those of other kinds, of which `decode` makes nothing, stay as they are. */
export const decodeToolList = (
  wire: unknown,
  decode: (tool: WireObject, at: string) => Result.Result<ToolDefinition, InvalidRequestError> | undefined
): Result.Result<DecodedTools, InvalidRequestError> => {
  const tools: Array<ToolDefinition> = []
  const others: Array<Json> = []
  for (const [index, tool] of array(wire).entries()) {
    const decoded = isObject(tool) ? decode(tool, `tools[${index}]`) : undefined
    if (decoded === undefined) others.push(tool as Json)
    else if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
    else tools.push(decoded.success)
  }
  return Result.succeed({
    tools: tools.length === 0 ? undefined : tools,
    others: others.length === 0 ? undefined : others
  })
}

/** Decodes tools as OpenAI writes them. */
export const decodeTools = (wire: unknown, protocol: string): Result.Result<DecodedTools, InvalidRequestError> =>
  decodeToolList(wire, (tool, at) =>
    (tool.type ?? "function") === "function" ? decodeTool(tool, at, protocol) : undefined
  )

const decodeTool = (
  tool: WireObject,
  at: string,
  protocol: string
): Result.Result<ToolDefinition, InvalidRequestError> =>
  Result.map(isBody(tool) ? Result.succeed(tool) : checked(Body, tool, at), ({ function: body }) => {
    const options = {
      ...unknownFields(tool, known),
      function: unknownFields(tool.function as WireObject, knownInFunction)
    }
    return compact({
      name: body.name,
      description: body.description ?? undefined,
      inputSchema: body.parameters ?? { type: "object", properties: {} },
      strict: body.strict ?? undefined,
      cacheControl: decodeCacheMark(tool.cache_control),
      ...new OwnFields(protocol).spread(options)
    })
  })

/** A mark of the end of a prefix to cache: `{ ttl }`, of which other fields say nothing more. */
export const decodeCacheMark = (mark: unknown): CacheControl | undefined => {
  if (!isObject(mark)) return undefined
  return mark.ttl === "5m" || mark.ttl === "1h" ? { ttl: mark.ttl } : {}
}

/** Warns, once, of `cacheControl` on parts or tools where the protocol has no such field. */
export const warnOfCacheMarks = ({ messages, tools }: ChatRequest, issues: Issues): void => {
  const isMarked = (part: object) => "cacheControl" in part && part.cacheControl !== undefined
  if (messages.some(({ content }) => content.some(isMarked)) || (tools ?? []).some(isMarked)) {
    issues.warn("unsupported-content", "cacheControl", "the server decides what to cache; cacheControl was left out")
  }
}

type Input = Pick<ToolCallPart, "input" | "rawInput">

/**
 * The key under which input that is not a JSON object goes back to the model, as Anthropic advises for its models.
 * Source: https://platform.claude.com/docs/en/agents-and-tools/tool-use/fine-grained-tool-streaming
 */
const invalid = "INVALID_JSON"

const isWrapped = (input: unknown): input is { readonly [invalid]: string } =>
  isObject(input) && typeof input[invalid] === "string" && Object.keys(input).length === 1

/** Input as the text that the model wrote. No text means no arguments. */
export const decodeInputText = (json: string): Input => {
  if (json.trim() === "") return { input: {} }
  const input = parse(json)
  if (input === undefined) return { rawInput: json }
  if (isWrapped(input)) return decodeInputText(input[invalid])
  return JSON.stringify(input) === json ? { input } : { input, rawInput: json }
}

/**
 * The arguments of a function, which are an object. Servers send them as a string within the string, or whole once more
 * after their pieces or after the `{}` with which the call began (https://github.com/open-webui/open-webui/pull/22235).
 */
export const decodeArguments = (json: string): Input => {
  const read = decodeInputText(json)
  if (isObject(read.input)) return read
  const written = typeof read.input === "string" ? read.input : onceOf(json.trim())
  return written !== undefined && isObject(parse(written)) ? decodeInputText(written) : read
}

/** Half of a text that says the same twice, or what follows an empty object. */
const onceOf = (json: string): string | undefined => {
  if (json.startsWith("{}")) return json.slice(2)
  const half = json.slice(json.length / 2)
  return half.startsWith("{") && json === half + half ? half : undefined
}

/** Input as a JSON value. */
export const decodeInput = (input: unknown): Input => {
  if (input === undefined || input === null) return { input: {} }
  if (isWrapped(input)) return decodeInputText(input[invalid])
  const written = isObject(input) ? WrittenNumbers.asWritten(input) : input
  return written === input ? { input: input as Json } : { input: input as Json, rawInput: JSON.stringify(written) }
}

/** Input as an object. */
export const inputObject = ({ input, rawInput }: Input): WireObject =>
  isObject(input) ? input : { [invalid]: rawInput ?? JSON.stringify(input) ?? "" }

/** Input as an object of the wire, whose integers are those that the model wrote. */
export const encodeInput = (call: Input): WireObject => {
  const { rawInput } = call
  const input = inputObject(call)
  const written = rawInput === undefined ? undefined : WrittenNumbers.unrounded(rawInput)
  return isObject(call.input) && isObject(written) ? written : input
}

/** A part of a user message where the wire has tool results among them. */
export type UserTurnPart = UserMessage["content"][number] | ToolResultPart

/** The messages of such a user message: tool results are messages of their own. */
export const userTurns = (
  parts: ReadonlyArray<UserTurnPart>,
  options: { readonly providerOptions?: ProviderOptions | undefined }
): ReadonlyArray<Message> => {
  const messages: Array<{ readonly role: string; readonly content: Array<UserTurnPart> }> = []
  for (const part of parts) {
    const role = part.type === "tool-result" ? "tool" : "user"
    const last = messages.at(-1)
    if (last?.role === role) last.content.push(part)
    else messages.push({ role, content: [part], ...options })
  }
  return messages as ReadonlyArray<object> as ReadonlyArray<Message>
}
