import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ChatResponse } from "../../domain/ChatResponse.ts"
import type { ImageRequest, ImageResponse } from "../../domain/Image.ts"
import type { Json } from "../../domain/Json.ts"
import { make as makeUsage } from "../../domain/Usage.ts"
import { type CallParameters, encoder, sent } from "../wire/CallCodec.ts"
import { int, seed, string, unsupported } from "../wire/request/RequestCodec.ts"
import type { EncodeOptions, CallProtocol, ProviderFailure } from "../Protocol.ts"
import { base64Of } from "../wire/request/MediaInput.ts"
import { GoogleGenerateContent } from "../GoogleGenerateContent.ts"
import { pathOf } from "../googleGenerateContent/ModelPath.ts"

import { array, compact, isBlank, isObject, object, setOf, text, type WireObject } from "../wire/WireObject.ts"
import { unreadable } from "../wire/response/ErrorBody.ts"

const protocol = "google-images"

const imagenParameters: CallParameters<ImageRequest> = {
  prompt: sent,
  images: unsupported,
  mask: unsupported,
  negativePrompt: string("negativePrompt"),
  n: int("sampleCount"),
  size: sent,
  aspectRatio: string("aspectRatio"),
  quality: unsupported,
  style: unsupported,
  background: unsupported,
  mediaType: sent,
  compression: sent,
  seed: seed("seed"),
  responseFormat: unsupported,
  user: unsupported,
  serviceTier: unsupported
}

const geminiParameters: CallParameters<ImageRequest> = {
  prompt: sent,
  images: sent,
  mask: unsupported,
  negativePrompt: unsupported,
  n: sent,
  size: sent,
  aspectRatio: sent,
  quality: unsupported,
  style: unsupported,
  background: unsupported,
  mediaType: unsupported,
  compression: unsupported,
  seed: sent,
  responseFormat: unsupported,
  user: unsupported,
  serviceTier: sent
}

/** Imagen has a method of its own, `predict`; Gemini makes images in the course of a chat. */
const isImagen = (model: string): boolean => /(?:^|\/)imagen/.test(model)

/**
 * Images of Google: by Imagen (`predict`), and by Gemini, which edits too and may say something beside them (`text`).
 * Images that were withheld are a ContentPolicyError when none is left.
 *
 * Sources: https://ai.google.dev/gemini-api/docs/image-generation and
 * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/imagen-api
 */
export const GoogleImages: CallProtocol<ImageRequest, ImageResponse> = {
  id: protocol,
  encodeRequest: (request, options) => (isImagen(options.model) ? encodeImagen : encodeGemini)(request, options),
  decodeResponse: (body, options) => (isImagen(options.model) ? decodeImagen : decodeGemini)(body, options),
  decodeError: GoogleGenerateContent.decodeError
}

type Encode = CallProtocol<ImageRequest, ImageResponse>["encodeRequest"]

const encodeImagen = encoder(protocol, imagenParameters, (call) => {
  const { compression, mediaType, prompt, seed, size } = call.request
  if (size !== undefined && !/^\d+k$/i.test(size)) call.unsupported("size", "Imagen has the sizes 1K and 2K")
  const outputOptions = compact({ mimeType: mediaType, compressionQuality: compression })
  return {
    path: pathOf(call.model, "predict"),
    json: {
      instances: [{ prompt }],
      parameters: compact({
        ...call.fields,
        sampleImageSize: size?.toUpperCase(),
        // A watermark and a seed exclude each other.
        addWatermark: seed === undefined ? undefined : false,
        outputOptions: Object.keys(outputOptions).length === 0 ? undefined : outputOptions
      })
    }
  }
})

const encodeGemini: Encode = (request, options) => {
  const chat = GoogleGenerateContent.encodeRequest(chatOf(request, options), { ...options, stream: false })
  if (Result.isFailure(chat)) return Result.fail(chat.failure)
  const { body, headers } = chat.success
  return encoder(protocol, geminiParameters, (call) => {
    const { n = 1 } = request
    if (n !== 1) call.unsupported("n", "Gemini generates one image at a time")
    return { path: pathOf(call.model, "generateContent"), headers, json: body }
  })({ ...request, serviceTier: undefined }, options)
}

