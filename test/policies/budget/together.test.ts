import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Latch } from "effect"
import { together } from "../../../src/policies/budget/Together.ts"

/** Runs that wait to be let go, and what each of them was asked. */
const held = (fails: (asked: ReadonlyArray<number>) => boolean = () => false) => {
  const runs: Array<ReadonlyArray<number>> = []
  const latch = Latch.makeUnsafe()
  const run = (asked: ReadonlyArray<number>) =>
    Effect.andThen(
      Effect.andThen(
        Effect.sync(() => void runs.push(asked)),
        latch.await
      ),
      Effect.suspend(() => (fails(asked) ? Effect.fail("refused") : Effect.succeed(asked.map((one) => one * 10))))
    )
  return { runs, latch, run }
}

describe("concurrent requests to a batching function", () => {
  it.effect("are one run, in order, as soon as the run before has ended", () =>
    Effect.gen(function* () {
      const { latch, run, runs } = held()
      const ask = together(run, 3, () => true)
      const fibers = yield* Effect.forEach([1, 2, 3, 4, 5], (one) =>
        Effect.forkChild(ask(one), { startImmediately: true })
      )
      yield* Effect.yieldNow
      assert.deepStrictEqual(runs, [[1]])
      yield* latch.open
      const results = yield* Effect.forEach(fibers, Fiber.join)
      assert.deepStrictEqual(results, [10, 20, 30, 40, 50])
      assert.deepStrictEqual(runs, [[1], [2, 3, 4], [5]])
      assert.strictEqual(yield* ask(6), 60)
    })
  )

  it.effect("leave out those that were interrupted", () =>
    Effect.gen(function* () {
      const { latch, run, runs } = held()
      const ask = together(run, 3, () => true)
      const fibers = yield* Effect.forEach([1, 2, 3], (one) => Effect.forkChild(ask(one), { startImmediately: true }))
      yield* Fiber.interrupt(fibers[1]!)
      yield* latch.open
      assert.strictEqual(yield* Fiber.join(fibers[2]!), 30)
      assert.deepStrictEqual(runs, [[1], [3]])
    })
  )

  it.effect("fail individually if they may be split, else together", () =>
    Effect.gen(function* () {
      for (const maySplit of [true, false]) {
        const { latch, run } = held((asked) => asked.includes(3))
        const ask = together(run, 5, () => maySplit)
        const fibers = yield* Effect.forEach([1, 2, 3, 4], (one) =>
          Effect.forkChild(Effect.result(ask(one)), { startImmediately: true })
        )
        yield* latch.open
        const results = yield* Effect.forEach(fibers, Fiber.join)
        const tags = results.map(({ _tag }) => _tag)
        const [others, culprit] = [maySplit ? "Success" : "Failure", "Failure"]
        assert.deepStrictEqual(tags, ["Success", others, culprit, others])
      }
    })
  )
})
