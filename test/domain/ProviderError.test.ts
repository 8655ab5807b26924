import { assert, describe, it } from "@effect/vitest"
import { Duration, Schema } from "effect"
import { readFileSync } from "node:fs"
import {
  ChatResponse,
  ContentPolicyError,
  OverloadedError,
  RateLimitError,
  ResponseParseError,
  ServerError,
  StreamInterruptedError,
  TimeoutError
} from "../../src/domain/ChatResponse.ts"
import {
  partialOf,
  withPartial,
  isFallbackable,
  refusersOf,
  isRetryable,
  ProviderError,
  retryAfter,
  tagOf,
  attemptsOf,
  withAttempts
} from "../../src/domain/ProviderError.ts"
import { AllFailedError } from "../../src/domain/AllFailedError.ts"
import {
  AuthenticationError,
  ContextWindowExceededError,
  EndpointNotFoundError,
  InvalidRequestError,
  ModelNotFoundError,
  NetworkError,
  PermissionDeniedError,
  QuotaExceededError,
  ResponseTooLargeError,
  UnsupportedParameterError
} from "../../src/domain/CallErrors.ts"
import { StructuredOutputError, ToolInputError } from "../../src/domain/OutputErrors.ts"
import { UnknownModelError } from "../../src/domain/ModelId.ts"
import { unknown } from "../../src/domain/Usage.ts"

const where = {
  provider: "acme",
  model: "one",
  status: 418,
  requestId: "req_1",
  code: "teapot",
  detail: "I am a teapot.",
  body: { error: { code: "teapot" } },
  cause: new Error("short and stout")
}
const partial = new ChatResponse({
  content: [{ type: "text", text: "half" }],
  finishReason: "other",
  usage: unknown,
  warnings: [],
  attempts: []
})
const wait = { retryAfter: Duration.seconds(3) }

