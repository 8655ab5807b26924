import type { ProviderFailure } from "../ProviderFailure.ts"
import { decodeError as decodeGeneral } from "../wire/ErrorBody.ts"
import { array, compact, isObject, nonNegativeInt, object, text, type WireObject } from "./wire/Wire.ts"

/**
 * What an error answer says: `{ error: { code, message, status, details } }`, alone or in an array. Of the details,
 * `ErrorInfo` names the reason, `RetryInfo` how long to wait, `BadRequest` the field.
 * Source: https://docs.cloud.google.com/apis/design/errors and https://ai.google.dev/gemini-api/docs/troubleshooting
 */
export const decodeError = (body: unknown): ProviderFailure => {
  const outer = Array.isArray(body) ? body.find(isObject) : body
  const whole = object(outer) ?? {}
  const error = object(whole.error) ?? whole
  const details = array(error.details).filter(isObject)
  const code = nonNegativeInt(error.code)
  const fields = details.flatMap((detail) => array(detail.fieldViolations)).filter(isObject)
  const first = <A>(read: (detail: WireObject) => A | undefined): A | undefined =>
    details.map(read).find((found) => found !== undefined)
  return compact({
    _tag: "ProviderFailure",
    status: code !== undefined && code >= 400 && code < 600 ? code : undefined,
    code: first(({ reason }) => text(reason)) ?? text(error.code),
    type: text(error.status),
    param: fields.map(({ field }) => text(field)).find((field) => field !== undefined),
    message:
      text(error.message) ??
      text(whole.error_description) ??
      text(whole.error) ??
      text(whole.message) ??
      text(outer) ??
      decodeGeneral(body).message,
    retryAfterSeconds: first(({ retryDelay }) => seconds(retryDelay)),
    body
  })
}

const seconds = (delay: unknown): number | undefined => {
  if (typeof delay === "string" && /^\d+(?:\.\d+)?s$/.test(delay)) return Number(delay.slice(0, -1))
  if (!isObject(delay)) return undefined
  const whole = amount(delay.seconds) + amount(delay.nanos) / 1e9
  return Number.isFinite(whole) && whole >= 0 ? whole : undefined
}

/** A number of Protocol Buffers' JSON, where 64 bits are a string. */
const amount = (value: unknown): number =>
  value === undefined || value === null
    ? 0
    : typeof value === "number" || typeof value === "string"
      ? Number(value)
      : Number.NaN

/**
 * The failure of a prompt that was refused (`promptFeedback.blockReason`), or of an answer of which nothing was let
 * through (`finishReason`); `code` is that reason.
 */
export const blocked = (
  type: "PROMPT_BLOCKED" | "RESPONSE_BLOCKED",
  code: string,
  message: string | undefined,
  body: unknown
): ProviderFailure => ({
  _tag: "ProviderFailure",
  type,
  code,
  message: message ?? `the ${type === "PROMPT_BLOCKED" ? "prompt" : "answer"} was blocked: ${code}`,
  body
})
