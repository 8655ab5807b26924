import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { PolicyStoreError } from "../../../src/domain/PolicyErrors.ts"
import type { RateLimitStore } from "../../../src/policies/RateLimitStore.ts"
import { Access } from "../../../src/policies/rateLimit/Access.ts"

type Store = typeof RateLimitStore.Service

/** A store whose accesses end as told, and are counted. */
const storeOf = (access: Effect.Effect<never, PolicyStoreError>) => {
  let calls = 0
  const counted = Effect.suspend(() => {
    calls++
    return access
  })
  const store: Store = {
    acquire: () => counted,
    settle: () => counted,
    renew: () => counted,
    onFreed: () => () => {},
    atOnce: undefined
  }
  return { store, calls: () => calls }
}

const request = { id: "1", claims: [], waits: false, ticket: undefined }
const reasonOf = (error: PolicyStoreError): string => (error.cause as Error).message

describe("access to a store of limits", () => {
  it.effect("times out, and the store is not called again for as long", () =>
    Effect.gen(function* () {
      const { calls, store } = storeOf(Effect.never)
      const access = new Access(store, 1000)
      const clock = yield* Clock.Clock
      const acquire = Effect.flip(access.acquire(request, clock))
      const first = yield* Effect.forkChild(acquire)
      yield* TestClock.adjust(999)
      assert.isUndefined(first.pollUnsafe())
      yield* TestClock.adjust(1)
      assert.strictEqual(reasonOf(yield* Fiber.join(first)), "it did not respond within 1s")
      assert.strictEqual(reasonOf(yield* acquire), "it failed a moment ago")
      yield* TestClock.adjust(999)
      assert.strictEqual(reasonOf(yield* acquire), "it failed a moment ago")
      assert.strictEqual(calls(), 1)
      yield* TestClock.adjust(1)
      yield* Effect.forkChild(acquire)
      yield* TestClock.adjust(0)
      assert.strictEqual(calls(), 2)
    })
  )

  it.effect("does not call a store that failed at any operation", () =>
    Effect.gen(function* () {
      const error = new PolicyStoreError({ policy: "RateLimit", cause: new Error("down") })
      const clock = yield* Clock.Clock
      for (const ask of ["acquire", "settle", "renew"] as const) {
        const { calls, store } = storeOf(Effect.fail(error))
        const access = new Access(store, 1000)
        const asked = {
          acquire: () => access.acquire(request, clock),
          settle: () => access.settle({ id: "1", ticket: undefined, settlements: [] }, clock),
          renew: () => access.renew([])
        }[ask]
        assert.strictEqual(yield* Effect.flip(asked()), error)
        assert.strictEqual(reasonOf(yield* Effect.flip(asked())), "it failed a moment ago")
        assert.strictEqual(calls(), 1)
      }
    })
  )
})
