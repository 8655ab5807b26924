import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Redis from "effect/persistence/Redis"
import type * as Scope from "effect/Scope"
import type { SqlClient } from "effect/sql/SqlClient"

/** Texts that reach every process that uses the same store, as long as it listens: nothing is kept for later. */
export class Channel extends Context.Service<
  Channel,
  {
    readonly publish: (text: string) => Effect.Effect<void, unknown>
    /** Runs for each text, its own too; fails when the connection does. */
    readonly listen: (listener: (text: string) => void) => Effect.Effect<never, unknown, Scope.Scope>
    /** Whether the store responds. */
    readonly isReady: Effect.Effect<boolean>
  }
>()("effect-llm-gateway/settings/Channel") {}

/** How long a store may take to say that it is there. */
const timeout = "2 seconds"

const responds = (effect: Effect.Effect<unknown, unknown>): Effect.Effect<boolean> =>
  effect.pipe(Effect.timeout(timeout), Effect.match({ onFailure: () => false, onSuccess: () => true }))

/** A channel of a Redis. */
export const layerRedis = (name: string): Layer.Layer<Channel, never, Redis.Redis> =>
  Layer.effect(
    Channel,
    Effect.map(Redis.Redis, (redis) => ({
      publish: (text) => Effect.asVoid(redis.send("PUBLISH", name, text)),
      listen: Effect.fnUntraced(function* (listener) {
        const messages = yield* redis.subscribe(name)
        return yield* Effect.forever(Effect.map(Queue.take(messages), ({ message }) => listener(message)))
      }),
      isReady: responds(redis.send("PING"))
    }))
  )

/** What is used of a `PgClient`: its own type would make types need a package that few have. */
interface Postgres extends SqlClient {
  readonly notify: (channel: string, payload: string) => Effect.Effect<void, unknown>
  readonly listen: (
    channel: string
  ) => Effect.Effect<Queue.Dequeue<{ readonly payload: string }, unknown>, unknown, Scope.Scope>
}

/** A channel of a Postgres. */
export const ofPostgres = (sql: Postgres): Channel["Service"] => ({
  publish: (text) => (Buffer.byteLength(text) > mostPostgresBytes ? Effect.void : sql.notify(postgresChannel, text)),
  listen: Effect.fnUntraced(function* (listener) {
    const messages = yield* sql.listen(postgresChannel)
    return yield* Effect.forever(Effect.map(Queue.take(messages), ({ payload }) => listener(payload)))
  }),
  isReady: responds(sql`SELECT 1`)
})

const postgresChannel = "effect_llm"

/** A longer notification is an error. */
const mostPostgresBytes = 7999
