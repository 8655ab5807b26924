import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { FinishReason } from "../../domain/FinishReason.ts"
import type { ToolDefinition } from "../../domain/Tool.ts"
import { finishReasons } from "./response/FinishReasons.ts"
import type { Issues } from "./request/Issues.ts"
import { outsideSubset, toSubset } from "./schema/JsonSchemaSubset.ts"
import { schemasIn } from "./schema/PlainSchema.ts"
import { budgets, type Effort, effortOf, efforts, nearestEffort } from "./request/ReasoningEffort.ts"
import { array, compact, isObject, type WireObject } from "./WireObject.ts"

type Reasoning = NonNullable<ChatRequest["reasoning"]>

/** How Claude models differ, on Anthropic's wire and on Bedrock's. The defaults describe the current models. */
export interface ClaudeQuirks {
  /**
   * `max_tokens` where the request names no `maxOutputTokens`: Anthropic's wire demands one, and it includes thinking.
   * Bedrock's has its own default, so there it only bounds the thinking budget. Default 32000, which every current model
   * takes (64,000 is the limit of Claude 4.5, 128,000 that of later ones).
   * Source: https://platform.claude.com/docs/en/about-claude/models/overview
   */
  readonly maxOutputTokens: number
  /**
   * How the model is asked to think: by a `budget` in tokens, by effort alone (`adaptive`), or either way (`both`, the
   * default: an effort is sent as effort, a budget as budget). On a model that only knows budgets an effort becomes
   * one: minimal 1024, low 2048, medium 8192, high 16384, xhigh 24576, max 32000, and at most what leaves 1024 tokens
   * of `max_tokens` for the response.
   * Source: https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking
   */
  readonly thinking: "adaptive" | "budget" | "both"
  /**
   * The efforts that the model has words for; `none` means that thinking can be turned off. `minimal` is sent as
   * `low`, any other effort that is missing as the next lower one, with a warning. Default: all of Anthropic's, and
   * none but `none` where `thinking` is `budget`.
   * Source: https://platform.claude.com/docs/en/build-with-claude/effort
   */
  readonly reasoningEfforts: ReadonlyArray<Effort>
  /** How thinking is turned off. Default `disabled`; Claude Sonnet 5.5 takes only `between_tools`. */
  readonly thinkingOff: "disabled" | "between_tools"
  /**
   * Whether a tool's schema can be enforced while the model writes (`strict`). Default true; not before Claude 4.5.
   * Sources: https://platform.claude.com/docs/en/build-with-claude/structured-outputs and
   * https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
   */
  readonly strictTools: boolean
  /**
   * Whether a system message may stand in the middle of a conversation (Claude Opus 4.8, Sonnet 5 and later, on
   * Anthropic's own API). Default false: it then joins the instructions at the front, with a warning.
   * Sources: https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages and
   * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
   */
  readonly systemInConversation: boolean
}

export const withClaudeDefaults = (quirks: Partial<ClaudeQuirks> | undefined): ClaudeQuirks => ({
  maxOutputTokens: 32_000,
  thinking: "both",
  reasoningEfforts: quirks?.thinking === "budget" ? ["none"] : efforts.filter((effort) => effort !== "minimal"),
  thinkingOff: "disabled",
  strictTools: true,
  systemInConversation: false,
  ...quirks
})

/** The smallest budget that the API accepts, and the tokens that must remain for the response. */
const minBudget = 1024

interface Thinking {
  readonly maxTokens: number
  readonly thinking?: WireObject | undefined
  readonly effort?: string | undefined
}

export const encodeThinking = (request: ChatRequest, quirks: ClaudeQuirks, issues: Issues): Thinking => {
  const { maxOutputTokens, reasoning } = request
  const maxTokens = maxOutputTokens ?? quirks.maxOutputTokens
  if (reasoning === undefined) return { maxTokens }
  if (reasoning.effort === "none") {
    if (quirks.reasoningEfforts.includes("none")) return { maxTokens, thinking: { type: quirks.thinkingOff } }
    issues.unsupported("reasoning", "the model cannot respond without reasoning")
    return { maxTokens }
  }
  const isAdaptive = quirks.thinking === "adaptive"
  const effort = encodeEffort(isAdaptive ? effortOf(reasoning, issues) : reasoning.effort, quirks, issues)
  const budget = isAdaptive ? undefined : reasoning.budget
  if (budget === undefined && quirks.thinking !== "budget") return { maxTokens, thinking: { type: "adaptive" }, effort }
  if (budget !== undefined) {
    const withRoom = maxOutputTokens ?? Math.max(maxTokens, budget + 4 * minBudget)
    return { maxTokens: withRoom, thinking: { type: "enabled", budget_tokens: budget }, effort }
  }
  const derived = Math.min(budgets[reasoning.effort ?? "medium"], maxTokens - minBudget)
  if (derived < minBudget) {
    issues.unsupported("reasoning", `reasoning needs at least ${minBudget} tokens, but maxOutputTokens is ${maxTokens}`)
    return { maxTokens }
  }
  return { maxTokens, thinking: { type: "enabled", budget_tokens: derived }, effort }
}

