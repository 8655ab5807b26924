import * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import type { ChatResponse } from "../../domain/ChatResponse.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { StoredResponses } from "../../protocols/openaiResponses/StoredResponses.ts"
import { poll } from "../../client/Polling.ts"
import type { Provider } from "../Provider.ts"

/**
 * The answers that a server of the Responses API keeps, those that it makes in the background among them (`background`
 * of the `providerOptions`). One that failed is the error that it failed with.
 */
export interface ResponseStore<out R> {
  readonly get: (id: string) => Effect.Effect<ChatResponse, ProviderError, R>
  /** Stops one that is made in the background. */
  readonly cancel: (id: string) => Effect.Effect<ChatResponse, ProviderError, R>
  /**
   * Asks again as the schedule says (after 5 seconds, then less and less often up to once a minute) until the answer is
   * there; a schedule that ends before gives it as it then is. An interrupt does not cancel it.
   */
  readonly wait: (
    id: string,
    schedule?: Schedule.Schedule<unknown, ChatResponse>
  ) => Effect.Effect<ChatResponse, ProviderError, R>
}

/** What stands in errors in the place of a model. */
const subject = "responses"

const running = new Set(["queued", "in_progress"])

/** Makes the store of a provider. */
export const make = <Self>(provider: Effect.Effect<Provider, ProviderError, Self>): ResponseStore<Self> => {
  const ask = (what: keyof typeof StoredResponses, name: string) =>
    Effect.gen(function* () {
      const { ask, id } = yield* provider
      if (ask === undefined) return yield* Effect.die(`the service of ${id} answers chats only`)
      const { StoredResponses } = yield* Effect.promise(
        () => import("../../protocols/openaiResponses/StoredResponses.ts")
      )
      const { attempts, rateLimits, requestId, timings, value } = yield* ask(StoredResponses[what], subject, {
        id: name
      })
      return value.with({ attempts, rateLimits, requestId, timings })
    })
  const get = (id: string) => ask("get", id)
  return {
    get,
    cancel: (id) => ask("cancel", id),
    wait: (id, schedule) => poll(get(id), ({ rawFinishReason = "" }) => running.has(rawFinishReason), schedule)
  }
}
