import * as Result from "effect/Result"
import type { Json } from "../../../domain/Json.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import type { DecodeOptions, ProviderFailure } from "../../Protocol.ts"
import { array, compact, isBlank, isObject, nonNegativeInt, object, type WireObject } from "../WireObject.ts"
import { ResponseParseError } from "../../../domain/ChatResponse.ts"

const none: WireObject = {}

/** A word, also where the server sends a number. */
const word = (u: unknown): string | undefined =>
  typeof u === "string" ? u.trim() || undefined : typeof u === "number" ? String(u) : undefined

const statusIn = (...candidates: ReadonlyArray<unknown>): number | undefined => {
  for (const candidate of candidates) {
    const status = nonNegativeInt(
      typeof candidate === "string" && /^\d{3}$/.test(candidate) ? Number(candidate) : candidate
    )
    if (status !== undefined && status >= 400 && status < 600) return status
  }
  return undefined
}

/**
 * Decodes the error bodies of OpenAI and most others:
 *
 * - OpenAI and most: `{ error: { message, type, code, param } }`; OpenRouter's `code` is the HTTP status, its
 *   `type` may be in `metadata.error_type`, the upstream provider's words in `metadata.raw` and the headers of rate limits in
 *   `metadata.headers`; Google sends it in an array, with its `status` as a word.
 * - xAI: `{ code, error: "..." }`. Cerebras, Mistral and vLLM: the fields at the top.
 * - FastAPI: `{ detail }`, a sentence or a list of `{ loc, msg }`; Mistral has it within `message`, Azure in `details`.
 * - ElevenLabs: `{ detail: { status, code, type, message } }`, with its `status` as a word.
 * - Deepgram: `{ err_code, err_msg }` or `{ category, message, details }`.
 * - Cohere: `{ message }`. Ollama: `{ error: "..." }`. MiniMax: `{ base_resp: { status_code, status_msg } }`.
 * - plain text.
 *
 * Sources of ElevenLabs' and Deepgram's: https://elevenlabs.io/docs/eleven-api/resources/errors and
 * https://developers.deepgram.com/reference/errors
 */
export const decodeError = (body: unknown): ProviderFailure => {
  const top = object(Array.isArray(body) ? body[0] : body) ?? none
  const error = object(top.error) ?? object(array(top.errors)[0]) ?? object(top.base_resp) ?? detailOf(top) ?? top
  const metadata = object(error.metadata) ?? none
  const message = messageOf(error) ?? messageOf(top) ?? (typeof body === "string" ? word(body) : undefined)
  const upstream = word(metadata.raw)
  return {
    _tag: "ProviderFailure",
    ...compact({
      status: statusIn(error.status_code, error.status, error.code, top.status_code, top.status, top.code),
      code:
        word(error.code) ??
        word(top.code) ??
        word(top.err_code) ??
        word(top.category) ??
        (error === top.base_resp ? word(error.status_code) : error === top.detail ? word(error.status) : undefined),
      type:
        word(error.type) ??
        word(metadata.error_type) ??
        word(top.error_type) ??
        (error === top.detail ? undefined : statusWord(error)) ??
        (error === top ? undefined : typeOf(top)),
      param: word(error.param) ?? paramOf(issuesOf(error) ?? issuesOf(top)),
      message:
        message === undefined || upstream === undefined || message.includes(upstream)
          ? message
          : `${message}: ${upstream}`,
      requestId: word(error.request_id) ?? word(top.request_id),
      retryAfterSeconds: retryAfter(error, metadata, message, upstream),
      headers: headersIn(metadata.headers)
    }),
    body
  }
}

/** How many headers of a body are read. */
const mostHeaders = 50

const headersIn = (u: unknown): { readonly [name: string]: string } | undefined =>
  isObject(u)
    ? Object.fromEntries(
        Object.entries(u)
          .slice(0, mostHeaders)
          .flatMap(([name, value]) =>
            typeof value === "string" || typeof value === "number" ? [[name.toLowerCase(), String(value)]] : []
          )
      )
    : undefined

/** Whether an object that the protocol does not define is an error, as the known servers and proxies write them. */
export const isErrorBody = ({ object: kind, ...body }: WireObject): boolean =>
  kind === "error" ||
  [body.detail, body.error, body.errors].some((one) => !isBlank(one)) ||
  (word(body.message ?? body.msg) !== undefined && (body.code ?? body.type ?? body.status) !== undefined)

/** An error that is all in `detail`, which names its kind. */
const detailOf = ({ detail }: WireObject): WireObject | undefined =>
  isObject(detail) && (word(detail.code) ?? word(detail.status)) !== undefined ? detail : undefined

const typeOf = (top: WireObject): string | undefined => (top.type === "error" ? undefined : word(top.type))

/** Google's `INVALID_ARGUMENT` and the like. */
const statusWord = ({ status }: WireObject): string | undefined =>
  typeof status === "string" && !/^\d/.test(status) ? word(status) : undefined

const messageOf = (error: WireObject): string | undefined => {
  const { category, detail, details } = error
  const message =
    word(error.message) ??
    word(error.error) ??
    word(detail) ??
    word(error.msg) ??
    word(error.err_msg) ??
    word(error.status_msg)
  if (message !== undefined && word(category) !== undefined) return [message, word(details)].join(" ").trim()
  const issues = issuesOf(error)
    ?.map(({ at, message }) => [at, message].filter((part) => part !== undefined).join(": "))
    .join("; ")
  if (message !== undefined && issues !== undefined) return `${message}: ${issues}`
  const nested = object(detail) ?? none
  return message ?? issues ?? word(nested.message) ?? word(nested.error) ?? word(details) ?? word(error.title)
}

