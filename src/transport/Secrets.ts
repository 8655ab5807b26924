const shapes =
  /\b(?:sk|pk|rk|gsk|xai|key|r8|hf)[-_][A-Za-z0-9_-]{16,}|\b([Bb]earer|[Bb]asic)\s+[A-Za-z0-9._~+/=-]{8,}|\bAIza[\w-]{30,}/g

const hidden = "<redacted>"

/** Answers are not that deep; what is deeper is dropped, so that nothing can be hidden there. */
const deepest = 64

/**
 * Takes secrets out of whatever a provider or a library said: the given ones wherever they stand, and what has the
 * shape of a key. Works on text, and in depth on JSON and on errors; of anything else only numbers, booleans and the
 * like are kept.
 *
 * @since 0.1.0
 * @category combinators
 */
export const redact = (value: unknown, secrets: ReadonlyArray<string>, depth = 0): unknown => {
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
 * Takes secrets out of a text.
 *
 * @since 0.1.0
 * @category combinators
 */
export const redactText = (text: string, secrets: ReadonlyArray<string>): string => {
  let clean = text
  for (const secret of secrets) if (secret.length > 0) clean = clean.replaceAll(secret, hidden)
  return clean.replace(shapes, (found, scheme: string | undefined) =>
    scheme === undefined ? hidden : `${scheme} ${hidden}`
  )
}

/**
 * Whether a value holds one of the given secrets somewhere.
 *
 * @since 0.1.0
 * @category guards
 */
export const holds = (value: unknown, secrets: ReadonlyArray<string>): boolean => {
  const text = JSON.stringify(value) ?? ""
  return secrets.some((secret) => secret.length > 0 && text.includes(JSON.stringify(secret).slice(1, -1)))
}

const redactError = (error: Error, secrets: ReadonlyArray<string>, depth: number): Error => {
  const cause = error.cause === undefined ? undefined : { cause: redact(error.cause, secrets, depth + 1) }
  const code = (error as { readonly code?: unknown }).code
  const clean = new Error(redactText(error.message, secrets), cause)
  clean.name = error.name
  return typeof code === "string" ? Object.assign(clean, { code }) : clean
}
