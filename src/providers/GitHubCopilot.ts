import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Redacted from "effect/Redacted"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { DeviceCode } from "./github/CopilotToken.ts"
import * as OpenAiCompatible from "./OpenAiCompatible.ts"

export type { DeviceCode }

const baseUrl = "https://api.githubcopilot.com"

/** Copilot accepts requests of editors only. */
const editor = {
  "editor-version": "vscode/1.95.0",
  "editor-plugin-version": "copilot-chat/0.26.7",
  "copilot-integration-id": "vscode-chat",
  "user-agent": "GitHubCopilotChat/0.26.7"
}

/**
 * GitHub Copilot, for its subscribers.
 *
 * ```ts
 * const model = GitHubCopilot.model("gpt-6.1-terra")
 * ```
 *
 * Settings: `COPILOT_GITHUB_TOKEN`, the token of a GitHub account, as `login` returns it; it is exchanged for a
 * Copilot token, which is renewed before it expires. `GITHUB_COPILOT_BASE_URL` and `GITHUB_COPILOT_TOKEN_URL` are for
 * enterprises.
 *
 * The API is not documented: these are the facts on which open-source clients agree.
 *
 * @see https://docs.github.com/en/copilot
 * @see https://github.com/BerriAI/litellm/tree/main/litellm/llms/github_copilot
 * @see https://github.com/RooVetGit/Roo-Code/blob/main/packages/types/src/providers/copilot.ts
 * @since 0.1.0
 * @category providers
 */
export class GitHubCopilot extends OpenAiCompatible.Service<GitHubCopilot>()({
  id: "github-copilot",
  baseUrl,
  keyNames: ["COPILOT_GITHUB_TOKEN"],
  headers: { ...editor, "openai-intent": "conversation-panel", "x-github-api-version": "2025-04-01" },
  settings: {
    tokenUrl: { config: "GITHUB_COPILOT_TOKEN_URL", default: "https://api.github.com/copilot_internal/v2/token" }
  },
  authorize: ({ apiKey, baseUrl: usedBaseUrl, settings: { tokenUrl = "" } }) =>
    Effect.gen(function* () {
      if (apiKey === undefined) return undefined
      const { cached } = yield* Effect.promise(() => import("../client/AccessToken.ts"))
      const CopilotToken = yield* Effect.promise(() => import("./github/CopilotToken.ts"))
      const context = yield* Effect.context<HttpClient.HttpClient>()
      const token = yield* cached(Effect.provideContext(CopilotToken.obtain(apiKey, tokenUrl, editor), context))
      return (request, refused) =>
        Effect.map(token(refused), (token) => CopilotToken.sign(request, token, usedBaseUrl, usedBaseUrl === baseUrl))
    }),
  quirks: { topK: false, reasoningField: "none" }
}) {
  /**
   * Logs a person in: shows a code to enter at GitHub and waits until it is entered. Returns the value for
   * `COPILOT_GITHUB_TOKEN`; fails with an `AuthenticationError` if the person declines or the code expires. `clientId`
   * defaults to that of GitHub's own editor plug-in; `host` is for enterprises.
   */
  static login<E, R>(
    show: (code: DeviceCode) => Effect.Effect<void, E, R>,
    options: { readonly clientId?: string | undefined; readonly host?: string | undefined } = {}
  ): Effect.Effect<Redacted.Redacted, ProviderError | E, HttpClient.HttpClient | R> {
    const { clientId = "Iv1.b507a08c87ecfe98", host = "https://github.com" } = options
    return Effect.flatMap(
      Effect.promise(() => import("./github/CopilotToken.ts")),
      ({ login }) => login({ clientId, host, show })
    )
  }
}
