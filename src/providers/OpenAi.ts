import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * OpenAI, through Chat Completions.
 *
 * ```ts
 * const model = OpenAi.model("gpt-6-luna")
 * ```
 *
 * Settings: `OPENAI_API_KEY`, `OPENAI_BASE_URL`, and where the account needs them `OPENAI_ORGANIZATION` or
 * `OPENAI_ORG_ID`, and `OPENAI_PROJECT` or `OPENAI_PROJECT_ID`.
 *
 * For reasoning that is kept across turns, and for OpenAI's own tools, use `OpenAiResponses`.
 *
 * @see https://platform.openai.com/docs/api-reference/authentication
 * @since 0.1.0
 * @category providers
 */
export class OpenAi extends Provider.Service<OpenAi>()({
  id: "openai",
  capabilities: {
    embedding: Protocols.openAiEmbeddings,
    moderation: Protocols.openAiModerations,
    tokenCount: Protocols.openAiTokenCount,
    image: Protocols.openAiImages,
    speech: Protocols.openAiSpeech,
    transcription: Protocols.openAiTranscription,
    files: Protocols.openAiFiles,
    batches: Protocols.openAiBatches
  },
  protocol: Protocols.openAiChat,
  baseUrl: "https://api.openai.com/v1",
  settings: {
    organization: { header: "openai-organization", config: ["OPENAI_ORGANIZATION", "OPENAI_ORG_ID"] },
    project: { header: "openai-project", config: ["OPENAI_PROJECT", "OPENAI_PROJECT_ID"] }
  }
}) {}