/** Each error, whether the same model is asked again, whether another one is, and what its message must say. */
const table: ReadonlyArray<readonly [ProviderError, retry: boolean, fallback: boolean, says: RegExp]> = [
  [new AuthenticationError(where), false, true, /key was not accepted/],
  [new PermissionDeniedError(where), false, true, /may not do this/],
  [new RateLimitError({ ...where, ...wait, limit: "tokens" }), true, true, /rate limit on tokens.*Wait 3s/],
  [new RateLimitError(where), true, true, /rate limit was reached.*Retry\.standard/],
  [
    new RateLimitError({ ...where, allowed: 9, requested: 9 }),
    true,
    true,
    /rate limit of 9 was reached \(9 were requested/
  ],
  [
    new RateLimitError({ ...where, ...wait, limit: "tokens", allowed: 9, requested: 10 }),
    false,
    true,
    /larger than the rate limit on tokens of 9 \(10 were requested\)\. It will never succeed: shorten it/
  ],
  [new QuotaExceededError(where), false, true, /no quota left/],
  [
    new TimeoutError({ ...where, phase: "first-token", duration: Duration.seconds(9) }),
    false,
    true,
    /no first token within 9s/
  ],
  [new TimeoutError({ ...where, phase: "connect", duration: Duration.seconds(9) }), false, true, /no response within/],
  [
    new TimeoutError({ ...where, phase: "idle", duration: Duration.seconds(9) }),
    false,
    true,
    /no further token within/
  ],
  [
    new TimeoutError({ ...where, phase: "total", duration: Duration.seconds(9) }),
    false,
    true,
    /no complete response within/
  ],
  [new InvalidRequestError({ ...where, at: "messages[2]" }), false, true, /not valid at messages\[2\]/],
  [
    new UnsupportedParameterError({ ...where, parameter: "topK" }),
    false,
    true,
    /`topK` as it was sent\. Change `topK`/
  ],
  [new UnsupportedParameterError(where), false, true, /does not support the request as it is\. Change the request/],
  [
    new EndpointNotFoundError({ ...where, url: "https://a.example/v1/v1/chat" }),
    false,
    true,
    /no endpoint at https:\/\/a\.example\/v1\/v1\/chat\. Check the base URL: it ends in \/v1, which/
  ],
  [
    new EndpointNotFoundError({ ...where, url: "https://a.example/v1/chat" }),
    false,
    true,
    /Check the base URL, and that/
  ],
  [
    new EndpointNotFoundError({ ...where, url: "https://a.example/chat" }),
    false,
    true,
    /which often ends in \/v1, and/
  ],
  [new EndpointNotFoundError(where), false, true, /no endpoint at this address/],
  [new ContextWindowExceededError({ ...where, limit: 8000, requested: 9000 }), false, true, /of 8000 tokens \(9000/],
  [new ContextWindowExceededError(where), false, true, /context window\. Shorten/],
  [new ContentPolicyError({ ...where, category: "violence" }), false, false, /policy \(violence\)/],
  [new ModelNotFoundError(where), false, true, /model was not found/],
  [new OverloadedError({ ...where, ...wait }), true, true, /overloaded/],
  [new ServerError({ ...where, ...wait }), true, true, /provider failed/],
  [new NetworkError(where), true, true, /connection failed/],
  [new ResponseParseError({ ...where, frame: { data: "{" } }), false, true, /could not be decoded/],
  [
    new ResponseTooLargeError({ ...where, limit: "responseBytes", bytes: 1e6 }),
    false,
    true,
    /than 1,000,000 bytes.*limits: { responseBytes }/
  ],
  [new ResponseTooLargeError({ ...where, limit: "headers" }), false, true, /headers.*maxHeaderSize/],
  [new StreamInterruptedError({ ...where, partial }), true, true, /cut off/]
]

const others = [
  new ToolInputError({ ...where, tool: "search", callId: "1", rawInput: "{", issue: "not JSON" }),
  new StructuredOutputError({ ...where, rawText: "hm", issue: "not JSON", response: partial }),
  new UnknownModelError({ ...where, requested: "opnai/gpt", suggestions: ["openai/gpt-5"] }),
  new UnknownModelError({ requested: "gpt", suggestions: [] })
]

const failed = (...errors: ReadonlyArray<ProviderError>) =>
  new AllFailedError({
    models: ["a", "b"],
    attempts: errors.map((error, index) => ({ model: `m/${index}`, error, duration: Duration.millis(index) }))
  })

describe("the errors of a call", () => {
  it("are all in the table", () => {
    assert.deepStrictEqual(
      new Set(table.map(([error]) => error._tag)),
      new Set(ProviderError.members.map((member) => member.fields._tag.schema.literal))
    )
  })

  for (const [error, retry, fallback, says] of table) {
    it(`${error._tag} is ${retry ? "" : "not "}retryable and ${fallback ? "" : "not "}fallbackable, with advice`, () => {
      assert.strictEqual(isRetryable(error), retry)
      assert.strictEqual(isFallbackable(error), fallback)
      assert.match(error.message, /^acme\/one: /)
      assert.match(error.message, says)
      assert.match(error.message, /The provider said: I am a teapot\.$/)
    })
  }

  it("agree with docs/errors.md", () => {
    const page = readFileSync(`${import.meta.dirname}/../../docs/errors.md`, "utf8")
    const rows = new Map(
      [...page.matchAll(/^\| `(\w+)` \|[^|]*\| ([^|]*) \| ([^|]*) \|$/gm)].map(([, tag, retry, fallback]) => [
        tag,
        [retry, fallback]
      ])
    )
    for (const [error, retry, fallback] of table) {
      if (error._tag === "StreamInterruptedError" || error._tag === "ContextWindowExceededError") continue
      if (error._tag === "RateLimitError" && error.requested !== undefined && !retry) continue
      const [again, another] = rows.get(error._tag)!
      assert.strictEqual(again!.startsWith("yes"), retry, error._tag)
      assert.strictEqual(another!.startsWith("yes"), fallback, error._tag)
    }
  })

  it("survive JSON, and are the same class again", () => {
    const codec = Schema.toCodecJson(ProviderError)
    for (const [error] of table) {
      const text = JSON.stringify(Schema.encodeSync(codec)(error))
      const decoded = Schema.decodeUnknownSync(codec)(JSON.parse(text))
      assert.strictEqual(decoded.constructor, error.constructor)
      assert.strictEqual(decoded.message, error.message)
      assert.strictEqual(JSON.stringify(Schema.encodeSync(codec)(decoded)), text)
      assert.strictEqual((decoded.cause as Error).message, "short and stout")
    }
  })

  it("found before anything was sent are wrong with any model, or can be dropped", () => {
    const invalid = new InvalidRequestError({ provider: "acme", model: "one", at: "messages[0]", detail: "empty" })
    assert.isFalse(isFallbackable(invalid))
    const unsupported = new UnsupportedParameterError({ provider: "acme", model: "one", parameter: "topK" })
    assert.isTrue(isFallbackable(unsupported))
    assert.match(unsupported.message, /Leave `topK` out.*onUnsupported: "drop"/)
    for (const status of [undefined, 400]) {
      const large = new UnsupportedParameterError({ provider: "acme", status, parameter: "request" })
      assert.match(large.message, /larger than this provider accepts\. Make it smaller/)
    }
  })

  it("are not retried if the provider says so, and never on its word alone", () => {
    for (const [error, retry, fallback] of table) {
      const Error = error.constructor as new (fields: object) => ProviderError
      assert.isFalse(isRetryable(new Error({ ...error, shouldRetry: false })), error._tag)
      assert.strictEqual(isRetryable(new Error({ ...error, shouldRetry: true })), retry, error._tag)
      assert.strictEqual(isFallbackable(new Error({ ...error, shouldRetry: false })), fallback, error._tag)
    }
  })

  it("keep the partial response over JSON, if they have one", () => {
    const codec = Schema.toCodecJson(ProviderError)
    for (const [error] of table) {
      const Error = error.constructor as new (fields: object) => ProviderError
      const held = withPartial(new Error({ ...error }), partial)
      const read = Schema.decodeUnknownSync(codec)(JSON.parse(JSON.stringify(Schema.encodeSync(codec)(held))))
      assert.strictEqual(partialOf(read)?.text, partialOf(held)?.text, error._tag)
      if (/^(?:RateLimit|Overloaded|Server|ContentPolicy|ResponseParse)Error$/.test(error._tag)) {
        assert.strictEqual(partialOf(read)?.text, "half", error._tag)
      }
    }
  })

  it("have short messages, however long the provider's", () => {
    const long = "\u{1F600}".repeat(100_000)
    for (const [error] of table) {
      const Error = error.constructor as new (fields: object) => ProviderError
      const { message } = new Error({ ...error, detail: long, category: long, at: long, parameter: long, url: long })
      assert.isBelow(message.length, 4000, error._tag)
      assert.isTrue(message.isWellFormed())
    }
  })

  it("retryAfter is the provider's wait, if any", () => {
    for (const [error] of table) {
      const asks = "retryAfter" in error && error.retryAfter !== undefined
      assert.strictEqual(retryAfter(error) !== undefined, asks, error._tag)
    }
    assert.isUndefined(retryAfter("anything"))
  })
})

describe("an error of a policy", () => {
  it("is not retried, but another model may be called", () => {
    for (const error of [...others, new Error("hm"), "hm", { _tag: "toString" }, null]) {
      assert.isFalse(isRetryable(error))
      assert.isTrue(isFallbackable(error))
    }
    assert.isFalse(isFallbackable(undefined))
  })

  it("survives JSON", () => {
    for (const error of others) {
      const codec = Schema.toCodecJson(error.constructor as unknown as Schema.Codec<(typeof others)[number]>)
      const text = JSON.stringify(Schema.encodeSync(codec)(error))
      assert.strictEqual(Schema.decodeUnknownSync(codec)(JSON.parse(text)).message, error.message)
    }
  })

  it("has advice", () => {
    const [tool, structured, misspelt, unknown] = others.map(({ message }) => message)
    assert.match(tool!, /tool `search` cannot be decoded: not JSON\. Answer the call/)
    assert.match(structured!, /does not conform to the schema: not JSON/)
    assert.match(misspelt!, /Did you mean openai\/gpt-5\?/)
    assert.match(unknown!, /no model `gpt` is configured\. Write it as provider\/model/)
  })
})

describe("the name of an error", () => {
  it("is its tag, or else its name, or else that it is one", () => {
    const named = Object.assign(new Error("no"), { name: "AbortError" })
    const nameless = Object.assign(new Error("no"), { name: "" })
    assert.deepStrictEqual([new ServerError({}), named, { _tag: 1, name: "Named" }, new TypeError("no")].map(tagOf), [
      "ServerError",
      "AbortError",
      "Named",
      "TypeError"
    ])
    for (const other of [nameless, { name: 1 }, {}, undefined, null, "text"]) assert.strictEqual(tagOf(other), "Error")
  })
})

describe("AllFailedError", () => {
  const server = new ServerError({})
  const invalid = new InvalidRequestError({})

  it("lists every attempt in its message, also after JSON", () => {
    const error = failed(server, new AuthenticationError({}))
    const says =
      /Tried m\/0 \(0\): ServerError; m\/1 \(1ms\): AuthenticationError\. The last error was: the key was not accepted/
    assert.match(error.message, says)
    const codec = Schema.toCodecJson(AllFailedError)
    const decoded = Schema.decodeUnknownSync(codec)(JSON.parse(JSON.stringify(Schema.encodeSync(codec)(error))))
    assert.match(decoded.message, says)
    assert.match(failed().message, /Tried none/)
  })

  it("ends when a second provider refuses the request as invalid, and not with the first", () => {
    const by = (provider: string) => new InvalidRequestError({ status: 400, provider })
    assert.deepStrictEqual([...refusersOf([{ model: "a/1", error: server }])], [])
    const nested = { model: "b/1", error: failed(server, by("a")) }
    assert.deepStrictEqual(
      [...refusersOf([nested, { model: "b/1", error: new InvalidRequestError({}) }, { model: "x", error: by("b") }])],
      [
        ["a", 1],
        ["b", 2]
      ]
    )
    assert.isTrue(isFallbackable(failed(server, by("a"))))
    assert.isTrue(isRetryable(failed(server, by("a"))))
    assert.isTrue(isFallbackable(failed(by("a"), by("a"))))
    assert.isFalse(isFallbackable(failed(by("a"), by("b"))))
    assert.isFalse(isRetryable(failed(server, by("a"), by("b"))))
  })

  it("holds the last error", () => {
    assert.strictEqual(failed(server, invalid).last, invalid)
    assert.isUndefined(failed().last)
  })

  it("may be retried when one of its models may, unless its last error put an end to it", () => {
    assert.isTrue(isRetryable(failed(server, new AuthenticationError({}))))
    assert.isFalse(isRetryable(failed(new AuthenticationError({}))))
    assert.isFalse(isRetryable(failed(server, invalid)))
    assert.isFalse(isRetryable(failed()))
  })

  it("may be routed around as its last error may", () => {
    assert.isTrue(isFallbackable(failed(invalid, server)))
    assert.isFalse(isFallbackable(failed(server, invalid)))
    assert.isTrue(isFallbackable(failed()))
  })
})

describe("Attempt", () => {
  it("records on an error the attempts that led to it, without changing it", () => {
    const error = new ServerError({})
    const trail = [{ model: "a/b", error, duration: Duration.millis(1) }]
    assert.deepStrictEqual(attemptsOf(error), [])
    assert.strictEqual(withAttempts(error, trail), error)
    assert.strictEqual(attemptsOf(error), trail)
    assert.notInclude(JSON.stringify(error), "a/b")
    assert.strictEqual(withAttempts("text", trail), "text")
    assert.deepStrictEqual(attemptsOf("text"), [])
    assert.deepStrictEqual(attemptsOf(null), [])
  })
})
