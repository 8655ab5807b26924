import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import {
  AuthenticationError,
  ContextWindowExceededError,
  InvalidRequestError,
  ModelNotFoundError,
  NetworkError,
  PermissionDeniedError,
  QuotaExceededError,
  UnsupportedParameterError
} from "../../../src/domain/CallErrors.ts"
import {
  ContentPolicyError,
  OverloadedError,
  RateLimitError,
  ResponseParseError,
  ServerError,
  StreamInterruptedError,
  TimeoutError
} from "../../../src/domain/ChatResponse.ts"
import { foldEvents } from "../../../src/domain/ChatFold.ts"
import type { ProviderError } from "../../../src/domain/ProviderError.ts"
import { OpenAiChat } from "../../../src/protocols/OpenAiChat.ts"

const decode = (body: unknown) => {
  const { body: _, ...failure } = OpenAiChat.decodeError(body)
  return failure
}

describe("decodeError", () => {
  const forms: ReadonlyArray<readonly [string, unknown, object]> = [
    [
      "ElevenLabs', whose `status` is a word",
      { detail: { status: "quota_exceeded", message: "No credits.", request_id: "r" } },
      { _tag: "ProviderFailure", code: "quota_exceeded", message: "No credits.", requestId: "r" }
    ],
    [
      "Deepgram's, with its details",
      { category: "INVALID_JSON", message: "Invalid JSON.", details: "Line 1.", request_id: "r" },
      { _tag: "ProviderFailure", code: "INVALID_JSON", message: "Invalid JSON. Line 1.", requestId: "r" }
    ],
    [
      "OpenAI's",
      {
        error: {
          message: "Unsupported value",
          type: "invalid_request_error",
          param: "temperature",
          code: "unsupported_value"
        }
      },
      { message: "Unsupported value", type: "invalid_request_error", param: "temperature", code: "unsupported_value" }
    ],
    ["a string", { error: "model not loaded" }, { message: "model not loaded" }],
    [
      "xAI's",
      { code: "Some permission denied", error: "No access" },
      { code: "Some permission denied", message: "No access" }
    ],
    [
      "fields at the top",
      { object: "error", message: "too long", type: "BadRequestError", param: null, code: 400 },
      { status: 400, code: "400", type: "BadRequestError", message: "too long" }
    ],
    [
      "MiniMax's, in an answer of status 200",
      { choices: null, base_resp: { status_code: 1002, status_msg: "too fast" } },
      { code: "1002", message: "too fast" }
    ],
    [
      "OpenRouter's, with the upstream provider's words",
      {
        error: {
          message: "Provider returned error",
          code: 429,
          metadata: { raw: "rate limited upstream", provider_name: "X" }
        },
        user_id: "u"
      },
      { status: 429, code: "429", message: "Provider returned error: rate limited upstream" }
    ],
    [
      "OpenRouter's, with its own type",
      { error: { message: "no", code: 400, metadata: { error_type: "context_length_exceeded" } } },
      { status: 400, code: "400", type: "context_length_exceeded", message: "no" }
    ],
    [
      "Google's, in an array",
      [
        {
          error: {
            code: 429,
            message: "Quota",
            status: "RESOURCE_EXHAUSTED",
            details: [{ "@type": "RetryInfo", retryDelay: "32.5s" }]
          }
        }
      ],
      { status: 429, code: "429", type: "RESOURCE_EXHAUSTED", message: "Quota", retryAfterSeconds: 32.5 }
    ],
    ["FastAPI's", { detail: "Not Found" }, { message: "Not Found" }],
    [
      "FastAPI's list",
      { detail: [{ loc: ["body", "messages"], msg: "field required", type: "missing" }] },
      { param: "messages", message: "body.messages: field required" }
    ],
    [
      "FastAPI's list within a message, as Mistral sends it",
      {
        object: "error",
        message: {
          detail: [{ type: "extra_forbidden", loc: ["body", "top_k"], msg: "Extra inputs are not permitted" }]
        },
        type: "invalid_request_error",
        param: null,
        code: null
      },
      { type: "invalid_request_error", param: "top_k", message: "body.top_k: Extra inputs are not permitted" }
    ],
    [
      "FastAPI's list in details, and what is odd in it",
      {
        error: {
          message: "invalid input",
          details: [
            { loc: [{ toString: null }, ["x"], "tools", 0], msg: "wrong" },
            { loc: null, msg: 7 },
            { msg: { a: 1 } }
          ]
        }
      },
      { message: "invalid input: tools.0: wrong; 7" }
    ],
    [
      "Azure's, whose code is the status",
      { error: { code: "401", message: "Denied" } },
      { status: 401, code: "401", message: "Denied" }
    ],
    [
      "Anthropic's, through a proxy",
      { type: "error", error: { type: "overloaded_error", message: "Overloaded" }, request_id: "req_1" },
      { type: "overloaded_error", message: "Overloaded", requestId: "req_1" }
    ],
    ["plain text", "upstream request timeout\n", { message: "upstream request timeout" }],
    ["a list of errors", { errors: [{ message: "AiError", code: 7003 }] }, { code: "7003", message: "AiError" }],
    ["nothing", undefined, {}]
  ]

  it.each(forms)("reads %s", (_, body, expected) => {
    assert.deepStrictEqual(decode(body), { _tag: "ProviderFailure", ...expected })
  })

  it("keeps the whole body", () => {
    const body = { error: { message: "a" }, other: 1 }
    assert.strictEqual(OpenAiChat.decodeError(body).body, body)
  })

  it("reads retryAfter from the message if no field has it", () => {
    const wait = (message: string) => OpenAiChat.decodeError({ error: { message } }).retryAfterSeconds
    assert.strictEqual(wait("Please try again in 2.87s. Need more tokens?"), 2.87)
    assert.strictEqual(wait("Please try again in 6ms."), 0.006)
    assert.strictEqual(wait("Please try again in 1m2.5s."), 62.5)
    assert.strictEqual(wait("Please try again in 7m12s"), 432)
    assert.strictEqual(wait("Please try again in 1h2m3s"), 3723)
    assert.isUndefined(wait("Please try again in a while"))
    assert.isUndefined(wait("Please try again later"))
  })

  it("reads the wait from a field", () => {
    assert.strictEqual(OpenAiChat.decodeError({ error: { message: "a", retry_after: 3 } }).retryAfterSeconds, 3)
  })
})

