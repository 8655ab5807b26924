import { onBedrock } from "./aws/BedrockDefinition.ts"
import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * Claude on Amazon Bedrock in Anthropic's own words, which say more than Converse does. Settings as for `Bedrock`;
 * `BEDROCK_BASE_URL` is the address of both.
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
