import * as Predicate from "effect/Predicate"

type Body = { readonly [key: string]: unknown }

const { rawJSON } = JSON as JSON & { readonly rawJSON: (text: string) => unknown }

/** What was parsed from a text, as that wrote it. Bodies that are made of another have its values. */
const written = new WeakMap<object, unknown>()

/** Whether a number is another text once it has been read: `1.0`, `1e3`, or more digits than a double has. */
export const isRewritten = (number: string): boolean => String(Number(number)) !== number

/** Remembers the numbers of a body as its text has them. */
export const remember = (body: unknown, text: string): void => {
  if (!Predicate.isObject(body)) return
  const keep = (_: string, value: unknown, ...[context]: ReadonlyArray<{ readonly source?: string }>): unknown =>
    typeof value === "number" && context?.source !== undefined && isRewritten(context.source)
      ? rawJSON(context.source)
      : value
  const asWritten: unknown = JSON.parse(text, keep)
  if (!Predicate.isObject(asWritten)) return
  written.set(body, asWritten)
  for (const [key, value] of Object.entries(body)) {
    if (typeof value === "object" && value !== null) written.set(value, (asWritten as Body)[key])
  }
}

/** A body with its numbers as they were written; itself where they are written in no other way. */
export const asWritten = (body: Body): Body => {
  const whole = written.get(body)
  if (whole !== undefined) return whole as Body
  let copy: Record<string, unknown> | undefined
  for (const [key, value] of Object.entries(body)) {
    const found = typeof value === "object" && value !== null ? written.get(value) : undefined
    if (found !== undefined) (copy ??= { ...body })[key] = found
  }
  return copy ?? body
}
