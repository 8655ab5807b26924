import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/**
 * What a policy decided about a call. Telemetry shows decisions as events of the call's span and counts them. `model` is the id
 * of a model, `error` the tag of an error; a decision holds no text of requests or responses.
 *
 * @since 0.1.0
 * @category models
 */
export type Decision =
  | { readonly type: "retry"; readonly model: string; readonly error: string; readonly wait: Duration.Duration }
  | { readonly type: "fallback"; readonly from: string; readonly model: string; readonly error: string }
  | {
      readonly type: "circuit-opened" | "circuit-closed" | "circuit-probed" | "circuit-refused"
      readonly circuit: string
    }
  | {
      readonly type: "limit-waited"
      readonly key: string
      readonly limit: "requests" | "tokens" | "concurrency"
      readonly wait: Duration.Duration
    }
  | { readonly type: "limit-refused"; readonly key: string; readonly limit: "requests" | "tokens" | "concurrency" }
  | { readonly type: "budget-warned" | "budget-refused" | "budget-stopped"; readonly budget: string }
  | { readonly type: "cache-hit" | "cache-miss"; readonly model: string }
  | { readonly type: "coalesced"; readonly model: string }
  | { readonly type: "hedge-started" | "hedge-won"; readonly model: string }
  | { readonly type: "validation-failed"; readonly model: string }
  | {
      readonly type: "guard-rejected" | "guard-rewrote"
      readonly guard: string
      readonly at: "request" | "response"
    }
  | { readonly type: "context-trimmed"; readonly model: string; readonly messages: number }
  | { readonly type: "key-cooled" | "key-refused"; readonly key: string }
  | {
      readonly type: "routed"
      readonly group: string
      readonly deployment: string
      readonly model: string
      readonly because: string
    }
  | { readonly type: "store-failed"; readonly policy: string }

/**
 * The observer of decisions in this fiber; none by default, and a decision then costs one lookup.
 *
 * @since 0.1.0
 * @category references
 */
export const CurrentDecisionObserver: Context.Reference<((decision: Decision) => void) | undefined> = Context.Reference<
  ((decision: Decision) => void) | undefined
>("effect-llm/policies/CurrentDecisionObserver", { defaultValue: () => undefined })

/**
 * Records a decision. Policies of your own can record theirs.
 *
 * @since 0.1.0
 * @category combinators
 */
export const record = (decision: Decision): Effect.Effect<void> =>
  Effect.withFiber((fiber) => {
    fiber.getRef(CurrentDecisionObserver)?.(decision)
    return Effect.void
  })
