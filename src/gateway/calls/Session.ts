import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
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

/** The conversation of a request, as its client names it. */
export const named = ({ headers: given }: Received, body: { readonly [key: string]: unknown }): string | undefined => {
  for (const name of headers) if (isName(given[name])) return given[name]
  if (isName(body.prompt_cache_key)) return body.prompt_cache_key
  return Predicate.isObject(body.metadata) ? inUserId(body.metadata.user_id) : undefined
}

const isName = (value: unknown): value is string => typeof value === "string" && value !== "" && value.length <= 512

/** Claude Code's user ids are JSON with the session in it, and were text that ends in it. */
const inUserId = (userId: unknown): string | undefined => {
  if (!isName(userId)) return undefined
  const parsed = Result.try((): unknown => JSON.parse(userId))
  if (Result.isSuccess(parsed) && Predicate.isObject(parsed.success))
    return isName(parsed.success.session_id) ? parsed.success.session_id : undefined
  const marker = "_session_"
  const at = userId.lastIndexOf(marker)
  return at === -1 ? undefined : userId.slice(at + marker.length) || undefined
}
