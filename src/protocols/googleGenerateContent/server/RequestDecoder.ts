import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { Message } from "../../../domain/Message.ts"
import type { ToolDefinition } from "../../../domain/Tool.ts"
import type { DecodedRequest } from "../../ChatProtocol.ts"
import { checked } from "../../wire/Issues.ts"
import {
  array,
  unknownFields,
  camel,
  compact,
  isObject,
  listOf,
  object,
  text,
  protocolId,
  type WireObject
} from "../wire/Wire.ts"
import { ContentsDecoder, decodeSystem } from "./Messages.ts"
import { fromOpenApi } from "./SchemaDecoder.ts"

type Options = { readonly [key: string]: Json }

const nullable = <S extends Schema.Constraint>(schema: S) => Schema.optional(Schema.NullOr(schema))

const strings = Schema.Array(Schema.String)

const part = Schema.Struct({ text: nullable(Schema.String) })

const RequestBody = Schema.Struct({
  model: nullable(Schema.String),
  stream: nullable(Schema.Boolean),
  contents: Schema.Array(
    Schema.Struct({
      role: nullable(Schema.Literals(["user", "model", "function", "tool"])),
      parts: nullable(Schema.Array(part))
    })
  ),
  systemInstruction: Schema.optional(Schema.Unknown),
  tools: nullable(Schema.Array(Schema.Record(Schema.String, Schema.Unknown))),
  toolConfig: nullable(Schema.Record(Schema.String, Schema.Unknown)),
  generationConfig: nullable(Schema.Record(Schema.String, Schema.Unknown)),
  labels: nullable(Schema.Record(Schema.String, Schema.String)),
  serviceTier: nullable(Schema.String)
})

const Config = Schema.Struct({
  maxOutputTokens: nullable(Schema.Int),
  temperature: nullable(Schema.Finite),
  topP: nullable(Schema.Finite),
  topK: nullable(Schema.Int),
  stopSequences: nullable(strings),
  seed: nullable(Schema.Int),
  frequencyPenalty: nullable(Schema.Finite),
  presencePenalty: nullable(Schema.Finite),
  responseLogprobs: nullable(Schema.Boolean),
  logprobs: nullable(Schema.Int)
})

const bodyKeys = new Set(Object.keys(RequestBody.fields))
const configKeys = new Set(Object.keys(Config.fields))
const formatKeys = new Set(["responseMimeType", "responseSchema", "responseJsonSchema"])
const toolKeys = new Set(["name", "description", "parameters", "parametersJsonSchema"])
/** A declaration that has no schema is written without one. */
const noSchema = { parameters: null, parametersJsonSchema: null }

/**
 * Reads a request as a server. What the domain has no field for stays in `providerOptions`, tools of Google's own
 * included, so that the client half writes it again. The model and whether to stream stand in the path: who reads that
 * puts them in place of the `""` and `false` here (a body that names its model keeps that).
 */
export const decodeRequest = (received: unknown): Result.Result<DecodedRequest, InvalidRequestError> =>
  Result.gen(function* () {
    const given = isObject(received) ? camel(received) : {}
    const wire = unwrapped(given)
    const body = yield* checked(RequestBody, isObject(received) ? wire : received, "")
    const fields = camel(object(wire.generationConfig) ?? {})
    const config = yield* checked(Config, fields, "generationConfig")
    const system = decodeSystem(wire.systemInstruction)
    const messages: Array<Message> = system.length === 0 ? [] : [{ role: "system", content: system }]
    messages.push(...new ContentsDecoder().decode(array(wire.contents).filter(isObject)))
    const { others, tools } = yield* decodeTools(array(wire.tools).filter(isObject).map(camel))
    const toolConfig = camel(object(wire.toolConfig) ?? {})
    const calling = decodeCalling(camel(object(toolConfig.functionCallingConfig) ?? {}))
    const format = decodeFormat(fields)
    const thinking = decodeThinking(fields.thinkingConfig)
    const generationConfig = filled({
      ...unknownFields(fields, new Set([...configKeys, "thinkingConfig", ...(format === undefined ? [] : formatKeys)])),
      thinkingConfig: thinking.rest
    })
    const options = filled({
      ...unknownFields(wire, bodyKeys),
      generationConfig,
      toolConfig: filled({
        ...unknownFields(toolConfig, new Set(["functionCallingConfig"])),
        functionCallingConfig: calling.rest
      }),
      tools: others.length === 0 ? undefined : others
    })
    const request: ChatRequest = compact({
      messages,
      maxOutputTokens: config.maxOutputTokens ?? undefined,
      temperature: config.temperature ?? undefined,
      topP: config.topP ?? undefined,
      topK: config.topK ?? undefined,
      stop: config.stopSequences ?? undefined,
      seed: config.seed ?? undefined,
      frequencyPenalty: config.frequencyPenalty ?? undefined,
      presencePenalty: config.presencePenalty ?? undefined,
      logprobs: config.responseLogprobs === true ? (config.logprobs ?? 0) : undefined,
      tools: tools.length === 0 ? undefined : tools,
      toolChoice: calling.choice,
      responseFormat: format,
      reasoning: thinking.reasoning,
      metadata: body.labels ?? undefined,
      serviceTier: body.serviceTier ?? undefined,
      providerOptions: options === undefined ? undefined : { [protocolId]: options }
    })
    return { model: body.model ?? "", stream: body.stream === true, request, includeUsage: true }
  })