interface Issue {
  readonly at: string | undefined
  readonly message: string
}

/** How many issues of a request are read. */
const mostIssues = 5

/** FastAPI's issues of a request, `[{ loc, msg }]`, wherever servers put them. */
const issuesOf = ({ detail, details, message }: WireObject): ReadonlyArray<Issue> | undefined => {
  const list = [detail, message, object(message)?.detail, details].find((list) => Array.isArray(list)) as
    | ReadonlyArray<unknown>
    | undefined
  const issues = list?.slice(0, mostIssues).flatMap((item): ReadonlyArray<Issue> => {
    const issue = object(item) ?? none
    const message = word(issue.msg)
    return message === undefined ? [] : [{ at: placeOf(issue.loc), message }]
  })
  return issues === undefined || issues.length === 0 ? undefined : issues
}

/** `["body", "messages", 0, "name"]` */
const placeOf = (loc: unknown): string | undefined =>
  array(loc)
    .slice(0, 20)
    .filter((step) => typeof step === "string" || typeof step === "number")
    .join(".") || undefined

/** The parameter that all issues are about. */
const paramOf = (issues: ReadonlyArray<Issue> | undefined): string | undefined => {
  const [first, ...more] = new Set(issues?.map(({ at }) => at?.replace(/^body\./, "")))
  return more.length === 0 ? first : undefined
}

/** OpenAI and Groq say it only in the message: "Please try again in 1m2.5s". */
const inWords = /try again in (?:(\d+)h)?(?:(\d+)m(?!s))?(?:([\d.]+)(ms|s))?/i

const retryAfter = (
  error: WireObject,
  metadata: WireObject,
  ...messages: ReadonlyArray<string | undefined>
): number | undefined => {
  for (const seconds of [
    error.retry_after,
    error.retry_after_seconds,
    metadata.retry_after_seconds,
    metadata.retry_after
  ]) {
    if (typeof seconds === "number" && seconds >= 0) return seconds
  }
  for (const detail of array(error.details)) {
    const delay =
      isObject(detail) && typeof detail.retryDelay === "string" ? /^([\d.]+)s$/.exec(detail.retryDelay) : null
    if (delay !== null) return Number(delay[1])
  }
  for (const message of messages) {
    const [match, hours = "0", minutes = "0", rest = "0", unit = "s"] = (message && inWords.exec(message)) || []
    if (match === undefined || !/\d/.test(match)) continue
    return Number(hours) * 3600 + Number(minutes) * 60 + Number(rest) / (unit.toLowerCase() === "ms" ? 1000 : 1)
  }
  return undefined
}

/** The failure of a response that is not of the protocol's form. */
export const unreadable = (
  detail: string,
  body?: unknown,
  { model, provider }: Partial<DecodeOptions> = {}
): Result.Result<never, ResponseParseError> =>
  Result.fail(new ResponseParseError(compact({ provider, model, body, detail })))

type Row = readonly [status: number, type: string, code: string | null]

/**
 * OpenAI's status, type and code in the same case, or else in the nearest. A quota that is used up is a 402, as it is with
 * other providers: OpenAI's 429 is taken for a rate limit, and repeated in vain.
 * Source: https://platform.openai.com/docs/guides/error-codes
 */
const rows: { readonly [Tag in ProviderError["_tag"]]: Row } = {
  AuthenticationError: [401, "invalid_request_error", "invalid_api_key"],
  PermissionDeniedError: [403, "invalid_request_error", "permission_denied"],
  RateLimitError: [429, "requests", "rate_limit_exceeded"],
  QuotaExceededError: [402, "insufficient_quota", "insufficient_quota"],
  TimeoutError: [504, "server_error", "timeout"],
  InvalidRequestError: [400, "invalid_request_error", null],
  UnsupportedParameterError: [400, "invalid_request_error", "unsupported_parameter"],
  ContextWindowExceededError: [400, "invalid_request_error", "context_length_exceeded"],
  ContentPolicyError: [400, "invalid_request_error", "content_filter"],
  ModelNotFoundError: [404, "invalid_request_error", "model_not_found"],
  EndpointNotFoundError: [502, "server_error", "upstream_misconfigured"],
  OverloadedError: [503, "server_error", "overloaded"],
  ServerError: [500, "server_error", null],
  NetworkError: [502, "server_error", "upstream_unreachable"],
  ResponseParseError: [502, "server_error", "upstream_invalid_response"],
  ResponseTooLargeError: [502, "server_error", "upstream_invalid_response"],
  StreamInterruptedError: [502, "server_error", "upstream_interrupted"]
}

/** Writes an error as OpenAI does, with the place that is wrong as `param`. */
export const encodeError = (
  error: ProviderError,
  options: { readonly status?: number | undefined } = {}
): { readonly status: number; readonly body: Json } => {
  const [usual, type, code] = rows[error._tag]
  const own = error._tag === "ServerError" && error.status !== undefined && error.status >= 500 ? error.status : usual
  const status = options.status ?? own
  const param =
    error._tag === "InvalidRequestError"
      ? error.at
      : error._tag === "UnsupportedParameterError"
        ? error.parameter
        : undefined
  const limit = error._tag === "RateLimitError" ? (error.limit ?? type) : type
  return { status, body: { error: { message: error.message, type: limit, param: param ?? null, code } } }
}

/**
 * The HTTP status of an error, for protocols that have no other. What the upstream provider did wrong is the server's
 * error.
 */
export const statusOf = ({ _tag }: ProviderError): number => rows[_tag][0]
