import type { CallRequest } from "../../domain/CallRequest.ts"
import type { Cost } from "../../domain/Cost.ts"
import { make, type Usage } from "../../domain/Usage.ts"
import type { ReportedModel } from "../AttemptLog.ts"
import * as Estimate from "../Estimate.ts"

/**
 * An attempt that an interruption cut. `usage` is what the provider reported, and where it reported nothing an estimate: of the
 * request, and of what had arrived of a stream or what a whole response was expected to be; then `cost` is that of the estimate,
 * and flagged so.
 *
 * @since 0.1.0
 * @category models
 */
export interface CutShort {
  /** The model that was called, `provider/model`. */
  readonly model: string
  /** The provider and model that responded, where one did. */
  readonly reported: ReportedModel
  readonly usage: Usage
  readonly isEstimated: boolean
  readonly cost: Cost | undefined
}

/** Of the texts in most languages, as estimates go. */
const charactersPerToken = 4

/** What a call has used of which nothing was reported: so many characters have arrived of a stream, or a whole response was expected. */
export const estimatedUsage = (request: CallRequest, arrivedCharacters: number | undefined): Usage =>
  make({
    input: Estimate.inputTokens(request),
    output:
      arrivedCharacters === undefined
        ? Estimate.outputTokens(request)
        : Math.ceil(arrivedCharacters / charactersPerToken)
  })

/** Whether nothing is left to estimate: tokens of both sides were reported, or only what is billed instead of them. */
export const isComplete = ({ inputTokens, outputTokens, reportedCost, units }: Usage): boolean =>
  reportedCost !== undefined ||
  (inputTokens.total === undefined
    ? units !== undefined && outputTokens.total === undefined
    : outputTokens.total !== undefined)

/** A usage with an estimate of the side whose tokens were not reported. */
export const completed = (usage: Usage, estimate: Usage): Usage => ({
  ...usage,
  inputTokens: usage.inputTokens.total === undefined ? estimate.inputTokens : usage.inputTokens,
  outputTokens: usage.outputTokens.total === undefined ? estimate.outputTokens : usage.outputTokens
})
