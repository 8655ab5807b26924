import { onBedrock } from "./aws/BedrockDefinition.ts"
import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * Amazon Bedrock by the Converse API, for the models of every maker. Models are named by id, inference profile or ARN.
 *
 * Settings: `AWS_REGION` (or `AWS_DEFAULT_REGION`, or the `region` of the profile); then either a Bedrock API key, `AWS_BEARER_TOKEN_BEDROCK`, or
 * credentials, looked for in this order: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`; the shared
 * files and `AWS_PROFILE` (keys, `aws sso login`, `credential_process`, roles); web identity; container; instance metadata. The layer's options have the same settings.
 *
 * Needs the packages `@smithy/eventstream-codec` and, with credentials, `@smithy/signature-v4`.
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
