import * as Result from "effect/Result"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { Message } from "../../../domain/Message.ts"
import type { ToolDefinition } from "../../../domain/Tool.ts"
import type { DecodedRequest } from "../../ChatProtocol.ts"
import { checked } from "../../wire/Issues.ts"
import { decodeCachePoint } from "../wire/AssistantBlock.ts"
import { RequestBody, ToolSpec } from "../wire/RequestBody.ts"
import { array, unknownFields, compact, isObject, object, protocolId, type WireObject } from "../wire/Wire.ts"
import { decodeMessage, decodeSystem } from "./MessagesDecoder.ts"
import { decodeModelFields } from "./ModelFieldsDecoder.ts"

type Options = { readonly [key: string]: Json }

const bodyKeys = new Set(Object.keys(RequestBody.fields))
const specKeys = new Set(Object.keys(ToolSpec.fields))

/**
 * Reads a request as a server. What the domain has no field for stays in `providerOptions`, tools of the provider's own
 * included, so that the client half writes it again. The model and whether to stream stand in the path: who reads that
 * puts them in place of the `""` and `false` here.
 */
export const decodeRequest = (received: unknown): Result.Result<DecodedRequest, InvalidRequestError> =>
  Result.gen(function* () {
    const body = yield* checked(RequestBody, received, "")
    const wire = received as WireObject
    const messages: Array<Message> = []
    const system = yield* decodeSystem(wire.system, "system")
    if (system.length > 0) messages.push({ role: "system", content: system })
    for (const [index, message] of array(wire.messages).entries()) {
      messages.push(...(yield* decodeMessage(message as WireObject, `messages[${index}]`)))
    }
    const { others, tools } = yield* decodeTools(array(object(wire.toolConfig)?.tools).filter(isObject))
    const model = decodeModelFields(object(wire.additionalModelRequestFields) ?? {}, body.outputConfig?.effort)
    const inference = body.inferenceConfig
    const format = body.outputConfig?.textFormat?.structure.jsonSchema
    const options = compact({
      ...unknownFields(wire, bodyKeys),
      inferenceConfig: besideIn(wire, "inferenceConfig", ["maxTokens", "temperature", "topP", "stopSequences"]),
      toolConfig: besideIn(wire, "toolConfig", ["tools", "toolChoice"]),
      outputConfig: { ...besideIn(wire, "outputConfig", ["textFormat", "effort"]), ...model.outputConfig },
      additionalModelRequestFields: model.rest,
      tools: others
    })
    const kept = Object.entries(options).filter(([, value]) => Object.keys(value as object).length > 0)
    const request: ChatRequest = compact({
      messages,
      maxOutputTokens: inference?.maxTokens ?? undefined,
      temperature: inference?.temperature ?? undefined,
      topP: inference?.topP ?? undefined,
      topK: model.topK,
      stop: inference?.stopSequences ?? undefined,
      tools: tools.length === 0 ? undefined : tools,
      toolChoice: decodeChoice(body.toolConfig?.toolChoice),
      responseFormat:
        format === undefined
          ? undefined
          : {
              type: "json-schema" as const,
              schema: format.schema,
              ...compact({ name: format.name ?? undefined, description: format.description ?? undefined })
            },
      reasoning: model.reasoning,
      metadata: body.requestMetadata ?? undefined,
      serviceTier: body.serviceTier?.type,
      providerOptions: kept.length === 0 ? undefined : { [protocolId]: Object.fromEntries(kept) as Options }
    })
    return { model: body.modelId ?? "", stream: body.stream === true, request, includeUsage: true }
  })

const besideIn = (wire: WireObject, key: string, known: ReadonlyArray<string>): Options | undefined =>
  unknownFields(object(wire[key]) ?? {}, new Set(known))

const decodeTools = (
  blocks: ReadonlyArray<WireObject>
): Result.Result<
  { readonly tools: ReadonlyArray<ToolDefinition>; readonly others: ReadonlyArray<Json> },
  InvalidRequestError
> =>
  Result.gen(function* () {
    const tools: Array<ToolDefinition> = []
    const others: Array<Json> = []
    for (const [index, block] of blocks.entries()) {
      const last = tools.at(-1)
      const cacheControl = decodeCachePoint(block)
      if (cacheControl !== undefined && last !== undefined && last.cacheControl === undefined && others.length === 0) {
        tools[tools.length - 1] = { ...last, cacheControl }
      } else if (isObject(block.toolSpec)) {
        tools.push(yield* decodeTool(block.toolSpec, `toolConfig.tools[${index}].toolSpec`))
      } else others.push(block as Json)
    }
    return { tools, others }
  })

const decodeTool = (spec: WireObject, at: string): Result.Result<ToolDefinition, InvalidRequestError> =>
  Result.map(checked(ToolSpec, spec, at), ({ description, inputSchema, name, strict }) => {
    const rest = unknownFields(spec, specKeys)
    return compact({
      name,
      description: description ?? undefined,
      inputSchema: inputSchema.json,
      strict: strict ?? undefined,
      providerOptions: rest === undefined ? undefined : { [protocolId]: { toolSpec: rest } }
    })
  })

const decodeChoice = (
  choice:
    | { readonly any?: unknown; readonly auto?: unknown; readonly tool?: { readonly name: string } | null | undefined }
    | null
    | undefined
): ChatRequest["toolChoice"] => {
  if (choice?.tool !== undefined && choice.tool !== null) return { tool: choice.tool.name }
  if (choice?.any !== undefined && choice.any !== null) return "required"
  return choice?.auto !== undefined && choice.auto !== null ? "auto" : undefined
}
