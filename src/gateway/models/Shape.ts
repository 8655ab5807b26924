import type { Json } from "effect-llm/domain/Json"

/** The date of models whose date is unknown, for clients that require one. */
export const epoch = "1970-01-01"

/** The fields that have a value. */
export const present = (fields: { readonly [name: string]: Json | undefined }): Json =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Json
