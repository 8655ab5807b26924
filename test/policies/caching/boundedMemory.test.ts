import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { BackingPersistence } from "effect/persistence/Persistence"
import { TestClock } from "effect/testing"
import { layer } from "../../../src/policies/caching/BoundedMemory.ts"

const within = <A, E, R>(
  bounds: { readonly capacity?: number; readonly bytes?: number },
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, Exclude<R, BackingPersistence>> =>
  Effect.provide(effect, layer({ capacity: 100, bytes: 1_000_000, ...bounds }))

const storeOf = (id: string) => Effect.flatMap(BackingPersistence, ({ make }) => make(id))

describe("the memory store of caches", () => {
  it.effect("holds the last value that was set, for its ttl", () =>
    within(
      {},
      Effect.gen(function* () {
        const store = yield* storeOf("a")
        yield* store.set("k", { n: 1 }, Duration.seconds(10))
        yield* store.set("k", { n: 2 }, Duration.seconds(5))
        yield* store.set("ever", { n: 3 }, undefined)
        yield* TestClock.adjust(4999)
        assert.deepStrictEqual(yield* store.get("k"), { n: 2 })
        yield* TestClock.adjust(1)
        assert.isUndefined(yield* store.get("k"))
        yield* TestClock.adjust("10000 days")
        assert.deepStrictEqual(yield* store.get("ever"), { n: 3 })
      })
    )
  )

  it.effect("sets, reads and removes by key, in each store separately", () =>
    within(
      {},
      Effect.gen(function* () {
        const [a, b] = [yield* storeOf("a"), yield* storeOf("b")]
        yield* a.setMany([
          ["1", { a: 1 }, undefined],
          ["2", { a: 2 }, undefined]
        ])
        yield* b.set("1", { b: 1 }, undefined)
        assert.deepStrictEqual(yield* a.getMany(["2", "none", "1"]), [{ a: 2 }, undefined, { a: 1 }])
        yield* a.remove("1")
        yield* a.remove("none")
        assert.deepStrictEqual(yield* a.getMany(["1", "2"]), [undefined, { a: 2 }])
        assert.deepStrictEqual(yield* b.get("1"), { b: 1 })
        yield* a.clear
        assert.isUndefined(yield* a.get("2"))
        assert.deepStrictEqual(yield* b.get("1"), { b: 1 })
      })
    )
  )

  it.effect("is bounded in entries over all stores, and evicts the least recently used", () =>
    within(
      { capacity: 3 },
      Effect.gen(function* () {
        const [a, b] = [yield* storeOf("a"), yield* storeOf("b")]
        for (const key of ["1", "2"]) yield* a.set(key, { key }, undefined)
        yield* b.set("3", { key: "3" }, undefined)
        assert.isDefined(yield* a.get("1"))
        yield* b.set("4", { key: "4" }, undefined)
        assert.isUndefined(yield* a.get("2"))
        assert.deepStrictEqual([yield* a.get("1"), yield* b.get("3"), yield* b.get("4")].filter(Boolean).length, 3)
      })
    )
  )

  it.effect("is bounded in bytes, however values come and go", () =>
    within(
      { bytes: 1000 },
      Effect.gen(function* () {
        const store = yield* storeOf("a")
        const text = (length: number) => ({ text: "x".repeat(length) })
        const kept = (keys: ReadonlyArray<string>) =>
          Effect.map(
            Effect.forEach(keys, (key) => store.get(key)),
            (values) => values.map((value) => value !== undefined)
          )
        // Too large for all of it: what is there stays, but for what it would have replaced.
        yield* store.set("1", text(100), undefined)
        yield* store.set("2", text(600), undefined)
        assert.deepStrictEqual(yield* kept(["1", "2"]), [true, false])
        yield* store.set("1", text(600), undefined)
        assert.deepStrictEqual(yield* kept(["1"]), [false])
        // Two bytes a character: four such fit, five do not.
        for (let round = 0; round < 3; round++) {
          for (const key of ["1", "2", "3", "4"]) yield* store.set(key, text(110), Duration.seconds(1))
          assert.deepStrictEqual(yield* kept(["1", "2", "3", "4"]), [true, true, true, true])
          yield* store.set("5", text(110), Duration.seconds(1))
          assert.deepStrictEqual(yield* kept(["1", "2", "3", "4", "5"]), [false, true, true, true, true])
          // What has expired, was removed or replaced takes no room.
          yield* store.remove("2")
          yield* store.set("3", text(1), Duration.seconds(1))
          yield* TestClock.adjust("1 second")
          assert.deepStrictEqual(yield* kept(["3", "4", "5"]), [false, false, false])
        }
      })
    )
  )

  it.effect("is counted in depth, with its keys", () =>
    within(
      { bytes: 1000 },
      Effect.gen(function* () {
        const store = yield* storeOf("a")
        const fits = (value: object) =>
          Effect.as(store.set("k", value, undefined), undefined).pipe(
            Effect.andThen(store.get("k")),
            Effect.map((found) => found !== undefined)
          )
        assert.isTrue(yield* fits({ a: [{ b: "x".repeat(300) }] }))
        assert.isFalse(yield* fits({ a: [{ b: "x".repeat(300) }, "x".repeat(300)] }))
        assert.isFalse(yield* fits({ ["x".repeat(600)]: null }))
        assert.isTrue(yield* fits({ list: Array.from({ length: 40 }, () => 1) }))
        assert.isFalse(yield* fits({ list: Array.from({ length: 80 }, () => 1) }))
      })
    )
  )
})
