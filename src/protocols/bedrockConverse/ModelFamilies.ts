import type { ChatRequest } from "../../domain/ChatRequest.ts"
import { type ClaudeQuirks, decodeThinking, encodeThinking, withClaudeDefaults } from "../wire/Claude.ts"
import type { Issues } from "../wire/request/Issues.ts"
import { type Effort, efforts } from "../wire/request/ReasoningEffort.ts"
import { compact, nonNegativeInt, object, setOf, unknownFields, type WireObject } from "../wire/WireObject.ts"

type Reasoning = NonNullable<ChatRequest["reasoning"]>

/**
 * How models on Bedrock differ. Those of Claude's quirks that concern thinking hold for Claude only.
 *
 * @since 0.1.0
 * @category models
 */
export interface BedrockConverseQuirks extends ClaudeQuirks {
  /**
   * Who made the model, as its id names it (`anthropic`, `amazon`, `openai`, ...): `topK` and `reasoning` have other
   * fields for each. Default: taken from the id; `anthropic` for ARNs that do not tell (application inference profiles,
   * provisioned throughput).
   * Source: https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html
   */
  readonly family: string
}

export const withDefaults = (
  quirks: Partial<BedrockConverseQuirks> | undefined,
  model: string
): BedrockConverseQuirks => ({
  ...withClaudeDefaults(quirks),
  family: quirks?.family ?? familyOf(model)
})

/** Ids are `anthropic.claude-...`, with a region or `global` before that; in an ARN, after the last slash. */
const familyOf = (model: string): string => {
  const id = model.slice(model.lastIndexOf("/") + 1)
  const known = /(?:^|\.)(anthropic|amazon|openai|mistral|cohere|deepseek|meta)\./.exec(id)?.[1]
  return known ?? /^([a-z][a-z0-9-]*)\./.exec(id)?.[1] ?? "anthropic"
}

/**
 * What each family of models has its own fields for, in `additionalModelRequestFields`, and the effort that is apart from
 * them.
 * Sources: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html (Claude and Mistral `top_k`,
 * Cohere `k`, Nova `inferenceConfig.topK`),
 * https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html,
 * https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html and
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_OutputConfig.html
 */
export const encodeModelFields = (
  request: ChatRequest,
  quirks: BedrockConverseQuirks,
  issues: Issues
): { readonly fields: WireObject; readonly effort: string | undefined } => {
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
      issues.unsupported("topK", `no parameter for it is known for models of ${family}`)
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
    issues.unsupported("reasoning", `no parameter for it is known for models of ${family}`)
    return {}
  }
  if (reasoning.budget !== undefined) issues.unsupported("reasoning", "the model supports an effort, not a budget")
  const { effort } = reasoning
  if (effort === "none") {
    if (family === "amazon") return { reasoningConfig: { type: "disabled" } }
    issues.unsupported("reasoning", "the model cannot respond without reasoning")
    return {}
  }
  const nearest = effort === undefined ? undefined : nearestEffort(effort, issues)
  return family === "openai"
    ? { reasoning_effort: nearest }
    : { reasoningConfig: compact({ type: "enabled", maxReasoningEffort: nearest }) }
}

const nearestEffort = (effort: string, issues: Issues): string => {
  if (effort === "low" || effort === "medium" || effort === "high") return effort
  const nearest = effort === "minimal" ? "low" : "high"
  issues.warn("other", "reasoning", `the model has no effort ${effort}; ${nearest} was sent`)
  return nearest
}

/** Parameters decoded from the fields and the effort, and the fields that the domain has no parameter for. */
export interface DecodedModelFields {
  readonly topK: number | undefined
  readonly reasoning: Reasoning | undefined
  readonly unknownFields: WireObject | undefined
  /** The effort, where it is not about reasoning. */
  readonly effort: string | undefined
}

/**
 * Decodes the fields of every family: `top_k`, `k`, `inferenceConfig.topK`; `thinking` (Claude, also as
 * `reasoning_config`), `reasoningConfig` (Nova), `reasoning_effort` (OpenAI). A value of another form stays as it is.
 * An effort alone leaves thinking to the model, so it is no reasoning.
 */
export const decodeModelFields = (fields: WireObject, effort: string | undefined): DecodedModelFields => {
  const known = new Set<string>()
  const note = <A>(key: string, value: A | undefined): A | undefined => {
    if (value !== undefined) known.add(key)
    return value
  }
  const inference = object(fields.inferenceConfig)
  const isOnlyTopK = inference !== undefined && Object.keys(inference).every((key) => key === "topK")
  const topK =
    note("top_k", nonNegativeInt(fields.top_k)) ??
    note("k", nonNegativeInt(fields.k)) ??
    (isOnlyTopK ? note("inferenceConfig", nonNegativeInt(inference.topK)) : undefined)
  const level = effortOf(effort)
  const claude =
    note("thinking", decodeClaude(fields.thinking, level)) ??
    note("reasoning_config", decodeClaude(fields.reasoning_config, level))
  const reasoning =
    claude ??
    note("reasoningConfig", decodeNova(fields.reasoningConfig)) ??
    note("reasoning_effort", level === undefined ? decodeOpenAi(fields.reasoning_effort) : undefined)
  const isOfThinking = claude !== undefined && claude.effort === level
  return {
    topK,
    reasoning,
    unknownFields: unknownFields(fields, known),
    effort: isOfThinking || effort === "" ? undefined : effort
  }
}

const effortOf = (u: unknown): Effort | undefined => efforts.find((effort) => effort === u)

const thinkingKeys = setOf("type budget_tokens")

const decodeClaude = (u: unknown, effort: Reasoning["effort"]): Reasoning | undefined => {
  const thinking = object(u)
  if (thinking === undefined || unknownFields(thinking, thinkingKeys) !== undefined) return undefined
  const { type } = thinking
  const budget = nonNegativeInt(thinking.budget_tokens)
  const isKnown = type === "disabled" || (type === "enabled" ? budget !== undefined : budget === undefined)
  return isKnown && type !== "between_tools" ? decodeThinking({ type, budget_tokens: budget }, effort) : undefined
}

const novaKeys = setOf("type maxReasoningEffort")

const decodeNova = (u: unknown): Reasoning | undefined => {
  const config = object(u)
  if (config === undefined || unknownFields(config, novaKeys) !== undefined) return undefined
  if (config.type === "disabled") return { effort: "none" }
  return config.type === "enabled" ? compact({ effort: effortOf(config.maxReasoningEffort) }) : undefined
}

/** Words that only some models know stay as they are. */
const decodeOpenAi = (u: unknown): Reasoning | undefined =>
  u === "low" || u === "medium" || u === "high" ? { effort: u } : undefined
