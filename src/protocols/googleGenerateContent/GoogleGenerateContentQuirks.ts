import type { ChatRequest } from "../../domain/ChatRequest.ts"

type Effort = NonNullable<NonNullable<ChatRequest["reasoning"]>["effort"]>

/**
 * How models and servers of this protocol differ. What Gemini 2 and older models do is told by their names; any other
 * name is taken for a current model.
 *
 * @since 0.1.0
 * @category models
 */
export interface GoogleGenerateContentQuirks {
  /**
   * How the model is asked to think: by a `budget` in tokens (Gemini 2.5), by level alone (`adaptive`), or either way
   * (`both`, the default from Gemini 3 on: an effort is sent as `thinkingLevel`, a budget as `thinkingBudget`). Where
   * only budgets are known, an effort becomes one: minimal and low 1024, medium 8192, high and above 24576.
   * Source: https://ai.google.dev/gemini-api/docs/openai and https://ai.google.dev/gemini-api/docs/thinking
   */
  readonly thinking: "adaptive" | "budget" | "both"
  /**
   * The efforts that the model has words for; `none` means that thinking can be turned off. Any other that is missing is
   * sent as the next lower one, with a warning. Default: minimal, low, medium and high, and with budgets also none.
   */
  readonly reasoningEfforts: ReadonlyArray<Effort>
  /**
   * How schemas are written: as JSON Schema (`responseJsonSchema`, `parametersJsonSchema`; the default) or in the subset of
   * OpenAPI that older servers know (`responseSchema`, `parameters`).
   * Source: https://ai.google.dev/gemini-api/docs/structured-output
   */
  readonly schemas: "json-schema" | "openapi"
  /** Whether calls and their results carry ids. Default true; Vertex AI knows none. */
  readonly callIds: boolean
  /**
   * Whether images and documents of a tool's result stand within it (from Gemini 3 on), or follow it.
   * Source: https://ai.google.dev/gemini-api/docs/function-calling#multimodal
   */
  readonly mediaInResults: boolean
  /** Whether a call that another model made needs a stand-in for its thought signature (from Gemini 3 on). */
  readonly signedCalls: boolean
  /** Whether `metadata` can be said, as `labels`. Default false; Vertex AI has them. */
  readonly labels: boolean
  /**
   * Where the service tier is said: in the body (the default), or in the header `x-vertex-ai-llm-shared-request-type`.
   * Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/priority-paygo
   */
  readonly serviceTier: "body" | "header"
}

const isOld = (model: string): boolean => /(?:^|\/)gemini-(?:[12](?:[.-]|$)|pro)/i.test(model)

/**
 * Fills in what is left open.
 *
 * @since 0.1.0
 * @category constructors
 */
export const withDefaults = (
  quirks: Partial<GoogleGenerateContentQuirks> | undefined,
  model: string
): GoogleGenerateContentQuirks => {
  const old = isOld(model)
  const thinking = quirks?.thinking ?? (old ? "budget" : "both")
  return {
    thinking,
    reasoningEfforts:
      thinking === "budget" ? ["none", "minimal", "low", "medium", "high"] : ["minimal", "low", "medium", "high"],
    schemas: "json-schema",
    callIds: true,
    mediaInResults: !old,
    signedCalls: !old,
    labels: false,
    serviceTier: "body",
    ...quirks
  }
}
