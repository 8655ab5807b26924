import * as Result from "effect/Result"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { Message } from "../../../domain/Message.ts"
import type { ToolDefinition } from "../../../domain/Tool.ts"
import { checked } from "../../wire/Issues.ts"
import type { DecodedRequest } from "../../ChatProtocol.ts"
import { FormatBody, FunctionBody, RequestBody } from "../wire/RequestBody.ts"
import { array, unknownFields, compact, isObject, object, text, type WireObject } from "../../wire/WireObject.ts"
import { protocolId } from "../Items.ts"
import { decodeInput } from "./Messages.ts"

type Options = { readonly [key: string]: Json }

const bodyKeys = new Set(Object.keys(RequestBody.fields))
const functionKeys = new Set(["type", ...Object.keys(FunctionBody.fields)])
const logprobs = "message.output_text.logprobs"
const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const

/**
 * Reads a request as a server. What the domain has no field for (what to keep, what to go on from, tools of the
 * server's own) stays in `providerOptions`, so that the client half writes it again.
 */
export const decodeRequest = (received: unknown): Result.Result<DecodedRequest, InvalidRequestError> =>
  Result.gen(function* () {
    const body = yield* checked(RequestBody, received, "")
    const wire = received as WireObject
    const model = yield* modelOf(body.model, wire)
    const messages: Array<Message> = []
    const instructions = text(body.instructions)
    if (instructions !== undefined) {
      const providerOptions = { [protocolId]: { role: "instructions" } }
      messages.push({ role: "system", content: [{ type: "text", text: instructions }], providerOptions })
    }
    messages.push(...(yield* decodeInput(wire.input, wire.store === false)))
    const tools: Array<ToolDefinition> = []
    const others: Array<Json> = []
    for (const [index, tool] of array(wire.tools).filter(isObject).entries()) {
      if (tool.type === "function") tools.push(yield* decodeTool(tool, `tools[${index}]`))
      else others.push(tool as Json)
    }
    const format = yield* decodeFormat(object(object(wire.text)?.format), "text.format")
    const choice = body.tool_choice ?? undefined
    const isNamed = typeof choice === "object" && choice.type === "function" && typeof choice.name === "string"
    const hasLogprobs = body.include?.includes(logprobs) === true
    const include = body.include?.filter((what) => what !== logprobs) ?? []
    const effort = efforts.find((effort) => effort === body.reasoning?.effort)
    const options = compact({
      ...unknownFields(wire, bodyKeys),
      instructions: body.instructions === "" ? "" : undefined,
      include: include.length === 0 ? undefined : include,
      top_logprobs: hasLogprobs ? undefined : (body.top_logprobs ?? undefined),
      text: besideIn(wire.text, format === undefined ? new Set() : new Set(["format"])),
      reasoning: besideIn(wire.reasoning, effort === undefined ? new Set() : new Set(["effort"])),
      tools: others.length === 0 ? undefined : others,
      tool_choice: typeof choice === "object" && !isNamed ? (wire.tool_choice as Json) : undefined
    })
    const request: ChatRequest = compact({
      messages,
      maxOutputTokens: body.max_output_tokens ?? undefined,
      temperature: body.temperature ?? undefined,
      topP: body.top_p ?? undefined,
      logprobs: hasLogprobs ? (body.top_logprobs ?? 0) : undefined,
      tools: tools.length === 0 ? undefined : tools,
      toolChoice: typeof choice !== "object" ? choice : isNamed ? { tool: choice.name ?? "" } : undefined,
      parallelToolCalls: body.parallel_tool_calls ?? undefined,
      responseFormat: format,
      reasoning: effort === undefined ? undefined : { effort },
      user: body.user ?? undefined,
      metadata: body.metadata ?? undefined,
      serviceTier: body.service_tier ?? undefined,
      providerOptions: Object.keys(options).length === 0 ? undefined : { [protocolId]: options as Options }
    })
    return { model, stream: body.stream === true, request, includeUsage: true }
  })

/** A stored prompt names its model itself: then it is `""` here. */
const modelOf = (
  model: string | null | undefined,
  { prompt }: WireObject
): Result.Result<string, InvalidRequestError> =>
  text(model) !== undefined || isObject(prompt)
    ? Result.succeed(model ?? "")
    : Result.fail(
        new InvalidRequestError({ at: "model", detail: "Missing key: a model, or a stored prompt that names one" })
      )

const besideIn = (u: unknown, known: ReadonlySet<string>): Options | undefined =>
  isObject(u) ? unknownFields(u, known) : undefined

/** A function that says nothing of strictness goes back so: the API has an answer of its own to that. */
const decodeTool = (tool: WireObject, at: string): Result.Result<ToolDefinition, InvalidRequestError> =>
  Result.map(checked(FunctionBody, tool, at), ({ description, name, parameters, strict }) => {
    const rest: Options = {
      ...unknownFields(tool, functionKeys),
      ...(strict === undefined || strict === null ? { strict: null } : {})
    }
    return compact({
      name,
      description: description ?? undefined,
      inputSchema: parameters ?? { type: "object", properties: {} },
      strict: strict ?? undefined,
      providerOptions: Object.keys(rest).length === 0 ? undefined : { [protocolId]: rest }
    })
  })

const decodeFormat = (
  format: WireObject | undefined,
  at: string
): Result.Result<ChatRequest["responseFormat"], InvalidRequestError> => {
  switch (format?.type) {
    case "text":
      return Result.succeed({ type: "text" })
    case "json_object":
      return Result.succeed({ type: "json" })
    case "json_schema":
      return Result.map(checked(FormatBody, format, at), ({ description, name, schema, strict }) => ({
        type: "json-schema",
        schema,
        ...compact({ name: name ?? undefined, description: description ?? undefined, strict: strict ?? undefined })
      }))
    default:
      return Result.succeed(undefined)
  }
}
