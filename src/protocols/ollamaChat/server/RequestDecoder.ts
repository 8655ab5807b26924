import * as Result from "effect/Result"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { DecodedRequest } from "../../ChatProtocol.ts"
import { checked } from "../../wire/Checked.ts"
import { decodeTools } from "../../wire/FunctionTool.ts"
import { Options, RequestBody } from "../wire/RequestBody.ts"
import { array, unknownFields, compact, isObject, protocolId, type WireObject } from "../wire/Wire.ts"
import { decodeMessages } from "./MessagesDecoder.ts"

const bodyKeys = new Set(Object.keys(RequestBody.fields))
const optionKeys = new Set(Object.keys(Options.fields))

/**
 * Reads a request as a server. What the domain has no field for (`keep_alive`, `num_ctx` and the other options) stays in
 * `providerOptions`. An answer is streamed unless the caller says otherwise.
 */
export const decodeRequest = (received: unknown): Result.Result<DecodedRequest, InvalidRequestError> =>
  Result.gen(function* () {
    const body = yield* checked(RequestBody, received, "")
    const wire = received as WireObject
    const options = body.options ?? {}
    const { others, tools } = yield* decodeTools(wire.tools, protocolId)
    const think = decodeThink(body.think ?? undefined)
    const limit = options.num_predict ?? undefined
    const rest = compact({
      ...unknownFields(wire, bodyKeys),
      ...think.rest,
      ...(typeof body.format === "string" && body.format !== "" && body.format !== "json"
        ? { format: body.format }
        : {}),
      options: otherOptions(wire.options, limit),
      tools: others
    })
    const { stop } = options
    const request: ChatRequest = compact({
      messages: decodeMessages(array(wire.messages) as ReadonlyArray<WireObject>),
      maxOutputTokens: limit !== undefined && limit >= 0 ? limit : undefined,
      temperature: options.temperature ?? undefined,
      topP: options.top_p ?? undefined,
      topK: options.top_k ?? undefined,
      stop: typeof stop === "string" ? [stop] : (stop ?? undefined),
      seed: options.seed ?? undefined,
      frequencyPenalty: options.frequency_penalty ?? undefined,
      presencePenalty: options.presence_penalty ?? undefined,
      logprobs: body.logprobs === true ? (body.top_logprobs ?? 0) : undefined,
      tools,
      responseFormat: decodeFormat(body.format ?? undefined),
      reasoning: think.reasoning,
      providerOptions:
        Object.keys(rest).length === 0 ? undefined : { [protocolId]: rest as { readonly [key: string]: Json } }
    })
    return { model: body.model, stream: body.stream !== false, request, includeUsage: true }
  })

/** A negative `num_predict` is no limit: -1 for none at all, -2 for what the window leaves. */
const otherOptions = (u: unknown, limit: number | undefined): Json | undefined => {
  const rest = isObject(u) ? unknownFields(u, optionKeys) : undefined
  return limit !== undefined && limit < 0 ? { ...rest, num_predict: limit } : rest
}

const decodeFormat = (format: typeof RequestBody.Type.format): ChatRequest["responseFormat"] => {
  if (format === "json") return { type: "json" }
  return isObject(format) ? { type: "json-schema", schema: format } : undefined
}

const efforts = ["minimal", "low", "medium", "high", "xhigh", "max"] as const

const decodeThink = (
  think: boolean | string | undefined
): { readonly reasoning?: ChatRequest["reasoning"]; readonly rest?: { readonly think: string } } => {
  if (think === undefined) return {}
  if (typeof think === "boolean") return { reasoning: think ? {} : { effort: "none" } }
  const effort = efforts.find((effort) => effort === think)
  return effort === undefined ? { rest: { think } } : { reasoning: { effort } }
}
