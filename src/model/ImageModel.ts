import type { Image, Kind } from "../domain/Capability.ts"
import { ImageRequestInput, ImageResponse } from "../domain/Image.ts"
import { isInline } from "../domain/ContentPart.ts"
import { cachedFields } from "../domain/CallRequest.ts"
import { make as makeCheck } from "../domain/InputCheck.ts"
import type { Model } from "./Model.ts"

/**
 * A model that generates or edits images.
 *
 * @since 0.1.0
 * @category models
 */
export type ImageModel<E = never, R = never> = Model<Image, E, R>

/**
 * The capability as a value, as `Model.make` takes it.
 *
 * @since 0.1.0
 * @category constants
 */
export const kind: Kind<Image> = {
  id: "image",
  empty: { prompt: "" },
  make: (input) => (typeof input === "string" ? { prompt: input } : input),
  check: makeCheck(ImageRequestInput),
  caching: {
    fields: {
      ...cachedFields,
      prompt: "keyed",
      images: "keyed",
      mask: "keyed",
      negativePrompt: "keyed",
      n: "keyed",
      size: "keyed",
      aspectRatio: "keyed",
      quality: "keyed",
      style: "keyed",
      background: "keyed",
      mediaType: "keyed",
      compression: "keyed",
      seed: "keyed",
      responseFormat: "keyed"
    },
    response: ImageResponse,
    // Links to images expire.
    isReusable: ({ images }) => images.length > 0 && images.every(({ data }) => isInline(data))
  }
}
