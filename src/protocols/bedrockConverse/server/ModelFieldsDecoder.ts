import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { Json } from "../../../domain/Json.ts"
import { unknownFields, compact, nonNegativeInt, object, text, type WireObject } from "../wire/Wire.ts"

type Reasoning = NonNullable<ChatRequest["reasoning"]>
type Options = { readonly [key: string]: Json }

/** What `additionalModelRequestFields` and the effort say, and what of them the domain has no field for. */
export interface DecodedModelFields {
  readonly topK: number | undefined
  readonly reasoning: Reasoning | undefined
  readonly rest: Options | undefined
  /** The effort, where it is not about thinking. */
  readonly outputConfig: Options | undefined
}

const efforts = new Set(["none", "minimal", "low", "medium", "high", "xhigh", "max"])

const effortOf = (u: unknown): Reasoning["effort"] | undefined =>
  typeof u === "string" && efforts.has(u) ? (u as Reasoning["effort"]) : undefined

/**
 * Reads the words of every family: `top_k`, `k`, `inferenceConfig.topK`; `thinking` (Claude, also as
 * `reasoning_config`), `reasoningConfig` (Nova), `reasoning_effort` (OpenAI). A value of another form stays as it is.
 * An effort without a word on thinking leaves that to the model, so it is not taken for one.
 */
export const decodeModelFields = (fields: WireObject, effort: string | null | undefined): DecodedModelFields => {
  const known = new Set<string>()
  const read = <A>(key: string, value: A | undefined): A | undefined => {
    if (value !== undefined) known.add(key)
    return value
  }
  const inference = object(fields.inferenceConfig)
  const isOnlyTopK = inference !== undefined && Object.keys(inference).every((key) => key === "topK")
  const topK =
    read("top_k", nonNegativeInt(fields.top_k)) ??
    read("k", nonNegativeInt(fields.k)) ??
    (isOnlyTopK ? read("inferenceConfig", nonNegativeInt(inference.topK)) : undefined)
  const level = effortOf(effort)
  const claude =
    read("thinking", decodeThinking(fields.thinking, level)) ??
    read("reasoning_config", decodeThinking(fields.reasoning_config, level))
  const reasoning =
    claude ??
    read("reasoningConfig", decodeNova(fields.reasoningConfig)) ??
    read("reasoning_effort", level === undefined ? decodeEffort(fields.reasoning_effort) : undefined)
  const isThinking = claude !== undefined && claude.effort === level
  const kept = isThinking ? undefined : text(effort)
  return {
    topK,
    reasoning,
    rest: unknownFields(fields, known),
    outputConfig: kept === undefined ? undefined : { effort: kept }
  }
}

const decodeThinking = (u: unknown, effort: Reasoning["effort"]): Reasoning | undefined => {
  const thinking = object(u)
  if (thinking === undefined || unknownFields(thinking, new Set(["type", "budget_tokens"])) !== undefined)
    return undefined
  const budget = nonNegativeInt(thinking.budget_tokens)
  switch (thinking.type) {
    case "enabled":
      return budget === undefined ? undefined : compact({ effort, budget })
    case "adaptive":
      return budget === undefined ? compact({ effort }) : undefined
    case "disabled":
      return { effort: "none" }
    default:
      return undefined
  }
}

const decodeNova = (u: unknown): Reasoning | undefined => {
  const config = object(u)
  if (config === undefined || unknownFields(config, new Set(["type", "maxReasoningEffort"])) !== undefined)
    return undefined
  if (config.type === "disabled") return { effort: "none" }
  const effort = effortOf(config.maxReasoningEffort)
  return config.type === "enabled" ? compact({ effort }) : undefined
}

/** Words that only some models know stay as they are. */
const decodeEffort = (u: unknown): Reasoning | undefined =>
  u === "low" || u === "medium" || u === "high" ? { effort: u } : undefined
