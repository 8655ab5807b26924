import * as Effect from "effect/Effect"
import { awsModels, awsNeeds, awsPrepare, awsSettings, bedrockUrl } from "./aws/AwsSettings.ts"
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
  id: "bedrock-anthropic",
  rows: "bedrock",
  protocol: Protocols.bedrockAnthropic,
  baseUrl: bedrockUrl,
  settingPrefix: "BEDROCK",
  keyNames: ["AWS_BEARER_TOKEN_BEDROCK"],
  settings: awsSettings,
  prepare: awsPrepare,
  needs: awsNeeds,
  models: awsModels,
  authorize: (options) =>
    Effect.flatMap(
      Effect.promise(() => import("./aws/AwsAuthorize.ts")),
      ({ awsAuthorize }) => awsAuthorize("bedrock-anthropic", options)
    )
}) {}
