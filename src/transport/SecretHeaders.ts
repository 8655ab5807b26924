/**
 * The headers that hold secrets, beyond those that Effect knows: what logs and spans must not show.
 *
 * @since 0.1.0
 * @category constants
 */
export const names: ReadonlyArray<string | RegExp> = [
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "x-api-key",
  "api-key",
  "x-goog-api-key",
  /(?:^|-)(?:key|token|secret|authorization|password)$/
]

/** What is shorter is no secret, and taking it out would spoil every text. */
const shortest = 8

/**
 * The secrets in some headers, without the scheme before them (`Bearer`).
 *
 * @since 0.1.0
 * @category accessors
 */
export const valuesOf = (headers: { readonly [name: string]: string } | undefined): ReadonlyArray<string> => {
  if (headers === undefined) return []
  return Object.entries(headers)
    .filter(([name]) => names.some((known) => matches(known, name.toLowerCase())))
    .map(([, value]) => value.replace(/^\s*(?:Bearer|Basic|Token|Key)\s+/i, "").trim())
    .filter((value) => value.length >= shortest)
}

const matches = (known: string | RegExp, name: string): boolean =>
  typeof known === "string" ? known === name : known.test(name)
