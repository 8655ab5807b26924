import type { CallEvent } from "../../domain/CallEvent.ts"
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

/** Folds the events of a stream. */
export interface SummaryFold<in Event> {
  readonly add: (event: Event) => void
  readonly response: () => Summary | undefined
}

/** Keeps no content. */
export const makeFold = (): SummaryFold<CallEvent> => {
  let summary: Summary = {}
  let isWhole = false
  return {
    add: (event: CallEvent & Summary) => {
      switch (event.type) {
        case "response-start":
          summary = {
            provider: event.provider,
            model: event.model,
            requestId: event.requestId,
            cached: event.cached,
            rateLimits: event.rateLimits
          }
          return
        case "response-metadata":
          summary = { ...summary, id: event.id ?? summary.id, model: event.model ?? summary.model }
          return
        case "finish":
          summary = {
            ...summary,
            finishReason: event.finishReason,
            rawFinishReason: event.rawFinishReason,
            cached: event.cached ?? summary.cached
          }
          isWhole = true
      }
    },
    response: () => (isWhole ? summary : undefined)
  }
}
