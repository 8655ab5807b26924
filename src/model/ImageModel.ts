import type { Canonical } from "../domain/Capability.ts"
import { type ImageRequest, ImageRequestInput } from "../domain/ImageRequest.ts"
import { make as makeCheck } from "../domain/InputCheck.ts"
import type { ImageResponse } from "../domain/ImageResponse.ts"
import type { CallModel } from "./CallModel.ts"
import * as forms from "./call/forms.ts"

/**
 * The types of the capability.
 *
 * @since 0.1.0
 * @category models
 */
export interface Image {
  readonly id: "image"
  readonly Input: ImageRequestInput
  readonly Request: ImageRequest
  readonly Answer: ImageResponse
  readonly Event: never
}

/**
 * A model that images can be made or edited by: `ask` it, and use the combinators of `CallModel`.
 *
 * @since 0.1.0
 * @category models
 */
export type ImageModel<E = never, R = never> = CallModel<Image, E, R>

/**
 * What is done with a request before it is sent.
 *
 * @since 0.1.0
 * @category constants
 */
export const capability: Canonical<Image> = { ...forms.image, check: makeCheck(ImageRequestInput) }
