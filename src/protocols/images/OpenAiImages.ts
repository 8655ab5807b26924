import * as Base64 from "effect/encoding/Base64"
import * as MediaFile from "../wire/request/MediaFile.ts"
import * as MediaType from "../../domain/MediaType.ts"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { ImageRequest, ImageResponse } from "../../domain/Image.ts"
import type { Json } from "../../domain/Json.ts"
import { make as makeUsage, type Usage } from "../../domain/Usage.ts"
import { type CallParameters, encoder, sent, sentAs, words, wordsOf } from "../wire/CallCodec.ts"
import { field, int, string, unsupported } from "../wire/request/RequestCodec.ts"
import type { CallProtocol, CallServer } from "../Protocol.ts"
import { type MediaInput, urlOf } from "../wire/request/MediaInput.ts"
import { decodeError, unreadable } from "../wire/response/ErrorBody.ts"
import type { Issues } from "../wire/request/Issues.ts"
import { reportedCost } from "../wire/response/Usage.ts"
import { decodeRequest, encodeResponse, encodeWholeStream, isInFormat } from "./server/Images.ts"
import { array, compact, filled, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"

const protocol = "openai-images"

const parameters: CallParameters<ImageRequest> = {
  prompt: string("prompt"),
  images: sentAs("image", "images"),
  mask: sentAs("mask"),
  negativePrompt: unsupported,
  n: int("n"),
  size: string("size"),
  aspectRatio: unsupported,
  quality: string("quality"),
  style: string("style"),
  background: field("background", Schema.Literals(["auto", "opaque", "transparent"])),
  mediaType: sentAs("output_format"),
  compression: int("output_compression"),
  seed: unsupported,
  responseFormat: sentAs("response_format"),
  user: string("user"),
  serviceTier: unsupported
}

/**
 * Images of OpenAI, made and edited. Images to edit are uploaded when all are bytes, else they are named by URL or file
 * id. `responseFormat` is for DALL·E: the other models always answer with the bytes.
 *
 * Sources: https://developers.openai.com/api/reference/resources/images/methods/generate and
 * https://developers.openai.com/api/reference/resources/images/methods/edit
 */
export const OpenAiImages: CallProtocol<ImageRequest, ImageResponse> & CallServer<ImageRequest, ImageResponse> = {
  id: protocol,
  encodeRequest: encoder(protocol, parameters, (call) => {
    const { request } = call
    const inputOf = <Input extends MediaInput>(input: Input, at: string): Input => {
      const read = MediaFile.read(input)
      if (Result.isFailure(read)) call.invalid(at, read.failure)
      return Result.isFailure(read) || read.success === input ? input : { ...input, ...read.success }
    }
    const images = (request.images ?? []).map((image, index) => inputOf(image, `images[${index}]`))
    const mask = request.mask && inputOf(request.mask, "mask")
    const isDallE = call.model.startsWith("dall-e")
    if (!isDallE && request.responseFormat === "url") {
      call.unsupported("responseFormat", "the model returns bytes")
    }
    const fields = {
      model: call.model,
      ...call.fields,
      output_format: formatOf(request, call),
      response_format: isDallE && request.responseFormat !== undefined ? formats[request.responseFormat] : undefined
    }
    if (images.length === 0) {
      if (mask !== undefined) call.unsupported("mask", "there is no image to edit")
      return { path: "/images/generations", json: fields }
    }
    const path = "/images/edits"
    if (![...images, mask].every((input) => input === undefined || input.data instanceof Uint8Array)) {
      return { path, json: { ...fields, images: images.map(referenceOf), mask: mask && referenceOf(mask) } }
    }
    const [first, ...more] = images.map((image) => MediaFile.make(image.data as Uint8Array, image, "image"))
    return {
      path,
      form: {
        ...fields,
        ...(more.length === 0 ? { image: first } : { "image[]": [first, ...more] }),
        mask: mask && MediaFile.make(mask.data as Uint8Array, mask, "mask")
      }
    }
  }),
  decodeResponse: (body, { model, provider, request }) => decodeImages(body, { model, provider, request }),
  decodeError,
  words: wordsOf(parameters),
  decodeRequest: decodeRequest(protocol, parameters),
  encodeResponse,
  isInFormat,
  encodeWholeStream
}

const formats = { bytes: "b64_json", url: "url" } as const

const formatOf = ({ mediaType }: ImageRequest, issues: Issues): string | undefined => {
  if (mediaType === undefined) return undefined
  const format = /^image\/(png|jpeg|webp)$/.exec(mediaType)?.[1]
  if (format === undefined) issues.unsupported("mediaType", "it supports image/png, image/jpeg and image/webp")
  return format
}

const referenceOf = ({ data, mediaType }: NonNullable<ImageRequest["images"]>[number]): WireObject =>
  typeof data === "object" && "fileId" in data ? { file_id: data.fileId } : { image_url: urlOf(data, mediaType) }

/** Decodes a response in OpenAI's format, from any server. */
const decodeImages = (
  body: unknown,
  options: { readonly model: string; readonly provider: string; readonly request: ImageRequest }
): ReturnType<CallProtocol<ImageRequest, ImageResponse>["decodeResponse"]> => {
  const { model, provider, request } = options
  if (isObject(body) && filled(body.error) !== undefined) return Result.fail(decodeError(body))
  if (!isObject(body) || !Array.isArray(body.data)) {
    return unreadable("there is no array `data`", body, { provider, model })
  }
  const unread = body.data.findIndex((item) => isObject(item) && isUnread(item))
  if (unread >= 0) {
    const detail = `\`data[${unread}].b64_json\` is not Base64`
    return unreadable(detail, body, { provider, model })
  }
  const format = text(body.output_format)
  const images = body.data.filter(isObject).flatMap((item) => {
    const bytes = Result.getOrUndefined(Base64.decode(base64In(text(item.b64_json) ?? "")))
    const data = bytes !== undefined && bytes.length > 0 ? bytes : text(item.url)
    const mediaType =
      text(item.mime_type) ??
      (format === undefined ? (data instanceof Uint8Array ? MediaType.sniff(data) : undefined) : `image/${format}`)
    return data === undefined ? [] : [compact({ data, mediaType, revisedPrompt: text(item.revised_prompt) })]
  })
  if (images.length === 0) {
    return unreadable("there is no image in `data`", body, { provider, model })
  }
  const missing = body.data.length - images.length
  return Result.succeed({
    images,
    created: nonNegativeInt(body.created),
    usage: usageOf(body.usage, images.length, text(body.size) ?? request.size, text(body.quality) ?? request.quality),
    warnings: missing === 0 ? [] : [{ type: "other", message: `${missing} of the images cannot be read` }],
    attempts: [],
    // The images are not repeated.
    raw: {
      ...body,
      data: array(body.data).map((item) => (isObject(item) ? Object.assign({}, item, { b64_json: undefined }) : item))
    } as unknown as Json
  })
}

/** Some servers send a `data:` URL instead of bare Base64. */
const base64In = (inline: string): string => inline.replace(/^data:[^,]{0,100};base64,/, "")

/** An unreadable image, which was paid for, is an error rather than a response without images. */
const isUnread = ({ b64_json: base64, url }: WireObject): boolean =>
  text(url) === undefined && text(base64) !== undefined && Result.isFailure(Base64.decode(base64In(String(base64))))

/** A price may be of tokens, where they are counted, or of images. */
const usageOf = (u: unknown, images: number, size: string | undefined, quality: string | undefined): Usage => {
  const usage = object(u) ?? {}
  const input = object(usage.input_tokens_details) ?? {}
  const output = object(usage.output_tokens_details) ?? {}
  const written = nonNegativeInt(usage.output_tokens)
  return makeUsage(
    {
      input: nonNegativeInt(usage.input_tokens),
      inputImage: nonNegativeInt(input.image_tokens),
      cacheRead: nonNegativeInt(input.cached_tokens),
      output: written ?? 0,
      outputImage: written === undefined ? undefined : (nonNegativeInt(output.image_tokens) ?? written)
    },
    compact({
      units: { [meterOf(size, quality)]: images },
      reportedCost: reportedCost(usage),
      raw: u === undefined ? undefined : (u as Json)
    })
  )
}

/** The catalog's name for a meter that is priced by size: `outputImages:1024x1024`. */
const meterOf = (size: string | undefined, quality: string | undefined): string =>
  size === undefined || !/^\d+x\d+$/.test(size)
    ? "outputImages"
    : `outputImages:${quality === undefined || quality === "standard" ? "" : `${quality}-`}${size}`

const xaiProtocol = "xai-images"

const xaiParameters: CallParameters<ImageRequest> = {
  prompt: string("prompt"),
  images: sent,
  mask: unsupported,
  negativePrompt: unsupported,
  n: int("n"),
  size: sent,
  aspectRatio: string("aspect_ratio"),
  quality: unsupported,
  style: unsupported,
  background: unsupported,
  mediaType: unsupported,
  compression: unsupported,
  seed: unsupported,
  responseFormat: words("response_format", { bytes: "b64_json", url: "url" }),
  user: string("user"),
  serviceTier: unsupported
}

/**
 * Images of xAI, made and edited: OpenAI's form, but edits are JSON too, and the shape is an `aspectRatio` with a `size`
 * of `1k` or `2k`. A response says what it cost. Images are addresses for a while unless `responseFormat` is `bytes`.
 *
 * Source: https://docs.x.ai/developers/model-capabilities/images/generation
 */
export const XaiImages: CallProtocol<ImageRequest, ImageResponse> = {
  id: xaiProtocol,
  encodeRequest: encoder(xaiProtocol, xaiParameters, (call) => {
    const { images = [], size } = call.request
    if (size !== undefined && !/^\d+k$/i.test(size)) call.unsupported("size", "xAI has the sizes 1k and 2k")
    const references = images.map(({ data, mediaType }, index) => {
      const url = urlOf(data, mediaType)
      if (url === undefined) call.unsupported("images", `images[${index}]: xAI accepts bytes and URLs`)
      return { type: "image_url", url }
    })
    return {
      path: references.length === 0 ? "/images/generations" : "/images/edits",
      json: {
        model: call.model,
        ...call.fields,
        image: references.length === 1 ? references[0] : undefined,
        images: references.length > 1 ? references : undefined,
        resolution: size?.toLowerCase()
      }
    }
  }),
  decodeResponse: decodeImages,
  decodeError
}
