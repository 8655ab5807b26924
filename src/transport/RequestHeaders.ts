import * as Result from "effect/Result"

/**
 * What is wrong with a header that is to be sent, in words that do not repeat its value; `undefined` when HTTP can carry
 * it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-fields
 */
export const issueOf = (name: string, value: unknown): string | undefined => {
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) return "has a name that is not allowed"
  if (typeof value !== "string") return "is not text"
  if (/[\r\n]/.test(value)) return "contains a line break: remove it (often the last character)"
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value) ? undefined : "contains a character that is not allowed in a header"
}

/** The headers that hold secrets, beyond those that Effect knows: what logs and spans must not show. */
export const secretNames: ReadonlyArray<string | RegExp> = [
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "x-api-key",
  "api-key",
  "x-goog-api-key",
  /(?:^|[-_])(?:api)?(?:key|token|secret|authorization|password)$/
]

/** It names one request, and opens nothing. */
const open = new Set(["idempotency-key", "x-idempotency-key"])

/** Anything shorter is not treated as a secret, since redacting it would garble every text. */
const shortest = 8

/** Whether a header holds a secret, by its name. */
export const isSecret = (name: string): boolean => {
  const lower = name.toLowerCase()
  return (
    !open.has(lower) && secretNames.some((known) => (typeof known === "string" ? known === lower : known.test(lower)))
  )
}

/**
 * The secrets in some headers, without the scheme before them (`Bearer`); of `Basic` also the password. A signature is
 * good for its request only, and is none. `further` are headers, in lower case, that hold secrets as well.
 */
export const secretsIn = (
  headers: { readonly [name: string]: string } | undefined,
  further: ReadonlyArray<string> = []
): ReadonlyArray<string> => {
  if (headers === undefined) return []
  return Object.entries(headers)
    .filter(([name]) => isSecret(name) || further.includes(name.toLowerCase()))
    .flatMap(([, value]) => secretsOf(value))
    .filter((value) => value.length >= shortest)
}

/** Whether two requests were made with the same key. A signature differs each time, and tells nothing. */
export const isSameKey = (
  one: { readonly [name: string]: string },
  other: { readonly [name: string]: string },
  further: ReadonlyArray<string> = []
): boolean =>
  Object.entries(other).every(
    ([name, value]) =>
      one[name] === value || secretsOf(value).length === 0 || !(isSecret(name) || further.includes(name))
  )

const secretsOf = (value: string): ReadonlyArray<string> => {
  const text = value.trim()
  const blank = text.search(/\s/)
  const scheme = text.slice(0, Math.max(blank, 0)).toLowerCase()
  const rest = text.slice(blank < 0 ? 0 : blank).trim()
  switch (scheme) {
    case "aws4-hmac-sha256":
      return []
    case "basic": {
      const pair = Result.getOrElse(
        Result.try(() => atob(rest)),
        () => ""
      )
      return [rest, pair.slice(pair.indexOf(":") + 1)]
    }
    default:
      return [/^[a-z][a-z0-9_-]*$/.test(scheme) ? rest : text]
  }
}
