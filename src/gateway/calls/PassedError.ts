import * as Predicate from "effect/Predicate"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import { errorOf, type WireHeaders } from "effect-llm/domain/Wire"
import type { Dialect } from "../dialects/Dialect.ts"
import { parsedJson } from "../http/ParsedJson.ts"
import * as PassedHeaders from "./PassedHeaders.ts"
import { statusWithContent } from "./ResponseWriter.ts"

/** A provider's own words for an error; without a status where they came with none. */
export interface PassedError {
  readonly body: string
  readonly status: number | undefined
  readonly headers: WireHeaders
}

/**
 * The error of a provider as it was received, if clients of the dialect can read it, unlike a page, half a body or another vendor's
 * format. `own` is the same error as this dialect writes it.
 */
export const passedError = (error: ProviderError, dialect: Dialect, own: unknown): PassedError | undefined => {
  const remembered = errorOf(error)
  if (remembered === undefined || !PassedHeaders.isOf(remembered.protocol, dialect)) return undefined
  const { frame, headers, status, text } = remembered
  const body = frame ?? text
  const parsed = parsedJson(body)
  // An error within a stream of which nothing was shown, or in a response that calls itself one, has no status of its own.
  if (isAlike(parsed, own) || (frame === undefined && isOfVendor(parsed, dialect)))
    return { body, headers, status: frame === undefined && isOfError(status) ? status : undefined }
  const isResponse =
    frame === undefined &&
    status < 400 &&
    error._tag !== "ResponseParseError" &&
    Predicate.isObject(parsed) &&
    !Predicate.hasProperty(parsed, "error")
  // A response that says why there is none, as a prompt that was blocked.
  return isResponse ? { body, headers, status: statusWithContent(status) } : undefined
}

/** Whether clients take a status for that of an error. */
export const isOfError = (status: number): boolean => status >= 400 && status < 600

/** Whether a client finds the message where it is in the dialect's own error. */
const isAlike = (body: unknown, own: unknown): boolean => {
  if (!Predicate.isObject(body) || !Predicate.isObject(own)) return false
  if (!Predicate.hasProperty(own, "error")) return hasText(body, "message")
  return typeof own.error === "string"
    ? hasText(body, "error")
    : Predicate.hasProperty(body, "error") && isAlike(body.error, own.error)
}

/**
 * Many vendors speak OpenAI's protocol, or Cohere's for reranking, and word errors each in their own way, FastAPI's as a list: clients
 * show whatever they find.
 */
const isOfVendor = (body: unknown, { protocol }: Dialect): boolean =>
  /^(?:openai|cohere)-/.test(protocol) &&
  (["error", "message", "detail"].some((name) => hasText(body, name)) ||
    (Predicate.hasProperty(body, "detail") && hasIssues(body.detail)))

const hasIssues = (detail: unknown): boolean =>
  Array.isArray(detail) && detail.length > 0 && detail.every((issue) => hasText(issue, "msg"))

const hasText = (body: unknown, name: string): boolean =>
  Predicate.hasProperty(body, name) && typeof body[name] === "string"
