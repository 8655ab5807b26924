import * as Duration from "effect/Duration"
import type * as Headers from "effect/http/Headers"
import table from "../../../data/errors.json" with { type: "json" }
import { AuthenticationError } from "../../domain/errors/AuthenticationError.ts"
import { ContentPolicyError } from "../../domain/errors/ContentPolicyError.ts"
import { ContextWindowExceededError } from "../../domain/errors/ContextWindowExceededError.ts"
import type { ErrorFields } from "../../domain/errors/ErrorFields.ts"
import { InvalidRequestError } from "../../domain/errors/InvalidRequestError.ts"
import { ModelNotFoundError } from "../../domain/errors/ModelNotFoundError.ts"
import { OverloadedError } from "../../domain/errors/OverloadedError.ts"
import { PermissionDeniedError } from "../../domain/errors/PermissionDeniedError.ts"
import { QuotaExceededError } from "../../domain/errors/QuotaExceededError.ts"
import { RateLimitError } from "../../domain/errors/RateLimitError.ts"
import { ServerError } from "../../domain/errors/ServerError.ts"
import { UnsupportedParameterError } from "../../domain/errors/UnsupportedParameterError.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { ProviderFailure } from "../../protocols/ProviderFailure.ts"
import * as RateLimitHeaders from "../../transport/RateLimitHeaders.ts"
import * as RequestId from "../../transport/RequestId.ts"
import * as RetryAfter from "../../transport/RetryAfter.ts"
import { redact, redactText } from "../../transport/Secrets.ts"
import * as WaitTime from "../../transport/WaitTime.ts"

type Tag = (typeof table)["otherwise"]["4xx"]
type Row = (typeof table)["providers"][string][number]
type TextRow = (typeof table)["text"][number]

/**
 * Where an error answer came from: the head of the HTTP answer, and what must not be repeated of it. `now` is in
 * milliseconds since 1970.
 *
 * @since 0.1.0
 * @category models
 */
export interface ErrorContext {
  /** The provider's id, and the id of its rows in the table. */
  readonly provider: string
  readonly rows: string
  readonly model: string
  readonly status: number
  readonly headers: Headers.Headers
  readonly now: number
  readonly secrets: ReadonlyArray<string>
}

/**
 * Which of our errors a provider's error answer is, by `data/errors.json`: the provider's rows, the rows of every
 * provider, the status, and text only where these say little.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (failure: ProviderFailure, context: ErrorContext): ProviderError => {
  const status = failure.status ?? context.status
  const message = failure.message ?? ""
  const body = redact(failure.body, context.secrets)
  const raw = () => (typeof body === "string" ? body : (JSON.stringify(body) ?? ""))
  const row = rowOf(failure, status, context.rows)
  const text = textRowOf(context.rows, status, message, raw, row)
  const tag =
    text !== undefined && (row === undefined || row.broad === true) ? text.tag : (row?.tag ?? byStatus(status))
  const limits = RateLimitHeaders.decode(context.headers, context.now)
  const word = (text: string | undefined) => (text === undefined ? undefined : redactText(text, context.secrets))
  const fields: ErrorFields = {
    provider: context.provider,
    model: context.model,
    status: status === 200 ? undefined : status,
    requestId: word(RequestId.decode(context.headers) ?? failure.requestId),
    code: word(failure.code ?? failure.type),
    detail: word(failure.message),
    body
  }
  const retryAfter = RetryAfter.decode(context.headers, context.now) ?? waitOf(failure, message, raw, context.now)
  const limit = text?.limit === undefined ? undefined : tokens(text.limit, message)
  const asked = text?.asked === undefined ? undefined : tokens(text.asked, message)
  switch (tag) {
    case "AuthenticationError":
      return new AuthenticationError(fields)
    case "PermissionDeniedError":
      return new PermissionDeniedError(fields)
    case "QuotaExceededError":
      return new QuotaExceededError(fields)
    case "RateLimitError": {
      const named = text?.kind === undefined ? undefined : capture(text.kind, message)?.toLowerCase().replace(" ", "-")
      const kind =
        named ?? RateLimitHeaders.exhausted(limits) ?? (limitKinds.test(failure.type ?? "") ? failure.type : undefined)
      return new RateLimitError({
        ...fields,
        retryAfter: retryAfter ?? RateLimitHeaders.resetAfter(limits),
        limit: word(kind),
        allowed: limit ?? (kind === undefined ? undefined : limits?.[kind]?.limit),
        asked
      })
    }
    case "OverloadedError":
      return new OverloadedError({ ...fields, retryAfter })
    case "ServerError":
      return new ServerError({ ...fields, retryAfter })
    case "ContextWindowExceededError":
      return new ContextWindowExceededError({ ...fields, limit, asked })
    case "ContentPolicyError":
      return new ContentPolicyError({ ...fields, category: word([failure.code, failure.type].find(isCategory)) })
    case "ModelNotFoundError":
      return new ModelNotFoundError(fields)
    case "UnsupportedParameterError": {
      const named = text?.param === undefined ? undefined : capture(text.param, message)
      return new UnsupportedParameterError({ ...fields, parameter: word(failure.param ?? named) ?? "a parameter" })
    }
    case "InvalidRequestError":
      return new InvalidRequestError({ ...fields, at: word(failure.param) })
  }
}

/** OpenAI names the limit in `type`; elsewhere that is the kind of error. */
const limitKinds = /^(?:requests|tokens|images|input[-_]tokens|output[-_]tokens)$/

