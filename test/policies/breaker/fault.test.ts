/** Which errors count against the circuit of a model. */
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { AllFailedError } from "../../../src/domain/AllFailedError.ts"
import { foldEvents } from "../../../src/domain/ChatFold.ts"
import * as CallErrors from "../../../src/domain/CallErrors.ts"
import {
  type AttemptError,
  ContentPolicyError,
  OverloadedError,
  PartialEmbeddingError,
  type ProviderError,
  RateLimitError,
  ResponseParseError,
  ServerError,
  StreamInterruptedError,
  TimeoutError
} from "../../../src/domain/ChatResponse.ts"
import { CircuitOpenError } from "../../../src/domain/PolicyErrors.ts"
import * as Usage from "../../../src/domain/Usage.ts"
import { failureOf, type Judge } from "../../../src/policies/circuit/Fault.ts"

const standard: Judge = { rateLimits: "count", isFailure: undefined }
const counts = (error: unknown, isOpen = false, judge = standard) => failureOf(error, isOpen, judge) !== undefined

const late = (phase: TimeoutError["phase"]) => new TimeoutError({ phase, duration: Duration.seconds(1) })
const server = new ServerError({})
const refused = new CallErrors.InvalidRequestError({})
const circuit = new CircuitOpenError({ circuit: "c" })
const chain = (...errors: ReadonlyArray<AttemptError | undefined>) =>
  new AllFailedError({
    models: [],
    attempts: errors.map((error) => ({ model: "a/b", duration: Duration.zero, error }))
  })

describe("a failure that counts against a circuit", () => {
  it("is an error of the provider, before or after the opening", () => {
    for (const error of [
      server,
      new OverloadedError({}),
      new CallErrors.NetworkError({}),
      new ResponseParseError({}),
      new StreamInterruptedError({ partial: foldEvents([]) }),
      late("connect")
    ]) {
      assert.deepStrictEqual([counts(error, false), counts(error, true)], [true, true], error._tag)
    }
  })

  it("is not an error of the caller, of the key or of a policy, nor an unknown value", () => {
    for (const error of [
      refused,
      new CallErrors.AuthenticationError({}),
      new CallErrors.PermissionDeniedError({}),
      new CallErrors.QuotaExceededError({}),
      new CallErrors.ContextWindowExceededError({}),
      new CallErrors.ModelNotFoundError({}),
      new CallErrors.EndpointNotFoundError({}),
      new ContentPolicyError({}),
      circuit,
      { _tag: "toString" },
      { _tag: 1 },
      new Error("no"),
      "text",
      null,
      undefined
    ]) {
      assert.deepStrictEqual([counts(error, false), counts(error, true)], [false, false])
    }
  })

  it("is a total timeout before the opening, not one of a running stream", () => {
    const total = late("total")
    assert.deepStrictEqual([counts(total, false), counts(total, true)], [true, false])
    assert.isTrue(counts(late("idle"), true))
  })

  it("is a rate limit, unless those are ignored", () => {
    const limited = new RateLimitError({})
    assert.isTrue(counts(limited))
    assert.isFalse(counts(limited, false, { ...standard, rateLimits: "ignore" }))
  })

  it("is, for a chain, decided by the last error that is not a policy's", () => {
    assert.isTrue(counts(chain(refused, server)))
    assert.isFalse(counts(chain(server, refused)))
    assert.isTrue(counts(chain(server, circuit)))
    assert.isFalse(counts(chain(circuit)))
    assert.isFalse(counts(chain()))
  })

  it("is, for an incomplete response, decided by its reason", () => {
    const partial = (reason: ProviderError) =>
      new PartialEmbeddingError({ reason, embeddings: [], usage: Usage.unknown })
    assert.isTrue(counts(partial(server)))
    assert.isFalse(counts(partial(refused)))
  })

  it("is what `isFailure` returns, and the default where that is undefined", () => {
    const judge = (says: boolean | undefined): Judge => ({ ...standard, isFailure: () => says })
    assert.deepStrictEqual(
      [true, false, undefined].map((says) => [counts(server, false, judge(says)), counts(refused, false, judge(says))]),
      [
        [true, true],
        [false, false],
        [true, false]
      ]
    )
  })

  it("has the provider's Retry-After", () => {
    const wait = Duration.seconds(7)
    assert.deepStrictEqual(failureOf(new RateLimitError({ retryAfter: wait }), false, standard), { retryAfter: wait })
    assert.deepStrictEqual(failureOf(server, false, standard), { retryAfter: Duration.zero })
  })
})
