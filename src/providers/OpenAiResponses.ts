import * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import { poll } from "../client/stores/Polling.ts"
import { callsBy } from "../client/Provider.ts"
import type { ChatResponse } from "../domain/ChatResponse.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { ExchangeOf } from "../protocols/Protocol.ts"
import type { ResponseName, StoredResponse, StoredResponses } from "../protocols/openaiResponses/Response.ts"
import { OpenAi } from "./OpenAi.ts"
import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * The responses stored by a server of the Responses API, including those made in the background (`providerOptions: {
 * openai: { background: true } }`). A failed response is the error it failed with.
 *
 * @since 0.1.0
 * @category models
 */
export interface ResponseStore<out R> {
  readonly get: (id: string) => Effect.Effect<ChatResponse, ProviderError, R>
  /** Stops a background response. */
  readonly cancel: (id: string) => Effect.Effect<ChatResponse, ProviderError, R>
  /**
   * Polls until the response is complete: by default after 5 seconds, then ever less often, up to once a minute. If
   * the schedule ends first, returns the response as it is then. An interrupt does not cancel the response.
   */
  readonly wait: (
    id: string,
    schedule?: Schedule.Schedule<unknown, ChatResponse>
  ) => Effect.Effect<ChatResponse, ProviderError, R>
}

/** The subject of errors, in place of a model. */
const subject = "responses"

const runningStates = new Set(["queued", "in_progress"])

const responseStore = <Self>(provider: Effect.Effect<Provider.Provider, ProviderError, Self>): ResponseStore<Self> => {
  const call = (method: keyof typeof StoredResponses, id: string) =>
    Effect.gen(function* () {
      const service = yield* provider
      const { StoredResponses } = yield* Effect.promise(() => import("../protocols/openaiResponses/Response.ts"))
      const { attempts, rateLimits, requestId, timings, value } = yield* callsBy<
        ExchangeOf<ResponseName, StoredResponse>
      >(service, StoredResponses[method]).generate(subject, { id })
      return value.with({ attempts, rateLimits, requestId, timings })
    })
  const get = (id: string) => call("get", id)
  return {
    get,
    cancel: (id) => call("cancel", id),
    wait: (id, schedule) => poll(get(id), ({ rawFinishReason = "" }) => runningStates.has(rawFinishReason), schedule)
  }
}

/**
 * OpenAI, through the Responses API, which keeps reasoning across turns and has tools of its own.
 *
 * ```ts
 * const model = OpenAiResponses.model("gpt-6.1-sol")
 * ```
 *
 * Settings: those of `OpenAi`: `OPENAI_API_KEY`, `OPENAI_BASE_URL`.
 *
 * Embeddings, images and speech are with `OpenAi`.
 *
 * @see https://platform.openai.com/docs/guides/migrate-to-responses
 * @since 0.1.0
 * @category providers
 */
export class OpenAiResponses extends Provider.Service<OpenAiResponses>()({
  id: "openai-responses",
  rows: "openai",
  settingPrefix: "OPENAI",
  capabilities: { files: Protocols.openAiFiles, batches: Protocols.openAiBatches },
  protocol: Protocols.openAiResponses,
  baseUrl: "https://api.openai.com/v1",
  settings: OpenAi.definition.settings
}) {
  /** The responses stored at OpenAI, including those made in the background (`background: true`). */
  static readonly responses: ResponseStore<OpenAiResponses> = responseStore(OpenAiResponses)
}
