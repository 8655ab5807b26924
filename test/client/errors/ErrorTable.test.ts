import { assert, describe, it } from "@effect/vitest"
import { Duration, Schema } from "effect"
import { Headers } from "effect/http"
import { AnthropicMessages } from "effect-llm/protocols/AnthropicMessages"
import { BedrockConverse } from "effect-llm/protocols/BedrockConverse"
import { GoogleGenerateContent } from "effect-llm/protocols/GoogleGenerateContent"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import table from "../../../data/errors.json" with { type: "json" }
import { isFallbackable, isRetryable } from "../../../src/domain/ProviderError.ts"
import * as ErrorTable from "../../../src/client/errors/ErrorTable.ts"
import { errorAnswers } from "./errorAnswers.ts"
import { invalid, refusals } from "../refusals.ts"

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

describe("the table", () => {
  it("has only tags that can be made from a response", () => {
    const decoded = new Set<string>(table.status.map(({ status }) => decode("acme", status, {})._tag))
    for (const [provider, rows] of Object.entries(table.providers)) {
      for (const { code, param, status = 400, tag, type } of rows) {
        decoded.add(decode(provider, status, { error: { code, param, type, message: "" } })._tag)
        assert.include(decoded, tag, provider)
      }
    }
    for (const { tag } of table.text) assert.include(decoded, tag)
  })
})

