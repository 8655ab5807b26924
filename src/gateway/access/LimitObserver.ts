import * as Context from "effect/Context"
import type { Left } from "effect-llm/policies/RateLimit"

/** Called with what is left of a caller's limits after a call of this fiber has passed them. */
export const LimitObserver = Context.Reference<((left: ReadonlyArray<Left>) => void) | undefined>(
  "effect-llm-gateway/LimitObserver",
  { defaultValue: () => undefined }
)

/** Tells the observer. */
export const observe = (left: ReadonlyArray<Left>, context: Context.Context<never>): undefined => {
  Context.get(context, LimitObserver)?.(left)
}
