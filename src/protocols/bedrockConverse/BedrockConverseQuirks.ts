import { type ClaudeThinkingQuirks, withThinkingDefaults } from "../wire/ClaudeThinking.ts"

/**
 * How models on Bedrock differ. `maxOutputTokens` is what thinking is measured against where the request names none;
 * it is not sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface BedrockConverseQuirks extends ClaudeThinkingQuirks {
  /**
   * Who made the model, as its id names it (`anthropic`, `amazon`, `openai`, ...): `topK` and `reasoning` are said to
   * each in its own words. Default: read off the id; `anthropic` for ARNs that do not tell (application inference
   * profiles, provisioned throughput).
   * Source: https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html
   */
  readonly family: string
  /**
   * Whether a system message may stand in the middle of a conversation. Default false: it then joins the instructions
   * at the front, with a warning.
   * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
   */
  readonly systemInConversation: boolean
  /**
   * Whether a tool's schema can be enforced while the model writes (`strict`). Default true.
   * Source: https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
   */
  readonly strictTools: boolean
}

/**
 * Fills in what is left open.
 *
 * @since 0.1.0
 * @category constructors
 */
export const withDefaults = (
  quirks: Partial<BedrockConverseQuirks> | undefined,
  model: string
): BedrockConverseQuirks => ({
  ...withThinkingDefaults(quirks),
  systemInConversation: false,
  strictTools: true,
  ...quirks,
  family: quirks?.family ?? familyOf(model)
})

/** Ids are `anthropic.claude-...`, with a region or `global` before that; in an ARN, after the last slash. */
const familyOf = (model: string): string => {
  const id = model.slice(model.lastIndexOf("/") + 1)
  const known = /(?:^|\.)(anthropic|amazon|openai|mistral|cohere|deepseek|meta)\./.exec(id)?.[1]
  return known ?? /^([a-z][a-z0-9-]*)\./.exec(id)?.[1] ?? "anthropic"
}
