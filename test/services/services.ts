/**
 * Redis and Postgres for tests of what is shared between processes. Where one is not installed, the tests that need it skip:
 *
 *     describe.skipIf(!hasRedis)("shared through Redis", ...)
 */
import { NodeRedis } from "@effect/platform-node"
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Redacted } from "effect"
import type { Redis } from "effect/persistence"
import type { SqlClient } from "effect/sql"
import { inject } from "vitest"
import { type Server, startRedis } from "./servers.ts"

export const hasRedis = inject("hasRedis")
export const hasPostgres = inject("hasPostgres")
if (!hasRedis) console.warn("redis-server is not installed: tests that need it skip")
if (!hasPostgres) console.warn("postgres is not installed: tests that need it skip")

const urlOf = (service: "redis" | "postgres"): Effect.Effect<string> =>
  Effect.promise(async () => {
    const response = await fetch(`${inject("services")}/${service}`)
    if (!response.ok) throw new Error(await response.text())
    return response.text()
  })

/** The Redis that all tests share: give keys a prefix of their own. */
export const redisUrl = urlOf("redis")
export const redisLayer: Layer.Layer<Redis.Redis> = Layer.unwrap(
  Effect.map(redisUrl, (url) => Layer.orDie(NodeRedis.layer({ url })))
)

/** The Postgres that all tests share: give tables a prefix of their own. */
export const postgresUrl = urlOf("postgres")
export const postgresLayer: Layer.Layer<SqlClient.SqlClient> = Layer.unwrap(
  Effect.map(postgresUrl, (url) => Layer.orDie(PgClient.layer({ url: Redacted.make(url) })))
)

/** A Redis of the test's own, which it may stop. */
export const ownRedis = Effect.acquireRelease(
  Effect.promise(() => startRedis()),
  (server: Server) => Effect.promise(() => server.stop())
)
