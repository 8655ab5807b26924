import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { RateLimitError } from "../../src/domain/ChatResponse.ts"
import { Scenario } from "../../src/testing/Scenario.ts"
import type { SimulatedRequest } from "../../src/testing/SimulatedRequest.ts"

describe("Scenario", () => {
  const { healthy } = Scenario
  const failing = Scenario.status(500)

  it("sequences are flat, so that each step is one request", () => {
    const nested = Scenario.sequence([Scenario.times(2, failing), Scenario.sequence([healthy])])
    assert.deepStrictEqual(nested, { type: "sequence", steps: [failing, failing, healthy] })
  })

  it("an error is sent with its retryAfter", () => {
    const error = new RateLimitError({ retryAfter: Duration.millis(1500) })
    assert.deepStrictEqual(Scenario.fail(error).headers, { "retry-after": "2", "retry-after-ms": "1500" })
    assert.deepStrictEqual(Scenario.fail(error, { headers: { "retry-after": "9" } }).headers?.["retry-after"], "9")
    assert.deepStrictEqual(Scenario.fail(new RateLimitError({})).headers, {})
  })

  it("pace and headers apply to every response of a scenario, and leave the rest unchanged", () => {
    const pace = { latency: "1 second" } as const
    const paced = { ...healthy, pace: { tokensPerSecond: 5, ...pace } }
    const slow = Scenario.paced(healthy, { tokensPerSecond: 5 })
    assert.deepStrictEqual(Scenario.paced(slow, pace), paced)
    assert.deepStrictEqual(
      Scenario.paced(Scenario.sequence([slow, Scenario.down("1 second", { during: slow, afterwards: slow })]), pace),
      Scenario.sequence([paced, Scenario.down("1 second", { during: paced, afterwards: paced })])
    )
    assert.deepStrictEqual(Scenario.paced(Scenario.contextWindow(5, slow), pace), Scenario.contextWindow(5, paced))
    const chosen = Scenario.paced(
      Scenario.choose(() => slow),
      pace
    )
    assert.deepStrictEqual(chosen.type === "choose" ? chosen.choose({} as SimulatedRequest) : undefined, paced)
    assert.strictEqual(Scenario.paced(Scenario.hang, pace), Scenario.hang)
    assert.deepStrictEqual(Scenario.withHeaders(failing, { "x-a": "1" }), { ...failing, headers: { "x-a": "1" } })
  })

  it("a fault contains the response that it breaks", () => {
    const torn = Scenario.stallAfter(3, Scenario.reply("Hello"))
    assert.deepStrictEqual(torn, {
      type: "respond",
      reply: { type: "given", content: "Hello" },
      fault: { type: "stall", after: 3 }
    })
  })
})
