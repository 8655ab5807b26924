import { assert, describe, it } from "@effect/vitest"
import { NodeRedis } from "@effect/platform-node"
import { Effect, Layer, Logger, Result } from "effect"
import { Redis } from "effect/persistence"
import { SqlClient } from "effect/sql"
import { hasPostgres, hasRedis, ownRedis, postgresLayer, redisLayer } from "./services.ts"

describe.skipIf(!hasRedis)("redis", () => {
  it.live("keeps what is set", () =>
    Effect.gen(function* () {
      const redis = yield* Redis.Redis
      yield* redis.send("SET", "services:a", "1")
      assert.strictEqual(yield* redis.send("GET", "services:a"), "1")
    }).pipe(Effect.provide(redisLayer))
  )

  it.live("can be stopped by the test that owns it", () =>
    Effect.gen(function* () {
      const server = yield* ownRedis
      yield* Effect.promise(() => server.stop())
      const connected = yield* Effect.result(Effect.scoped(Layer.build(NodeRedis.layer({ url: server.url }))))
      assert.isTrue(Result.isFailure(connected))
    }).pipe(Effect.scoped, Effect.provide(Logger.layer([])))
  )
})

describe.skipIf(!hasPostgres)("postgres", () => {
  it.live("runs a query", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const rows = yield* sql<{ readonly one: number }>`SELECT 1 AS one`
      assert.deepStrictEqual(rows, [{ one: 1 }])
    }).pipe(Effect.provide(postgresLayer))
  )
})
