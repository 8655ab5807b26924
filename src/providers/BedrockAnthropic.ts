import { onBedrock } from "./aws/BedrockDefinition.ts"
import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * Claude on Amazon Bedrock in the format of Anthropic's own API, which expresses more than Converse.
 *
 * ```ts
 * const model = BedrockAnthropic.model("us.anthropic.claude-sonnet-4-6")
 * ```
 *
 * Settings: those of `Bedrock`, `AWS_BEARER_TOKEN_BEDROCK` and `BEDROCK_BASE_URL` among them.
 *
 * Needs the same packages as `Bedrock`.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
 * @since 0.1.0
 * @category providers
 */
export class BedrockAnthropic extends Provider.Service<BedrockAnthropic>()({
  ...onBedrock("bedrock-anthropic"),
  settingPrefix: "BEDROCK",
  rows: "bedrock",
  protocol: Protocols.bedrockAnthropic
}) {}
