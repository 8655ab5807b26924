/** Responses that are kept in memory, files, Redis and Postgres, and entries that are corrupt. */
import { NodeFileSystem, NodePath } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, FileSystem, Layer } from "effect"
import { KeyValueStore, Persistence } from "effect/persistence"
import * as ResponseCache from "../../../src/policies/ResponseCache.ts"
import { hasPostgres, hasRedis, postgresLayer, redisLayer } from "../../services/services.ts"
import { answers, type CallRecord, mapCalls, scripted } from "../capabilities.ts"

const files = Layer.unwrap(
  Effect.map(
    Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped()),
    (directory) => Layer.provide(Persistence.layerKvs, KeyValueStore.layerFileSystem(directory))
  )
).pipe(Layer.provide([NodeFileSystem.layer, NodePath.layer]), Layer.orDie)

const stores: ReadonlyArray<readonly [string, boolean, Layer.Layer<Persistence.Persistence>]> = [
  ["memory", true, ResponseCache.layerMemory()],
  ["files", true, files],
  ["Redis", hasRedis, Layer.provide(Persistence.layerRedis, redisLayer)],
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

for (const [name, isThere, store] of stores) {
  describe.skipIf(!isThere)(`responses in ${name}`, () => {
    mapCalls((call) =>
      it.live(`survive: ${call.name}`, () =>
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
        }).pipe(Effect.provide(store))
      )
    )
  })
}

describe("a store", () => {
  mapCalls((call) =>
    it.live(`with corrupt entries is a miss: ${call.name}`, () =>
      Effect.forEach(["", "{", "null", '[{"_tag":"Success","value":"{}"},null]', '[{"_tag":"Success"},null]'], (text) =>
        Effect.gen(function* () {
          const model = ResponseCache.make({ ttl: "1 minute", tenant: "a" })(
            scripted(call, [{ ...answers, end: "key" }])
          )
          assert.strictEqual((yield* Effect.flip(call.run(model)))._tag, "AuthenticationError")
        }).pipe(Effect.provide(corrupted(text)))
      )
    )
  )
})
