import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { Issues } from "../../wire/Issues.ts"
import type { GoogleGenerateContentQuirks } from "../GoogleGenerateContentQuirks.ts"
import type { WireObject } from "../wire/Wire.ts"

type Effort = NonNullable<NonNullable<ChatRequest["reasoning"]>["effort"]>

/** See `GoogleGenerateContentQuirks.thinking`. */
const budgets: { readonly [effort in Effort]: number } = {
  none: 0,
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576
}

const order: ReadonlyArray<Effort> = ["minimal", "low", "medium", "high", "xhigh", "max"]

/**
 * How the model is told to think. Whoever asks for thinking is shown what can be seen of it (`includeThoughts`).
 */
export const encodeThinking = (
  { reasoning }: ChatRequest,
  quirks: GoogleGenerateContentQuirks,
  issues: Issues
): WireObject | undefined => {
  if (reasoning === undefined) return undefined
  const { budget, effort } = reasoning
  if (effort === "none") {
    if (quirks.reasoningEfforts.includes("none")) return { thinkingBudget: 0 }
    issues.unsupported("reasoning", "the model cannot answer without thinking")
    return undefined
  }
  if (budget !== undefined) {
    if (quirks.thinking !== "adaptive") return { includeThoughts: true, thinkingBudget: budget }
    issues.unsupported("reasoning", "the model takes an effort, not a budget")
  }
  if (effort === undefined) return { includeThoughts: true }
  const asked = nearest(effort, quirks, issues)
  return quirks.thinking === "budget"
    ? { includeThoughts: true, thinkingBudget: budgets[asked] }
    : { includeThoughts: true, thinkingLevel: asked }
}

const nearest = (effort: Effort, { reasoningEfforts }: GoogleGenerateContentQuirks, issues: Issues): Effort => {
  const known = order.filter((one) => reasoningEfforts.includes(one))
  if (known.includes(effort) || known.length === 0) return effort
  const found = known.findLast((one) => order.indexOf(one) < order.indexOf(effort)) ?? known[0] ?? effort
  issues.warn("other", "reasoning", `the model has no effort ${effort}; it is asked for ${found}`)
  return found
}
