import * as Cache from "effect/Cache"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import { load as loadCatalog } from "../../catalog/EmbeddedCatalog.ts"
import { TimeoutError } from "../../domain/errors/TimeoutError.ts"
import type { ModelInfo } from "../../domain/ModelInfo.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import * as Credentials from "../../client/Credentials.ts"
import type { Provider } from "../Provider.ts"
import type { HealthOptions, ProviderHealth, ProviderModels } from "./RegistryShape.ts"

/** What can be found out about configured providers. */
export interface Discovery {
  readonly models: (provider: Provider, options: { readonly refresh: boolean }) => Effect.Effect<ProviderModels>
  readonly health: (provider: Provider, options: HealthOptions) => Effect.Effect<ProviderHealth>
}

interface Listed {
  readonly models: ReadonlyArray<ModelInfo>
  readonly asOf: DateTime.Utc
}

/** Answers of providers are kept for `keep`; failures are not. */
export const make = Effect.fnUntraced(function* (keep: Duration.Duration): Effect.fn.Return<Discovery> {
  const lists = yield* Cache.makeWith(list, {
    capacity: 1000,
    timeToLive: (exit) => (Exit.isSuccess(exit) ? keep : Duration.zero)
  })

  const told = new WeakSet<Listed>()
  const models: Discovery["models"] = Effect.fnUntraced(function* (provider, { refresh }) {
    // What a provider lists for a key of one call is not for others.
    const isOwn = (yield* Credentials.current(provider.id)) !== undefined
    const listed = isOwn ? list(provider) : refresh ? Cache.refresh(lists, provider) : Cache.get(lists, provider)
    const result = yield* Effect.result(listed)
    if (Result.isFailure(result)) return { ...(yield* embedded(provider.id)), error: result.failure }
    if (result.success === undefined) return yield* embedded(provider.id)
    const { asOf, models } = result.success
    const from = told.has(result.success) ? "cache" : "provider"
    told.add(result.success)
    return { provider: provider.id, models, from, asOf: DateTime.formatIso(asOf) }
  })

  return { models, health }
})

const list = (provider: Provider): Effect.Effect<Listed | undefined, ProviderError> =>
  provider.models === undefined
    ? Effect.undefined
    : Effect.zipWith(provider.models, DateTime.now, (models, asOf) => ({ models, asOf }))

/** What this package knows of the provider's models. */
const embedded = (provider: string): Effect.Effect<ProviderModels> =>
  Effect.map(loadCatalog, ({ asOf, entries }) => ({
    provider,
    models: entries.flatMap((entry) => {
      if (entry.provider !== provider) return []
      const { capabilities, contextWindow, id, maxOutputTokens, name } = entry.load()
      return [{ id, name, contextWindow, maxOutputTokens, capabilities }]
    }),
    from: "catalog" as const,
    asOf
  }))

const health: Discovery["health"] = Effect.fnUntraced(function* (provider, { timeout = "10 seconds" }) {
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
