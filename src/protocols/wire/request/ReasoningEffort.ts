import type { ChatRequest } from "../../../domain/ChatRequest.ts"
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

/** About how many tokens of reasoning an effort is. */
export const budgets: { readonly [effort in Effort]: number } = {
  none: 0,
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_000
}

/**
 * The effort of a request to a model that has no budgets: its own, or with a warning the highest whose tokens a budget has, and
 * `low` for less.
 */
export const effortOf = (
  { budget, effort }: NonNullable<ChatRequest["reasoning"]>,
  issues: Pick<Issues, "warn">
): Effort | undefined => {
  if (budget === undefined) return effort
  const nearest =
    effort ??
    (budget === 0 ? "none" : (efforts.findLast((one) => ranks[one] >= ranks.low && budgets[one] <= budget) ?? "low"))
  issues.warn("other", "reasoning", `the model has no budget of tokens; the effort ${nearest} was sent for ${budget}`)
  return nearest
}
