import { assert, describe, it } from "@effect/vitest"
import { makeMemory } from "../../../src/policies/rateLimit/MemoryStore.ts"

const claim = (key: string) => ({ type: "concurrency" as const, key, limit: 1, millis: Infinity, amount: 1 })

describe("limits in memory", () => {
  it("apply to a call that sweeps unused keys, its own among them", () => {
    const { acquire, settle } = makeMemory().atOnce ?? assert.fail()
    const ask = (id: string, ...keys: ReadonlyArray<string>) =>
      acquire({ id, claims: keys.map(claim), ticket: undefined, waits: false }, 0).granted
    for (let key = 0; key < 1000; key++) {
      assert.isTrue(ask("idle", String(key)))
      settle({ id: "idle", ticket: undefined, settlements: [{ claim: claim(String(key)), amount: 0 }] }, 0)
    }
    assert.isTrue(ask("first", "0", "new"))
    assert.isFalse(ask("second", "0"))
  })
})
