import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Capability } from "../../domain/Capability.ts"
import { verdicts } from "../../domain/ProviderError.ts"
import type { Override } from "../Override.ts"
import type { Plan } from "../Plan.ts"
import { decide, type Setup } from "./Calling.ts"
import type { Entry } from "./State.ts"

/** What follows each error in this group. */
const errorsOf = (hasContentPolicy: boolean, isFallback: boolean): Plan["errors"] => {
  const rows = Object.entries(verdicts).map(([tag, { fallback, retry }]): [string, Plan["errors"][string]] => {
    if (!isFallback) return [tag, { retry, fallback: "never" }]
    if (tag === "ContextWindowExceededError") return [tag, { retry, fallback: "larger-window" }]
    if (tag === "ContentPolicyError" && hasContentPolicy) {
      return [tag, { retry, fallback: "content-policy" }]
    }
    return [tag, { retry, fallback }]
  })
  return Object.fromEntries(rows)
}

/** The plan of a group for a request. */
export const explain = <C extends Capability, E, R>(
  setup: Setup<C, E, R>,
  request: C["Request"],
  turn: number,
  override: Override
): Effect.Effect<Plan> =>
  Effect.map(
    Effect.withFiber((fiber) => decide(setup, request, false, turn, override, fiber)),
    (choice): Plan => {
      const { because, call, leftOut, members, waitMillis } = choice
      const isFallback = override.fallbacks !== false
      const names = (some: ReadonlyArray<Entry>) =>
        isFallback ? some.map(({ deployment }) => deployment.model.id) : []
      const deadline = override.deadline ?? setup.deadline
      return {
        group: setup.group,
        deployments: (isFallback ? members : members.slice(0, 1)).map((member, index) => ({
          deployment: member.name,
          model: member.model.id,
          because: because(member),
          costUsd: member.facts.estimate(request, call.inputTokens, call.outputTokens, call.atMillis),
          wait: index > 0 || waitMillis === 0 ? undefined : Duration.millis(waitMillis)
        })),
        leftOut,
        inputTokens: call.inputTokens,
        outputTokens: call.outputTokens,
        attempts: override.attempts ?? setup.attempts,
        deadline: deadline === undefined ? undefined : Duration.fromInputUnsafe(deadline),
        fallbacks: {
          default: names(setup.fallbacks.default),
          contextWindow: names(setup.fallbacks.contextWindow),
          contentPolicy: names(setup.fallbacks.contentPolicy)
        },
        errors: errorsOf(setup.fallbacks.contentPolicy.length > 0, isFallback)
      }
    }
  )
