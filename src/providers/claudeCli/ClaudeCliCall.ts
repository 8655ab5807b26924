import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Restrictions from "../../client/restrictions/Restrictions.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import * as Conversation from "../../domain/Conversation.ts"
import type { AssistantMessage, Message, UserMessage } from "../../domain/Message.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { Warning } from "../../domain/Warning.ts"
import { InvalidRequestError, UnsupportedParameterError } from "../../domain/CallErrors.ts"
import { AnthropicMessages, type AnthropicMessagesQuirks } from "../../protocols/AnthropicMessages.ts"
import { Issues } from "../../protocols/wire/request/Issues.ts"
import { ownOptions } from "../../protocols/wire/request/ProviderOptionsPatch.ts"
import * as WellFormed from "../../protocols/wire/request/WellFormed.ts"
import { array, compact, isObject, text, type WireObject } from "../../protocols/wire/WireObject.ts"
import { type ClaudeCliOptions, provider } from "./ClaudeCliOptions.ts"

/** A run of the command, ready to start. */
export interface ClaudeCliCall {
  readonly model: string
  /** Parts of the request are redacted, so that no error of a process repeats them. */
  readonly arguments: ReadonlyArray<string | Redacted.Redacted>
  readonly input: string
  /** Environment variables for what has no argument. */
  readonly variables: { readonly [name: string]: string }
  /** Whether the response is JSON for a schema. */
  readonly structured: boolean
  /** Whether it may take more than one turn. */
  readonly turns: boolean
  readonly warnings: ReadonlyArray<Warning>
}

/** The fate of every parameter. `toolChoice` may say that there are no tools. */
const parameters: {
  readonly [P in Exclude<keyof ChatRequest, "messages" | "onUnsupported">]: "passed" | "unsupported"
} = {
  maxOutputTokens: "passed",
  temperature: "passed",
  topP: "passed",
  topK: "passed",
  stop: "passed",
  seed: "unsupported",
  frequencyPenalty: "unsupported",
  presencePenalty: "unsupported",
  logprobs: "unsupported",
  tools: "unsupported",
  toolChoice: "passed",
  parallelToolCalls: "unsupported",
  responseFormat: "passed",
  reasoning: "passed",
  user: "unsupported",
  metadata: "unsupported",
  serviceTier: "unsupported",
  headers: "unsupported",
  providerOptions: "passed"
}

const unsupported = Object.entries(parameters).flatMap(([name, fate]) =>
  fate === "unsupported" ? [name as keyof typeof parameters] : []
)

/** Linux rejects arguments of 128 KiB. */
const longestArgument = 120_000

/**
 * Checks a request and encodes it as arguments and input of the command.
 * Source: https://code.claude.com/docs/en/cli-reference
 */
