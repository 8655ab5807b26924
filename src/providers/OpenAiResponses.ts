import * as ResponseStore from "./openai/ResponseStore.ts"
import { OpenAi } from "./OpenAi.ts"
import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * OpenAI, through the Responses API, which keeps reasoning across turns and has tools of its own.
 *
 * ```ts
 * const model = OpenAiResponses.model("gpt-6.1-sol")
 * ```
 *
 * Settings: those of `OpenAi`: `OPENAI_API_KEY`, `OPENAI_BASE_URL`.
 *
 * Embeddings, images, speech and files are with `OpenAi`.
 *
 * @see https://platform.openai.com/docs/guides/migrate-to-responses
 * @since 0.1.0
 * @category providers
 */
export class OpenAiResponses extends Provider.Service<OpenAiResponses>()({
  id: "openai-responses",
  rows: "openai",
  settingPrefix: "OPENAI",
  protocol: Protocols.openAiResponses,
  baseUrl: "https://api.openai.com/v1",
  settings: OpenAi.definition.settings
}) {
  /** The responses stored at OpenAI, including those made in the background (`background: true`). */
  static readonly responses: ResponseStore.ResponseStore<OpenAiResponses> = ResponseStore.make(OpenAiResponses)
}
