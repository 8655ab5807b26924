/** Responses that are kept in memory, files, Redis, SQLite and Postgres, and stores that fail. */
import { NodeFileSystem, NodePath, NodeRedis } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, FileSystem, Layer, Logger, Scope } from "effect"
import { KeyValueStore, Persistence } from "effect/persistence"
import type { Capability } from "../../../src/domain/Capability.ts"
import * as NodeSqlite from "../../../src/integrations/NodeSqlite.ts"
import * as ResponseCache from "../../../src/policies/ResponseCache.ts"
import { hasPostgres, hasRedis, ownRedis, postgresLayer, redisLayer } from "../../services/services.ts"
import { startRedis } from "../../services/servers.ts"
import { answers, type Call, type CallRecord, mapCalls, scripted } from "../capabilities.ts"

const files = Layer.unwrap(
  Effect.map(
    Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped()),
    (directory) => Layer.provide(Persistence.layerKvs, KeyValueStore.layerFileSystem(directory))
  )
).pipe(Layer.provide([NodeFileSystem.layer, NodePath.layer]), Layer.orDie)

const sqlite = Layer.unwrap(
  Effect.map(
    Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempFileScoped({ suffix: ".db" })),
    (filename) => Layer.provide(Persistence.layerSql, NodeSqlite.layer({ filename }))
  )
).pipe(Layer.provide(NodeFileSystem.layer), Layer.orDie)

const stores: ReadonlyArray<readonly [string, boolean, Layer.Layer<Persistence.Persistence>]> = [
  ["memory", true, ResponseCache.layerMemory()],
  ["files", true, files],
  ["Redis", hasRedis, Layer.provide(Persistence.layerRedis, redisLayer)],
  ["SQLite", true, sqlite],
  ["Postgres", hasPostgres, Layer.provide(Persistence.layerSql, postgresLayer)]
]

/** A store of bytes that are not what was written. */
const corrupted = (text: string): Layer.Layer<Persistence.Persistence> =>
  Layer.provide(
    Persistence.layerKvs,
    Layer.succeed(
      KeyValueStore.KeyValueStore,
      KeyValueStore.makeStringOnly({
        get: () => Effect.succeed(text),
        set: () => Effect.void,
        remove: () => Effect.void,
        clear: Effect.void,
        keys: Effect.succeed([]),
        size: Effect.succeed(1)
      })
    )
  )

/** Runs a check for every way to call, all at once: they take their time. */
const forAll = <E, R>(check: <C extends Capability>(call: Call<C>) => Effect.Effect<unknown, E, R>) =>
  Effect.all(mapCalls(check), { concurrency: "unbounded" })

for (const [name, isThere, store] of stores) {
  it.live.skipIf(!isThere)(`responses survive in ${name}`, () =>
    forAll((call) =>
      Effect.gen(function* () {
        const calls: Array<CallRecord> = []
        const namespace = `test_${yield* Clock.currentTimeMillis}_${call.name.replace(/\W/g, "")}`
        const model = ResponseCache.make({ ttl: "1 minute", tenant: "a", namespace, storeTimeout: "5 seconds" })(
          scripted(call, [answers], calls)
        )
        const first = yield* call.run(model)
        const second = yield* call.run(model)
        assert.isDefined(second.cached)
        assert.deepStrictEqual(call.read(second), call.read(first))
        assert.deepStrictEqual(second.usage, first.usage)
        yield* ResponseCache.clear(namespace)
        assert.isUndefined((yield* call.run(model)).cached)
        assert.strictEqual(calls.length, 2)
      })
    ).pipe(Effect.provide(store))
  )
}

describe("a store", () => {
  for (const text of ["", "{", "null", '[{"_tag":"Success","value":"{}"},null]', '[{"_tag":"Success"},null]']) {
    it.live(`with corrupt entries is a miss: ${text}`, () =>
      forAll((call) =>
        Effect.gen(function* () {
          const failing = scripted(call, [{ ...answers, end: "key", after: -1 }])
          const error = yield* Effect.flip(call.run(ResponseCache.make({ ttl: "1 minute", tenant: "a" })(failing)))
          assert.strictEqual(error._tag, "AuthenticationError")
        })
      ).pipe(Effect.provide(corrupted(text)))
    )
  }

  it.live.skipIf(!hasRedis)("that is stopped is a miss, within its time limit, and hits again once it is back", () =>
    Effect.gen(function* () {
      const redis = yield* ownRedis
      const layer = Layer.provide(Persistence.layerRedis, Layer.orDie(NodeRedis.layer({ url: redis.url })))
      // Closed by hand: a client does not close while its server is away.
      const scope = yield* Scope.make()
      const context = yield* Scope.provide(Layer.build(layer), scope)
      const calls: Array<CallRecord> = []
      const [ask = Effect.void] = mapCalls((call) => {
        const model = ResponseCache.make({ ttl: "1 minute", tenant: "a" })(scripted(call, [answers], calls))
        return Effect.asVoid(Effect.provide(call.run(model), context))
      })
      yield* Effect.andThen(ask, ask)
      assert.strictEqual(calls.length, 1)
      yield* Effect.promise(() => redis.stop())
      const [down] = yield* Effect.timed(ask)
      assert.isBelow(Duration.toMillis(down), 5000)
      assert.strictEqual(calls.length, 2)
      yield* Effect.acquireRelease(
        Effect.promise(() => startRedis(redis.port)),
        (server) => Effect.promise(() => server.stop())
      )
      const untilItHits: typeof ask = Effect.suspend(() => {
        const made = calls.length
        return Effect.andThen(
          ask,
          Effect.suspend(() => (calls.length === made ? Effect.void : untilItHits))
        )
      })
      yield* untilItHits
      yield* Scope.close(scope, Exit.void)
    }).pipe(Effect.scoped, Effect.provide(Logger.layer([])))
  )
})
