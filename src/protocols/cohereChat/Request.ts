import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { FilePart } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import type { Message } from "../../domain/Message.ts"
import { decodeTools, encodeTool, warnOfCacheMarks } from "../wire/request/Tools.ts"
import {
  finite,
  group,
  int,
  seed,
  make,
  nullable,
  record,
  required,
  strings,
  unsupported,
  type RequestContext
} from "../wire/request/RequestCodec.ts"
import { compact } from "../wire/WireObject.ts"
import { decodeDocument, decodeMessages, encodeMessages, MessageBody } from "./Messages.ts"

/**
 * How models of this protocol differ.
 *
 * @since 0.1.0
 * @category models
 */
export interface CohereChatQuirks {
  /** Whether plans of tool use go back as `tool_plan`. Default true; a model that refuses them needs none. */
  readonly toolPlans: boolean
}

/** Documents, which the wire has outside the messages, become the first parts of the last user message. */
const messages = group({
  fields: {
    messages: required(Schema.Array(MessageBody)),
    documents: Schema.Array(Schema.Union([Schema.String, record]))
  },
  encode: (request, context: RequestContext<CohereChatQuirks>) => {
    warnOfCacheMarks(request, context.issues)
    const { documents, messages } = encodeMessages(request.messages, context, context.quirks)
    const all = [...documents, ...context.added("documents")]
    return { messages, documents: all.length === 0 ? undefined : all }
  },
  decode: ({ documents = [], messages }) => {
    const files: Array<FilePart> = []
    const structured: Array<Json> = []
    for (const document of documents) {
      const file = decodeDocument(document)
      if (file === undefined) structured.push(document)
      else files.push(file)
    }
    return {
      messages: withDocuments(decodeMessages(messages), files),
      unknownFields: structured.length === 0 ? undefined : { documents: structured }
    }
  }
})

const withDocuments = (messages: ReadonlyArray<Message>, files: ReadonlyArray<FilePart>): ReadonlyArray<Message> => {
  if (files.length === 0) return messages
  const last = messages.findLastIndex(({ role }) => role === "user")
  if (last < 0) return [...messages, { role: "user", content: files }]
  return messages.map((message, index): Message =>
    index === last && message.role === "user" ? { ...message, content: [...files, ...message.content] } : message
  )
}

/** One tool is forced by offering it alone and requiring a call. Either all tools are strict or none. */
const tools = group({
  fields: {
    tools: Schema.Array(record),
    tool_choice: Schema.Literals(["REQUIRED", "NONE"]),
    strict_tools: Schema.Boolean
  },
  encode: ({ toolChoice, tools = [] }, context) => {
    const { issues } = context
    const offered = typeof toolChoice === "object" ? tools.filter(({ name }) => name === toolChoice.tool) : tools
    if (typeof toolChoice === "object" && offered.length === 0 && tools.length > 0) {
      issues.invalid("toolChoice", `there is no tool named ${toolChoice.tool}`)
    }
    const all = [...offered.map(({ strict: _, ...tool }) => encodeTool(tool, context)), ...context.added("tools")]
    const strict = offered.filter((tool) => tool.strict === true).length
    if (strict > 0 && strict < offered.length) {
      issues.warn(
        "other",
        "tools",
        "Cohere enforces the schemas of all tools or none; not all are strict, so none is enforced"
      )
    }
    const isForced = toolChoice === "required" || typeof toolChoice === "object"
    return {
      tools: all.length === 0 ? undefined : all,
      strict_tools:
        strict > 0 ? strict === offered.length : offered.some((tool) => tool.strict === false) ? false : undefined,
      tool_choice: all.length === 0 ? undefined : isForced ? "REQUIRED" : toolChoice === "none" ? "NONE" : undefined
    }
  },
  decode: ({ strict_tools: strict, tool_choice: choice, tools: wire }, { protocol }) =>
    Result.map(decodeTools(wire, protocol), ({ others, tools }) => ({
      tools: strict === undefined ? tools : tools?.map((tool) => ({ ...tool, strict })),
      toolChoice: choice === "REQUIRED" ? "required" : choice === "NONE" ? "none" : undefined,
      unknownFields: { tools: others }
    }))
})

const responseFormat = group({
  fields: {
    response_format: Schema.Struct({
      type: Schema.Literals(["text", "json_object"]),
      json_schema: nullable(record),
      schema: nullable(record)
    })
  },
  encode: ({ responseFormat: format }) => ({
    response_format:
      format &&
      compact({
        type: format.type === "text" ? "text" : "json_object",
        json_schema: format.type === "json-schema" ? format.schema : undefined
      })
  }),
  decode: ({ response_format: format }) => {
    if (format === undefined) return {}
    if (format.type === "text") return { responseFormat: { type: "text" } }
    const schema = format.json_schema ?? format.schema ?? undefined
    return { responseFormat: schema === undefined ? { type: "json" } : { type: "json-schema", schema } }
  }
})

/** Source: https://docs.cohere.com/docs/reasoning */
const reasoning = group({
  fields: {
    thinking: Schema.Struct({ type: Schema.Literals(["enabled", "disabled"]), token_budget: nullable(Schema.Int) })
  },
  encode: ({ reasoning }, { issues }) => {
    if (reasoning === undefined) return {}
    const { budget, effort } = reasoning
    if (effort === "none") return { thinking: { type: "disabled" } }
    if (effort !== undefined && budget === undefined) {
      const detail = `Cohere supports reasoning on, off or with a budget; the effort ${effort} was left out`
      issues.warn("other", "reasoning", detail)
    }
    return { thinking: compact({ type: "enabled", token_budget: budget }) }
  },
  decode: ({ thinking }) => {
    if (thinking === undefined) return {}
    if (thinking.type === "disabled") return { reasoning: { effort: "none" } }
    return { reasoning: compact({ budget: thinking.token_budget ?? undefined }) }
  }
})

const logprobs = group({
  fields: { logprobs: Schema.Boolean },
  encode: ({ logprobs }, { issues }) => {
    if ((logprobs ?? 0) > 0) issues.unsupported("logprobs", "Cohere returns no alternative tokens: use 0")
    return { logprobs: logprobs === undefined ? undefined : true }
  },
  decode: ({ logprobs }) => ({ logprobs: logprobs === true ? 0 : undefined })
})

/** Source: https://docs.cohere.com/reference/chat */
export const request = make<CohereChatQuirks>({
  protocol: "cohere-chat",
  server: "Cohere",
  withDefaults: (quirks) => ({ toolPlans: true, ...quirks }),
  added: ["tools", "documents"],
  parameters: {
    messages,
    maxOutputTokens: int("max_tokens"),
    temperature: finite("temperature"),
    topP: finite("p"),
    topK: int("k"),
    stop: strings("stop_sequences"),
    seed: seed("seed"),
    frequencyPenalty: finite("frequency_penalty"),
    presencePenalty: finite("presence_penalty"),
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
