import * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import type { ChatResponse } from "../../domain/ChatResponse.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { ResponseName, StoredResponse, StoredResponses } from "../../protocols/openaiResponses/Response.ts"
import { poll } from "../../client/Polling.ts"
import type { ExchangeOf } from "../../protocols/Protocol.ts"
import { callsBy, type Provider } from "../../client/Provider.ts"

/**
 * The responses stored by a server of the Responses API, including those made in the background (`providerOptions: {
 * openai: { background: true } }`). A failed response is the error it failed with.
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

/** Stands for the model in errors. */
const subject = "responses"

const running = new Set(["queued", "in_progress"])

export const make = <Self>(provider: Effect.Effect<Provider, ProviderError, Self>): ResponseStore<Self> => {
  const ask = (what: keyof typeof StoredResponses, name: string) =>
    Effect.gen(function* () {
      const service = yield* provider
      const { StoredResponses } = yield* Effect.promise(() => import("../../protocols/openaiResponses/Response.ts"))
      const { attempts, rateLimits, requestId, timings, value } = yield* callsBy<
        ExchangeOf<ResponseName, StoredResponse>
      >(service, StoredResponses[what]).generate(subject, { id: name })
      return value.with({ attempts, rateLimits, requestId, timings })
    })
  const get = (id: string) => ask("get", id)
  return {
    get,
    cancel: (id) => ask("cancel", id),
    wait: (id, schedule) => poll(get(id), ({ rawFinishReason = "" }) => running.has(rawFinishReason), schedule)
  }
}
