import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, DateTime, Duration } from "effect"
import { ServerError } from "../../../src/domain/ChatResponse.ts"
import type { CallRecord } from "../../../src/policies/journal/CallRecord.ts"
import { line } from "../../../src/policies/journal/line.ts"

const at = DateTime.makeUnsafe("2026-11-30T12:00:00Z")
const base = { _tag: "Call", at, capability: "chat", model: "a/b", outcome: "succeeded", millis: 5, attempts: [] }
const lineOf = (fields: Partial<CallRecord> = {}) =>
  line(Object.assign({}, base, fields) as unknown as CallRecord).replace("2026-11-30T12:00:00.000Z chat ", "")
const attempt = { model: "a/b", duration: Duration.millis(1) }
const failed = { ...attempt, error: new ServerError({}) }

describe("the line of a call", () => {
  it("has the known fields, in order", () => {
    assert.strictEqual(lineOf(), "a/b succeeded 5 ms")
    assert.strictEqual(
      lineOf({
        model: "group",
        servedModel: "a/b",
        finishReason: "stop",
        status: 200,
        firstTokenMillis: 3,
        inputTokens: 1,
        outputTokens: 0,
        cost: { _tag: "Priced", usd: BigDecimal.fromStringUnsafe("0.10"), estimated: true },
        cached: true,
        tenant: "t",
        team: "m",
        key: "k",
        user: "u",
        requestId: "r"
      } as Partial<CallRecord>),
      "group -> a/b stop 200 5 ms (first token 3 ms) 1 in 0 out $0.1 (estimated) cached tenant=t team=m key=k user=u request=r"
    )
  })

  it("names the serving model only if it differs", () => {
    assert.strictEqual(lineOf({ servedModel: "b" }), "a/b succeeded 5 ms")
    assert.strictEqual(lineOf({ servedModel: "c" }), "a/b -> c succeeded 5 ms")
  })

  it("names how it ended as exactly as possible", () => {
    assert.strictEqual(lineOf({ error: "ServerError", finishReason: "stop" }), "a/b ServerError 5 ms")
    assert.strictEqual(lineOf({ outcome: "interrupted" }), "a/b interrupted 5 ms")
  })

  it("counts attempts if some failed and there were several", () => {
    const attempts = (...attempts: ReadonlyArray<unknown>) => lineOf({ attempts } as Partial<CallRecord>)
    assert.strictEqual(attempts(failed, attempt), "a/b succeeded 5 ms 2 attempts")
    for (const some of [[], [attempt], [failed], [attempt, attempt]]) {
      assert.strictEqual(attempts(...some), "a/b succeeded 5 ms")
    }
  })

  it("has the reason for a missing cost, and marks an exact one", () => {
    assert.strictEqual(
      lineOf({ cost: { _tag: "Unpriced", reason: "no price" } } as Partial<CallRecord>),
      "a/b succeeded 5 ms unpriced (no price)"
    )
    assert.strictEqual(
      lineOf({ cost: { _tag: "Priced", usd: BigDecimal.fromStringUnsafe("2") } } as Partial<CallRecord>),
      "a/b succeeded 5 ms $2"
    )
  })

  it("is one line, whatever ids contain, also for dropped entries", () => {
    assert.strictEqual(lineOf({ model: "a\n/b", user: "u\r\n2026" }), "a /b succeeded 5 ms user=u  2026")
    assert.strictEqual(
      line({ _tag: "Dropped", at, count: 3 } as never),
      "2026-11-30T12:00:00.000Z 3 records were dropped"
    )
  })
})
