import * as ResponseStore from "./openai/ResponseStore.ts"
import { OpenAi } from "./OpenAi.ts"
import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * OpenAI by its Responses API, which keeps a model's thoughts across turns and has tools of its own. Settings as for
 * `OpenAi`.
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
  /** The answers that OpenAI keeps, those made in the background (`background: true`) among them. */
  static readonly responses: ResponseStore.ResponseStore<OpenAiResponses> = ResponseStore.make(OpenAiResponses)
}
