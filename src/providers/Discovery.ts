/**
 * What providers say of themselves: which models they have, and whether they respond.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Mistral } from "effect-llm"
 * import * as Discovery from "effect-llm/providers/Discovery"
 *
 * const program = Effect.gen(function* () {
 *   const discovery = yield* Discovery.make()
 *   const { from, models } = yield* discovery.models(yield* Mistral)
 *   return `${models.length} models, from the ${from}`
 * })
 * ```
 *
 * A provider that has no list, or does not respond, has the models that the catalog knows.
 *
 * @since 0.1.0
 */
import * as Cache from "effect/Cache"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import { load as loadCatalog } from "../catalog/EmbeddedCatalog.ts"
import * as Credentials from "../client/Credentials.ts"
import type { Provider } from "../client/Provider.ts"
import { TimeoutError } from "../domain/ChatResponse.ts"
import type { ModelInfo } from "../domain/ModelInfo.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { HealthOptions, ProviderHealth, ProviderModels } from "./registry/RegistryShape.ts"

/**
 * Asks providers for their models and their health. `catalog` is the name of the provider in the catalog, where it is not the
 * provider's id; `refresh` bypasses the cache.
 *
 * @since 0.1.0
 * @category models
 */
export interface Discovery {
  readonly models: (
    provider: Pick<Provider, "id" | "models">,
    options?: { readonly refresh?: boolean | undefined; readonly catalog?: string | undefined }
  ) => Effect.Effect<ProviderModels>
  readonly health: (provider: Provider, options?: HealthOptions) => Effect.Effect<ProviderHealth>
}

interface Listed {
  readonly models: ReadonlyArray<ModelInfo>
  readonly asOf: DateTime.Utc
}

/**
 * Caches lists of models for `ttl`, 15 minutes by default; failures are not cached.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function* ({
  ttl: time = "15 minutes"
}: { readonly ttl?: Duration.Input | undefined } = {}): Effect.fn.Return<Discovery> {
  const ttl = Duration.fromInputUnsafe(time)
  const lists = yield* Cache.makeWith(list, {
    capacity: 1000,
    timeToLive: (exit) => (Exit.isSuccess(exit) ? ttl : Duration.zero)
  })

  const returned = new WeakSet<Listed>()
  const models: Discovery["models"] = Effect.fnUntraced(function* (
    provider,
    { catalog = provider.id, refresh = false } = {}
  ) {
    // A list that was obtained with the key of one call is not for others.
    const isOwn = (yield* Credentials.current(provider.id)) !== undefined
    const listed = isOwn ? list(provider) : refresh ? Cache.refresh(lists, provider) : Cache.get(lists, provider)
    const result = yield* Effect.result(listed)
    if (Result.isFailure(result)) return { ...(yield* embedded(provider.id, catalog)), error: result.failure }
    if (result.success === undefined) return yield* embedded(provider.id, catalog)
    const { asOf, models } = result.success
    const from = returned.has(result.success) ? "cache" : "provider"
    returned.add(result.success)
    return { provider: provider.id, models, from, asOf: DateTime.formatIso(asOf) }
  })

  return { models, health }
})

const list = (provider: Pick<Provider, "id" | "models">): Effect.Effect<Listed | undefined, ProviderError> =>
  provider.models === undefined
    ? Effect.undefined
    : Effect.zipWith(provider.models, DateTime.now, (models, asOf) => ({ models, asOf }))

/** The provider's models in the catalog of this package. */
const embedded = (provider: string, catalog: string): Effect.Effect<ProviderModels> =>
  Effect.map(loadCatalog, ({ asOf, of }) => ({
    provider,
    models: of(catalog).map((entry) => {
      const { capabilities, contextWindow, id, maxOutputTokens, name } = entry.load()
      return { id, name, contextWindow, maxOutputTokens, capabilities }
    }),
    from: "catalog" as const,
    asOf
  }))

const health: Discovery["health"] = Effect.fnUntraced(function* (provider, { timeout = "10 seconds" } = {}) {
  const { check, id } = provider
  if (check === undefined) return { provider: id, state: "unknown" as const }
  const limit = Duration.fromInputUnsafe(timeout)
  const late = new TimeoutError({ provider: id, phase: "total", duration: limit })
  const timed = Effect.timeoutOrElse(check, { duration: limit, orElse: () => Effect.fail(late) })
  const [latency, result] = yield* Effect.timed(Effect.result(timed))
  return Result.isSuccess(result)
    ? { provider: id, state: "up" as const, latency }
    : { provider: id, state: "down" as const, latency, error: result.failure }
})
