import { openAiEmbeddings, openAiModerations, openAiTokenCount } from "./CallProtocols.ts"
import { openAiBatches, openAiFiles, openAiImages, openAiSpeech, openAiTranscription } from "./MediaProtocols.ts"
import { openAiChat } from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * OpenAI. Settings: `OPENAI_API_KEY`, `OPENAI_BASE_URL` (default `https://api.openai.com/v1`), and where the account
 * needs them `OPENAI_ORGANIZATION` and `OPENAI_PROJECT`, or as OpenAI's own clients call them `OPENAI_ORG_ID` and
 * `OPENAI_PROJECT_ID`.
 *
 * @see https://platform.openai.com/docs/api-reference/authentication
 * @since 0.1.0
 * @category providers
 */
export class OpenAi extends Provider.Service<OpenAi>()({
  id: "openai",
  capabilities: {
    embedding: openAiEmbeddings,
    moderation: openAiModerations,
    tokenCount: openAiTokenCount,
    image: openAiImages,
    speech: openAiSpeech,
    transcription: openAiTranscription,
    files: openAiFiles,
    batches: openAiBatches
  },
  protocol: openAiChat,
  baseUrl: "https://api.openai.com/v1",
  settings: {
    organization: { header: "openai-organization", config: ["OPENAI_ORGANIZATION", "OPENAI_ORG_ID"] },
    project: { header: "openai-project", config: ["OPENAI_PROJECT", "OPENAI_PROJECT_ID"] }
  }
}) {}
