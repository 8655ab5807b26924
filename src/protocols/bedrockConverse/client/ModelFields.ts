import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import { encodeThinking } from "../../wire/ClaudeThinking.ts"
import type { Objections } from "../../wire/Objections.ts"
import type { BedrockConverseQuirks } from "../BedrockConverseQuirks.ts"
import { compact, type WireObject } from "../wire/Wire.ts"

/**
 * What each family of models has its own words for, in `additionalModelRequestFields`, and the effort that stands
 * apart from them.
 *
 * @since 0.1.0
 * @category models
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
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeModelFields = (
  request: ChatRequest,
  quirks: BedrockConverseQuirks,
  objections: Objections
): ModelFields => {
  const { effort, ...fields } = encodeReasoning(request, quirks, objections)
  return { effort, fields: compact({ ...encodeTopK(request.topK, quirks.family, objections), ...fields }) }
}

const encodeTopK = (topK: number | undefined, family: string, objections: Objections): WireObject => {
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
      objections.unsupported("topK", `no word for it is known of models of ${family}`)
      return {}
  }
}

const encodeReasoning = (
  request: ChatRequest,
  quirks: BedrockConverseQuirks,
  objections: Objections
): WireObject & { readonly effort?: string | undefined } => {
  const { reasoning } = request
  if (reasoning === undefined) return {}
  const { family } = quirks
  if (family === "anthropic") {
    const { effort, thinking } = encodeThinking(request, quirks, objections)
    return { thinking, effort }
  }
  if (family !== "amazon" && family !== "openai") {
    objections.unsupported("reasoning", `no word for it is known of models of ${family}`)
    return {}
  }
  if (reasoning.budget !== undefined) objections.unsupported("reasoning", "the model takes an effort, not a budget")
  const { effort } = reasoning
  if (effort === "none") {
    if (family === "amazon") return { reasoningConfig: { type: "disabled" } }
    objections.unsupported("reasoning", "the model cannot answer without thinking")
    return {}
  }
  const level = effort === undefined ? undefined : nearest(effort, objections)
  return family === "openai"
    ? { reasoning_effort: level }
    : { reasoningConfig: compact({ type: "enabled", maxReasoningEffort: level }) }
}

const nearest = (effort: string, objections: Objections): string => {
  if (effort === "low" || effort === "medium" || effort === "high") return effort
  const level = effort === "minimal" ? "low" : "high"
  objections.warn("other", "reasoning", `the model has no effort ${effort}; it is asked for ${level}`)
  return level
}
