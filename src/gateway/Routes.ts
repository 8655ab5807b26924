import type { IssuerFetch } from "./access/login/IssuerFetch.ts"
import { loginRoutes } from "./access/login/Login.ts"
import type { Access } from "./access/Access.ts"
import { adminRoutes } from "./admin/Admin.ts"
import type { AdminApp } from "./admin/AdminApp.ts"
import type { Models } from "./calls/Models.ts"
import { anthropic } from "./dialects/anthropic/Anthropic.ts"
import * as AnthropicCounts from "./dialects/anthropic/CountTokens.ts"
import { hello } from "./dialects/anthropic/Hello.ts"
import { messages } from "./dialects/anthropic/Messages.ts"
import * as AnthropicModels from "./dialects/anthropic/Models.ts"
import { notServed } from "./dialects/Unserved.ts"
import { rerank } from "./dialects/cohere/Rerank.ts"
import type { Dialects } from "./dialects/Dialect.ts"
import * as GoogleCounts from "./dialects/google/CountTokens.ts"
import * as GoogleEmbed from "./dialects/google/Embed.ts"
import { generateContent } from "./dialects/google/GenerateContent.ts"
import { google } from "./dialects/google/Google.ts"
import * as GoogleModels from "./dialects/google/Models.ts"
import { generate } from "./dialects/neutral/Generate.ts"
import * as NeutralModels from "./dialects/neutral/Models.ts"
import { neutral } from "./dialects/neutral/Neutral.ts"
import { chat } from "./dialects/ollama/Chat.ts"
import * as OllamaEmbed from "./dialects/ollama/Embed.ts"
import * as OllamaModels from "./dialects/ollama/Models.ts"
import { ollama } from "./dialects/ollama/Ollama.ts"
import { batches, type ObjectServices } from "./dialects/openai/Batches.ts"
import { calls } from "./dialects/openai/Calls.ts"
import { chatCompletions } from "./dialects/openai/ChatCompletions.ts"
import { completions } from "./dialects/openai/Completions.ts"
import { files } from "./dialects/openai/Files.ts"
import { inputTokens } from "./dialects/openai/InputTokens.ts"
import * as OpenAiModels from "./dialects/openai/Models.ts"
import { openAi } from "./dialects/openai/OpenAi.ts"
import { responses, type ResponseServices } from "./dialects/openai/Responses.ts"
import { storedResponses } from "./dialects/openai/StoredResponses.ts"
import type { Route } from "./http/Routes.ts"
import type { ModelDirectory } from "./models/ModelDirectory.ts"
import type { CurrentSettings } from "./operations/CurrentSettings.ts"
import { page } from "./page/Page.ts"

/** Every route of the gateway. The last route of a path takes the requests that no dialect claims. */
export const routes: ReadonlyArray<
  Route<Access | IssuerFetch | Models | ModelDirectory | ResponseServices | ObjectServices | AdminApp | CurrentSettings>
> = [
  ...adminRoutes,
  ...loginRoutes,
  ...messages,
  ...AnthropicCounts.countTokens,
  ...hello,
  ...AnthropicModels.models,
  ...notServed,
  ...generateContent,
  ...GoogleCounts.countTokens,
  ...GoogleEmbed.embed,
  ...GoogleModels.models,
  ...chat,
  ...OllamaEmbed.embed,
  ...OllamaModels.models,
  ...generate,
  ...NeutralModels.models,
  ...chatCompletions,
  ...completions,
  ...inputTokens,
  ...responses,
  ...storedResponses,
  ...calls,
  ...files,
  ...batches,
  ...rerank,
  ...OpenAiModels.models,
  ...page
]

/** The dialects that may word the error for an unknown path. */
export const dialects: Dialects = [openAi, anthropic, google, ollama, neutral]
