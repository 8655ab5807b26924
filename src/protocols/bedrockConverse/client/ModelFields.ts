import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import { encodeThinking } from "../../wire/ClaudeThinking.ts"
import type { Issues } from "../../wire/Issues.ts"
import type { BedrockConverseQuirks } from "../BedrockConverseQuirks.ts"
import { compact, type WireObject } from "../wire/Wire.ts"

/**
 * What each family of models has its own words for, in `additionalModelRequestFields`, and the effort that stands
 * apart from them.
 */
export interface ModelFields {
  readonly fields: WireObject
  readonly effort: string | undefined
}

/**
 * Sources: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html (Claude and Mistral `top_k`,
 * Cohere `k`, Nova `inferenceConfig.topK`),
 * https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html,
 * https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html and
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_OutputConfig.html
 */
export const encodeModelFields = (request: ChatRequest, quirks: BedrockConverseQuirks, issues: Issues): ModelFields => {
  const { effort, ...fields } = encodeReasoning(request, quirks, issues)
  return { effort, fields: compact({ ...encodeTopK(request.topK, quirks.family, issues), ...fields }) }
}

const encodeTopK = (topK: number | undefined, family: string, issues: Issues): WireObject => {
  if (topK === undefined) return {}
  switch (family) {
    case "anthropic":
    case "mistral":
      return { top_k: topK }
    case "cohere":
      return { k: topK }
    case "amazon":
      return { inferenceConfig: { topK } }
    default:
      issues.unsupported("topK", `no word for it is known of models of ${family}`)
      return {}
  }
}

const encodeReasoning = (
  request: ChatRequest,
  quirks: BedrockConverseQuirks,
  issues: Issues
): WireObject & { readonly effort?: string | undefined } => {
  const { reasoning } = request
  if (reasoning === undefined) return {}
  const { family } = quirks
  if (family === "anthropic") {
    const { effort, thinking } = encodeThinking(request, quirks, issues)
    return { thinking, effort }
  }
  if (family !== "amazon" && family !== "openai") {
    issues.unsupported("reasoning", `no word for it is known of models of ${family}`)
    return {}
  }
  if (reasoning.budget !== undefined) issues.unsupported("reasoning", "the model takes an effort, not a budget")
  const { effort } = reasoning
  if (effort === "none") {
    if (family === "amazon") return { reasoningConfig: { type: "disabled" } }
    issues.unsupported("reasoning", "the model cannot answer without thinking")
    return {}
  }
  const level = effort === undefined ? undefined : nearest(effort, issues)
  return family === "openai"
    ? { reasoning_effort: level }
    : { reasoningConfig: compact({ type: "enabled", maxReasoningEffort: level }) }
}

const nearest = (effort: string, issues: Issues): string => {
  if (effort === "low" || effort === "medium" || effort === "high") return effort
  const level = effort === "minimal" ? "low" : "high"
  issues.warn("other", "reasoning", `the model has no effort ${effort}; it is asked for ${level}`)
  return level
}
