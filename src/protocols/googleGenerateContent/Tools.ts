import * as Schema from "effect/Schema"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { Json } from "../../domain/Json.ts"
import type { ToolDefinition } from "../../domain/Tool.ts"
import type { Issues } from "../wire/request/Issues.ts"
import { group, nullable, type RequestContext } from "../wire/request/RequestCodec.ts"
import {
  array,
  compact,
  setOf,
  isObject,
  mapValues,
  text,
  unchanged,
  unknownFields,
  type WireObject
} from "../wire/WireObject.ts"
import { listOf, own } from "./Parts.ts"

/** How schemas are written; see `GoogleGenerateContentQuirks`. */
interface SchemaQuirks {
  readonly schemas: "json-schema" | "openapi"
}

const Declaration = Schema.Struct({
  name: Schema.NonEmptyString,
  description: nullable(Schema.String),
  parameters: nullable(Schema.Unknown),
  parametersJsonSchema: nullable(Schema.Unknown)
})
const declarationKeys = new Set(Object.keys(Declaration.fields))

/**
 * Where a tool is strict, and the model may choose, the mode is `VALIDATED`. Tools that Google runs come last.
 * Source: https://ai.google.dev/gemini-api/docs/function-calling and https://ai.google.dev/api/caching#Tool
 */
export const tools = group({
  fields: {
    tools: Schema.Array(Schema.Struct({ functionDeclarations: nullable(Schema.Array(Declaration)) })),
    toolConfig: { functionCallingConfig: { mode: Schema.Unknown, allowedFunctionNames: Schema.Unknown } }
  },
  encode: (request, context: RequestContext<SchemaQuirks>) => {
    const { issues, quirks } = context
    const functionDeclarations = request.tools?.map(({ description, inputSchema, name, providerOptions }) => {
      const schema =
        quirks.schemas === "openapi"
          ? { parameters: toOpenApi(inputSchema, "tools", issues) }
          : { parametersJsonSchema: toSubset(inputSchema) }
      return context.withOptions(compact({ name, description, ...schema }), providerOptions)
    })
    const tools = [
      ...(functionDeclarations === undefined ? [] : [{ functionDeclarations }]),
      ...context.added("tools").filter(isObject)
    ]
    return {
      tools: tools.length === 0 ? undefined : tools,
      toolConfig: { functionCallingConfig: functionDeclarations && encodeToolChoice(request) }
    }
  },
  decode: ({ toolConfig: { functionCallingConfig }, tools: wire = [] }) => {
    const tools = wire.flatMap(({ functionDeclarations }) => (functionDeclarations ?? []).map(decodeTool))
    const serverTools = wire.flatMap(({ functionDeclarations: _, ...tool }) =>
      Object.keys(tool).length === 0 ? [] : tool
    )
    const { kept, toolChoice } = decodeToolChoice(functionCallingConfig)
    return {
      tools: tools.length === 0 ? undefined : tools,
      toolChoice,
      unknownFields: {
        tools: serverTools.length === 0 ? undefined : serverTools,
        toolConfig: { functionCallingConfig: kept }
      }
    }
  }
})

const encodeToolChoice = ({ toolChoice, tools = [] }: ChatRequest): WireObject | undefined => {
  if (typeof toolChoice === "object") return { mode: "ANY", allowedFunctionNames: [toolChoice.tool] }
  if (toolChoice === "none") return { mode: "NONE" }
  if (toolChoice === "required") return { mode: "ANY" }
  if (tools.some(({ strict }) => strict === true)) return { mode: "VALIDATED" }
  return toolChoice === undefined ? undefined : { mode: "AUTO" }
}

const modes = new Map(Object.entries({ ANY: "required", NONE: "none", AUTO: "auto", VALIDATED: "auto" } as const))

/** `kept` are `VALIDATED` and the allowed names, unless that is the one tool that must be called. */
const decodeToolChoice = (
  config: WireObject
): { readonly toolChoice: ChatRequest["toolChoice"]; readonly kept?: WireObject } => {
  const names = listOf(config.allowedFunctionNames).filter((name) => typeof name === "string")
  const [name, ...more] = names
  const mode = (text(config.mode) ?? "").toUpperCase()
  if (mode === "ANY" && name !== undefined && more.length === 0) return { toolChoice: { tool: name } }
  return {
    toolChoice: modes.get(mode),
    kept: {
      mode: mode === "VALIDATED" ? config.mode : undefined,
      allowedFunctionNames: name === undefined ? undefined : names
    }
  }
}

