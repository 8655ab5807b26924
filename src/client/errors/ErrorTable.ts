import * as Duration from "effect/Duration"
import * as Headers from "effect/http/Headers"
import table from "../../../data/errors.json" with { type: "json" }
import {
  AuthenticationError,
  ContextWindowExceededError,
  EndpointNotFoundError,
  InvalidRequestError,
  ModelNotFoundError,
  PermissionDeniedError,
  QuotaExceededError,
  UnsupportedParameterError
} from "../../domain/CallErrors.ts"
import { ContentPolicyError, OverloadedError, RateLimitError, ServerError } from "../../domain/ChatResponse.ts"
import { type ErrorFields, clip } from "../../domain/ErrorFields.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { ProviderFailure } from "../../protocols/Protocol.ts"
import * as ResponseHeaders from "../../transport/ResponseHeaders.ts"
import { redact, redactText } from "../../transport/Secrets.ts"
import * as ErrorRules from "./ErrorRules.ts"

/** The head of an error response, and what its error must not repeat. `now` is in milliseconds since 1970. */
export interface ErrorContext {
  /** The provider's id, and the id of its rows in the table. */
  readonly provider: string
  readonly rows: string
  readonly model: string
  readonly status: number
  readonly headers: Headers.Headers
  readonly url?: string | undefined
  readonly now: number
  readonly secrets: Iterable<string>
}

/** The most that is read and kept, in UTF-16 code units. */
const maxLength = { message: 4096, word: 256, body: 65_536 }

/**
 * Maps an error response to an error by `data/errors.json`. Whatever the response holds, this is fast and the error is
 * of bounded length.
 */
export const decode = (failure: ProviderFailure, context: ErrorContext): ProviderError => {
  const { headers, model, now, provider, rows, secrets } = context
  const status = failure.status ?? context.status
  const message = clip(failure.message ?? "", maxLength.message)
  const body = redact(failure.body, secrets)
  const raw = () => (typeof body === "string" ? body : (JSON.stringify(body) ?? "")).slice(0, maxLength.body)
  const verdict = ErrorRules.judge({ rows, model, status, failure, message, raw })
  const allHeaders = failure.headers === undefined ? headers : Headers.fromInput({ ...failure.headers, ...headers })
  const limits = ResponseHeaders.rateLimits(allHeaders, now)
  const clipped = (text: string | undefined, length = maxLength.word) =>
    text === undefined ? undefined : clip(redactText(text, secrets), length)
  const fields: ErrorFields = {
    provider,
    model,
    status: status === 200 ? undefined : status,
    requestId: clipped(ResponseHeaders.requestId(headers) ?? failure.requestId),
    code: clipped(failure.code ?? failure.type),
    detail: failure.message === undefined ? undefined : clipped(withoutHtml(message), maxLength.message),
    body,
    shouldRetry: shouldRetryIn(headers)
  }
  const retryAfter = ResponseHeaders.retryAfter(allHeaders, now) ?? waitOf(failure, message, raw, now)
  const tag =
    verdict.isGuess && fields.shouldRetry && verdict.tag === "InvalidRequestError" ? "ServerError" : verdict.tag
  switch (tag) {
    case "AuthenticationError":
      return new AuthenticationError(fields)
    case "PermissionDeniedError":
      return new PermissionDeniedError(fields)
    case "QuotaExceededError":
      return new QuotaExceededError(fields)
    case "RateLimitError": {
      const kind =
        verdict.kind ??
        ResponseHeaders.exhausted(limits) ??
        (limitKinds.test(failure.type ?? "") ? failure.type : undefined)
      return new RateLimitError({
        ...fields,
        retryAfter: retryAfter ?? ResponseHeaders.resetAfter(limits),
        limit: clipped(kind),
        allowed: verdict.limit ?? (kind === undefined ? undefined : limits?.[kind]?.limit),
        requested: verdict.asked
      })
    }
    case "OverloadedError":
      return new OverloadedError({ ...fields, retryAfter })
    case "ServerError":
      return new ServerError({ ...fields, retryAfter })
    case "ContextWindowExceededError":
      return new ContextWindowExceededError({ ...fields, limit: verdict.limit, requested: verdict.asked })
    case "ContentPolicyError":
      return new ContentPolicyError({ ...fields, category: clipped([failure.code, failure.type].find(isCategory)) })
    case "ModelNotFoundError":
      return new ModelNotFoundError(fields)
    case "EndpointNotFoundError":
      return new EndpointNotFoundError({ ...fields, url: clipped(addressOf(context.url), maxLength.message) })
    case "UnsupportedParameterError":
      return new UnsupportedParameterError({ ...fields, parameter: clipped(verdict.parameter) })
    case "InvalidRequestError":
      return new InvalidRequestError({ ...fields, at: clipped(failure.param) })
  }
}

/** OpenAI's and Anthropic's own clients obey this header before the status. */
const shouldRetryIn = (headers: Headers.Headers): boolean | undefined => {
  const header = headers["x-should-retry"]
  return header === "true" ? true : header === "false" ? false : undefined
}

/** Host and path only: a query or user name may hold a key. */
const addressOf = (url: string | undefined): string | undefined => {
  if (url === undefined || !URL.canParse(url)) return undefined
  const { host, pathname, protocol } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

/** OpenAI names the limit in `type`; elsewhere `type` is the kind of error. */
const limitKinds = /^(?:requests|tokens|images|input[-_]tokens|output[-_]tokens)$/

/** Excludes words that only say that it is an error. */
const isCategory = (word: string | undefined): boolean =>
  word !== undefined && !/^\d+$|^(?:invalid_request_error|image_generation_user_error|api_error|error)$/.test(word)

const waitOf = (
  failure: ProviderFailure,
  message: string,
  raw: () => string,
  now: number
): Duration.Duration | undefined => {
  const seconds = failure.retryAfterSeconds ?? Number.NaN
  if (seconds >= 0 && seconds < Infinity) return Duration.millis(seconds * 1000)
  for (const row of table.wait) {
    const found = ErrorRules.capture(row.pattern, row.in === "body" ? raw() : message)
    if (found !== undefined) return ResponseHeaders.waitTime(found.replaceAll(" ", ""), now)
  }
  return undefined
}

/** The most that is quoted of a page, in UTF-16 code units. */
const maxQuoteLength = 300

/** Replaces an HTML page, as proxies and load balancers return, by its title or text. */
const withoutHtml = (detail: string): string => {
  const start = detail.search(/<(?:!doctype html|html)\b/i)
  if (start < 0) return detail
  const page = detail.slice(start)
  const text = inner(page, "title") || textOf(inner(page, "body") || page)
  return `${detail.slice(0, start)}${clip(text || "an empty page", maxQuoteLength)} (an HTML page)`
}

/** The text of the first element of this name, or an empty string. */
const inner = (page: string, name: "title" | "body"): string => {
  const lower = page.toLowerCase()
  const start = lower.indexOf(">", lower.indexOf(`<${name}`)) + 1
  const end = lower.indexOf(`</${name}`, start)
  return lower.includes(`<${name}`) && end >= start && start > 0 ? textOf(page.slice(start, end)) : ""
}

const entities: { readonly [entity: string]: string } = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&nbsp;": " "
}

const textOf = (html: string): string =>
  html
    .replaceAll(/<[^<>]*>/g, " ")
    .replaceAll(/&(?:amp|lt|gt|quot|#39|nbsp);/g, (entity) => entities[entity] ?? entity)
    .replaceAll(/\s+/g, " ")
    .trim()
