import { assert, describe, it } from "@effect/vitest"
import { Duration, Schema } from "effect"
import { Headers } from "effect/http"
import { AnthropicMessages } from "effect-llm/protocols/AnthropicMessages"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import table from "../../data/errors.json" with { type: "json" }
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
      ...text.flatMap(({ asked, limit, param }) => [asked, limit, param]),
      ...wait.map((row) => row.pattern)
    ]) {
      if (pattern !== undefined) assert.lengthOf(new RegExp(`${pattern}|`, "i").exec("") ?? [], 2, pattern)
    }
  })
})
