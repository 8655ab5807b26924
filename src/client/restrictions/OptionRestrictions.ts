import * as Result from "effect/Result"
import { normalize, type ChatRequest } from "../../domain/ChatRequest.ts"
import type { ToolDefinition } from "../../domain/Tool.ts"
import type { ChatProtocol, EncodeOptions } from "../../protocols/ChatProtocol.ts"
import { ownOptions, patch } from "../../protocols/wire/request/ProviderOptionsPatch.ts"
import type { WireObject } from "../../protocols/wire/WireObject.ts"
import type { Parameter } from "./Parameter.ts"
import * as Restrictions from "./Restrictions.ts"

/** Parameters are encoded and decoded without the conversation, which may be long. */
const messages: ChatRequest["messages"] = [{ role: "user", content: [{ type: "text", text: "-" }] }]

/**
 * Applies restrictions to a request whose `providerOptions` may set a parameter, or unset it, in the provider's own
 * words: the server half of the protocol reads them back. What it cannot read is left to the provider.
 */
export const apply = <Quirks extends object>(
  self: Restrictions.Restrictions,
  original: ChatRequest,
  protocol: ChatProtocol<Quirks>,
  options: EncodeOptions<Quirks>
): ReturnType<typeof Restrictions.apply> => {
  const { model, provider, quirks, stream } = options
  const ownProviderOptions = ownOptions(original.providerOptions, protocol.id, provider)
  const mayRestrict = self.rows.length > 0 && ownProviderOptions.length > 0 && original.onUnsupported !== "send"
  if (!mayRestrict || touchesNoParameter(self, ownProviderOptions, protocol, options))
    return Restrictions.apply(self, original)
  const request = normalize(original)
  const isOfTools = ownProviderOptions.some((options) => Object.keys(options).some((key) => /tool|function/i.test(key)))
  const short = (request: ChatRequest): ChatRequest =>
    isOfTools ? { ...request, messages } : { ...request, messages, tools: request.tools?.map(named) }
  const read = (request: ChatRequest) =>
    Result.flatMap(protocol.encodeRequest(short(request), options), ({ body, headers }) =>
      Result.map(protocol.decodeRequest(body, { model, stream }, quirks), (decoded) => ({
        ...decoded.request,
        headers
      }))
    )
  const withOptions = read(request)
  if (Result.isFailure(withOptions)) return Restrictions.apply(self, request)
  const withoutOptions = Result.getOrUndefined(read({ ...request, providerOptions: undefined }))
  const effective: ChatRequest = normalize({
    ...withOptions.success,
    // Parameters that the options do not touch stay as requested: the wire may only approximate them.
    ...(withoutOptions === undefined ? {} : unchanged(request, withoutOptions, withOptions.success)),
    providerOptions: withOptions.success.providerOptions,
    messages: request.messages,
    headers: { ...request.headers, ...withOptions.success.headers },
    onUnsupported: request.onUnsupported
  })
  return Result.flatMap(Restrictions.apply(self, effective), (applied) => {
    const encoded = protocol.encodeRequest(short(applied.request), options)
    if (Result.isFailure(encoded) && encoded.failure._tag === "UnsupportedParameterError") {
      const { detail, parameter } = encoded.failure
      return Result.fail({ parameter: parameter as Parameter, reason: detail })
    }
    const isDropped =
      Result.isSuccess(encoded) && encoded.success.warnings.some(({ type }) => type === "unsupported-parameter")
    return Result.succeed(applied.request === effective && !isDropped ? { ...applied, request } : applied)
  })
}

/** Tools without their schemas, which may be long too. */
const named = ({ name, strict }: ToolDefinition): ToolDefinition => ({ name, strict, inputSchema: noParameters })

const noParameters = { type: "object", properties: {} }

/** Whether the options touch no parameter, as most do. A `null` may unset one. */
const touchesNoParameter = <Quirks extends object>(
  self: Restrictions.Restrictions,
  ownProviderOptions: ReturnType<typeof ownOptions>,
  protocol: ChatProtocol<Quirks>,
  options: EncodeOptions<Quirks>
): boolean => {
  if (ownProviderOptions.some(holdsNull)) return false
  const bare = bareOf(self, protocol, options)
  if (bare === undefined) return false
  const read = parametersIn(ownProviderOptions.reduce(patch, bare.body), protocol, options)
  return read !== undefined && read === bare.parameters
}

interface Bare {
  readonly body: WireObject
  readonly parameters: string | undefined
}

/** Keyed by model, which has one protocol and one set of quirks. */
const bareRequests = new WeakMap<Restrictions.Restrictions, Bare>()

/** A request without parameters, and those that are read in it all the same, such as a required limit. */
const bareOf = <Quirks extends object>(
  self: Restrictions.Restrictions,
  protocol: ChatProtocol<Quirks>,
  options: EncodeOptions<Quirks>
): Bare | undefined => {
  const cached = bareRequests.get(self)
  if (cached !== undefined) return cached
  const encoded = protocol.encodeRequest({ messages }, options)
  if (Result.isFailure(encoded)) return undefined
  const { body } = encoded.success
  const bare = { body, parameters: parametersIn(body, protocol, options) }
  bareRequests.set(self, bare)
  return bare
}

const parametersIn = <Quirks extends object>(
  body: WireObject,
  protocol: ChatProtocol<Quirks>,
  { model, quirks, stream }: EncodeOptions<Quirks>
): string | undefined =>
  Result.match(protocol.decodeRequest(body, { model, stream }, quirks), {
    onSuccess: ({ request: { messages: _, providerOptions: __, ...parameters } }) => JSON.stringify(parameters),
    // Unreadable options may set anything.
    onFailure: () => undefined
  })

const holdsNull = (value: unknown): boolean =>
  value === null || (typeof value === "object" && Object.values(value).some(holdsNull))

const unchanged = (request: ChatRequest, bare: ChatRequest, whole: ChatRequest): Partial<ChatRequest> =>
  Object.fromEntries(
    [...new Set([...Object.keys(request), ...Object.keys(bare)])].flatMap((key) => {
      const name = key as keyof ChatRequest
      return JSON.stringify(bare[name]) === JSON.stringify(whole[name]) ? [[name, request[name]]] : []
    })
  )
