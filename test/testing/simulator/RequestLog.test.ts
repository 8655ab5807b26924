import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { RequestLog } from "../../../src/testing/simulator/RequestLog.ts"

const request = { method: "POST", path: "/", headers: {}, startedAt: 0 }

describe("RequestLog", () => {
  it.effect("wakes each waiter once, and only for a matching request", () =>
    Effect.gen(function* () {
      const log = new RequestLog()
      const entry = log.open(request)
      const waiting = yield* Effect.forkChild(log.wait(({ bytes }) => bytes >= 2))
      yield* Effect.yieldNow
      entry.record({ bytes: 1 })
      assert.isUndefined(waiting.pollUnsafe())
      entry.record({ bytes: 2 })
      entry.record({ bytes: 3 })
      assert.strictEqual((yield* Fiber.join(waiting)).bytes, 2)
      assert.strictEqual((yield* log.wait(() => true)).bytes, 3)
    })
  )

  it.effect("does not wake a waiter that has left", () =>
    Effect.gen(function* () {
      const log = new RequestLog()
      let call = 0
      const where = () => ++call < 0
      const waiting = yield* Effect.forkChild(log.wait(where))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(waiting)
      log.open(request).record({ bytes: 1 })
      assert.strictEqual(call, 0)
    })
  )

  it("forgets the oldest, and all when it is cleared, whatever comes of them", () => {
    const log = new RequestLog()
    const first = log.open(request)
    for (let n = 1; n <= 10_000; n++) log.open(request)
    first.record({ bytes: 1 })
    assert.strictEqual(log.seen.length, 10_000)
    assert.strictEqual(log.seen[0]?.index, 1)
    const last = log.open(request)
    log.clear()
    last.record({ bytes: 1 })
    assert.deepStrictEqual(log.seen, [])
    assert.strictEqual(log.open(request).request.index, 0)
  })
})
