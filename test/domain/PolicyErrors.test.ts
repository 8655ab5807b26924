import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, DateTime, Duration } from "effect"
import { BudgetExceededError, ValidationError } from "../../src/domain/ChatResponse.ts"
import {
  CircuitOpenError,
  LocalRateLimitError,
  LostRaceError,
  PolicyStoreError
} from "../../src/domain/PolicyErrors.ts"

const usd = BigDecimal.fromStringUnsafe
const used = { budget: "team", unit: "usd", limit: usd("10"), spent: usd("7.5"), reserved: usd("2") } as const
const limited = { key: "k", limit: "requests", allowed: 5, requested: 1 } as const

describe("the message of an error of a policy", () => {
  const cases: ReadonlyArray<readonly [Error, message: string]> = [
    [
      new CircuitOpenError({ circuit: "a/b" }),
      'the circuit "a/b" is open: the model failed too often and was not called. Wait until a probe has succeeded, or fall back to another model.'
    ],
    [
      new CircuitOpenError({ circuit: "a/b", retryAfter: Duration.seconds(3) }),
      'the circuit "a/b" is open: the model failed too often and was not called. Wait 3s, or fall back to another model.'
    ],
    [
      new LocalRateLimitError({ ...limited, retryAfter: Duration.seconds(2) }),
      'the limit of 5 requests for "k" was reached; nothing was sent. Wait 2s, or raise the limit.'
    ],
    [
      new LocalRateLimitError({ ...limited, limit: "concurrency", retryAfter: Duration.seconds(2) }),
      'the limit of 5 concurrent calls for "k" was reached; nothing was sent. Wait 2s, or raise the limit.'
    ],
    [
      new LocalRateLimitError({ ...limited, limit: "tokens", requested: 9 }),
      'the call needs 9, more than the limit of 5 tokens for "k" ever permits. Shorten the request, or raise the limit.'
    ],
    [
      new PolicyStoreError({ policy: "Budget" }),
      'the store of Budget did not respond, so the call was refused. Check the store, or let calls pass while it is down (whenStoreFails: "allow").'
    ],
    [new LostRaceError({}), "the caller left, so this call was stopped."],
    [new LostRaceError({ winner: "a/b" }), "a/b was faster, so this call was stopped."],
    [
      new BudgetExceededError({ ...used, unpriced: "no price is known" }),
      'the budget "team" permits no calls of unknown cost: no price is known. Give the model a price (Pricing.layerWith), or allow such calls (unpriced: "allow").'
    ],
    [
      new BudgetExceededError({ ...used, requested: usd("10.01") }),
      'the call needs 10.01 USD, more than the budget "team" of 10 USD ever permits. Lower its maxOutputTokens, shorten the request, or raise the limit.'
    ],
    [
      new BudgetExceededError({ ...used, requested: usd("10") }),
      'the budget "team" of 10 USD has 0.5 USD left, and the call needs 10 USD: 7.5 USD spent, 2 USD reserved by calls in progress. Raise its limit.'
    ],
    [
      new BudgetExceededError({ ...used, unit: "tokens", spent: usd("12"), requested: usd("1") }),
      'the budget "team" of 10 tokens has 0 tokens left, and the call needs 1 tokens: 12 tokens spent, 2 tokens reserved by calls in progress. Raise its limit.'
    ],
    [
      new BudgetExceededError({ ...used, resetsAt: DateTime.makeUnsafe("2026-12-01T00:00:00Z") }),
      'the budget "team" of 10 USD is used up: 7.5 USD spent, 2 USD reserved by calls in progress. It resets at 2026-12-01T00:00:00.000Z.'
    ],
    [
      new ValidationError({ reasons: ["it is short"] }),
      "the response failed validation: it is short. Change the prompt or the check, or use a stronger model."
    ],
    [
      new ValidationError({ reasons: ["a", "b".repeat(600)] }),
      `all 2 responses failed validation: a; ${"b".repeat(499)}…. Change the prompt or the check, or use a stronger model.`
    ]
  ]
  for (const [error, message] of cases)
    it(`is ${message.slice(0, 80)}`, () => assert.strictEqual(error.message, message))
})