const chatOf = (request: ImageRequest, options: EncodeOptions): ChatRequest => {
  const imageConfig = compact({ aspectRatio: request.aspectRatio, imageSize: request.size?.toUpperCase() })
  return {
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: request.prompt },
          ...(request.images ?? []).map(({ data, mediaType }) => ({ type: "image" as const, data, mediaType }))
        ]
      }
    ],
    seed: request.seed,
    serviceTier: request.serviceTier,
    onUnsupported: request.onUnsupported,
    providerOptions: {
      [options.provider]: {
        generationConfig: {
          responseModalities: ["TEXT", "IMAGE"],
          ...(Object.keys(imageConfig).length === 0 ? {} : { imageConfig: imageConfig as Json })
        }
      }
    }
  }
}

type Decoded = ReturnType<CallProtocol<ImageRequest, ImageResponse>["decodeResponse"]>

/**
 * Whether a response has no predictions because all images were withheld.
 * Source of its fields:
 * https://docs.cloud.google.com/ruby/docs/reference/google-cloud-ai_platform-v1/latest/Google-Cloud-AIPlatform-V1-PredictResponse
 */
const isWithout = ({ predictions, ...others }: WireObject): boolean =>
  isBlank(predictions) && Object.keys(others).every((key) => predictKeys.has(key))

const predictKeys = setOf("deployedModelId metadata model modelDisplayName modelVersionId")

const decodeImagen = (body: unknown, { model, provider }: EncodeOptions): Decoded => {
  if (!isObject(body) || !(Array.isArray(body.predictions) || isWithout(body))) {
    return unreadable("there is no array `predictions`", body, { provider, model })
  }
  const predictions = array(body.predictions).filter(isObject)
  const unread = predictions.findIndex(({ bytesBase64Encoded: base64 }) =>
    Result.isFailure(Base64.decode(text(base64) ?? ""))
  )
  if (unread >= 0) {
    const detail = `\`predictions[${unread}].bytesBase64Encoded\` is not Base64`
    return unreadable(detail, body, { provider, model })
  }
  const images = predictions.flatMap((prediction) => {
    const data = Result.getOrUndefined(Base64.decode(text(prediction.bytesBase64Encoded) ?? ""))
    return data === undefined || data.length === 0
      ? []
      : [compact({ data, mediaType: text(prediction.mimeType), revisedPrompt: text(prediction.prompt) })]
  })
  if (images.length === 0) return Result.fail(withheld(body, text(predictions[0]?.raiFilteredReason)))
  const warnings = predictions.flatMap(({ raiFilteredReason }) =>
    text(raiFilteredReason) === undefined
      ? []
      : [{ type: "other" as const, message: `an image was withheld: ${String(raiFilteredReason)}` }]
  )
  const usage = makeUsage({ input: 0, output: 0 }, { units: { outputImages: images.length } })
  return Result.succeed({ images, usage, warnings, attempts: [] })
}

const decodeGemini = (body: unknown, options: EncodeOptions): Decoded => {
  const decoded = GoogleGenerateContent.decodeResponse(body, options)
  if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
  const response: ChatResponse = decoded.success
  const images = response.content.flatMap((part) => {
    if (part.type !== "image") return []
    const inline = base64Of(part.data, part.mediaType)
    const data = inline === undefined ? part.data : Result.getOrElse(Base64.decode(inline.base64), () => part.data)
    return [compact({ data, mediaType: inline?.mediaType ?? part.mediaType })]
  })
  if (images.length === 0) {
    const reason = text(object(array(object(body)?.candidates)[0])?.finishMessage) ?? (response.text || undefined)
    return Result.fail(withheld(body, reason, response.rawFinishReason))
  }
  const { id, model, usage } = response
  return Result.succeed({
    id,
    model,
    images,
    text: response.text || undefined,
    usage,
    warnings: response.warnings,
    attempts: []
  })
}

const withheld = (body: unknown, message: string | undefined, code?: string): ProviderFailure => ({
  _tag: "ProviderFailure",
  // Nothing was blocked: the model generated none.
  type: code === "NO_IMAGE" ? "INTERNAL" : "RESPONSE_BLOCKED",
  code,
  message: message ?? "there is no image in the response",
  body
})