const decodeTool = (declaration: (typeof Declaration)["Encoded"]): ToolDefinition => {
  const { description, name, parameters, parametersJsonSchema } = declaration
  const schema = isObject(parametersJsonSchema) ? asSchema(parametersJsonSchema) : undefined
  const openApi = isObject(parameters) ? fromOpenApi(parameters) : undefined
  // A function that was declared without a schema is written without one.
  const missing = (schema ?? openApi) ? {} : { parameters: null, parametersJsonSchema: null }
  return {
    name,
    ...compact({ description: description ?? undefined }),
    inputSchema: schema ?? openApi ?? { type: "object", properties: {} },
    ...own.spread({ ...unknownFields(declaration, declarationKeys), ...missing })
  }
}

const asSchema = (schema: WireObject) => schema as { readonly [key: string]: Json }

export const responseFormat = group({
  fields: {
    generationConfig: {
      responseMimeType: Schema.Unknown,
      responseJsonSchema: Schema.Unknown,
      responseSchema: Schema.Unknown
    }
  },
  encode: ({ responseFormat: format }, { issues, quirks }: RequestContext<SchemaQuirks>) => {
    if (format === undefined || format.type === "text") return {}
    const schema =
      format.type === "json"
        ? {}
        : quirks.schemas === "openapi"
          ? { responseSchema: toOpenApi(format.schema, "responseFormat", issues) }
          : { responseJsonSchema: toSubset(format.schema) }
    return { generationConfig: { responseMimeType: "application/json", ...schema } }
  },
  decode: ({ generationConfig: { responseJsonSchema, responseMimeType, responseSchema } }) => {
    if (responseMimeType !== "application/json") {
      return { unknownFields: { generationConfig: { responseJsonSchema, responseMimeType, responseSchema } } }
    }
    const schema = isObject(responseJsonSchema)
      ? asSchema(responseJsonSchema)
      : isObject(responseSchema)
        ? fromOpenApi(responseSchema)
        : undefined
    return { responseFormat: schema === undefined ? { type: "json" } : { type: "json-schema", schema } }
  }
})

const subsetKeywords = setOf(
  "$id $anchor type format title description minItems maxItems minimum maximum required propertyOrdering"
)

const droppedKeywords = setOf("$schema $comment examples definitions description $defs")

/**
 * A JSON Schema within the subset that Gemini reads: `const` becomes `enum`, `allOf` one schema, and what the subset
 * lacks (patterns, lengths, exclusive bounds, defaults) moves to the description.
 * Source: https://ai.google.dev/api/generate-content#GenerationConfig (`responseJsonSchema`)
 */
