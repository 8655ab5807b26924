import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Left } from "effect-llm/policies/RateLimit"

/** Who is told what is left of the limits of a caller when a call of this fiber has passed them. */
export const LimitObserver = Context.Reference<((left: ReadonlyArray<Left>) => void) | undefined>(
  "effect-llm-gateway/LimitObserver",
  { defaultValue: () => undefined }
)

/** Tells the observer. */
export const observe = (left: ReadonlyArray<Left>): Effect.Effect<void> =>
  Effect.withFiber((fiber) => {
    fiber.getRef(LimitObserver)?.(left)
    return Effect.void
  })
