import { hash } from "node:crypto"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { ChatRequest } from "effect-llm/domain/ChatRequest"
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

/** What tells a conversation that has no name from others: how it begins. */
export const byBeginning = ({ messages, metadata, user }: ChatRequest): string | undefined => {
  // Groups that are sticky by session know these.
  if (user !== undefined || metadata?.session !== undefined || metadata?.session_id !== undefined) return undefined
  const first = messages.findIndex(({ role }) => role === "user")
  if (first === -1) return undefined
  const texts = messages.slice(0, first + 1).flatMap(({ content }) => {
    const parts: ReadonlyArray<{ readonly type: string; readonly text?: unknown }> = content
    return parts.map(({ text }) => (typeof text === "string" ? outline(text) : ""))
  })
  return hash("sha1", texts.join("\n"))
}

/** Long prompts differ at their ends, if at all. */
const outline = (text: string): string =>
  text.length <= 4096 ? text : `${text.length} ${text.slice(0, 2048)}${text.slice(-2048)}`