const encodeEffort = (effort: Effort | undefined, quirks: ClaudeQuirks, issues: Issues): string | undefined =>
  effort && nearestEffort(effort === "minimal" ? "low" : effort, quirks.reasoningEfforts, issues)

/** None where `thinking` does not say whether the model thinks. */
export const decodeThinking = (
  thinking: { readonly type?: unknown; readonly budget_tokens?: number | null | undefined },
  effort: Effort | undefined
): Reasoning | undefined => {
  switch (thinking.type) {
    case "enabled":
      return compact({ effort, budget: thinking.budget_tokens ?? undefined })
    case "adaptive":
      return compact({ effort })
    case "disabled":
    case "between_tools":
      return { effort: "none" }
    default:
      return undefined
  }
}

/**
 * What is wrong with the name of a property of a tool's parameters, if anything is.
 * Source: https://github.com/modelcontextprotocol/go-sdk/issues/169
 */
export const claudeProperty = (name: string): string | undefined =>
  /^[a-zA-Z0-9_.-]{1,64}$/.test(name)
    ? undefined
    : `Claude does not accept the property name ${JSON.stringify(name)}: only letters, digits, "_", "." and "-", at most 64`

/**
 * What may be compiled for one request, the response's schema and tools together.
 * Sources: https://github.com/camel-ai/camel/pull/4171 and https://github.com/elizaOS/eliza/issues/16499 (2026-07)
 */
const limits = { tools: 20, optional: 24, unions: 16 }

const limitReasons = {
  tools: `at most ${limits.tools} tools of a request may be`,
  optional: `strict tools may have ${limits.optional} optional parameters in all`,
  unions: `strict tools may have ${limits.unions} parameters of several types in all`
}

const limitKeys = ["tools", "optional", "unions"] as const

/**
 * The tools with the schemas of strict ones within the API's subset. A tool is not strict, with a warning, where the subset
 * would say something else than its schema does (objects with free keys would have none), and where the tools before it
 * use up what may be compiled for one request.
 */
export const withinLimits = (
  tools: ReadonlyArray<ToolDefinition>,
  strictTools: boolean,
  issues: Issues
): ReadonlyArray<ToolDefinition> => {
  const used = { tools: 0, optional: 0, unions: 0 }
  return tools.map((tool) => {
    if (tool.strict === undefined || !strictTools) return { ...tool, strict: undefined }
    if (!tool.strict) return tool
    const counts = { tools: 1, ...countsOf(tool.inputSchema) }
    const exceeded = limitKeys.find((key) => used[key] + counts[key] > limits[key])
    const reason = outsideSubset(tool.inputSchema) ?? (exceeded === undefined ? undefined : limitReasons[exceeded])
    if (reason !== undefined) {
      issues.warn("other", "tools", `${tool.name} is not strict: ${reason}`)
      return { ...tool, strict: undefined }
    }
    for (const key of limitKeys) used[key] += counts[key]
    return { ...tool, inputSchema: toSubset(tool.inputSchema) as ToolDefinition["inputSchema"] }
  })
}

/** Why a schema is too large to be compiled, if it is. */
export const beyondLimits = (schema: WireObject): string | undefined => {
  const { optional, unions } = countsOf(schema)
  if (optional > limits.optional) {
    return `it has ${optional} optional properties, but at most ${limits.optional} are allowed`
  }
  return unions > limits.unions ? `it has ${unions} unions, but at most ${limits.unions} are allowed` : undefined
}

interface Counts {
  readonly optional: number
  readonly unions: number
}

const countsOf = (schema: WireObject): Counts => {
  const { anyOf, oneOf, properties, required, type } = schema
  const names = isObject(properties) ? Object.keys(properties) : []
  const own: Counts = {
    optional: names.filter((name) => !array(required).includes(name)).length,
    unions: [type, anyOf, oneOf].some(Array.isArray) ? 1 : 0
  }
  return schemasIn(schema).reduce((counts, inner) => {
    const { optional, unions } = countsOf(inner)
    return { optional: counts.optional + optional, unions: counts.unions + unions }
  }, own)
}

export interface Ending {
  readonly finishReason: FinishReason
  readonly rawFinishReason?: string | undefined
  readonly stopSequence?: string | undefined
}

/** The stop reasons that both wires have, and those of one of them: `rest` are read, `written` is what is written. */
export const stopReasons = (
  rest: { readonly [word: string]: FinishReason },
  written: { readonly [R in "content-filter" | "other"]: string }
) => {
  const words: { readonly [word: string]: FinishReason } = {
    end_turn: "stop",
    stop_sequence: "stop",
    max_tokens: "length",
    model_context_window_exceeded: "length",
    tool_use: "tool-calls",
    ...rest
  }
  const reasons = finishReasons({
    words,
    written: { stop: "end_turn", length: "max_tokens", "tool-calls": "tool_use", ...written }
  })
  return {
    decode: reasons.decode,
    encode: ({ finishReason, rawFinishReason, stopSequence }: Ending): string =>
      finishReason === "stop" && stopSequence !== undefined && rawFinishReason !== "end_turn"
        ? "stop_sequence"
        : reasons.encode(finishReason, rawFinishReason)
  }
}
