import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration } from "effect"
import { AllFailedError } from "../../../src/domain/AllFailedError.ts"
import { type Attempt, ChatResponse, ServerError } from "../../../src/domain/ChatResponse.ts"
import { attemptsOf, withAttempts } from "../../../src/domain/ProviderError.ts"
import { unknown } from "../../../src/domain/Usage.ts"
import * as Reused from "../../../src/policies/caching/Reused.ts"

const paid: Attempt = {
  model: "a/b",
  duration: Duration.seconds(1),
  cost: { _tag: "Unpriced", reason: { _tag: "NoPrice" } }
}
const unpaid: Attempt = { model: "a/c", duration: Duration.seconds(1) }
const free: Attempt = { ...paid, cost: Reused.coalescedCost }
const response = new ChatResponse({
  id: "1",
  content: [{ type: "text", text: "hi" }],
  finishReason: "stop",
  usage: unknown,
  warnings: [],
  attempts: [paid],
  cost: paid.cost,
  timings: { total: Duration.seconds(9) }
})
const reuse = { model: "a/b", cost: Reused.cachedCost, millis: 5 }
const stamp = {
  cost: Reused.cachedCost,
  attempts: [{ model: "a/b", duration: Duration.millis(5), cost: Reused.cachedCost }],
  timings: { total: Duration.millis(5) }
}

describe("a response that is reused", () => {
  it("is kept without the fields of a single call, as an instance of its class", () => {
    const kept = Reused.reusable(response)
    assert.instanceOf(kept, ChatResponse)
    assert.deepInclude(kept, { id: "1", content: response.content, attempts: [] })
    for (const field of ["cost", "timings"]) assert.notProperty(kept, field)
  })

  it("has the attempt, cost and time of the call that reuses it", () => {
    const cached = { at: DateTime.makeUnsafe(0) }
    assert.deepInclude(Reused.fromCache(response, cached, reuse), { ...stamp, cached, id: "1" })
    assert.deepInclude(Reused.shared(response, reuse), { ...stamp, id: "1" })
    const finish = { type: "finish", finishReason: "stop", usage: unknown } as const
    assert.deepStrictEqual(Reused.sharedEvent(finish, reuse), { ...finish, ...stamp })
  })

  it("costs nothing in the attempts of its events", () => {
    const restarted = { type: "restarted", attempts: [paid, unpaid] } as const
    assert.deepStrictEqual(Reused.sharedEvent(restarted, reuse), { ...restarted, attempts: [free, unpaid] })
    const delta = { type: "text-delta", id: "0", delta: "a" } as const
    assert.strictEqual(Reused.sharedEvent(delta, reuse), delta)
  })
})

describe("a shared error", () => {
  it("is a copy of the same class, whose attempts cost nothing", () => {
    const error = withAttempts(new ServerError({ status: 500 }), [paid, unpaid])
    const copy = Reused.sharedError(error)
    assert.instanceOf(copy, ServerError)
    assert.notStrictEqual(copy, error)
    assert.strictEqual(copy.status, 500)
    assert.deepStrictEqual(attemptsOf(copy), [free, unpaid])
    assert.deepStrictEqual(attemptsOf(error), [paid, unpaid])
    const failed = { ...paid, error: new ServerError({}) }
    const all = Reused.sharedError(new AllFailedError({ models: ["a/b"], attempts: [failed] }))
    assert.deepStrictEqual(all.attempts, [{ ...failed, cost: Reused.coalescedCost }])
    assert.deepStrictEqual(attemptsOf(Reused.sharedError(new ServerError({}))), [])
  })

  it("is the value itself if it is not an object", () => {
    for (const value of ["text", null, undefined, 1]) assert.strictEqual(Reused.sharedError(value), value)
  })
})