/** The body with its repeated fields as arrays; what is absent stays so. */
const unwrapped = ({ contents, tools, ...body }: WireObject): WireObject => ({
  ...body,
  ...(contents === undefined
    ? {}
    : { contents: isObject(contents) ? [contents].map(withParts) : each(contents, withParts) }),
  ...(tools === undefined ? {} : { tools: isObject(tools) ? [tools] : tools })
})

const each = (u: unknown, change: (record: WireObject) => WireObject): unknown =>
  Array.isArray(u) ? u.map((one) => (isObject(one) ? change(one) : one)) : u

const withParts = (content: WireObject): WireObject =>
  isObject(content.parts) ? { ...content, parts: [content.parts] } : content

/** None where nothing is in it. */
const filled = (fields: { readonly [key: string]: Json | undefined }): Options | undefined => {
  const known = compact(fields) as Options
  return Object.keys(known).length === 0 ? undefined : known
}

const decodeTools = (
  wire: ReadonlyArray<WireObject>
): Result.Result<
  { readonly tools: ReadonlyArray<ToolDefinition>; readonly others: ReadonlyArray<Json> },
  InvalidRequestError
> =>
  Result.gen(function* () {
    const tools: Array<ToolDefinition> = []
    const others: Array<Json> = []
    for (const [index, { functionDeclarations, ...other }] of wire.entries()) {
      if (Object.keys(other).length > 0) others.push(other as Json)
      for (const [place, declared] of listOf(functionDeclarations).filter(isObject).entries()) {
        const tool = camel(declared)
        const at = `tools[${index}].functionDeclarations[${place}]`
        const { description, name } = yield* checked(Declaration, tool, at)
        const { parameters, parametersJsonSchema: schema } = tool
        const isBare = !isObject(parameters) && !isObject(schema)
        const rest = filled({ ...unknownFields(tool, toolKeys), ...(isBare ? noSchema : {}) })
        tools.push({
          name,
          ...compact({
            description: description ?? undefined,
            providerOptions: rest === undefined ? undefined : { [protocolId]: rest }
          }),
          inputSchema:
            (object(schema) as Options | undefined) ??
            fromOpenApi(object(parameters) ?? { type: "object", properties: {} })
        })
      }
    }
    return { tools, others }
  })

const Declaration = Schema.Struct({ name: Schema.NonEmptyString, description: nullable(Schema.String) })

/** `VALIDATED`, and allowed names but the one that must be called, have no word in the domain and stay as they are. */
const decodeCalling = (
  config: WireObject
): { readonly choice: ChatRequest["toolChoice"]; readonly rest: Options | undefined } => {
  const allowed = listOf(config.allowedFunctionNames).filter((name) => typeof name === "string")
  const others = unknownFields(config, new Set(["mode", "allowedFunctionNames"]))
  const rest = filled({ ...others, allowedFunctionNames: allowed.length === 0 ? undefined : allowed })
  const [only] = allowed
  switch (String(config.mode ?? "").toUpperCase()) {
    case "ANY":
      if (allowed.length === 1 && only !== undefined) return { choice: { tool: only }, rest: others }
      return { choice: "required", rest }
    case "NONE":
      return { choice: "none", rest }
    case "AUTO":
      return { choice: "auto", rest }
    case "VALIDATED":
      return { choice: "auto", rest: config as Options }
    default:
      return { choice: undefined, rest }
  }
}

const decodeFormat = ({
  responseJsonSchema,
  responseMimeType,
  responseSchema
}: WireObject): ChatRequest["responseFormat"] => {
  if (responseMimeType !== "application/json") return undefined
  if (isObject(responseJsonSchema)) return { type: "json-schema", schema: responseJsonSchema as Options }
  return isObject(responseSchema) ? { type: "json-schema", schema: fromOpenApi(responseSchema) } : { type: "json" }
}

const efforts = ["minimal", "low", "medium", "high"] as const

/** What the client half would not say by itself stays in the options; `null` there takes out what it would say. */
const decodeThinking = (
  u: unknown
): { readonly reasoning: ChatRequest["reasoning"]; readonly rest: Options | undefined } => {
  if (!isObject(u)) return { reasoning: undefined, rest: undefined }
  const { includeThoughts, thinkingBudget: budget, thinkingLevel, ...others } = camel(u)
  const level = text(thinkingLevel)?.toLowerCase()
  const effort = efforts.find((effort) => effort === level)
  const isShown = includeThoughts === true
  const rest = unknownFields(others, new Set()) ?? {}
  if (budget === 0)
    return { reasoning: { effort: "none" }, rest: filled({ ...rest, includeThoughts: isShown ? true : undefined }) }
  const isDynamic = typeof budget === "number" && budget < 0
  return {
    reasoning: compact({ effort, budget: typeof budget === "number" && !isDynamic ? budget : undefined }),
    rest: filled({
      ...rest,
      includeThoughts: isShown ? undefined : ((includeThoughts ?? null) as Json),
      thinkingBudget: isDynamic ? budget : undefined,
      thinkingLevel: effort === undefined || budget !== undefined ? (thinkingLevel as Json | undefined) : undefined
    })
  }
}