const toSubset = (schema: WireObject): WireObject => {
  const definitions = definitionsOf(schema)
  const result: Record<string, unknown> = {}
  if (Object.keys(definitions).length > 0) result.$defs = mapValues(definitions, subset)
  if (typeof schema.$ref === "string") {
    return { ...result, $ref: schema.$ref.replace(/^#\/definitions\//, "#/$defs/") }
  }
  const merged = mergeAllOf(schema)
  const notes: Array<string> = []
  for (const [key, value] of Object.entries(merged)) {
    if (droppedKeywords.has(key)) continue
    const rewritten = key === "required" ? requiredOf(merged) : subsetKeywords.has(key) ? value : rewrite(key, value)
    if (rewritten === undefined) notes.push(`${key}: ${JSON.stringify(value)}`)
    else result[key === "const" ? "enum" : key] = rewritten
  }
  const description = [merged.description, notes.length === 0 ? undefined : `{${notes.join(", ")}}`]
    .filter((line) => typeof line === "string")
    .join("\n\n")
  return unchanged(schema, description === "" ? result : { ...result, description })
}

const rewrite = (key: string, value: unknown): unknown => {
  switch (key) {
    case "const":
      return isEnumValue(value) ? [value] : undefined
    case "enum":
      return array(value).every((item) => isEnumValue(item) || item === null) ? value : undefined
    case "anyOf":
    case "oneOf":
    case "prefixItems":
      return array(value).map(subset)
    case "properties":
      return isObject(value) ? mapValues(value, subset) : undefined
    case "items":
    case "additionalProperties":
      return subset(value)
    default:
      return undefined
  }
}

const isEnumValue = (u: unknown): boolean => typeof u === "string" || typeof u === "number"

const subset = (u: unknown): unknown => (isObject(u) ? toSubset(u) : u)

const objectOrEmpty = (u: unknown): WireObject => (isObject(u) ? u : {})

const definitionsOf = ({ $defs, definitions }: WireObject): WireObject => ({
  ...objectOrEmpty(definitions),
  ...objectOrEmpty($defs)
})

/** `allOf` of plain schemas as one; it stays where one of them is a reference. */
const mergeAllOf = (schema: WireObject): WireObject => {
  const { allOf, ...rest } = schema
  const members = array(allOf).filter(isObject)
  if (members.length === 0 || members.length < array(allOf).length || members.some(({ $ref }) => $ref !== undefined)) {
    return schema
  }
  const merged: Record<string, unknown> = {}
  const properties: Record<string, unknown> = {}
  const required = new Set<unknown>()
  for (const member of [...members.map(mergeAllOf), rest]) {
    Object.assign(merged, member)
    Object.assign(properties, member.properties)
    for (const key of array(member.required)) required.add(key)
  }
  if (Object.keys(properties).length > 0) merged.properties = properties
  if (required.size > 0) merged.required = [...required]
  return merged
}

/** Gemini rejects required keys that are not properties. */
const requiredOf = ({ properties, required }: WireObject): ReadonlyArray<unknown> => {
  const all = array(required)
  const isProperty = (key: unknown) =>
    !isObject(properties) || (typeof key === "string" && Object.hasOwn(properties, key))
  return all.every(isProperty) ? all : all.filter(isProperty)
}

const openApiKeywords = setOf(
  "format title description minItems maxItems minimum maximum minLength maxLength pattern propertyOrdering"
)

/**
 * A JSON Schema in the OpenAPI 3.0 subset that `responseSchema` and `parameters` take: references are inlined, so a
 * recursive schema is unsupported.
 * Source: https://ai.google.dev/api/caching#Schema
 */
const toOpenApi = (schema: WireObject, parameter: string, issues: Issues): WireObject => {
  const definitions = definitionsOf(schema)
  const convert = (node: unknown, path: ReadonlyArray<string>): WireObject => {
    if (!isObject(node)) return {}
    const { $ref, ...siblings } = node
    if (typeof $ref !== "string") return convertObject(mergeAllOf(node), path)
    if (path.includes($ref)) {
      issues.unsupported(parameter, "this server does not support schemas that refer to themselves")
      return {}
    }
    const target = objectOrEmpty(definitions[$ref.slice($ref.lastIndexOf("/") + 1)])
    return convert({ ...target, ...siblings }, [...path, $ref])
  }
  const convertObject = (node: WireObject, path: ReadonlyArray<string>): WireObject => {
    const result: Record<string, unknown> = {}
    const types = (node.type === undefined ? [] : [node.type].flat()).map(String)
    const typesButNull = types.filter((type) => type !== "null")
    const choices = array(node.anyOf ?? node.oneOf).filter(isObject)
    const choicesButNull = choices.filter(({ type }) => type !== "null")
    if (types.length > typesButNull.length || choices.length > choicesButNull.length) result.nullable = true
    if (typesButNull.length === 1) result.type = typesButNull[0]?.toUpperCase()
    else if (typesButNull.length > 1) result.anyOf = typesButNull.map((type) => ({ type: type.toUpperCase() }))
    if (choicesButNull.length === 1) Object.assign(result, convert(choicesButNull[0], path))
    else if (choicesButNull.length > 1) result.anyOf = choicesButNull.map((choice) => convert(choice, path))
    for (const [key, value] of Object.entries(node)) if (openApiKeywords.has(key)) result[key] = value
    if (node.required !== undefined) result.required = requiredOf(node)
    const values = array(node.const === undefined ? node.enum : [node.const])
    if (values.length > 0 && values.every((value) => typeof value === "string")) {
      Object.assign(result, { type: "STRING", enum: values })
    }
    if (isObject(node.properties)) result.properties = mapValues(node.properties, (property) => convert(property, path))
    if (isObject(node.items)) result.items = convert(node.items, path)
    return result
  }
  return convert(schema, [])
}

const numberedTypes = ["", "string", "number", "integer", "boolean", "array", "object", "null"]

/** The OpenAPI subset as JSON Schema; its types may be in upper case or numbers. */
const fromOpenApi = (schema: WireObject): { readonly [key: string]: Json } => {
  const result: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === "nullable" || value === null) continue
    if (key === "type" && typeof value === "string") result.type = value.toLowerCase()
    else if (key === "type" && typeof value === "number") result.type = numberedTypes[value]
    else if (key === "properties" && isObject(value)) result.properties = mapValues(value, fromOpenApiValue)
    else if (key === "items") result.items = fromOpenApiValue(value)
    else if (key === "anyOf") result.anyOf = array(value).map(fromOpenApiValue)
    else result[key] = value
  }
  if (schema.nullable === true) {
    if (typeof result.type === "string") result.type = [result.type, "null"]
    else if (Array.isArray(result.anyOf)) result.anyOf = [...result.anyOf, { type: "null" }]
  }
  return result as { readonly [key: string]: Json }
}

const fromOpenApiValue = (u: unknown): unknown => (isObject(u) ? fromOpenApi(u) : u)
