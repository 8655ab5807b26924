import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Chat, Exchange } from "../domain/Capability.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ContentPart, ImagePart } from "../domain/ContentPart.ts"
import * as Conversation from "../domain/Conversation.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import { InvalidRequestError, UnsupportedParameterError } from "../domain/CallErrors.ts"
import { canonicalCall } from "../protocols/wire/request/MediaInput.ts"
import { givenNames } from "../protocols/wire/request/ToolIdentifiers.ts"
import * as WellFormed from "../protocols/wire/request/WellFormed.ts"
import * as RequestHeaders from "../transport/RequestHeaders.ts"
import type { Endpoint } from "./Endpoint.ts"
import { expecting } from "./Expecting.ts"
import * as OptionRestrictions from "./restrictions/OptionRestrictions.ts"
import type { Prepared } from "./OutgoingCall.ts"
import { withOwnOptions } from "./ProviderDefinition.ts"
import * as Restrictions from "./restrictions/Restrictions.ts"
import { withSharedFields } from "./received/SharedFields.ts"

/** Checks a chat request against what the provider and the model are known to accept. */
export const prepareChat = <Quirks extends object>(
  endpoint: Endpoint<Quirks>,
  restrictions: Restrictions.Restrictions,
  original: ChatRequest,
  stream: boolean
): Result.Result<Prepared<Chat, Quirks> & Pick<Restrictions.Applied, "isSingleCall">, ProviderError> => {
  const { definition, protocol } = endpoint
  const { model } = restrictions
  const quirks = both(endpoint.quirks, Restrictions.quirksFor(restrictions, original))
  const limits = Restrictions.limitsFor(restrictions, original)
  const options = { provider: definition.optionsOf ?? definition.id, model, quirks, stream }
  const optioned = withSharedFields(withOwnOptions(original, definition, protocol.id), protocol.id, options.provider)
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
    isSingleCall: applied.success.isSingleCall,
    reader: (toolNames) => {
      const named = toolNames === undefined ? protocol : givenNames(protocol, toolNames)
      return expecting(named, request, applied.success.isSingleCall)
    }
  })
}

/** The quirks of a provider, and those of its model over them. Of nearly all models there is nothing to add. */
const both = <Quirks extends object>(
  ofProvider: Partial<Quirks>,
  ofModel: Restrictions.Restrictions["quirks"]
): Partial<Quirks> => {
  for (const _ in ofModel) return { ...ofProvider, ...ofModel } as Partial<Quirks>
  return ofProvider
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

/** Another provider may accept what is too large for this one. */
const tooLarge = <Quirks extends object>(
  { definition: { id: provider } }: Endpoint<Quirks>,
  model: string,
  { at, detail }: Problem
): UnsupportedParameterError => {
  const where = at === "messages" ? "" : `${at}: `
  return new UnsupportedParameterError({ provider, model, parameter: "request", detail: `${where}${detail}` })
}

/** A call that has images waits until their sizes have been checked. */
export const checkImages = <Call, Quirks extends object>(
  call: Call,
  endpoint: Endpoint<Quirks>,
  restrictions: Restrictions.Restrictions,
  request: ChatRequest
): Effect.Effect<Call, UnsupportedParameterError> => {
  const limits = Restrictions.limitsFor(restrictions, request)
  if (limits.imagePixels === undefined) return Effect.succeed(call)
  const images = imagesOf(request)
  return images.length === 0
    ? Effect.succeed(call)
    : Effect.flatMap(imageSizes, (sizeOf) => {
        const problem = imageProblem(images, limits, sizeOf)
        return problem === undefined
          ? Effect.succeed(call)
          : Effect.fail(tooLarge(endpoint, restrictions.model, problem))
      })
}

/** Bytes from the start of an image among which its size is looked for. */
const headerBytes = 256 * 1024

/** Reads the size of an image whose bytes are in the request; loaded with the first image. */
const imageSizes = Effect.zipWith(
  Effect.promise(() => import("../tokens/media/ImageRule.ts")),
  Effect.promise(() => import("../tokens/media/MediaBytes.ts")),
  ({ imageSize }, { mediaBytes }) =>
    ({ data }: ImagePart) => {
      const bytes = mediaBytes(data, headerBytes)?.bytes
      return bytes === undefined ? undefined : imageSize(bytes)
    }
)

interface PlacedImage {
  readonly image: ImagePart
  readonly at: string
}

const imageProblem = (
  images: ReadonlyArray<PlacedImage>,
  limits: Conversation.ConversationLimits,
  sizeOf: Effect.Success<typeof imageSizes>
): Problem | undefined => {
  const many = limits.manyImages !== undefined && images.length > limits.manyImages
  const most = (many ? limits.manyImagePixels : undefined) ?? limits.imagePixels ?? Infinity
  for (const { at, image } of images) {
    const size = sizeOf(image)
    if (size === undefined || Math.max(size.width, size.height) <= most) continue
    const among = many ? ` in a request with more than ${limits.manyImages} images` : ""
    const detail = `the image is ${size.width}x${size.height} pixels; this provider accepts at most ${most} per side${among}`
    return { at, detail }
  }
  return undefined
}

const imagesOf = ({ messages }: ChatRequest): ReadonlyArray<PlacedImage> =>
  messages.flatMap(({ content }, m) =>
    (content as ReadonlyArray<ContentPart>).flatMap((part, p) =>
      imagesIn(part).map((image) => ({ image, at: `messages[${m}].content[${p}]` }))
    )
  )

const imagesIn = (part: ContentPart): ReadonlyArray<ImagePart> =>
  part.type === "image"
    ? [part]
    : part.type === "tool-result" && typeof part.output !== "string"
      ? part.output.filter((inner) => inner.type === "image")
      : []

const keyInRequest =
  "a header that holds a key would go to every provider of a fallback: pass it to one provider instead, with OpenAi.withCredentials({ apiKey }) or ({ headers })"

/** The name may become part of a path, so it must be well-formed as it is. */
const checkModel = (model: string): Problem | undefined => {
  // Programs in JavaScript are not held to the type.
  if (typeof model !== "string") return { at: "model", detail: `the name is ${String(model)}, but must be a string` }
  return model.isWellFormed() ? undefined : { at: "model", detail: "the name contains a lone surrogate" }
}

/** No header may hold a key: a request goes to every provider of a fallback, and may be stored. */
const checkHeaders = (
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

/** Checks a request for anything but chat. */
export const prepareExchange = <C extends Exchange>(
  endpoint: Endpoint<object>,
  protocol: string,
  model: string,
  original: C["Request"]
): Result.Result<Prepared<C, object>, ProviderError> => {
  const { definition } = endpoint
  const where = { provider: definition.id, model }
  const wellFormed = WellFormed.wellFormed(original)
  const canonical = canonicalCall(wellFormed)
  if (Result.isFailure(canonical)) return Result.fail(new InvalidRequestError({ ...where, ...canonical.failure }))
  const request = withOwnOptions(canonical.success, definition, protocol)
  const invalid = checkModel(model) ?? checkHeaders(request, endpoint)
  if (invalid !== undefined) return Result.fail(new InvalidRequestError({ ...where, ...invalid }))
  const rows = definition.rows ?? definition.id
  return Result.succeed({
    model,
    request,
    chatQuirks: () => ({ ...endpoint.quirks, ...Restrictions.make(rows, model, []).quirks }),
    warnings: wellFormed === original ? [] : [{ type: "other", message: WellFormed.warning }]
  })
}
