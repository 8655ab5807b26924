import { fitId } from "../../wire/CallIds.ts"
import type { HistoryRules } from "../../wire/FittedRequest.ts"

const callId = fitId({ refused: /[^a-zA-Z0-9_-]/g, maxLength: 128 })

/**
 * What the Messages API asks of a conversation: ids of calls have letters, digits, `_` and `-` only, and each is another;
 * so are the names of a tool's properties.
 * Source: https://github.com/modelcontextprotocol/go-sdk/issues/169
 *
 * @since 0.1.0
 * @category constants
 */
export const rules: HistoryRules<object> = {
  callId: () => callId,
  property: (name) =>
    /^[a-zA-Z0-9_.-]{1,64}$/.test(name)
      ? undefined
      : `Anthropic takes no property ${JSON.stringify(name)}: letters, digits, "_", "." and "-", 64 at most`
}
