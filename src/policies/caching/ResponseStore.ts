import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Persistable from "effect/persistence/Persistable"
import { Persistence, type PersistenceStore } from "effect/persistence/Persistence"
import * as PrimaryKey from "effect/PrimaryKey"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { currentSteadyMillis } from "../../domain/SteadyClock.ts"
import { record } from "../Decision.ts"

/** How long a store that did not respond in time is left alone. */
const pauseMillis = 1000

/** Writes that may wait for a slow store at once; later ones are dropped. */
const mostWrites = 256

/** Entries that are used again: to make the codec of a new one takes ten times as long as to read with it. */
const mostEntries = 1000

/** What is under a key. It may be kept for another time with each write. */
class Entry implements Persistable.Persistable<Schema.String, Schema.Never> {
  readonly #key: string
  timeToLive = Duration.zero
  readonly [Persistable.symbol] = { success: Schema.String, error: Schema.Never }

  constructor(key: string) {
    this.#key = key
  }

  [PrimaryKey.symbol](): string {
    return this.#key
  }
}

/** Where entries are kept for the calls that use this `Persistence` and this namespace. No access to it ever fails. */
export class ResponseStore {
  readonly #namespace: string
  readonly #persistence: Persistence["Service"]
  #store: PersistenceStore | undefined
  readonly #entries = new Map<string, Entry>()
  /** Reads of a key wait for what is being written under it. */
  readonly #writes = new Map<string, Fiber.Fiber<unknown, unknown>>()
  #pausedUntilMillis = 0

  constructor(persistence: Persistence["Service"], namespace: string) {
    this.#persistence = persistence
    this.#namespace = namespace
  }

  /** The text under a key, unless there is none, or the store is down or slower than `limit`. */
  read(key: string, limit: Duration.Duration): Effect.Effect<string | undefined> {
    const write = this.#writes.get(key)
    const get = Effect.flatMap(this.#opened, (store) => store.get(this.#entry(key)))
    const read = this.#within(limit, write === undefined ? get : Effect.andThen(Fiber.await(write), get))
    return Effect.map(read, (found) =>
      found !== undefined && Exit.isSuccess(found) && typeof found.value === "string" ? found.value : undefined
    )
  }

  /** Begins to write, and does not wait for it. */
  write(
    key: string,
    text: Effect.Effect<string | undefined>,
    timeToLive: Duration.Duration,
    limit: Duration.Duration
  ): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#writes.size >= mostWrites) return record({ type: "store-failed", policy: "ResponseCache" })
      const set = Effect.flatMap(text, (text) =>
        text === undefined
          ? Effect.void
          : this.#within(
              limit,
              Effect.flatMap(this.#opened, (store) => {
                const entry = this.#entry(key)
                entry.timeToLive = timeToLive
                return store.set(entry, Exit.succeed(text))
              })
            )
      )
      return Effect.map(Effect.forkDetach(set, { startImmediately: true }), (fiber) => {
        if (fiber.pollUnsafe() !== undefined) return
        this.#writes.set(key, fiber)
        fiber.addObserver(() => {
          if (this.#writes.get(key) === fiber) this.#writes.delete(key)
        })
      })
    })
  }

  get clear(): Effect.Effect<void> {
    return Effect.ignoreCause(Effect.flatMap(this.#opened, (store) => store.clear))
  }

  /** The entry of a key; those that were used last are kept. */
  #entry(key: string): Entry {
    const entry = this.#entries.get(key) ?? new Entry(key)
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= mostEntries) break
      this.#entries.delete(oldest)
    }
    return entry
  }

  get #opened(): Effect.Effect<PersistenceStore> {
    return Effect.suspend(() => {
      if (this.#store !== undefined) return Effect.succeed(this.#store)
      const storeId = `effect_llm_${this.#namespace}`
      const timeToLive = (_: unknown, entry: Persistable.Any) => (entry instanceof Entry ? entry.timeToLive : 0)
      // The store lives as long as its `Persistence`, by which it is found.
      const opening = Scope.provide(this.#persistence.make({ storeId, timeToLive }), Scope.makeUnsafe())
      return Effect.map(opening, (store) => (this.#store = store))
    })
  }

  /** Stops waiting even for what cannot be interrupted. */
  #within<A, E>(limit: Duration.Duration, access: Effect.Effect<A, E>): Effect.Effect<A | undefined> {
    return Effect.flatMap(currentSteadyMillis, (now) => {
      if (now < this.#pausedUntilMillis) return Effect.undefined
      return Effect.flatMap(Effect.forkDetach(access, { startImmediately: true }), (fiber) => {
        const stop = Effect.sync(() => fiber.interruptUnsafe())
        const done = fiber.pollUnsafe()
        const exit =
          done === undefined
            ? Effect.onInterrupt(Effect.timeoutOption(Fiber.await(fiber), limit), () => stop)
            : Effect.succeed(Option.some(done))
        return Effect.flatMap(exit, (exit) => {
          if (Option.isSome(exit) && Exit.isSuccess(exit.value)) return Effect.succeed(exit.value.value)
          if (Option.isNone(exit)) this.#pausedUntilMillis = now + Duration.toMillis(limit) + pauseMillis
          const failed = record({ type: "store-failed", policy: "ResponseCache" })
          return Effect.as(Effect.andThen(stop, failed), undefined)
        })
      })
    })
  }
}

const stores = new WeakMap<Persistence["Service"], Map<string, ResponseStore>>()

/** The store of a namespace in this `Persistence`. */
export const inNamespace = (namespace: string): Effect.Effect<ResponseStore, never, Persistence> =>
  Effect.map(Persistence, (persistence) => {
    const known = stores.get(persistence) ?? new Map<string, ResponseStore>()
    stores.set(persistence, known)
    const store = known.get(namespace) ?? new ResponseStore(persistence, namespace)
    known.set(namespace, store)
    return store
  })
