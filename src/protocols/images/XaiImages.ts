import type { ImageRequest, ImageResponse } from "../../domain/Image.ts"
import { type CallParameters, encoder, sent, words } from "../wire/CallCodec.ts"
import { int, string, unsupported } from "../wire/RequestCodec.ts"
import type { CallProtocol } from "../Protocol.ts"
import { urlOf } from "../wire/MediaInput.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { decodeImages } from "./OpenAiImages.ts"

const protocol = "xai-images"

const parameters: CallParameters<ImageRequest> = {
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
 * of `1k` or `2k`. An answer says what it cost. Images are addresses for a while unless `responseFormat` is `bytes`.
 *
 * Source: https://docs.x.ai/developers/model-capabilities/images/generation
 */
export const XaiImages: CallProtocol<ImageRequest, ImageResponse> = {
  id: protocol,
  encodeRequest: encoder(protocol, parameters, (call) => {
    const { images = [], size } = call.request
    if (size !== undefined && !/^\d+k$/i.test(size)) call.unsupported("size", "xAI has the sizes 1k and 2k")
    const references = images.map(({ data, mediaType }, index) => {
      const url = urlOf(data, mediaType)
      if (url === undefined) call.unsupported("images", `images[${index}]: xAI takes bytes and URLs`)
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