/** Words that say no more than that it is an error. */
const isCategory = (word: string | undefined): boolean =>
  word !== undefined && !/^\d+$|^(?:invalid_request_error|image_generation_user_error|api_error|error)$/.test(word)

const rowOf = (failure: ProviderFailure, status: number, provider: string): Row | undefined => {
  const holds = (row: Row) =>
    (row.status === undefined || row.status === status) &&
    (row.code === undefined || row.code === failure.code) &&
    (row.type === undefined || row.type === failure.type) &&
    (row.param === undefined || row.param === failure.param)
  return rowsOf(provider).find(holds) ?? rowsOf("openai-compatible").find(holds)
}

const rowsOf = (provider: string): ReadonlyArray<Row> =>
  Object.hasOwn(table.providers, provider) ? (table.providers[provider] ?? []) : []

const byStatus = (status: number): Tag =>
  table.status.find((row) => row.status === status)?.tag ??
  table.otherwise[status >= 500 ? "5xx" : status >= 400 ? "4xx" : "none"]

/** The words refine a broad row, and tell the numbers where a row is not broad but of the same tag. */
const textRowOf = (provider: string, status: number, message: string, raw: () => string, row: Row | undefined) =>
  table.text.find(
    (text) =>
      (text.provider === undefined || text.provider === provider) &&
      (text.status === undefined || status === 200 || text.status.includes(status)) &&
      (row === undefined || row.broad === true || row.tag === text.tag) &&
      expression(text.pattern).test(text.in === "body" ? raw() : message)
  ) satisfies TextRow | undefined

const expressions = new Map<string, RegExp>()

const expression = (pattern: string): RegExp => {
  const known = expressions.get(pattern)
  if (known !== undefined) return known
  const made = new RegExp(pattern, "i")
  expressions.set(pattern, made)
  return made
}

const capture = (pattern: string, text: string): string | undefined => expression(pattern).exec(text)?.[1]

const tokens = (pattern: string, text: string): number | undefined => {
  const found = capture(pattern, text)
  if (found === undefined) return undefined
  const sum = found.split("+").reduce((total, part) => total + Number(part.replaceAll(/[,\s]/g, "")), 0)
  return Number.isSafeInteger(sum) ? sum : undefined
}

const waitOf = (
  failure: ProviderFailure,
  message: string,
  raw: () => string,
  now: number
): Duration.Duration | undefined => {
  if (failure.retryAfterSeconds !== undefined) return Duration.millis(failure.retryAfterSeconds * 1000)
  for (const row of table.wait) {
    const found = capture(row.pattern, row.in === "body" ? raw() : message)
    if (found !== undefined) return WaitTime.decode(found.replaceAll(" ", ""), now)
  }
  return undefined
}
