/**
 * Keeps responses, and gives them again to calls that ask for exactly the same.
 *
 * ```ts
 * import { OpenAi } from "effect-llm"
 * import * as ResponseCache from "effect-llm/policies/ResponseCache"
 *
 * const model = OpenAi.model("gpt-5.4-mini").pipe(ResponseCache.make({ ttl: "1 hour", tenant: "docs-team" }))
 * ```
 *
 * Where responses are kept is up to the `Persistence` that is provided: `ResponseCache.layerMemory`, or files, Redis or SQL by
 * the layers of `effect/persistence/Persistence`.
 *
 * The gotcha: the key holds the request, the tenant, the server and account of every provider that the call is provided with,
 * and the model as far as it tells (its `id`, `withCredentials`, `withDefaults`). It cannot see what `mapRequest` does *within*
 * the cached model, or a layer that is provided there: put `mapRequest` around the cache, and give each such model a
 * `namespace` of its own.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Persistence from "effect/persistence/Persistence"
import * as Stream from "effect/Stream"
import type { CallResponse } from "../domain/CallResponse.ts"
import type { Capability } from "../domain/Capability.ts"
import { currentSteadyMillis } from "../domain/SteadyClock.ts"
import { type Model, streamOf, wrap } from "../model/Model.ts"
import { provideReference, type Target } from "../model/Target.ts"
import { unwrap } from "../model/PullStream.ts"
import * as BoundedMemory from "./caching/BoundedMemory.ts"
import { type Codec, codecOf, keep, observed, timeLeft } from "./caching/CachedCall.ts"
import * as CallKey from "./caching/CallKey.ts"
import { type Tenant, tenantOf } from "./caching/Tenant.ts"
import { type Control, CurrentControl } from "./caching/Control.ts"
import { inNamespace } from "./caching/ResponseStore.ts"
import { cachedCost, fromCache } from "./caching/Reused.ts"
import { record } from "./Decision.ts"
import type { Policy } from "./Policy.ts"

export { type Control, CurrentControl } from "./caching/Control.ts"

/**
 * Options of a cache.
 *
 * - `ttl`: how long a response may be reused.
 * - `tenant`: who may see whose responses. Calls of different tenants never share one.
 * - `namespace`: a name in the store, `responses` by default: letters, digits and `_`. `clear` empties one.
 * - `isReusable`: leaves out further responses. Never kept are those that failed or were cut, that their reader left, that
 *   hit a limit (`length`), were filtered or refused, are empty, or link to media that expire.
 * - `maxEntryBytes`: the longest response that is kept, in characters of JSON. Default 1 MiB.
 * - `storeTimeout`: how long a call waits for the store, which counts as a miss. Default 250 ms. Nothing waits for writes,
 *   and a store that was too slow is left alone for a second.
 *
 * @since 0.1.0
 * @category models
 */
export interface CacheOptions {
  readonly ttl: Duration.Input
  readonly tenant: Tenant
  readonly namespace?: string | undefined
  readonly isReusable?: ((response: CallResponse) => boolean) | undefined
  readonly maxEntryBytes?: number | undefined
  readonly storeTimeout?: Duration.Input | undefined
}

/**
 * Makes a policy that keeps responses, of whole calls and of streams alike: what one has kept, the other gives. A stream
 * that is kept is passed on as it comes; what is in the cache is replayed at once.
 *
 * A response out of the cache has `cached`, with the time when it was made, also on `response-start` and `finish` of a
 * stream. Its `cost` is zero, flagged `Cached`; its `usage` is that of the call that made it; `timings` and `attempts`
 * are its own. A store that is down, slow or corrupt is a miss, and recorded as a `store-failed` decision.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make =
  (options: CacheOptions): Policy<never, Persistence.Persistence> =>
  <C extends Capability, E, R>(self: Model<C, E, R>): Model<C, E, R | Persistence.Persistence> => {
    const look = lookIn(self, options)
    const stream = streamOf(self)
    return wrap<C, E, R | Persistence.Persistence>(self, {
      generate: (request) =>
        Effect.flatMap(look(request), ({ hit, keep }) =>
          hit !== undefined
            ? Effect.succeed(hit)
            : keep === undefined
              ? self.generate(request)
              : Effect.tap(self.generate(request), keep)
        ),
      stream:
        stream &&
        ((request, streaming) =>
          unwrap(
            Effect.map(look(request), ({ hit, keep }) => {
              const events = hit === undefined ? undefined : streaming.unfold?.(hit)
              if (events !== undefined) return Stream.fromArray(events)
              return keep === undefined ? stream(request) : observed(stream(request), streaming, keep)
            })
          ))
    })
  }

/** What the cache has for a call, and where its response goes if it has nothing; neither for a call that is not cached. */
interface Found<C extends Capability> {
  readonly hit?: C["Response"] | undefined
  readonly keep?: ((response: C["Response"]) => Effect.Effect<void>) | undefined
}

