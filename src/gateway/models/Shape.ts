import type { Json } from "effect-llm/domain/Json"
import { given } from "../../settings/Given.ts"

/** The date of models whose date is unknown, for clients that require one. */
export const epoch = "1970-01-01"

/** The fields that have a value. */
export const present = (fields: { readonly [name: string]: Json | undefined }): Json => given(fields)
