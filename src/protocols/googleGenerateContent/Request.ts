import { identity } from "effect/Function"
import * as Schema from "effect/Schema"
import type { ChatRequest, Reasoning } from "../../domain/ChatRequest.ts"
import { type Effort, effortOf, nearestEffort } from "../wire/request/ReasoningEffort.ts"
import * as RequestCodec from "../wire/request/RequestCodec.ts"
import {
  finite,
  group,
  int,
  seed,
  nullable,
  type RequestContext,
  required,
  strings,
  unsupported
} from "../wire/request/RequestCodec.ts"
import { compact, isObject, mapValues, text, type WireObject } from "../wire/WireObject.ts"
import { type MessageQuirks, MessagesEncoder } from "./Messages.ts"
import { camel, nonEmpty, protocolId } from "./Parts.ts"
import { decodeContents, decodeSystem } from "./server/Messages.ts"
import { responseFormat, tools } from "./Tools.ts"

/**
 * How models and servers of this protocol differ. A name of Gemini 2 or older tells what the model does; any other name is
 * taken for a current model.
 *
 * @since 0.1.0
 * @category models
 */
export interface GoogleGenerateContentQuirks extends MessageQuirks {
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
  /** Whether `metadata` can be sent, as `labels`. Default false; Vertex AI has them. */
  readonly labels: boolean
  /**
   * Where the service tier is sent: in the body (the default), or in the header `x-vertex-ai-llm-shared-request-type`.
   * Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/priority-paygo
   */
  readonly serviceTier: "body" | "header"
}

type Context = RequestContext<GoogleGenerateContentQuirks>

const withDefaults = (
  quirks: Partial<GoogleGenerateContentQuirks> | undefined,
  model: string
): GoogleGenerateContentQuirks => {
  const isOld = /(?:^|\/)gemini-(?:[12](?:[.-]|$)|pro)/i.test(model)
  const thinking = quirks?.thinking ?? (isOld ? "budget" : "both")
  return {
    thinking,
    reasoningEfforts: [...(thinking === "budget" ? ["none" as const] : []), "minimal", "low", "medium", "high"],
    schemas: "json-schema",
    callIds: true,
    mediaInResults: !isOld,
    signedCalls: !isOld,
    labels: false,
    serviceTier: "body",
    ...quirks
  }
}

const messages = group({
  fields: {
    contents: required(
      Schema.Array(
        Schema.Struct({
          role: nullable(Schema.Literals(["user", "model", "function", "tool"])),
          parts: nullable(Schema.Array(Schema.Struct({ text: nullable(Schema.String) })))
        })
      )
    ),
    systemInstruction: Schema.Unknown
  },
  encode: ({ messages }, context: Context) => {
    const encoder = new MessagesEncoder(context)
    const contents = encoder.encode(messages)
    if (contents.length === 0) context.issues.invalid("messages", "a message other than the instructions is required")
    return { systemInstruction: encoder.system.length === 0 ? undefined : { parts: encoder.system }, contents }
  },
  decode: ({ contents, systemInstruction }) => {
    const system = decodeSystem(systemInstruction)
    const conversation = decodeContents(contents.filter(isObject))
    return { messages: system.length === 0 ? conversation : [{ role: "system", content: system }, ...conversation] }
  }
})

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

/** Requested reasoning is returned, unless `includeThoughts` in the options says otherwise. */
const reasoning = group({
  fields: { generationConfig: { thinkingConfig: Schema.Unknown } },
  encode: ({ reasoning }, context: Context) => ({
    generationConfig: { thinkingConfig: reasoning && encodeThinking(reasoning, context) }
  }),
  decode: ({ generationConfig: { thinkingConfig } }) => {
    if (!isObject(thinkingConfig)) return {}
    const { kept, reasoning } = decodeThinking(camel(thinkingConfig))
    return { reasoning, unknownFields: { generationConfig: { thinkingConfig: nonEmpty(kept) } } }
  }
})

const encodeThinking = (reasoning: Reasoning, { issues, quirks }: Context): WireObject | undefined => {
  const isAdaptive = quirks.thinking === "adaptive"
  const effort = isAdaptive ? effortOf(reasoning, issues) : reasoning.effort
  if (effort === "none") {
    if (quirks.reasoningEfforts.includes("none")) return { thinkingBudget: 0 }
    issues.unsupported("reasoning", "the model cannot respond without reasoning")
    return undefined
  }
  const includeThoughts = true
  if (reasoning.budget !== undefined && !isAdaptive) return { includeThoughts, thinkingBudget: reasoning.budget }
  if (effort === undefined) return { includeThoughts }
  const nearest = nearestEffort(effort, quirks.reasoningEfforts, issues) ?? effort
  return quirks.thinking === "budget"
    ? { includeThoughts, thinkingBudget: budgets[nearest] }
    : { includeThoughts, thinkingLevel: nearest }
}