export const make = (
  model: string,
  originalRequest: ChatRequest,
  options: ClaudeCliOptions
): Result.Result<ClaudeCliCall, ProviderError> => {
  const wellFormed = WellFormed.wellFormed(originalRequest)
  const where = { provider, model }
  const restrictions = Restrictions.make("anthropic", model, unsupported)
  const quirks = Restrictions.quirksFor(restrictions, wellFormed)
  const applied = Restrictions.apply(restrictions, wellFormed)
  const invalid = Conversation.check(wellFormed)
  if (invalid !== undefined)
    return Result.fail(new InvalidRequestError({ ...where, at: invalid.at, detail: invalid.detail }))
  if (Result.isFailure(applied)) {
    const { parameter } = applied.failure
    const detail = Restrictions.detailOf(applied.failure)
    return Result.fail(new UnsupportedParameterError({ ...where, parameter, detail }))
  }
  const { request } = applied.success
  const issues = new Issues(where, request.onUnsupported === "drop")
  const { toolChoice, responseFormat } = request
  if (toolChoice === "required" || typeof toolChoice === "object") {
    issues.unsupported("toolChoice", "Claude Code accepts no tools from its caller")
  }
  if (responseFormat?.type === "json")
    issues.unsupported("responseFormat", "Claude Code supports JSON only with a schema")
  if (ownOptions(request.providerOptions, AnthropicMessages.id, provider).length > 0) {
    issues.unsupported("providerOptions", "Claude Code builds the request itself, and nothing can be added to it")
  }
  const messages = transcriptOf(request.messages, issues)
  const { maxOutputTokens, onUnsupported, reasoning, stop, temperature, topK, topP } = request
  const encoded = AnthropicMessages.encodeRequest(
    { messages, maxOutputTokens, onUnsupported, reasoning, stop, temperature, topK, topP },
    { ...where, stream: true, quirks: quirks as Partial<AnthropicMessagesQuirks> }
  )
  if (Result.isFailure(encoded)) return Result.fail(encoded.failure)
  const { body } = encoded.success
  const settings = settingsOf(request, body, quirks.thinking, issues)
  const instructions = array(body.system).flatMap((block) => (isObject(block) ? (text(block.text) ?? []) : []))
  const schema = responseFormat?.type === "json-schema" ? JSON.stringify(responseFormat.schema) : undefined
  const args = [
    "--print",
    "--verbose",
    "--input-format=stream-json",
    "--output-format=stream-json",
    "--include-partial-messages",
    `--model=${model}`,
    ...isolation(options),
    ...toolsOf(options, schema !== undefined),
    ...settings.arguments
  ]
  const redactedArguments = [
    `--system-prompt=${instructions.join("\n\n")}`,
    ...(schema === undefined ? [] : [`--json-schema=${schema}`])
  ]
  const tooLong = redactedArguments.find((argument) => new TextEncoder().encode(argument).length > longestArgument)
  if (tooLong !== undefined)
    issues.invalid("messages", `${tooLong.slice(0, tooLong.indexOf("="))} is too long for a command line`)
  if (redactedArguments.some((argument) => argument.includes("\0")))
    issues.invalid("messages", "instructions or a schema with a NUL character cannot be passed on a command line")
  if (issues.failure !== undefined) return Result.fail(issues.failure)
  const content = array(body.messages).flatMap((message) => (isObject(message) ? array(message.content) : []))
  const message = {
    type: "user",
    message: { role: "user", content: content.map(plainText) },
    parent_tool_use_id: null,
    session_id: ""
  }
  return Result.succeed({
    model,
    arguments: [...args, ...redactedArguments.map((argument) => Redacted.make(argument, { label: "argument" }))],
    variables: settings.variables,
    input: `${JSON.stringify(message)}\n`,
    structured: schema !== undefined,
    turns: (options.tools ?? []).length > 0,
    warnings: [
      ...applied.success.warnings,
      ...issues.warnings,
      ...encoded.success.warnings,
      ...(wellFormed === originalRequest ? [] : [{ type: "other" as const, message: WellFormed.warning }])
    ]
  })
}

const isolation = ({ settingSources = [] }: ClaudeCliOptions): ReadonlyArray<string> => [
  "--no-session-persistence",
  "--disable-slash-commands",
  "--strict-mcp-config",
  `--setting-sources=${settingSources.join(",")}`
]

