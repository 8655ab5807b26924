import type { FinishReason } from "../../domain/FinishReason.ts"
import type { RateLimits } from "../../domain/RateLimits.ts"

/** What of a response is no content. A whole response is one. */
export interface Summary {
  readonly id?: string | undefined
  readonly provider?: string | undefined
  readonly model?: string | undefined
  readonly requestId?: string | undefined
  readonly finishReason?: FinishReason | undefined
  readonly rawFinishReason?: string | undefined
  readonly cached?: unknown
  readonly rateLimits?: RateLimits | undefined
}

/** That of a stream, by how it began, with what it reported later, and how it ended. */
export const summaryOf = (begun: Summary, end: Summary): Summary => ({
  id: begun.id,
  provider: begun.provider,
  model: begun.model,
  requestId: begun.requestId,
  finishReason: end.finishReason,
  rawFinishReason: end.rawFinishReason,
  cached: end.cached ?? begun.cached,
  rateLimits: begun.rateLimits
})
