/**
 * Which conversations belong to which deployment, shared between processes: where groups look up which deployment served a
 * session, and which account encrypted a piece of reasoning.
 *
 * ```ts
 * import { Context, Effect } from "effect"
 * import * as Affinity from "effect-llm/router/Affinity"
 *
 * export const shared = Effect.map(Affinity.persisted("conversations"), (affinity) =>
 *   Context.make(Affinity.CurrentPins, affinity).pipe(Context.add(Affinity.CurrentOrigins, affinity))
 * )
 * ```
 *
 * Calls never wait for a write, and only briefly for a read: what cannot be looked up in time is unknown.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as BackingPersistence from "effect/persistence/Persistence"
import type * as Scope from "effect/Scope"

/**
 * A lookup by key. `note` returns at once; its value may be forgotten after `ttlMillis`, or when there is no room.
 *
 * @since 0.1.0
 * @category models
 */
export interface Affinity {
  readonly find: (key: string) => Effect.Effect<string | undefined>
  readonly note: (key: string, value: string, ttlMillis: number) => void
}

/**
 * Remembers up to `capacity` values in this process, and forgets the oldest first.
 *
 * @since 0.1.0
 * @category constructors
 */
export const memory = (capacity = 50_000): Affinity => {
  const known = new Map<string, string>()
  return {
    find: (key) => Effect.sync(() => known.get(key)),
    note: (key, value) => {
      known.delete(key)
      known.set(key, value)
      const [oldest] = known.size > capacity ? known.keys() : []
      if (oldest !== undefined) known.delete(oldest)
    }
  }
}

/**
 * The account that encrypted a piece of reasoning, which no other can read; in the memory of the process by default.
 *
 * @since 0.1.0
 * @category references
 */
export const CurrentOrigins: Context.Reference<Affinity> = Context.Reference<Affinity>(
  "effect-llm/router/Affinity/CurrentOrigins",
  { defaultValue: () => memory() }
)

/**
 * The deployment that a session or a prompt is pinned to, for all processes; by default each group knows its own.
 *
 * @since 0.1.0
 * @category references
 */
export const CurrentPins: Context.Reference<Affinity | undefined> = Context.Reference<Affinity | undefined>(
  "effect-llm/router/Affinity/CurrentPins",
  { defaultValue: () => undefined }
)

/** How long a call waits for a store. */
const patience = Duration.millis(250)

/** How many values may wait to be written. */
const mostPending = 10_000

/** How many values are written at once. */
const batch = 200

/**
 * Remembers values in one of Effect's stores (Redis, SQL, files), written in the background until the scope is closed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const persisted = Effect.fnUntraced(function* (
  storeId: string
): Effect.fn.Return<Affinity, never, BackingPersistence.BackingPersistence | Scope.Scope> {
  const store = yield* (yield* BackingPersistence.BackingPersistence).make(storeId)
  const pending = new Map<string, readonly [value: string, ttlMillis: number]>()
  const isNeeded = Latch.makeUnsafe(false)

  const write = Effect.suspend(() => {
    const [first, ...others] = [...pending].slice(0, batch)
    if (first === undefined) return Effect.void
    const entry = ([key, [value, ttlMillis]]: typeof first) => [key, { value }, Duration.millis(ttlMillis)] as const
    return Effect.andThen(
      store.setMany([entry(first), ...others.map(entry)]),
      Effect.sync(() => {
        for (const [key, noted] of [first, ...others]) if (pending.get(key) === noted) pending.delete(key)
      })
    )
  })
  const writeAll = Effect.repeat(write, { while: () => pending.size > 0 })
  yield* Effect.addFinalizer(() => Effect.ignore(Effect.timeout(writeAll, "1 second")))
  yield* isNeeded.await.pipe(
    Effect.andThen(Effect.sync(() => isNeeded.closeUnsafe())),
    // A failed write is retried with the next one, or after a second.
    Effect.andThen(Effect.catch(writeAll, () => Effect.andThen(Effect.sleep("1 second"), isNeeded.open))),
    Effect.forever,
    Effect.forkScoped
  )

  return {
    find: (key) =>
      Effect.suspend(() => {
        const noted = pending.get(key)
        if (noted !== undefined) return Effect.succeed(noted[0])
        const found = Effect.timeoutOrElse(store.get(key), { duration: patience, orElse: () => Effect.undefined })
        return Effect.match(found, {
          onFailure: () => undefined,
          onSuccess: (entry) =>
            entry !== undefined && "value" in entry && typeof entry.value === "string" ? entry.value : undefined
        })
      }),
    note: (key, value, ttlMillis) => {
      pending.delete(key)
      pending.set(key, [value, ttlMillis])
      const [oldest] = pending.size > mostPending ? pending.keys() : []
      if (oldest !== undefined) pending.delete(oldest)
      isNeeded.openUnsafe()
    }
  }
})

/**
 * Caches what was noted or found, for values that never change.
 *
 * @since 0.1.0
 * @category combinators
 */
export const remembered = (affinity: Affinity, capacity?: number): Affinity => {
  const known = memory(capacity)
  return {
    find: (key) =>
      Effect.flatMap(known.find(key), (value) =>
        value !== undefined
          ? Effect.succeed(value)
          : Effect.tap(affinity.find(key), (value) =>
              Effect.sync(() => {
                if (value !== undefined) known.note(key, value, 0)
              })
            )
      ),
    note: (key, value, ttlMillis) => {
      known.note(key, value, ttlMillis)
      affinity.note(key, value, ttlMillis)
    }
  }
}