const lookIn = <C extends Capability, E, R>(model: Model<C, E, R>, options: CacheOptions) => {
  const { isReusable, maxEntryBytes = 1 << 20, namespace = "responses" } = options
  const ttl = Duration.fromInputUnsafe(options.ttl)
  const storeTimeout = Duration.fromInputUnsafe(options.storeTimeout ?? "250 millis")
  let codec: Codec<C> | undefined

  return Effect.fnUntraced(function* (
    request: C["Request"]
  ): Effect.fn.Return<Found<C>, never, Persistence.Persistence> {
    const { caching } = model.kind
    const control = yield* CurrentControl
    if (caching === undefined || control.mode === "no-store") return {}
    const startedAtMillis = yield* currentSteadyMillis
    const tenant = yield* tenantOf(options.tenant, { model, request })
    const key = yield* CallKey.make({ model, request, tenant })
    if (key === undefined) return {}
    const codecNow = (codec ??= codecOf<C>(caching))
    const store = yield* inNamespace(control.namespace ?? namespace)
    const timeToLive = control.ttl === undefined ? ttl : Duration.fromInputUnsafe(control.ttl)
    if (control.mode !== "refresh") {
      const text = yield* store.read(key, storeTimeout)
      const kept = text === undefined ? undefined : yield* codecNow.decode(text)
      const now = yield* Clock.currentTimeMillis
      if (text !== undefined && kept === undefined) yield* record({ type: "store-failed", policy: "ResponseCache" })
      if (kept !== undefined && timeLeft(kept.at, timeToLive, now) > 0) {
        yield* record({ type: "cache-hit", model: model.id })
        const reuse = { model: model.id, cost: cachedCost, millis: (yield* currentSteadyMillis) - startedAtMillis }
        return { hit: fromCache(kept.response, { at: kept.at }, reuse) }
      }
    }
    yield* record({ type: "cache-miss", model: model.id })
    const place = { store, key, timeToLive, storeTimeout, maxEntryBytes }
    return {
      keep: (response) =>
        caching.isReusable?.(response) === false || isReusable?.(response) === false
          ? Effect.void
          : keep<C>(response, codecNow, place)
    }
  })
}

/**
 * Changes how caches treat every call within an effect or a stream, or every call of a model that has a cache:
 *
 * ```ts fragment
 * model.generate("What time is it?").pipe(ResponseCache.control({ mode: "no-store" }))
 * ```
 *
 * The innermost of several counts.
 *
 * @since 0.1.0
 * @category combinators
 */
export const control =
  (control: Control) =>
  <T extends Target>(self: T): T =>
    provideReference(self, CurrentControl, control)

/**
 * Forgets every response in a namespace (`responses` by default), of all tenants. Does nothing where the store is down.
 *
 * @since 0.1.0
 * @category combinators
 */
export const clear = (namespace: string = "responses"): Effect.Effect<void, never, Persistence.Persistence> =>
  Effect.flatMap(inNamespace(namespace), (store) => store.clear)

/**
 * A `Persistence` in memory that never grows beyond `capacity` entries (1,000 by default) or `bytes` (64 MiB by default),
 * over all namespaces: what was used least recently is forgotten first. `Persistence.layerMemory` has no bound.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory = ({
  bytes = 64 << 20,
  capacity = 1000
}: {
  readonly capacity?: number | undefined
  readonly bytes?: number | undefined
} = {}): Layer.Layer<Persistence.Persistence> =>
  Layer.provide(Persistence.layer, BoundedMemory.layer({ capacity, bytes }))
