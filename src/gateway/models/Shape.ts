import type { Json } from "effect-llm/domain/Json"

/** Where clients want a date and nobody knows it. */
export const epoch = "1970-01-01"

/** The fields that have a value. */
export const present = (fields: { readonly [name: string]: Json | undefined }): Json =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Json