const empty = foldEvents([])

const errors: ReadonlyArray<readonly [ProviderError, number, string | null]> = [
  [new AuthenticationError({}), 401, "invalid_api_key"],
  [new PermissionDeniedError({}), 403, "permission_denied"],
  [new RateLimitError({ limit: "tokens" }), 429, "rate_limit_exceeded"],
  [new QuotaExceededError({}), 402, "insufficient_quota"],
  [new TimeoutError({ phase: "total", duration: Duration.seconds(1) }), 504, "timeout"],
  [new InvalidRequestError({ at: "messages[0]", detail: "no" }), 400, null],
  [new UnsupportedParameterError({ parameter: "topK" }), 400, "unsupported_parameter"],
  [new ContextWindowExceededError({ limit: 10 }), 400, "context_length_exceeded"],
  [new ContentPolicyError({}), 400, "content_filter"],
  [new ModelNotFoundError({}), 404, "model_not_found"],
  [new OverloadedError({}), 503, "overloaded"],
  [new ServerError({}), 500, null],
  [new ServerError({ status: 529 }), 529, null],
  [new ServerError({ status: 408 }), 500, null],
  [new NetworkError({}), 502, "upstream_unreachable"],
  [new ResponseParseError({}), 502, "upstream_invalid_response"],
  [new StreamInterruptedError({ partial: empty }), 502, "upstream_interrupted"]
]

describe("encodeError", () => {
  it.each(errors.map(([error, status, code]) => [error._tag, status, code, error] as const))(
    "writes %s as %i %s",
    (_, status, code, error) => {
      const encoded = OpenAiChat.encodeError(error)
      assert.strictEqual(encoded.status, status)
      const back = decode(encoded.body)
      assert.strictEqual(back.code ?? null, code)
      assert.strictEqual(back.message, error.message)
      assert.isString(back.type)
    }
  )

  it("names the parameter and the limit", () => {
    assert.strictEqual(
      decode(OpenAiChat.encodeError(new InvalidRequestError({ at: "messages[0]" })).body).param,
      "messages[0]"
    )
    assert.strictEqual(
      decode(OpenAiChat.encodeError(new UnsupportedParameterError({ parameter: "topK" })).body).param,
      "topK"
    )
    assert.strictEqual(decode(OpenAiChat.encodeError(new RateLimitError({ limit: "tokens" })).body).type, "tokens")
  })

  it("never reveals the provider's response", () => {
    const error = new AuthenticationError({ body: { key: "sk-secret" }, cause: new Error("sk-secret") })
    assert.notInclude(JSON.stringify(OpenAiChat.encodeError(error)), "sk-secret")
  })
})
