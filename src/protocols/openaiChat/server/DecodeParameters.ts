import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { Json } from "../../../domain/Json.ts"
import type { ToolDefinition } from "../../../domain/Tool.ts"
import { decodeCacheMark } from "./DecodeParts.ts"
import { others, type RequestCheck } from "./RequestCheck.ts"
import { compact, isObject, type WireObject } from "../wire/Wire.ts"

/** A parameter, and what of its fields the domain has no word for. */
interface Decoded<A> {
  readonly value: A | undefined
  readonly rest: { readonly [key: string]: Json }
}

const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const

/** `reasoning_effort`, or OpenRouter's `reasoning`. */
export const decodeReasoning = (body: WireObject, check: RequestCheck): Decoded<ChatRequest["reasoning"]> => {
  const { effort: inner, max_tokens: tokens, ...more } = check.object(body.reasoning, "reasoning") ?? {}
  const word = check.string(body.reasoning_effort, "reasoning_effort") ?? check.string(inner, "reasoning.effort")
  const effort = efforts.find((effort) => effort === word)
  const budget = check.integer(tokens, "reasoning.max_tokens")
  return {
    value: effort === undefined && budget === undefined ? undefined : compact({ effort, budget }),
    rest: {
      ...(word === undefined || effort !== undefined ? {} : { reasoning_effort: word }),
      ...(Object.keys(more).length === 0 ? {} : { reasoning: more as Json })
    }
  }
}

/**
 * The form of the answer. Together, Fireworks and llama.cpp take a schema beside the type, of either type; a type that
 * the domain does not know stays as it is where it brings fields of its own (`regex`, `grammar`).
 * Sources: https://docs.together.ai/docs/json-mode and
 * https://docs.fireworks.ai/structured-responses/structured-response-formatting
 */
export const decodeFormat = (u: unknown, check: RequestCheck): Decoded<NonNullable<ChatRequest["responseFormat"]>> => {
  const format = check.object(u, "response_format")
  if (format === undefined) return { value: undefined, rest: {} }
  switch (check.required(format.type, "response_format.type")) {
    case "text":
      return { value: { type: "text" }, rest: {} }
    case "json_object":
      return { value: isObject(format.schema) ? schemaFormat(format, check) : { type: "json" }, rest: {} }
    case "json_schema":
      return { value: schemaFormat(format, check), rest: {} }
    default:
      if (Object.keys(format).length === 1) {
        check.fail("response_format.type", "must be text, json_object or json_schema")
      }
      return { value: undefined, rest: { response_format: format as Json } }
  }
}

const schemaFormat = (format: WireObject, check: RequestCheck): NonNullable<ChatRequest["responseFormat"]> => {
  const at = "response_format.json_schema"
  const wire = check.object(format.json_schema, at) ?? format
  const schema = check.object(wire.schema, `${at}.schema`) ?? check.fail(`${at}.schema`, "is missing")
  return {
    type: "json-schema",
    schema: (schema ?? {}) as ToolDefinition["inputSchema"],
    ...compact({
      name: check.string(wire.name, `${at}.name`),
      description: check.string(wire.description, `${at}.description`),
      strict: check.boolean(wire.strict, `${at}.strict`)
    })
  }
}

/**
 * `tools`, or `functions` as the protocol's first version has it. Tools that the server runs itself stay as they are.
 */
export const decodeTools = (body: WireObject, check: RequestCheck): Decoded<ReadonlyArray<ToolDefinition>> => {
  const tools: Array<ToolDefinition> = []
  const foreign: Array<Json> = []
  for (const [t, u] of (check.array(body.tools, "tools") ?? []).entries()) {
    const at = `tools[${t}]`
    const wire = check.object(u, at) ?? {}
    const type = check.required(wire.type, `${at}.type`)
    if (type !== "function") foreign.push(wire as Json)
    else {
      const rest = { ...decodeCacheMark(wire), ...others(wire, new Set(["type", "function", "cache_control"])) }
      tools.push({ ...decodeFunction(wire.function, `${at}.function`, check), ...rest })
    }
  }
  for (const [f, u] of (check.array(body.functions, "functions") ?? []).entries()) {
    tools.push(decodeFunction(u, `functions[${f}]`, check))
  }
  return { value: tools.length === 0 ? undefined : tools, rest: foreign.length === 0 ? {} : { tools: foreign } }
}

const decodeFunction = (u: unknown, at: string, check: RequestCheck): ToolDefinition => {
  const wire = check.object(u, at) ?? {}
  return {
    name: check.required(wire.name, `${at}.name`),
    inputSchema: (check.object(wire.parameters, `${at}.parameters`) ?? {
      type: "object",
      properties: {}
    }) as ToolDefinition["inputSchema"],
    ...compact({
      description: check.string(wire.description, `${at}.description`),
      strict: check.boolean(wire.strict, `${at}.strict`)
    })
  }
}

/** `tool_choice`, or `function_call` as the protocol's first version has it. Mistral's `any` is `required`. */
export const decodeChoice = (body: WireObject, check: RequestCheck): Decoded<ChatRequest["toolChoice"]> => {
  const choice = body.tool_choice ?? undefined
  const named = isObject(choice) && choice.type === "function" ? choice.function : (body.function_call ?? undefined)
  const word = choice ?? named
  if (word === undefined) return { value: undefined, rest: {} }
  if (word === "auto" || word === "none" || word === "required") return { value: word, rest: {} }
  if (word === "any") return { value: "required", rest: {} }
  if (isObject(named)) return { value: { tool: check.required(named.name, "tool_choice.function.name") }, rest: {} }
  if (isObject(word)) return { value: undefined, rest: { tool_choice: word as Json } }
  check.fail("tool_choice", "must be auto, none, required or a tool")
  return { value: undefined, rest: {} }
}
