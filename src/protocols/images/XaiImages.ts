import type { ImageRequest } from "../../domain/ImageRequest.ts"
import type { ImageResponse } from "../../domain/ImageResponse.ts"
import * as CallDraft from "../wire/CallDraft.ts"
import type { CallParameters } from "../wire/CallEncoder.ts"
import type { CallProtocol } from "../CallProtocol.ts"
import { urlOf } from "../wire/MediaInput.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { compact } from "../wire/WireObject.ts"
import { decodeImages } from "./OpenAiImages.ts"

const protocol = "xai-images"

const parameters: CallParameters<ImageRequest> = {
  prompt: "sent",
  images: "sent",
  mask: "unsupported",
  negativePrompt: "unsupported",
  n: "sent",
  size: "sent",
  aspectRatio: "sent",
  quality: "unsupported",
  style: "unsupported",
  background: "unsupported",
  mediaType: "unsupported",
  compression: "unsupported",
  seed: "unsupported",
  responseFormat: "sent",
  user: "sent",
  serviceTier: "unsupported"
}

/**
 * Images of xAI, made and edited: OpenAI's form, but edits are JSON too, and the shape is an `aspectRatio` with a `size`
 * of `1k` or `2k`. An answer says what it cost. Images are addresses for a while unless `responseFormat` is `bytes`.
 *
 * Source: https://docs.x.ai/developers/model-capabilities/images/generation
 */
export const XaiImages: CallProtocol<ImageRequest, ImageResponse> = {
  id: protocol,
  encodeRequest: (request, options) => {
    return CallDraft.encode(request, { ...options, protocol, parameters }, (issues) => {
      const { images = [], responseFormat, size } = request
      if (size !== undefined && !/^\d+k$/i.test(size)) issues.unsupported("size", "xAI has the sizes 1k and 2k")
      const references = images.map(({ data, mediaType }, index) => {
        const url = urlOf(data, mediaType)
        if (url === undefined) issues.unsupported("images", `images[${index}]: xAI takes bytes and URLs`)
        return { type: "image_url", url }
      })
      return {
        path: references.length === 0 ? "/images/generations" : "/images/edits",
        json: compact({
          model: options.model,
          prompt: request.prompt,
          image: references.length === 1 ? references[0] : undefined,
          images: references.length > 1 ? references : undefined,
          n: request.n,
          aspect_ratio: request.aspectRatio,
          resolution: size?.toLowerCase(),
          response_format: responseFormat === undefined ? undefined : responseFormat === "bytes" ? "b64_json" : "url",
          user: request.user
        })
      }
    })
  },
  decodeResponse: decodeImages,
  decodeError
}
