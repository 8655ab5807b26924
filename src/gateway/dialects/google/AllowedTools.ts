import * as Result from "effect/Result"
import type { ChatRequest } from "effect-llm/domain/ChatRequest"
import type { Json } from "effect-llm/domain/Json"
import type { ChatProtocol } from "effect-llm/protocols/ChatProtocol"
import { GoogleGenerateContent } from "effect-llm/protocols/GoogleGenerateContent"

/**
 * Google's protocol, in which a model may be allowed to call some of the tools. Other protocols know no such choice: for their
 * models there are no other tools. A model of Google's is sent what came.
 */
export const withAllowedTools: ChatProtocol = {
  ...GoogleGenerateContent,
  decodeRequest: (...received) =>
    Result.map(GoogleGenerateContent.decodeRequest(...received), (decoded) => {
      const request = allowed(decoded.request)
      return request === decoded.request ? decoded : { ...decoded, request }
    })
}

type WireObject = { readonly [key: string]: Json }

const isRecord = (u: Json | undefined): u is WireObject => typeof u === "object" && u !== null && !Array.isArray(u)

const allowed = (request: ChatRequest): ChatRequest => {
  const { id } = GoogleGenerateContent
  const own = request.providerOptions?.[id]
  if (own === undefined) return request
  const { toolConfig, ...others } = own
  if (!isRecord(toolConfig)) return request
  const { functionCallingConfig: config, ...inToolConfig } = toolConfig
  if (!isRecord(config) || !Array.isArray(config.allowedFunctionNames)) return request
  const { allowedFunctionNames: names, ...inConfig } = config
  const left = { ...inToolConfig, ...filled("functionCallingConfig", inConfig) }
  return {
    ...request,
    tools: request.tools?.filter(({ name }) => names.includes(name)),
    providerOptions: { ...request.providerOptions, [id]: { ...others, ...filled("toolConfig", left) } }
  }
}

/** A field with an object, unless nothing is in it. */
const filled = (name: string, value: WireObject): WireObject =>
  Object.values(value).every((field) => field === undefined) ? {} : { [name]: value }
