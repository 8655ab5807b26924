import * as Result from "effect/Result"
import { rangesIn } from "./SecretSpellings.ts"

/** Texts that look like a key, a signature or the credentials in a URL, even of others; the text before them is kept. */
const shapes =
  /\b(?:sk|pk|rk|gsk|xai|key|r8|hf)[-_][A-Za-z0-9_-]{16,}|\b([Bb]earer|[Bb]asic)\s+[A-Za-z0-9._~+/=-]{8,}|\bAIza[\w-]{30,}|\bSignature=[0-9a-f]{64}|(?<=:\/\/)[^\s/?#@"'<>]{1,512}@/g

const hidden = "<redacted>"

/** Responses are not that deep; what is deeper is dropped, so that nothing can be hidden there. */
const deepest = 64

/**
 * Takes secrets out of whatever a provider or a library said: the given ones wherever they stand and however they are
 * spelled (see `redactText`), and what has the shape of a key. Works on text, and in depth on JSON and on errors; of
 * anything else only numbers, booleans and the like are kept.
 */
export const redact = (value: unknown, secrets: Iterable<string>, depth = 0): unknown => {
  if (typeof value === "string") return redactText(value, secrets)
  if (typeof value !== "object" || value === null) return typeof value === "function" ? undefined : value
  if (depth >= deepest) return undefined
  if (value instanceof Error) return redactError(value, secrets, depth)
  if (Array.isArray(value)) return value.map((item) => redact(item, secrets, depth + 1))
  const proto = Object.getPrototypeOf(value) as unknown
  if (proto !== Object.prototype && proto !== null) return undefined
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [redactText(key, secrets), redact(item, secrets, depth + 1)])
  )
}

/**
 * Takes secrets out of a text: as they are, in upper or lower case, percent-encoded, escaped for JSON or HTML (mixed and
 * several times over), broken over lines, in hexadecimal digits, and in Base64 of either alphabet, wherever they stand in
 * what was encoded.
 */
export const redactText = (text: string, secrets: Iterable<string>): string => {
  let clean = ""
  let end = 0
  for (const [from, to] of rangesIn(text, secrets)) {
    if (to <= end) continue
    // What overlaps is hidden once.
    if (from >= end) clean += text.slice(end, from) + hidden
    end = to
  }
  const rest = end === 0 ? text : clean + text.slice(end)
  // To look is faster than to replace, and nearly always enough.
  return rest.search(shapes) < 0
    ? rest
    : rest.replace(shapes, (found, scheme: string | undefined) =>
        scheme === undefined ? (found.endsWith("@") ? `${hidden}@` : hidden) : `${scheme} ${hidden}`
      )
}

/**
 * Whether a value holds one of the given secrets somewhere, in whatever spelling. One that cannot be searched, being too
 * deep for JSON, may hold one.
 */
export const holds = (value: unknown, secrets: Iterable<string>): boolean => {
  const text = Result.try(() => JSON.stringify(value))
  return Result.isFailure(text) || rangesIn(text.success ?? "", secrets).length > 0
}

const redactError = (error: Error, secrets: Iterable<string>, depth: number): Error => {
  const cause = error.cause === undefined ? undefined : { cause: redact(error.cause, secrets, depth + 1) }
  const code = (error as { readonly code?: unknown }).code
  const clean = new Error(redactText(error.message, secrets), cause)
  clean.name = redactText(error.name, secrets)
  return typeof code === "string" ? Object.assign(clean, { code: redactText(code, secrets) }) : clean
}
