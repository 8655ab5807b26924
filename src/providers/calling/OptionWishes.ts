import * as Result from "effect/Result"
import { normalize } from "../../domain/ChatParameters.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ChatProtocol, EncodeOptions } from "../../protocols/ChatProtocol.ts"
import { ownOptions } from "../../protocols/wire/ProviderOptionsPatch.ts"
import type { Parameter } from "./Parameter.ts"
import * as Restrictions from "./Restrictions.ts"

/** The parameters are written and read back without the conversation, which may be long. */
const messages: ChatRequest["messages"] = [{ role: "user", content: [{ type: "text", text: "-" }] }]

/**
 * `Restrictions.apply` for a request whose options may ask, in the provider's own words, for what a parameter asks for, or
 * take it back. What is written is read back by the server half of the protocol, and held to the restrictions as it is
 * then; what cannot be read is the provider's to judge.
 *
 * @since 0.1.0
 * @category validation
 */
export const apply = <Quirks extends object>(
  self: Restrictions.Restrictions,
  given: ChatRequest,
  protocol: ChatProtocol<Quirks>,
  options: EncodeOptions<Quirks>
): ReturnType<typeof Restrictions.apply> => {
  const { model, provider, quirks, stream } = options
  const isAsked = self.rows.length > 0 && ownOptions(given.providerOptions, protocol.id, provider).length > 0
  if (!isAsked) return Restrictions.apply(self, given)
  const request = normalize(given)
  const read = (request: ChatRequest) =>
    Result.flatMap(protocol.encodeRequest({ ...request, messages }, options), ({ body, headers }) =>
      Result.map(protocol.decodeRequest(body, { model, stream }, quirks), (decoded) => ({
        ...decoded.request,
        headers
      }))
    )
  const whole = read(request)
  if (Result.isFailure(whole)) return Restrictions.apply(self, request)
  const bare = Result.getOrUndefined(read({ ...request, providerOptions: undefined }))
  const wished: ChatRequest = normalize({
    ...whole.success,
    // What the options say nothing of is as it was asked for: a wire may have a word for it that is only near.
    ...(bare === undefined ? {} : unchanged(request, bare, whole.success)),
    providerOptions: whole.success.providerOptions,
    messages: request.messages,
    headers: { ...request.headers, ...whole.success.headers },
    onUnsupported: request.onUnsupported
  })
  return Result.flatMap(Restrictions.apply(self, wished), (applied) => {
    const again = protocol.encodeRequest({ ...applied.request, messages }, options)
    if (Result.isFailure(again) && again.failure._tag === "UnsupportedParameterError") {
      const { detail, parameter } = again.failure
      return Result.fail({ parameter: parameter as Parameter, reason: detail })
    }
    const isLeft =
      Result.isSuccess(again) && again.success.warnings.some(({ type }) => type === "unsupported-parameter")
    return Result.succeed(applied.request === wished && !isLeft ? { ...applied, request } : applied)
  })
}

const unchanged = (request: ChatRequest, bare: ChatRequest, whole: ChatRequest): Partial<ChatRequest> =>
  Object.fromEntries(
    [...new Set([...Object.keys(request), ...Object.keys(bare)])].flatMap((key) => {
      const name = key as keyof ChatRequest
      return JSON.stringify(bare[name]) === JSON.stringify(whole[name]) ? [[name, request[name]]] : []
    })
  )
