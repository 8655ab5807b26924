import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Chat } from "../domain/Capability.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ContentPart } from "../domain/ContentPart.ts"
import * as Conversation from "../domain/Conversation.ts"
import { InvalidRequestError, UnsupportedParameterError } from "../domain/CallErrors.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import { givenNames } from "../protocols/wire/ToolIdentifiers.ts"
import * as RequestHeaders from "../transport/RequestHeaders.ts"
import type { Endpoint } from "./Endpoint.ts"
import { expecting } from "./Expecting.ts"
import { withOwnOptions } from "./ProviderDefinition.ts"
import * as OptionRestrictions from "./OptionRestrictions.ts"
import type { Prepared } from "./OutgoingCall.ts"
import * as Restrictions from "./Restrictions.ts"

/** Checks a chat request against what the provider and the model are known to accept. */
export const prepare = <Quirks extends object>(
  endpoint: Endpoint<Quirks>,
  restrictions: Restrictions.Restrictions,
  given: ChatRequest,
  stream: boolean
): Result.Result<Prepared<Chat, Quirks>, ProviderError> => {
  const { definition, protocol } = endpoint
  const { model } = restrictions
  const quirks = { ...endpoint.quirks, ...Restrictions.quirksFor(restrictions, given) } as Partial<Quirks>
  const limits = Restrictions.limitsFor(restrictions, given)
  const options = { provider: definition.optionsOf ?? definition.id, model, quirks, stream }
  const optioned = withOwnOptions(given, definition)
  const applied = OptionRestrictions.apply(restrictions, optioned, protocol, options)
  const request = Result.isSuccess(applied) ? applied.success.request : optioned
  const invalid = checkModel(model) ?? Conversation.check(request) ?? checkHeaders(request, endpoint)
  if (invalid !== undefined) return Result.fail(invalidOf(endpoint, model, invalid))
  const excess = Conversation.excess(request, limits)
  if (excess !== undefined) return Result.fail(tooLarge(endpoint, model, excess))
  if (Result.isFailure(applied)) {
    const { parameter } = applied.failure
    const detail = Restrictions.detailOf(applied.failure)
    return Result.fail(new UnsupportedParameterError({ provider: definition.id, model, parameter, detail }))
  }
  return Result.succeed({
    model,
    request,
    quirks,
    warnings: applied.success.warnings,
    mostBytes: limits.requestBytes,
    reader: (toolNames) => expecting(toolNames === undefined ? protocol : givenNames(protocol, toolNames), request)
  })
}

/** What is wrong with a request, and where. */
interface Problem {
  readonly at: string
  readonly detail: string
}

const invalidOf = <Quirks extends object>(
  { definition: { id: provider } }: Endpoint<Quirks>,
  model: string,
  { at, detail }: Pick<InvalidRequestError, "at" | "detail">
): InvalidRequestError => new InvalidRequestError({ provider, model, at, detail })

/** What is too large for this provider, another may take. */
export const tooLarge = <Quirks extends object>(
  { definition: { id: provider } }: Endpoint<Quirks>,
  model: string,
  { at, detail }: Problem
): UnsupportedParameterError => {
  const where = at === "messages" ? "" : `${at}: `
  return new UnsupportedParameterError({ provider, model, parameter: "request", detail: `${where}${detail}` })
}

/** A call that has images waits until their sizes have been checked, by what is loaded then. */
export const checked = <Call, Quirks extends object>(
  call: Call,
  endpoint: Endpoint<Quirks>,
  restrictions: Restrictions.Restrictions,
  request: ChatRequest
): Effect.Effect<Call, UnsupportedParameterError> => {
  const limits = Restrictions.limitsFor(restrictions, request)
  return limits.imagePixels === undefined || !request.messages.some(hasImage)
    ? Effect.succeed(call)
    : Effect.flatMap(imageCheck, ({ checkImages }) => {
        const problem = checkImages(request, limits)
        return problem === undefined
          ? Effect.succeed(call)
          : Effect.fail(tooLarge(endpoint, restrictions.model, problem))
      })
}

const imageCheck = Effect.promise(() => import("./ImageCheck.ts"))

const hasImage = ({ content }: ChatRequest["messages"][number]): boolean =>
  (content as ReadonlyArray<ContentPart>).some(
    (part) =>
      part.type === "image" ||
      (part.type === "tool-result" &&
        typeof part.output !== "string" &&
        part.output.some(({ type }) => type === "image"))
  )

const keyInRequest =
  "a header that holds a key would go to every provider that a fallback asks: give it to one of them, as in OpenAi.withCredentials({ apiKey }) or ({ headers })"

/** What is wrong with the name of a model, if anything is: it may stand in a path, where nothing can be mended. */
export const checkModel = (model: string): Problem | undefined => {
  // Programs in JavaScript are not held to the type.
  if (typeof model !== "string") return { at: "model", detail: `the name is ${String(model)}, and must be a string` }
  return model.isWellFormed() ? undefined : { at: "model", detail: "the name holds a lone surrogate" }
}

/**
 * What is wrong with the headers of a request, if anything is: also that one holds a key, since a request goes to
 * whichever provider is asked, and may be stored.
 */
export const checkHeaders = (
  { headers }: Pick<ChatRequest, "headers">,
  { keyHeader }: Pick<Endpoint<object>, "keyHeader">
): Problem | undefined => {
  if (headers === undefined) return undefined
  for (const [name, value] of Object.entries(headers)) {
    if (RequestHeaders.isSecret(name) || name.toLowerCase() === keyHeader) {
      return { at: `headers.${name}`, detail: keyInRequest }
    }
    const problem = RequestHeaders.issueOf(name, value)
    if (problem !== undefined) return { at: `headers.${name}`, detail: `the header ${problem}` }
  }
  return undefined
}
