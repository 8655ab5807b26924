import { onBedrock } from "./aws/BedrockDefinition.ts"
import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * Amazon Bedrock through the Converse API, for the models of every vendor.
 *
 * ```ts
 * const model = Bedrock.model("us.anthropic.claude-sonnet-4-6")
 * ```
 *
 * Settings:
 *
 * - region: `AWS_REGION`, `AWS_DEFAULT_REGION`, or the `region` of the profile;
 * - identity, in this order: a Bedrock API key, `AWS_BEARER_TOKEN_BEDROCK`; `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and
 *   `AWS_SESSION_TOKEN`; the shared files and `AWS_PROFILE` (keys, `aws sso login`, `credential_process`, roles); web
 *   identity; container; instance metadata;
 * - `BEDROCK_BASE_URL`, for a proxy or a VPC endpoint.
 *
 * Models are named by id, inference profile or ARN. Needs the package `@smithy/eventstream-codec` and, without an API
 * key, `@smithy/signature-v4`.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference.html
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html
 * @since 0.1.0
 * @category providers
 */
export class Bedrock extends Provider.Service<Bedrock>()({
  ...onBedrock("bedrock"),
  capabilities: { embedding: Protocols.bedrockEmbeddings, tokenCount: Protocols.bedrockTokenCount },
  protocol: Protocols.bedrockConverse
}) {}
