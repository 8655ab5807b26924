import * as Headers from "effect/http/Headers"
import { AuthenticationError } from "../../domain/CallErrors.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import { AnthropicMessages } from "../../protocols/AnthropicMessages.ts"
import type { ProviderFailure } from "../../protocols/Protocol.ts"
import { array, isObject, nonNegativeInt, parse, text, type WireObject } from "../../protocols/wire/WireObject.ts"
import { redactText } from "../../transport/Secrets.ts"
import * as ErrorTable from "../../client/errors/ErrorTable.ts"
import { provider } from "./ClaudeCliOptions.ts"

/** Errors that a run reported before its result. */
export interface Complaint {
  type?: string | undefined
  /** The HTTP status of the API. */
  status?: number | undefined
  /** The API's error type. */
  apiType?: string | undefined
  message?: string | undefined
  /** When the exhausted limit resets, in seconds since 1970. */
  resetsAt?: number | undefined
}

/** The command's error types, as those of the API. */
const types: { readonly [word: string]: string } = {
  authentication_failed: "authentication_error",
  oauth_org_not_allowed: "permission_error",
  billing_error: "billing_error",
  rate_limit: "rate_limit_error",
  overloaded: "overloaded_error",
  invalid_request: "invalid_request_error",
  model_not_found: "not_found_error",
  server_error: "api_error",
  unknown: "api_error"
}

const login =
  /(?:run|use) `?(?:claude )?\/?(?:auth )?login|not logged in|invalid api key|token (?:has )?(?:expired|been revoked)/i
const unknownModel = /issue with the selected model/i
const limit = /limit reached|hit your .{0,30}limit|out of .{0,20}usage/i

/** Notes a message that the command wrote to report an error. */
export const noteMessage = (complaint: Complaint, line: WireObject, message: WireObject): void => {
  const texts = array(message.content).flatMap((block) => (isObject(block) ? (text(block.text) ?? []) : []))
  const kind = text(line.error)
  if (kind === undefined && texts.length === 0) return
  complaint.status = nonNegativeInt(line.api_error_status)
  complaint.apiType = text(line.api_error_type)
  complaint.type = kind === undefined ? undefined : (types[kind] ?? kind)
  complaint.message = texts.join("\n")
}

/** Notes an exhausted limit of the subscription. */
export const noteLimit = (complaint: Complaint, info: unknown): void => {
  if (isObject(info) && info.status === "rejected") complaint.resetsAt = nonNegativeInt(info.resetsAt)
}

/** Whether a result is an error without saying so: the command then reports a problem of its own. */
export const isComplaint = (result: WireObject, complaint: Complaint, answered: boolean): boolean => {
  const subtype = text(result.subtype)
  if (subtype?.startsWith("error") === true) return true
  if (answered) return false
  return complaint.type !== undefined || login.test(text(result.result) ?? "")
}

/** Decodes the failure of a result. */
export const decode = (result: WireObject, complaint: Complaint): ProviderFailure => {
  const errors = array(result.errors).filter((error) => typeof error === "string")
  const message = text(result.result) ?? text(result.error) ?? (errors.join("; ") || complaint.message) ?? ""
  const api = /^(?:.{0,60}\s)?API Error:?\s*(\d{3})?\s*(\{[^]*\})?/.exec(message)
  const inner = api?.[2] === undefined ? undefined : parse(api[2])
  const apiFailure = isObject(inner) ? AnthropicMessages.decodeError(inner) : undefined
  const statusText = api?.[1] ?? /\((\d{3})\)/.exec(message.slice(0, 100))?.[1]
  const status =
    nonNegativeInt(result.api_error_status) ??
    complaint.status ??
    (statusText === undefined ? undefined : Number(statusText))
  const until = /\|(\d{10})$/.exec(message)?.[1]
  return {
    _tag: "ProviderFailure",
    status,
    type:
      apiFailure?.type ?? text(result.api_error_type) ?? complaint.apiType ?? typeOf(message, status, complaint.type),
    message: apiFailure?.message ?? message,
    requestId: apiFailure?.requestId,
    // Until 2.0 the time was in the text.
    retryAfterSeconds: complaint.resetsAt ?? (until === undefined ? undefined : Number(until)),
    body: result
  }
}

/** The command's type counts if the API's status is unknown or only says that payment is due. */
const typeOf = (message: string, status: number | undefined, word: string | undefined): string | undefined => {
  if (word === "billing_error") return word
  if (status !== undefined) return undefined
  // Until 2.1 this was an invalid request.
  if (unknownModel.test(message)) return types.model_not_found
  if (word !== undefined && word !== types.unknown) return word
  if (login.test(message)) return "authentication_error"
  return limit.test(message) ? "rate_limit_error" : word
}

/** The context of an error; `now` is in milliseconds since 1970. */
export interface Context {
  readonly model: string | undefined
  readonly secrets: ReadonlyArray<string>
  readonly now: number
  /** With a key nobody has to be logged in. */
  readonly hasKey: boolean
}

/** Maps a failure to an error. Its `retryAfterSeconds` is a point in time. */
export const toError = (failure: ProviderFailure, context: Context): ProviderError => {
  const { hasKey, model, now, secrets } = context
  const { retryAfterSeconds: until, status } = failure
  if (!hasKey && (failure.type === "authentication_error" || status === 401)) {
    return notLoggedIn(context, failure.message, failure.body)
  }
  const wait = until === undefined ? undefined : Math.max(0, until - Math.floor(now / 1000))
  const headers = Headers.empty
  return ErrorTable.decode(
    { ...failure, retryAfterSeconds: failure.type === "rate_limit_error" || status === 429 ? wait : undefined },
    { provider, rows: "anthropic", model: model ?? "", status: status ?? 200, headers, now, secrets }
  )
}

export const notLoggedIn = (
  { model, secrets }: Context,
  message: string | undefined,
  body?: unknown
): AuthenticationError =>
  new AuthenticationError({
    provider,
    model,
    code: "not_logged_in",
    remedy:
      "Log in to Claude Code: run `claude` and type /login, or set CLAUDE_CODE_OAUTH_TOKEN (`claude setup-token`).",
    detail: message === undefined ? undefined : redactText(message, secrets),
    body: body === undefined ? undefined : redactText(JSON.stringify(body), secrets)
  })

export const notInstalled = ({ model }: Context, command: string, detail: string): AuthenticationError =>
  new AuthenticationError({
    provider,
    model,
    code: "not_installed",
    remedy: `Install Claude Code (https://code.claude.com/docs/en/setup), or set CLAUDE_CLI_PATH to the path of its executable: ${command} cannot be run.`,
    detail
  })

/** The command does not know an argument. */
export const tooOld = ({ model }: Context, detail: string): AuthenticationError =>
  new AuthenticationError({
    provider,
    model,
    code: "too_old",
    remedy: "Update Claude Code: run `claude update`.",
    detail
  })

/** Whether the output says that nobody is logged in. */
export const saysLogin = (words: string): boolean => login.test(words)
