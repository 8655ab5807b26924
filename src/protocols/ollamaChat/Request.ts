import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import { type Effort, effortOf, efforts, nearestEffort } from "../wire/request/ReasoningEffort.ts"
import { decodeTools, encodeTool, warnOfCacheMarks } from "../wire/request/Tools.ts"
import {
  finite,
  group,
  int,
  seed,
  make,
  oneOrMoreStrings,
  record,
  type RequestContext,
  unsupported
} from "../wire/request/RequestCodec.ts"
import { isObject } from "../wire/WireObject.ts"
import { decodeMessages, encodeMessages, MessageBody } from "./Messages.ts"

/**
 * How models and servers of this protocol differ.
 *
 * @since 0.1.0
 * @category models
 */
export interface OllamaChatQuirks {
  /**
   * The efforts that can be sent as `think`. `none` is sent as `false`; another that is missing as the next lower one,
   * or as the lowest, and where there is none at all as `true`. Default: `low`, `medium`, `high` and `max`, which every
   * current server takes; one of before October 2025 takes them for gpt-oss alone.
   * Source: https://docs.ollama.com/capabilities/thinking
   */
  readonly thinkLevels: ReadonlyArray<Effort>
  /** Tokens of the chat template that a model without one of its own may leak into the response; they are removed. Default none. */
  readonly stripTokens: ReadonlyArray<string>
  /** Whether text that begins with `<think>` is thinking up to `</think>`: Ollama itself tells it apart for models that it knows. Default false. */
  readonly thinkTags: boolean
}

export const withDefaults = (quirks: Partial<OllamaChatQuirks> | undefined): OllamaChatQuirks => ({
  thinkLevels: ["low", "medium", "high", "max"],
  stripTokens: [],
  thinkTags: false,
  ...quirks
})

const messages = group({
  fields: { messages: Schema.Array(MessageBody) },
  encode: (request, context) => {
    warnOfCacheMarks(request, context.issues)
    return { messages: encodeMessages(request.messages, context) }
  },
  decode: ({ messages = [] }) => ({ messages: decodeMessages(messages) })
})

/** A negative `num_predict` is not a limit: -1 means unlimited, -2 what is left of the context window. */
const maxOutputTokens = group({
  fields: { options: { num_predict: Schema.Int } },
  encode: ({ maxOutputTokens }) => ({ options: { num_predict: maxOutputTokens } }),
  decode: ({ options: { num_predict } }) =>
    num_predict === undefined || num_predict >= 0
      ? { maxOutputTokens: num_predict }
      : { unknownFields: { options: { num_predict } } }
})

/** Ollama has no tool choice: `none` means that no tool is offered. */
const tools = group({
  fields: { tools: Schema.Array(record) },
  encode: ({ toolChoice, tools = [] }, context) => {
    if (toolChoice === "none") return {}
    if (toolChoice !== undefined && toolChoice !== "auto") {
      context.issues.unsupported("toolChoice", "Ollama cannot force a tool call")
    }
    const all = [...tools.map((tool) => encodeTool(tool, context)), ...context.added("tools")]
    return { tools: all.length === 0 ? undefined : all }
  },
  decode: ({ tools }, { protocol }) =>
    Result.map(decodeTools(tools, protocol), ({ others, tools }) => ({ tools, unknownFields: { tools: others } }))
})

/** The schema alone is sent; Ollama takes no name, description or strictness. */
const responseFormat = group({
  fields: { format: Schema.Union([Schema.String, record]) },
  encode: ({ responseFormat: format }) =>
    format === undefined || format.type === "text" ? {} : { format: format.type === "json" ? "json" : format.schema },
  decode: ({ format }) => {
    if (isObject(format)) return { responseFormat: { type: "json-schema", schema: format } }
    if (format === "json") return { responseFormat: { type: "json" } }
    return format === undefined || format === "" ? {} : { unknownFields: { format } }
  }
})

const logprobs = group({
  fields: { logprobs: Schema.Boolean, top_logprobs: Schema.Int },
  encode: ({ logprobs }) =>
    logprobs === undefined ? {} : { logprobs: true, top_logprobs: logprobs === 0 ? undefined : logprobs },
  decode: ({ logprobs, top_logprobs = 0 }) => ({ logprobs: logprobs === true ? top_logprobs : undefined })
})

const reasoning = group({
  fields: { think: Schema.Union([Schema.Boolean, Schema.String]) },
  encode: ({ reasoning }, context: RequestContext<OllamaChatQuirks>) =>
    reasoning === undefined ? {} : { think: encodeThink(reasoning, context) },
  decode: ({ think }) => {
    if (think === undefined) return {}
    if (typeof think === "boolean") return { reasoning: think ? {} : { effort: "none" } }
    const effort = efforts.find((effort) => effort === think && effort !== "none")
    return effort === undefined ? { unknownFields: { think } } : { reasoning: { effort } }
  }
})

const encodeThink = (
  reasoning: NonNullable<ChatRequest["reasoning"]>,
  { issues, quirks: { thinkLevels } }: RequestContext<OllamaChatQuirks>
): boolean | string => {
  const effort = effortOf(reasoning, issues)
  if (effort === undefined) return true
  if (effort === "none") return false
  return nearestEffort(effort, thinkLevels, issues) ?? true
}

/** Source: https://docs.ollama.com/api/chat */
export const request = make<OllamaChatQuirks>({
  protocol: "ollama-chat",
  server: "Ollama",
  withDefaults,
  streamsByDefault: true,
  parameters: {
    messages,
    maxOutputTokens,
    temperature: finite("options.temperature"),
    topP: finite("options.top_p"),
    topK: int("options.top_k"),
    stop: oneOrMoreStrings("options.stop"),
    seed: seed("options.seed"),
    frequencyPenalty: finite("options.frequency_penalty"),
    presencePenalty: finite("options.presence_penalty"),
    logprobs,
    tools,
    toolChoice: tools,
    parallelToolCalls: unsupported,
    responseFormat,
    reasoning,
    user: unsupported,
    metadata: unsupported,
    serviceTier: unsupported
  }
})
