import { identity } from "effect/Function"
import { claudeMarks } from "../../wire/CacheMarks.ts"
import { fitId } from "../../wire/CallIds.ts"
import type { HistoryRules } from "../../wire/FittedRequest.ts"
import { type OpenAiChatQuirks, withDefaults } from "../Quirks.ts"

const shortId = fitId({ refused: /$^/, maxLength: 40 })

/**
 * What servers of this protocol ask of a conversation. OpenAI takes ids of calls of at most 40 characters; other servers
 * give longer ones, and some read them.
 */
export const rules: HistoryRules<OpenAiChatQuirks> = {
  callId: ({ quirks }) => (withDefaults(quirks).longCallIds ? identity : shortId),
  cacheMarks: ({ quirks }) => (quirks?.cacheControl === "cache_control" ? claudeMarks : undefined)
}
