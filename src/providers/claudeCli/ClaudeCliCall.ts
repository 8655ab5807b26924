import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import * as Conversation from "../../domain/Conversation.ts"
import { InvalidRequestError } from "../../domain/errors/InvalidRequestError.ts"
import { UnsupportedParameterError } from "../../domain/errors/UnsupportedParameterError.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { Warning } from "../../domain/Warning.ts"
import { AnthropicMessages } from "../../protocols/AnthropicMessages.ts"
import { Objections } from "../../protocols/wire/Objections.ts"
import * as WellFormed from "../../protocols/wire/WellFormed.ts"
import { array, isObject, text } from "../../protocols/wire/Wire.ts"
import type { ClaudeCliOptions } from "../ClaudeCli.ts"
import * as Restrictions from "../calling/Restrictions.ts"
import * as Transcript from "./Transcript.ts"

/**
 * The provider's id.
 *
 * @since 0.1.0
 * @category constants
 */
export const provider = "claude-cli"

/**
 * One run of the command, ready to be started.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClaudeCliCall {
  readonly model: string
  readonly arguments: ReadonlyArray<string>
  readonly input: string
  /** Whether the answer is the JSON of a schema. */
  readonly structured: boolean
  /** Whether it may take more than one turn. */
  readonly turns: boolean
  readonly warnings: ReadonlyArray<Warning>
}

const unsupported: ReadonlyArray<keyof ChatRequest> = [
  "maxOutputTokens",
  "temperature",
  "topP",
  "topK",
  "stop",
  "seed",
  "frequencyPenalty",
  "presencePenalty",
  "logprobs",
  "tools",
  "parallelToolCalls",
  "user",
  "metadata",
  "serviceTier",
  "headers"
]

/** Linux takes no argument of 128 KiB. */
const longestArgument = 120_000

/**
 * Checks a request and writes it as arguments and input of the command.
 *
 * @see https://code.claude.com/docs/en/cli-reference
 * @since 0.1.0
 * @category encoding
 */
export const make = (
  model: string,
  raw: ChatRequest,
  options: ClaudeCliOptions
): Result.Result<ClaudeCliCall, ProviderError> => {
  const given = WellFormed.wellFormed(raw)
  const where = { provider, model }
  const applied = Restrictions.apply(Restrictions.make(provider, model, unsupported), given)
  const invalid = Conversation.check(given)
  if (invalid !== undefined)
    return Result.fail(new InvalidRequestError({ ...where, at: invalid.at, detail: invalid.detail }))
  if (Result.isFailure(applied)) {
    const { parameter, reason } = applied.failure
    return Result.fail(new UnsupportedParameterError({ ...where, parameter, detail: reason }))
  }
  const { request } = applied.success
  const objections = new Objections(where, request.onUnsupported === "drop")
  const { toolChoice, responseFormat } = request
  if (toolChoice === "required" || typeof toolChoice === "object") {
    objections.unsupported("toolChoice", "Claude Code takes no tools from its caller")
  }
  if (responseFormat?.type === "json")
    objections.unsupported("responseFormat", "Claude Code has no JSON without a schema")
  const messages = Transcript.make(request.messages, objections)
  const encoded = AnthropicMessages.encodeRequest(
    { messages, onUnsupported: request.onUnsupported },
    { ...where, stream: true }
  )
  if (Result.isFailure(encoded)) return Result.fail(encoded.failure)
  const { body } = encoded.success
  const instructions = array(body["system"]).flatMap((block) => (isObject(block) ? (text(block["text"]) ?? []) : []))
  const schema = responseFormat?.type === "json-schema" ? JSON.stringify(responseFormat.schema) : undefined
  const args = [
    "--print",
    "--verbose",
    "--input-format=stream-json",
    "--output-format=stream-json",
    "--include-partial-messages",
    `--model=${model}`,
    `--system-prompt=${instructions.join("\n\n")}`,
    ...isolation(options),
    ...toolsOf(options, schema !== undefined),
    ...reasoningOf(request),
    ...(schema === undefined ? [] : [`--json-schema=${schema}`])
  ]
  const long = args.find((argument) => new TextEncoder().encode(argument).length > longestArgument)
  if (long !== undefined)
    objections.invalid("messages", `${long.slice(0, long.indexOf("="))} is too long for a command`)
  if (objections.failure !== undefined) return Result.fail(objections.failure)
  const content = array(body["messages"]).flatMap((message) => (isObject(message) ? array(message["content"]) : []))
  const message = { type: "user", message: { role: "user", content }, parent_tool_use_id: null, session_id: "" }
  return Result.succeed({
    model,
    arguments: args,
    input: `${JSON.stringify(message)}\n`,
    structured: schema !== undefined,
    turns: (options.tools ?? []).length > 0,
    warnings: [
      ...applied.success.warnings,
      ...objections.warnings,
      ...encoded.success.warnings,
      ...(given === raw ? [] : [{ type: "other" as const, message: WellFormed.warning }])
    ]
  })
}

const isolation = ({ settingSources = [] }: ClaudeCliOptions): ReadonlyArray<string> => [
  "--no-session-persistence",
  "--disable-slash-commands",
  "--strict-mcp-config",
  `--setting-sources=${settingSources.join(",")}`
]

/** The answer in a schema is given by a tool, which takes turns of its own. */
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

const reasoningOf = ({ reasoning }: ChatRequest): ReadonlyArray<string> => {
  const { budget, effort } = reasoning ?? {}
  if (effort === "none") return ["--thinking=disabled"]
  return [
    ...(effort === undefined ? [] : [`--effort=${effort === "minimal" ? "low" : effort}`]),
    ...(budget === undefined ? [] : [`--max-thinking-tokens=${budget}`])
  ]
}

/**
 * The variables of the run, on top of those of this process: no key but the one that is given, nothing of a session in
 * which this process may itself run, nothing read but the message, and no retries of its own.
 *
 * @see https://code.claude.com/docs/en/env-vars
 * @since 0.1.0
 * @category encoding
 */
export const environment = ({
  apiKey,
  env
}: ClaudeCliOptions): Record<string, string | Redacted.Redacted | undefined> => ({
  ANTHROPIC_API_KEY: apiKey,
  ANTHROPIC_AUTH_TOKEN: undefined,
  CLAUDECODE: undefined,
  CLAUDE_CODE_DISABLE_ATTACHMENTS: "1",
  CLAUDE_CODE_DISABLE_AUTO_MEMORY: "1",
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  CLAUDE_CODE_MAX_RETRIES: "0",
  ...env
})

/**
 * What no error may repeat.
 *
 * @since 0.1.0
 * @category accessors
 */
export const secretsOf = ({ apiKey, env = {} }: ClaudeCliOptions): ReadonlyArray<string> =>
  [apiKey, ...Object.values(env)].flatMap((value) =>
    Redacted.isRedacted(value) ? [Redacted.value(value as Redacted.Redacted)] : []
  )
