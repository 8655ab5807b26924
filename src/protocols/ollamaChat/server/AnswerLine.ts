import * as DateTime from "effect/DateTime"
import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { ImagePart } from "../../../domain/ContentPart.ts"
import type { Usage } from "../../../domain/Usage.ts"
import { base64Of } from "../../wire/MediaInput.ts"
import { encodeDoneReason } from "../Response.ts"
import type { WireObject } from "../wire/Wire.ts"
import { encodeUsage } from "../Usage.ts"

/** What every line of an answer begins with. */
export const encodeHead = (
  model: string,
  created: number
): { readonly model: string; readonly created_at: string } => ({
  model,
  created_at: DateTime.formatIso(DateTime.makeUnsafe(created * 1000))
})

/** What the last line, or a whole answer, says of the end. */
export const encodeEnd = (
  answer: Pick<ChatResponse, "finishReason"> & {
    readonly rawFinishReason?: string | undefined
    readonly usage: Usage
  }
): WireObject => ({
  done: true,
  done_reason: encodeDoneReason(answer.finishReason, answer.rawFinishReason),
  ...encodeUsage(answer.usage)
})

/** The images that are at hand. */
export const encodeImages = (parts: ReadonlyArray<ImagePart>): ReadonlyArray<string> | undefined => {
  const images = parts.flatMap(({ data, mediaType }) => base64Of(data, mediaType)?.base64 ?? [])
  return images.length === 0 ? undefined : images
}
