import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { Issues } from "./Issues.ts"
import { compact, type WireObject } from "./WireObject.ts"

/** How deep a model thinks, in the domain's words. */
export type Effort = NonNullable<NonNullable<ChatRequest["reasoning"]>["effort"]>

/** How models of Claude differ in thinking, on whichever wire: see `AnthropicMessagesQuirks`. */
export interface ClaudeThinkingQuirks {
  readonly maxOutputTokens: number
  readonly thinking: "adaptive" | "budget" | "both"
  readonly reasoningEfforts: ReadonlyArray<Effort>
  readonly thinkingOff: "disabled" | "between_tools"
}

/** What Anthropic's own API takes where no quirk is given. */
export const withThinkingDefaults = (quirks: Partial<ClaudeThinkingQuirks> | undefined): ClaudeThinkingQuirks => ({
  maxOutputTokens: 32_000,
  thinking: "both",
  reasoningEfforts: quirks?.thinking === "budget" ? ["none"] : efforts,
  thinkingOff: "disabled",
  ...quirks
})

const efforts: ReadonlyArray<Effort> = ["none", "low", "medium", "high", "xhigh", "max"]

/** How the model is told to think, and how long the answer may then be. */
export interface WireReasoning {
  readonly maxTokens: number
  readonly thinking: WireObject | undefined
  readonly effort: string | undefined
}

/** See `AnthropicMessagesQuirks.thinking`. */
const budgets: { readonly [effort in Effort]: number } = {
  none: 0,
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_000
}

/** The smallest budget that the API takes, and what an answer is left at least where no one said how much. */
const least = 1024

const order: ReadonlyArray<Effort> = ["low", "medium", "high", "xhigh", "max"]

export const encodeThinking = (request: ChatRequest, quirks: ClaudeThinkingQuirks, issues: Issues): WireReasoning => {
  const { maxOutputTokens, reasoning } = request
  const maxTokens = maxOutputTokens ?? quirks.maxOutputTokens
  const silent = { maxTokens, thinking: undefined, effort: undefined }
  if (reasoning === undefined) return silent
  if (reasoning.effort === "none") {
    if (quirks.reasoningEfforts.includes("none")) return { ...silent, thinking: { type: quirks.thinkingOff } }
    issues.unsupported("reasoning", "the model cannot answer without thinking")
    return silent
  }
  const effort = effortWord(reasoning.effort, quirks, issues)
  let budget = reasoning.budget
  if (budget !== undefined && quirks.thinking === "adaptive") {
    issues.unsupported("reasoning", "the model takes an effort, not a budget")
    budget = undefined
  }
  if (quirks.thinking !== "budget" && budget === undefined) return { maxTokens, thinking: { type: "adaptive" }, effort }
  if (budget !== undefined) {
    const room = maxOutputTokens ?? Math.max(maxTokens, budget + 4 * least)
    return { maxTokens: room, thinking: { type: "enabled", budget_tokens: budget }, effort }
  }
  const derived = Math.min(budgets[reasoning.effort ?? "medium"], maxTokens - least)
  if (derived < least) {
    issues.unsupported("reasoning", `thinking takes ${least} tokens at least, and maxOutputTokens is ${maxTokens}`)
    return silent
  }
  return { maxTokens, thinking: { type: "enabled", budget_tokens: derived }, effort }
}

const effortWord = (effort: Effort | undefined, quirks: ClaudeThinkingQuirks, issues: Issues): string | undefined => {
  const known = order.filter((one) => quirks.reasoningEfforts.includes(one))
  if (effort === undefined || known.length === 0) return undefined
  const asked = effort === "minimal" ? "low" : effort
  if (known.includes(asked)) return asked
  const nearest = known.findLast((one) => order.indexOf(one) < order.indexOf(asked)) ?? known[0]
  issues.warn("other", "reasoning", `the model has no effort ${effort}; it is asked for ${nearest}`)
  return nearest
}

/** The object `output_config`, or none when it says nothing. */
export const outputConfig = (effort: string | undefined, format: WireObject | undefined): WireObject | undefined =>
  effort === undefined && format === undefined ? undefined : compact({ effort, format })
