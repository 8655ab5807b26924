import { assert, describe, it } from "@effect/vitest"
import { Duration, Schema } from "effect"
import { Headers } from "effect/http"
import { AnthropicMessages } from "effect-llm/protocols/AnthropicMessages"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import table from "../../data/errors.json" with { type: "json" }
import { isRetryable } from "../../src/domain/ProviderError.ts"
import * as ErrorTable from "../../src/providers/calling/ErrorTable.ts"
import { errorAnswers } from "./errorAnswers.ts"

const decode = (
  provider: string,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
  secrets: ReadonlyArray<string> = []
) =>
  ErrorTable.decode((provider === "anthropic" ? AnthropicMessages : OpenAiChat).decodeError(body), {
    provider,
    rows: provider,
    model: "a-model",
    status,
    headers: Headers.fromInput(headers),
    now: Date.UTC(2026, 10, 21, 12),
    secrets
  })

describe("an error answer", () => {
  for (const { asked, body, limit, provider, status, tag } of errorAnswers) {
    it(`of ${provider}, ${status} ${JSON.stringify(body).slice(0, 90)}, is ${tag}`, () => {
      const error = decode(provider, status, body)
      assert.strictEqual(error._tag, tag)
      if (error._tag !== "ContextWindowExceededError") return
      assert.strictEqual(error.limit, limit)
      if (asked !== undefined) assert.strictEqual(error.asked, asked)
    })
  }

  it("says who, where and what, and keeps the body", () => {
    const body = { error: { message: "No.", type: "invalid_request_error", param: "tools[0]", code: null } }
    const error = decode("openai", 400, body, { "x-request-id": "req-1" })
    assert.strictEqual(error._tag === "InvalidRequestError" && error.at, "tools[0]")
    assert.deepStrictEqual(
      [error.provider, error.model, error.status, error.requestId, error.detail, error.body],
      ["openai", "a-model", 400, "req-1", "No.", body]
    )
  })

  it("names the parameter that is not supported, by its field or by its words", () => {
    const byField = decode("openai", 400, { error: { message: "No", code: "unsupported_parameter", param: "stop" } })
    assert.strictEqual(byField._tag === "UnsupportedParameterError" && byField.parameter, "stop")
    const words = "`temperature` is deprecated for this model."
    const byWords = decode("anthropic", 400, { error: { type: "invalid_request_error", message: words } })
    assert.strictEqual(byWords._tag === "UnsupportedParameterError" && byWords.parameter, "temperature")
  })

  it("names the limit that was reached by its headers, else by OpenAI's type, never by the kind of error", () => {
    const limitOf = (provider: string, type: string, headers: Record<string, string> = {}) => {
      const error = decode(
        provider,
        429,
        { error: { type, message: "Slow down", code: "rate_limit_exceeded" } },
        headers
      )
      return error._tag === "RateLimitError" ? error.limit : error._tag
    }
    assert.strictEqual(limitOf("openai", "tokens"), "tokens")
    assert.isUndefined(limitOf("anthropic", "rate_limit_error"))
    assert.strictEqual(
      limitOf("anthropic", "rate_limit_error", { "anthropic-ratelimit-input-tokens-remaining": "0" }),
      "input-tokens"
    )
  })

  it("says how much was asked, what is allowed and whether waiting helps, by its words, else by its headers", () => {
    const read = (provider: string, status: number, error: object, headers: Record<string, string> = {}) => {
      const decoded = decode(provider, status, { error }, headers)
      if (decoded._tag !== "RateLimitError") return decoded._tag
      return [decoded.limit, decoded.allowed, decoded.asked, isRetryable(decoded), decoded.retryAfter?.toString()]
    }
    const tokens = { type: "tokens", param: null, code: "rate_limit_exceeded" }
    const openAi = "gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000,"
    assert.deepStrictEqual(
      read("openai", 429, { ...tokens, message: `Request too large for ${openAi} Requested 36362. Shorten it.` }),
      ["tokens", 30000, 36362, false, undefined]
    )
    const used = `Rate limit reached for ${openAi} Used 29000, Requested 4100. Please try again in 6.2s. Visit us.`
    assert.deepStrictEqual(read("openai", 429, { ...tokens, message: used }), [
      "tokens",
      30000,
      4100,
      true,
      Duration.millis(6200).toString()
    ])
    const groq = "Rate limit reached for model `m` on tokens per day (TPD): Limit 100000, Used 99336, Requested 1213."
    assert.deepStrictEqual(
      read("groq", 429, { ...tokens, message: `${groq} Please try again in 7m54.336s. Need more? Upgrade.` }),
      ["tokens", 100000, 1213, true, Duration.millis(474336).toString()]
    )
    const large =
      "Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 7102, please reduce"
    assert.deepStrictEqual(read("groq", 413, { ...tokens, message: large }), ["tokens", 6000, 7102, false, undefined])
    const anthropic = { type: "rate_limit_error" }
    for (const message of [
      "This request would exceed the rate limit for your organization (0-1) of 30,000 input tokens per minute. See",
      "This request would exceed your organization's rate limit of 30,000 input tokens per minute (org: 0-1, model: m)."
    ]) {
      const expected = ["input-tokens", 30000, undefined, true, undefined]
      assert.deepStrictEqual(read("anthropic", 429, { ...anthropic, message }), expected)
    }
    const headers = { "anthropic-ratelimit-requests-limit": "50", "anthropic-ratelimit-requests-remaining": "0" }
    assert.deepStrictEqual(read("anthropic", 429, { ...anthropic, message: "Slow down" }, headers), [
      "requests",
      50,
      undefined,
      true,
      undefined
    ])
  })

  it("names the policy, where it says which", () => {
    const categoryOf = (error: object) => {
      const decoded = decode("openai", 400, { error: { message: "blocked by our usage policy", ...error } })
      return decoded._tag === "ContentPolicyError" ? decoded.category : decoded._tag
    }
    const code = "content_policy_violation"
    assert.strictEqual(categoryOf({ code, type: "image_generation_user_error" }), code)
    assert.strictEqual(categoryOf({ code: "content_filter", type: null }), "content_filter")
    const blocked = { type: "invalid_request_error", message: "Output blocked by content filtering policy" }
    const anthropic = decode("anthropic", 400, { error: blocked })
    assert.isTrue(anthropic._tag === "ContentPolicyError" && anthropic.category === undefined)
  })

  it("says how long to wait: by Retry-After, else in its body, else, of a rate limit, until the reset", () => {
    const waitOf = (status: number, body: object, headers: Record<string, string>) => {
      const error = decode("openai", status, { error: { message: "Slow down", ...body } }, headers)
      return "retryAfter" in error ? error.retryAfter : error._tag
    }
    const reset = { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7s" }
    const inBody = { message: "Please try again in 2.5s." }
    assert.deepStrictEqual(waitOf(429, inBody, { ...reset, "retry-after": "9" }), Duration.seconds(9))
    assert.deepStrictEqual(waitOf(429, inBody, reset), Duration.millis(2500))
    assert.deepStrictEqual(waitOf(429, {}, reset), Duration.seconds(7))
    assert.isUndefined(waitOf(500, {}, reset))
    assert.deepStrictEqual(waitOf(503, {}, { "retry-after": "1" }), Duration.seconds(1))
  })

  it("in a 200 stream is what its own status says", () => {
    assert.strictEqual(decode("openrouter", 200, { error: { code: 429, message: "slow" } })._tag, "RateLimitError")
    assert.strictEqual(decode("openrouter", 200, { error: { code: 429, message: "slow" } }).status, 429)
    assert.isUndefined(decode("openai", 200, { error: { type: "server_error", message: "oops" } }).status)
  })

  it.prop(
    "is one of our errors and holds no secret, whatever its status and body",
    [Schema.Json, Schema.Int.check(Schema.isBetween({ minimum: 200, maximum: 599 })), Schema.String],
    ([json, status, word]) => {
      const secret = "a-secret-of-mine"
      for (const provider of ["openai", "anthropic", "google", "nobody"]) {
        for (const body of [json, { error: json }, { error: { message: `${word}${secret}`, code: secret, x: json } }]) {
          const error = decode(provider, status, body, { "x-request-id": secret }, [secret])
          assert.match(error._tag, /Error$/)
          assert.notInclude(error.message + JSON.stringify(error), secret)
        }
      }
    }
  )
})

describe("the table", () => {
  it("has patterns that are regular expressions, and captures one group with each number", () => {
    const { text, wait } = table
    for (const row of text) assert.doesNotThrow(() => new RegExp(row.pattern, "i"))
    for (const pattern of [
      ...text.flatMap(({ asked, kind, limit, param }) => [asked, kind, limit, param]),
      ...wait.map((row) => row.pattern)
    ]) {
      if (pattern !== undefined) assert.lengthOf(new RegExp(`${pattern}|`, "i").exec("") ?? [], 2, pattern)
    }
  })
})