/** `kept` is what the request would not be encoded with; `null` there removes what it would be. */
const decodeThinking = (config: WireObject): { readonly reasoning: Reasoning; readonly kept: WireObject } => {
  const { includeThoughts, thinkingBudget: budget, thinkingLevel, ...rest } = config
  const isShown = includeThoughts === true
  if (budget === 0) {
    return { reasoning: { effort: "none" }, kept: { ...rest, includeThoughts: isShown ? true : undefined } }
  }
  const isDynamic = typeof budget === "number" && budget < 0
  const level = text(thinkingLevel)?.toLowerCase()
  const effort = (["minimal", "low", "medium", "high"] as const).find((effort) => effort === level)
  return {
    reasoning: compact({ effort, budget: typeof budget === "number" && !isDynamic ? budget : undefined }),
    kept: {
      ...rest,
      includeThoughts: isShown ? undefined : (includeThoughts ?? null),
      thinkingBudget: isDynamic ? budget : undefined,
      thinkingLevel: effort === undefined || budget !== undefined ? thinkingLevel : undefined
    }
  }
}

const logprobs = group({
  fields: { generationConfig: { responseLogprobs: Schema.Boolean, logprobs: Schema.Int } },
  encode: ({ logprobs }) => ({
    generationConfig: { responseLogprobs: logprobs === undefined ? undefined : true, logprobs: logprobs || undefined }
  }),
  decode: ({ generationConfig: { logprobs = 0, responseLogprobs } }) => ({
    logprobs: responseLogprobs === true ? logprobs : undefined
  })
})

const metadata = group({
  fields: { labels: Schema.Record(Schema.String, Schema.String) },
  encode: ({ metadata }, { issues, quirks }: Context) => {
    if (metadata === undefined || quirks.labels) return { labels: metadata }
    issues.unsupported("metadata", "the Gemini API has no metadata; Vertex AI does")
    return {}
  },
  decode: ({ labels }) => ({ metadata: labels })
})

const serviceTier = group({
  fields: { serviceTier: Schema.String },
  encode: (request, { quirks }: Context) => (quirks.serviceTier === "body" ? { serviceTier: tierOf(request) } : {}),
  decode: ({ serviceTier: tier }) => ({ serviceTier: tier === "standard" ? "default" : tier })
})

const tierOf = ({ serviceTier: tier }: ChatRequest): string | undefined =>
  tier === "auto" ? undefined : tier === "default" ? "standard" : tier

/** One value may stand without the array around it. */
const repeated = (u: unknown, f: (item: WireObject) => WireObject): unknown =>
  isObject(u) ? [f(u)] : Array.isArray(u) ? u.map((item) => (isObject(item) ? f(item) : item)) : u

const camelled = (u: unknown): unknown => (isObject(u) ? camel(u) : u)

export const request = RequestCodec.make<GoogleGenerateContentQuirks>({
  protocol: protocolId,
  server: "the protocol",
  withDefaults,
  model: { isInPath: true },
  stream: "in-path",
  history: { callId: () => identity, userFirst: true },
  prepare: (body) => {
    const { contents, generationConfig, toolConfig, tools, ...rest } = camel(body)
    return compact({
      ...rest,
      contents: repeated(contents, (content) =>
        isObject(content.parts) ? { ...content, parts: [content.parts] } : content
      ),
      generationConfig: camelled(generationConfig),
      toolConfig: isObject(toolConfig) ? mapValues(camel(toolConfig), camelled) : toolConfig,
      tools: repeated(tools, (tool) => {
        const { functionDeclarations, ...rest } = camel(tool)
        return compact({ ...rest, functionDeclarations: repeated(functionDeclarations, camel) })
      })
    })
  },
  parameters: {
    messages,
    maxOutputTokens: int("generationConfig.maxOutputTokens"),
    temperature: finite("generationConfig.temperature"),
    topP: finite("generationConfig.topP"),
    topK: int("generationConfig.topK"),
    stop: strings("generationConfig.stopSequences"),
    seed: seed("generationConfig.seed"),
    frequencyPenalty: finite("generationConfig.frequencyPenalty"),
    presencePenalty: finite("generationConfig.presencePenalty"),
    logprobs,
    tools,
    toolChoice: tools,
    parallelToolCalls: unsupported,
    responseFormat,
    reasoning,
    user: unsupported,
    metadata,
    serviceTier
  },
  finish: (body, { quirks }, request) => {
    const tier = tierOf(request)
    const isInHeader = quirks.serviceTier === "header" && tier !== undefined && tier !== "standard"
    return { body, headers: isInHeader ? { "x-vertex-ai-llm-shared-request-type": tier } : undefined }
  }
})
