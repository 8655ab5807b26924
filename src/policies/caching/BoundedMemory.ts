import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BackingPersistence, type BackingPersistenceStore } from "effect/persistence/Persistence"
import { steadyMillis } from "../../domain/SteadyClock.ts"

/** How much is kept, over all stores. */
export interface Bounds {
  readonly capacity: number
  readonly bytes: number
}

interface Kept {
  readonly value: object
  readonly bytes: number
  readonly expiresAtMillis: number
}

/** Keeps what was used last. A `Map` holds the order of use: what is read goes to its end. */
class RecentlyUsed {
  readonly #bounds: Bounds
  readonly #kept = new Map<string, Kept>()
  #bytes = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  get(key: string, now: number): object | undefined {
    const found = this.#kept.get(key)
    if (found === undefined) return undefined
    this.#kept.delete(key)
    if (found.expiresAtMillis > now) {
      this.#kept.set(key, found)
      return found.value
    }
    this.#bytes -= found.bytes
    return undefined
  }

  set(key: string, value: object, expiresAtMillis: number): void {
    this.remove(key)
    const bytes = 2 * (key.length + charactersOf(value))
    if (bytes > this.#bounds.bytes) return
    this.#kept.set(key, { value, bytes, expiresAtMillis })
    this.#bytes += bytes
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#bounds.capacity && this.#bytes <= this.#bounds.bytes) return
      this.remove(oldest)
    }
  }

  remove(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0
    this.#kept.delete(key)
  }

  clear(prefix: string): void {
    for (const key of this.#kept.keys()) if (key.startsWith(prefix)) this.remove(key)
  }
}

/** About how long a value is in JSON. */
const charactersOf = (value: unknown): number => {
  if (typeof value === "string") return value.length
  if (typeof value !== "object" || value === null) return 8
  return Object.entries(value).reduce((sum, [key, item]) => sum + key.length + charactersOf(item), 0)
}

/** Keeps values in memory, within bounds. */
export const layer = (bounds: Bounds): Layer.Layer<BackingPersistence> =>
  Layer.sync(BackingPersistence, () => {
    const kept = new RecentlyUsed(bounds)
    return BackingPersistence.of({
      make: (storeId) =>
        Effect.map(Clock.Clock, (clock): BackingPersistenceStore => {
          const prefix = `${storeId}\0`
          const get = (key: string) => kept.get(prefix + key, steadyMillis(clock))
          const set = (key: string, value: object, ttl: Duration.Duration | undefined) =>
            kept.set(prefix + key, value, ttl ? steadyMillis(clock) + Duration.toMillis(ttl) : Infinity)
          return {
            get: (key) => Effect.sync(() => get(key)),
            getMany: ([first, ...keys]) => Effect.sync(() => [get(first), ...keys.map(get)]),
            set: (key, value, ttl) => Effect.sync(() => set(key, value, ttl)),
            setMany: (entries) =>
              Effect.sync(() => {
                for (const [key, value, ttl] of entries) set(key, value, ttl)
              }),
            remove: (key) => Effect.sync(() => kept.remove(prefix + key)),
            clear: Effect.sync(() => kept.clear(prefix))
          }
        })
    })
  })
