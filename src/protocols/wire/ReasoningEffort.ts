import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { Issues } from "./Issues.ts"

export type Effort = NonNullable<NonNullable<ChatRequest["reasoning"]>["effort"]>

const ranks: { readonly [effort in Effort]: number } = {
  none: 0,
  minimal: 1,
  low: 2,
  medium: 3,
  high: 4,
  xhigh: 5,
  max: 6
}

/** Every effort, the lowest first. */
export const efforts = Object.keys(ranks) as ReadonlyArray<Effort>

/**
 * The effort, or with a warning the next lower one that the model supports, or else its lowest; `undefined` where it
 * supports none. `none` is never a substitute.
 */
export const nearestEffort = (
  effort: Effort,
  supported: ReadonlyArray<Effort>,
  issues: Pick<Issues, "warn">
): Effort | undefined => {
  const choices = efforts.filter((one) => one !== "none" && supported.includes(one))
  if (choices.length === 0 || choices.includes(effort)) return choices.length === 0 ? undefined : effort
  const nearest = choices.findLast((one) => ranks[one] < ranks[effort]) ?? choices[0]
  issues.warn("other", "reasoning", `the model has no effort ${effort}; ${nearest} was sent`)
  return nearest
}
