import { fitId } from "../../wire/ToolIdentifiers.ts"
import { claudeMarks, type HistoryRules } from "../../wire/FittedRequest.ts"
import { claudeProperty } from "../../wire/ClaudeTools.ts"

const callId = fitId({ refused: /[^a-zA-Z0-9_-]/g, maxLength: 128 })

/**
 * What the Messages API asks of a conversation: ids of calls have letters, digits, `_` and `-` only, and each is another;
 * a user begins.
 * Sources: https://github.com/modelcontextprotocol/go-sdk/issues/169 and
 * https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/partner-models/claude/structured_outputs
 */
export const rules: HistoryRules<object> = {
  callId: () => callId,
  userFirst: true,
  cacheMarks: () => claudeMarks,
  property: claudeProperty
}
