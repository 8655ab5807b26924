import * as Predicate from "effect/Predicate"
import type { Received } from "../http/Received.ts"

/** Where clients say which conversation a request belongs to, the surest first. */
const headers = [
  "x-claude-code-session-id",
  "x-session-affinity",
  "x-session-id",
  "session-id",
  "session_id",
  "thread-id"
] as const

/** The conversation of a request, as a header names it: that of the settings before those that clients send of their own accord. */
export const inHeaders = (given: Received["headers"], ofSettings?: string): string | undefined => {
  const named = ofSettings === undefined ? undefined : given[ofSettings]?.trim()
  if (isName(named)) return named
  for (const name of headers) if (isName(given[name])) return given[name]
  return undefined
}

/** The conversation of a request, as its body names it. */
export const inBody = (body: { readonly [key: string]: unknown }): string | undefined => {
  if (isName(body.prompt_cache_key)) return body.prompt_cache_key
  const userId = Predicate.isObject(body.metadata) ? body.metadata.user_id : undefined
  return isName(userId) ? inUserId(userId) : undefined
}

const isName = (value: unknown): value is string => typeof value === "string" && value !== "" && value.length <= 512

/** Claude Code's user ids are JSON with the session in it, `{"device_id":"...","session_id":"..."}`, and were text that ends in it. */
export const inUserId = (userId: string): string | undefined => {
  const session = /"session_id" ?: ?"([^"]{1,200})"/.exec(userId)?.[1]
  if (session !== undefined || !userId.startsWith("user_")) return session
  const at = userId.lastIndexOf(marker)
  return at === -1 ? undefined : userId.slice(at + marker.length) || undefined
}

const marker = "_session_"
