import * as Result from "effect/Result"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { Message } from "../../../domain/Message.ts"
import type { ToolDefinition } from "../../../domain/Tool.ts"
import type { DecodedRequest } from "../../ChatProtocol.ts"
import { RequestBody, ToolBody } from "../wire/RequestBody.ts"
import { array, unknownFields, compact, isObject, protocolId, type WireObject } from "../wire/Wire.ts"
import { checked } from "../../wire/Issues.ts"
import { cacheControl, decodeMessage, decodeSystem } from "./MessagesDecoder.ts"

type Options = { readonly [key: string]: Json }

const bodyKeys = new Set(Object.keys(RequestBody.fields))
const toolKeys = new Set(["type", ...Object.keys(ToolBody.fields)])

/**
 * Reads a request as a server. What the domain has no field for stays in `providerOptions`, tools of the provider's own
 * included, so that the client half writes it again.
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
    const tools: Array<ToolDefinition> = []
    const others: Array<Json> = []
    for (const [index, tool] of array(wire.tools).entries()) {
      const type = (tool as WireObject)["type"] ?? "custom"
      if (type === "custom") tools.push(yield* decodeTool(tool as WireObject, `tools[${index}]`))
      else others.push(tool as Json)
    }
    const { options: reasoningOptions, reasoning } = decodeReasoning(body, wire)
    const format = body.output_config?.format ?? body.output_format ?? undefined
    const choice = body.tool_choice ?? undefined
    const options = compact({
      ...unknownFields(wire, bodyKeys),
      ...reasoningOptions,
      metadata: besideIn(wire.metadata, new Set(["user_id"])),
      tools: others.length === 0 ? undefined : others
    })
    const parallel = choice?.disable_parallel_tool_use ?? undefined
    const request: ChatRequest = compact({
      messages,
      maxOutputTokens: body.max_tokens,
      temperature: body.temperature ?? undefined,
      topP: body.top_p ?? undefined,
      topK: body.top_k ?? undefined,
      stop: body.stop_sequences ?? undefined,
      tools: tools.length === 0 ? undefined : tools,
      toolChoice: choice === undefined ? undefined : decodeChoice(choice),
      parallelToolCalls: parallel === undefined ? undefined : !parallel,
      responseFormat: format === undefined ? undefined : { type: "json-schema" as const, schema: format.schema },
      reasoning,
      user: body.metadata?.user_id ?? undefined,
      serviceTier: body.service_tier ?? undefined,
      providerOptions: Object.keys(options).length === 0 ? undefined : { [protocolId]: options as Options }
    })
    return { model: body.model, stream: body.stream === true, request, includeUsage: true }
  })

const besideIn = (u: unknown, known: ReadonlySet<string>): Options | undefined =>
  isObject(u) ? unknownFields(u, known) : undefined

const decodeTool = (tool: WireObject, at: string): Result.Result<ToolDefinition, InvalidRequestError> =>
  Result.map(checked(ToolBody, tool, at), ({ description, input_schema, name, strict }) => {
    const rest = unknownFields(tool, toolKeys)
    return compact({
      name,
      description: description ?? undefined,
      inputSchema: input_schema,
      strict: strict ?? undefined,
      cacheControl: cacheControl(tool),
      providerOptions: rest === undefined ? undefined : { [protocolId]: rest }
    })
  })

const decodeChoice = (choice: {
  readonly type: "auto" | "any" | "none" | "tool"
  readonly name?: string | null | undefined
}): NonNullable<ChatRequest["toolChoice"]> => {
  if (choice.type === "tool") return { tool: choice.name ?? "" }
  return choice.type === "any" ? "required" : choice.type
}

/**
 * An effort without a word on thinking leaves that to the model, so the options keep the client half from asking for
 * it; with thinking turned off, an effort is about the rest of the answer.
 */
const decodeReasoning = (
  body: typeof RequestBody.Type,
  wire: WireObject
): { readonly reasoning: ChatRequest["reasoning"]; readonly options: Options } => {
  const { output_config, thinking } = body
  const effort = output_config?.effort ?? undefined
  const config = besideIn(wire.output_config, new Set(["effort", "format"]))
  const rest = besideIn(wire.thinking, new Set(["type", "budget_tokens"]))
  const kept = (options: { readonly [key: string]: Json | undefined }): Options =>
    compact({ output_config: config, thinking: rest, ...options }) as Options
  switch (thinking?.type) {
    case "enabled":
      return { reasoning: compact({ effort, budget: thinking.budget_tokens ?? undefined }), options: kept({}) }
    case "adaptive":
      return { reasoning: compact({ effort }), options: kept({}) }
    case "disabled":
    case "between_tools":
      return {
        reasoning: { effort: "none" },
        options: kept({
          ...(thinking.type === "between_tools" ? { thinking: { ...rest, type: "between_tools" } } : {}),
          ...(effort === undefined ? {} : { output_config: { ...config, effort } })
        })
      }
    default:
      return effort === undefined
        ? { reasoning: undefined, options: kept({}) }
        : { reasoning: { effort }, options: kept({ thinking: rest === undefined ? null : { ...rest, type: null } }) }
  }
}
