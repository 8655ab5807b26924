import * as BigDecimal from "effect/BigDecimal"
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import { formatDecimal } from "effect-llm/catalog/Money"
import { formatDuration } from "../../settings/schema/Scalars.ts"

/** Settings as they are written in a file, without secrets. */
export const redacted = (value: unknown): Schema.Json => {
  if (Redacted.isRedacted(value)) return "<redacted>"
  if (Duration.isDuration(value)) return formatDuration(value)
  if (BigDecimal.isBigDecimal(value)) return formatDecimal(value)
  if (Array.isArray(value)) return value.map(redacted)
  if (typeof value === "object" && value !== null) return redactedObject(value)
  if (typeof value === "string") return withoutPassword(value)
  return typeof value === "number" || typeof value === "boolean" ? value : null
}

const redactedObject = (value: object): { readonly [name: string]: Schema.Json } =>
  Object.fromEntries(
    Object.entries(value).flatMap(([name, part]) => (part === undefined ? [] : [[name, redacted(part)]]))
  )

/** An address may hold a password. */
const withoutPassword = (text: string): string => text.replace(/^(\w{1,20}:\/\/)[^/@\s]{1,500}@/, "$1<redacted>@")