describe("an error response", () => {
  for (const { asked, body, limit, provider, status, tag } of errorAnswers) {
    it(`of ${provider}, ${status} ${JSON.stringify(body).slice(0, 90)}, is ${tag}`, () => {
      const error = decode(provider, status, body)
      assert.strictEqual(error._tag, tag)
      if (error._tag !== "ContextWindowExceededError") return
      assert.strictEqual(error.limit, limit)
      if (asked !== undefined) assert.strictEqual(error.requested, asked)
    })
  }

  it("has the provider, the model, the details and the body", () => {
    const body = { error: { message: "No.", type: "invalid_request_error", param: "tools[0]", code: null } }
    const error = decode("openai", 400, body, { "x-request-id": "req-1" })
    assert.strictEqual(error._tag === "InvalidRequestError" && error.at, "tools[0]")
    assert.deepStrictEqual(
      [error.provider, error.model, error.status, error.requestId, error.detail, error.body],
      ["openai", "a-model", 400, "req-1", "No.", body]
    )
  })

  it("names the unsupported parameter, by its field or its message", () => {
    const byField = decode("openai", 400, { error: { message: "No", code: "unsupported_parameter", param: "stop" } })
    assert.strictEqual(byField._tag === "UnsupportedParameterError" && byField.parameter, "stop")
    const words = "`temperature` is deprecated for this model."
    const byWords = decode("anthropic", 400, { error: { type: "invalid_request_error", message: words } })
    assert.strictEqual(byWords._tag === "UnsupportedParameterError" && byWords.parameter, "temperature")
  })

  it("names the limit that was reached from its headers, else from OpenAI's type, never from the kind of error", () => {
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

  it("has the requested and allowed amounts and whether waiting helps, from its message, else from its headers", () => {
    const read = (provider: string, status: number, error: object, headers: Record<string, string> = {}) => {
      const decoded = decode(provider, status, { error }, headers)
      if (decoded._tag !== "RateLimitError") return decoded._tag
      return [decoded.limit, decoded.allowed, decoded.requested, isRetryable(decoded), decoded.retryAfter?.toString()]
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

  it("names the content policy, if known", () => {
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

  it("has the wait from Retry-After, else from its body, else, for a rate limit, until the reset", () => {
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

  it("has the wait from headers within the body, unless its own headers have one", () => {
    const reset = String(Date.UTC(2026, 10, 21, 12, 0, 20))
    const repeated = { "X-RateLimit-Limit": "20", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset }
    const body = { error: { code: 429, message: "Rate limit exceeded", metadata: { headers: repeated } } }
    for (const [headers, seconds] of [
      [{}, 20],
      [{ "retry-after": "3" }, 3]
    ] as const) {
      const error = decode("openrouter", 429, body, headers)
      assert.strictEqual(
        error._tag === "RateLimitError" && error.retryAfter?.toString(),
        Duration.seconds(seconds).toString()
      )
      assert.deepInclude(error, { limit: "requests", allowed: 20 })
    }
    assert.strictEqual(
      decode("openrouter", 429, { error: { code: 429, metadata: { headers: [null] } } })._tag,
      "RateLimitError"
    )
  })

  it("in a 200 stream is classified by its own status", () => {
    assert.strictEqual(decode("openrouter", 200, { error: { code: 429, message: "slow" } })._tag, "RateLimitError")
    assert.strictEqual(decode("openrouter", 200, { error: { code: 429, message: "slow" } }).status, 429)
    assert.isUndefined(decode("openai", 200, { error: { type: "server_error", message: "oops" } }).status)
  })

  it("has the title or the text of an HTML page as its detail, and keeps the page", () => {
    const page = (head: string, body: string) =>
      `<!DOCTYPE html>\n<html><head>${head}</head><body>${body}</body></html>\r\n`
    const nginx = page("<title>502 Bad Gateway</title>", "<h1>502 Bad Gateway</h1><hr><center>nginx/1.18.0</center>")
    const cloudflare = page("<style>a > b {}</style><title>a.example | 520: unknown &amp; odd</title>", "<p>Ray</p>")
    for (const [body, detail] of [
      [nginx, "502 Bad Gateway (an HTML page)"],
      [{ error: { message: `upstream failed: ${nginx}` } }, "upstream failed: 502 Bad Gateway (an HTML page)"],
      [cloudflare, "a.example | 520: unknown & odd (an HTML page)"],
      [page("", "<h1>Busy</h1>\n<p>Try <b>again</b>"), "Busy Try again (an HTML page)"],
      ["<html>", "an empty page (an HTML page)"],
      ["a < b and <i>c</i>", "a < b and <i>c</i>"]
    ] as const) {
      const error = decode("openai", 502, body)
      assert.strictEqual(error._tag, "ServerError")
      assert.strictEqual(error.detail, detail)
      assert.deepStrictEqual(error.body, body)
    }
    assert.isBelow((decode("openai", 502, page("", "x ".repeat(9000))).detail ?? "").length, 330)
  })

  it("is an error of bounded length, quickly, however odd its body", () => {
    let deep: unknown = "x"
    for (let depth = 0; depth < 20_000; depth++) deep = depth % 2 === 0 ? [deep] : { error: deep }
    const hostile = { toString: null, valueOf: null, toJSON: null, constructor: 1, length: 1e9 }
    const long = "think value ".repeat(1000)
    const odd: ReadonlyArray<unknown> = [deep, hostile, [hostile], long, 1e308, -1, "\uD83D", null, true, [], {}]
    const keys =
      "message error detail details loc msg code type status param metadata raw errors base_resp status_code retry_after retryDelay seconds request_id error_type title Output __type"
    const bodiesWith = (key: string, value: unknown): ReadonlyArray<unknown> => [
      { [key]: value },
      { error: { [key]: value } },
      { detail: [{ [key]: value, msg: "x" }] },
      { error: { details: [{ [key]: value }, { retryDelay: value }], metadata: { [key]: value } } }
    ]
    const bodies = [...odd, ...odd.flatMap((value) => keys.split(" ").flatMap((key) => bodiesWith(key, value)))]
    const protocols = [OpenAiChat, AnthropicMessages, GoogleGenerateContent, BedrockConverse]
    const started = performance.now()
    for (const [index, body] of bodies.entries()) {
      for (const protocol of protocols) {
        const error = ErrorTable.decode(protocol.decodeError(body, { "x-amzn-errortype": long }), {
          provider: "ollama",
          rows: "ollama",
          model: "a-model",
          status: [200, 400, 404, 500][index % 4]!,
          headers: Headers.fromInput({ "retry-after": long, "x-ratelimit-remaining-requests": "-1" }),
          now: 0,
          secrets: []
        })
        assert.match(error._tag, /Error$/)
        assert.isBelow(error.message.length, 4000)
        assert.isBelow((error.detail ?? "").length + (error.code ?? "").length, 5000)
        JSON.stringify(error)
      }
    }
    assert.isBelow(performance.now() - started, 30_000)
  })

  it.prop(
    "is a typed error without secrets, whatever its status and body",
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

describe("a refusal", () => {
  const bodyOf = ({ code, message, param }: { code?: string; message: string; param?: string }) => ({
    error: { message, type: "invalid_request_error", param, code }
  })

  for (const refusal of refusals) {
    const { message, parameter, provider, status = 400 } = refusal
    it(`of ${provider}, ${status} ${message.slice(0, 80)}, concerns this model only`, () => {
      const error = decode(provider, status, bodyOf(refusal))
      assert.strictEqual(error._tag, "UnsupportedParameterError")
      if (error._tag !== "UnsupportedParameterError") return
      if (parameter !== undefined) assert.strictEqual(error.parameter, parameter)
      assert.isFalse(isRetryable(error))
      assert.isTrue(isFallbackable(error))
      assert.strictEqual(error.detail, message)
    })
  }

  for (const { message, provider, status = 400 } of invalid) {
    it(`of ${provider}, ${message.slice(0, 80)}, may be the request's fault`, () => {
      const error = decode(provider, status, bodyOf({ message }))
      assert.strictEqual(error._tag, "InvalidRequestError")
      assert.isFalse(isRetryable(error))
    })
  }

  it("differs from a model's own mistake, which is retried", () => {
    for (const code of ["tool_use_failed", "json_validate_failed"]) {
      const error = decode("groq", 400, bodyOf({ message: "Failed to call a function.", code }))
      assert.isTrue(isRetryable(error) && isFallbackable(error), code)
    }
    assert.strictEqual(
      decode("cohere", 422, { message: "No valid tool call or response generated" })._tag,
      "ServerError"
    )
  })
})

describe("a 404", () => {
  const url = "https://user:pass@a.example/v1/v1/chat/completions?key=k#x"
  const read = (body: unknown) =>
    ErrorTable.decode(OpenAiChat.decodeError(body), {
      provider: "vllm",
      rows: "vllm",
      model: "a-model",
      status: 404,
      headers: Headers.empty,
      url,
      now: 0,
      secrets: []
    })

  it("without a model is about the address, with advice", () => {
    for (const body of [
      { detail: "Not Found" },
      { error: "Not Found" },
      { message: "no Route matched with those values" },
      { error: { message: "Invalid URL (POST /v1/v1/chat/completions)", type: "invalid_request_error" } },
      { error: { code: 404, message: "File Not Found", type: "not_found_error" } },
      { message: "Route POST:/v1/v1/models not found", error: "Not Found", statusCode: 404 },
      "<!DOCTYPE html><html><body>Cannot POST /v1/v1/chat/completions</body></html>",
      "404 page not found",
      {},
      undefined
    ]) {
      const error = read(body)
      assert.strictEqual(error._tag, "EndpointNotFoundError", JSON.stringify(body))
      assert.include(error.message, "no endpoint at https://a.example/v1/v1/chat/completions. ")
      assert.include(error.message, "it ends in /v1")
      assert.isTrue(isFallbackable(error) && !isRetryable(error))
    }
  })

  it("that names a model is about the model, one of a file about the request", () => {
    for (const message of ["The model `x` does not exist.", "a-model was not found", "No endpoints found for x/y."]) {
      assert.strictEqual(read({ error: { message } })._tag, "ModelNotFoundError", message)
    }
    for (const message of ["No such File object: file-1", "Batch batch_1 not found"]) {
      assert.strictEqual(read({ error: { message } })._tag, "InvalidRequestError", message)
    }
  })
})

describe("x-should-retry", () => {
  const retries = (status: number, word: string, body: unknown = { error: { message: "hm" } }) =>
    isRetryable(decode("openai", status, body, { "x-should-retry": word }))

  it("false ends retries, but not fallback", () => {
    for (const status of [408, 409, 424, 429, 500, 503, 529]) {
      assert.isTrue(retries(status, "maybe"))
      assert.isFalse(retries(status, "false"))
    }
    assert.isTrue(isFallbackable(decode("openai", 503, {}, { "x-should-retry": "false" })))
  })

  it("true applies only if nothing else is known, and makes no permanent error retryable", () => {
    assert.isTrue(retries(499, "true"))
    assert.isFalse(retries(499, "maybe"))
    for (const status of [400, 401, 402, 403, 404, 405, 413, 422, 501]) assert.isFalse(retries(status, "true"))
    assert.isFalse(retries(429, "true", { error: { message: "no", code: "insufficient_quota" } }))
  })
})

describe("the table", () => {
  it("has patterns that are regular expressions, and captures one group with each number", () => {
    const { text, wait } = table
    for (const row of text) assert.doesNotThrow(() => new RegExp(row.pattern, "i"))
    for (const pattern of [
      ...text.flatMap(({ asked, kind, limit }) => [asked, kind, limit]),
      ...wait.map((row) => row.pattern)
    ]) {
      if (pattern !== undefined) assert.lengthOf(new RegExp(`${pattern}|`, "i").exec("") ?? [], 2, pattern)
    }
  })
})