/** A structured response is a tool call, which takes a turn of its own. */
const toolsOf = ({ maxTurns, tools = [] }: ClaudeCliOptions, structured: boolean): ReadonlyArray<string> => {
  const turns = maxTurns ?? (tools.length > 0 || structured ? undefined : 1)
  const names = tools.map((tool) => tool.replace(/\(.*$/s, ""))
  return [
    `--tools=${[...new Set(names)].join(",")}`,
    "--permission-mode=dontAsk",
    ...(tools.length === 0 ? [] : [`--allowedTools=${tools.join(",")}`]),
    ...(turns === undefined ? [] : [`--max-turns=${turns}`])
  ]
}

/**
 * Encodes reasoning, sampling and length as arguments and variables. The command reasons by default, and the API
 * rejects sampling parameters with reasoning, so they turn it off unless it was requested.
 */
const settingsOf = (
  { maxOutputTokens, reasoning }: ChatRequest,
  body: WireObject,
  thinkingOfModel: string | undefined,
  issues: Issues
): { readonly arguments: ReadonlyArray<string>; readonly variables: Record<string, string> } => {
  const thinking = isObject(body.thinking) ? body.thinking : {}
  const budget = thinking.budget_tokens
  const effort = isObject(body.output_config) ? text(body.output_config.effort) : undefined
  const sampling = compact({ temperature: body.temperature, top_p: body.top_p, top_k: body.top_k })
  const samples = Object.keys(sampling).length > 0
  const off = reasoning?.effort === "none" || (samples && reasoning === undefined)
  if (samples && !off) issues.unsupported("reasoning", "Claude Code's models accept no sampling parameters with it")
  if (samples && reasoning === undefined) {
    issues.warn(
      "other",
      "reasoning",
      "Claude Code's default thinking was turned off because of the sampling parameters"
    )
  }
  if (reasoning?.budget !== undefined && thinkingOfModel !== "budget") {
    issues.warn("other", "reasoning.budget", "Claude Code ignores the budget for models with adaptive thinking")
  }
  const extra = compact({
    ...sampling,
    stop_sequences: body.stop_sequences,
    thinking: off && thinking.type === "between_tools" ? thinking : undefined
  })
  return {
    arguments: [
      ...(effort === undefined ? [] : [`--effort=${effort}`]),
      ...(typeof budget === "number" ? [`--max-thinking-tokens=${budget}`] : [])
    ],
    variables: {
      ...(off ? { CLAUDE_CODE_DISABLE_THINKING: "1" } : {}),
      ...(maxOutputTokens === undefined ? {} : { CLAUDE_CODE_MAX_OUTPUT_TOKENS: String(maxOutputTokens) }),
      ...(Object.keys(extra).length === 0 ? {} : { CLAUDE_CODE_EXTRA_BODY: JSON.stringify(extra) })
    }
  }
}

/** A text that begins with a slash would be run as a command of Claude Code. */
const plainText = (block: unknown): unknown =>
  isObject(block) && text(block.text)?.startsWith("/") === true ? { ...block, text: `\n${text(block.text)}` } : block

type UserPart = UserMessage["content"][number]

/**
 * Merges a conversation into the one message that the command takes: up to the last assistant message as a transcript,
 * followed by what the user said after it.
 */
const transcriptOf = (messages: ReadonlyArray<Message>, issues: Issues): ReadonlyArray<Message> => {
  const system = messages.filter(({ role }) => role === "system")
  const turns = messages.flatMap((message, index) => turnOf(message, `messages[${index}]`, issues))
  const last = turns.findLastIndex(({ role }) => role === "assistant")
  if (last === turns.length - 1 && last >= 0) {
    issues.content(`messages[${messages.length - 1}]`, "Claude Code cannot continue an assistant message")
  }
  const recent = turns.slice(last + 1).flatMap(({ content }) => content)
  if (last < 0) return [...system, { role: "user", content: recent }]
  issues.warn("other", "messages", "the earlier conversation was sent as a transcript")
  const earlier = turns
    .slice(0, last + 1)
    .flatMap(({ content, role }) => [[textPart(`<${role}>\n`)], content, [textPart(`\n</${role}>\n`)]].flat())
  const transcript = [textPart("<conversation>\n"), ...earlier, textPart("</conversation>\n\n")]
  return [...system, { role: "user", content: [...transcript, ...recent] }]
}

interface Turn {
  readonly role: "user" | "assistant"
  readonly content: ReadonlyArray<UserPart>
}

const textPart = (text: string): UserPart => ({ type: "text", text })

const turnOf = (message: Message, at: string, issues: Issues): ReadonlyArray<Turn> => {
  switch (message.role) {
    case "system":
      return []
    case "user":
      for (const [index, part] of message.content.entries()) {
        if ("data" in part && typeof part.data === "object" && "fileId" in part.data) {
          issues.content(`${at}.content[${index}]`, "Claude Code does not accept files uploaded to the API")
        }
      }
      // The command places its own cache markers.
      return [{ role: "user", content: message.content.map((part) => ({ ...part, cacheControl: undefined })) }]
    case "assistant":
      return [
        {
          role: "assistant",
          content: message.content.flatMap((part, index) => partsOf(part, `${at}.content[${index}]`, issues))
        }
      ]
    case "tool":
      issues.content(at, "Claude Code accepts no tool results")
      return []
  }
}

/** Reasoning and the calls of its own tools are left out. */
const partsOf = (part: AssistantMessage["content"][number], at: string, issues: Issues): ReadonlyArray<UserPart> => {
  switch (part.type) {
    case "text":
    case "refusal":
      return [textPart(part.text)]
    case "image":
      return [part]
    case "tool-call":
      if (part.providerExecuted !== true) issues.content(at, "Claude Code accepts no tool calls")
      return []
    case "reasoning":
    case "provider":
      return []
    default:
      issues.content(at, `Claude Code accepts no ${part.type} from the assistant`)
      return []
  }
}
