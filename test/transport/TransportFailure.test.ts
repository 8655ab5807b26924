import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { HttpClientError, HttpClientRequest } from "effect/http"
import * as TransportFailure from "../../src/transport/TransportFailure.ts"

const request = HttpClientRequest.post("https://a.example/v1", { headers: { authorization: "Bearer top-secret" } })
const decode = (reason: HttpClientError.HttpClientErrorReason) =>
  TransportFailure.decode(
    new HttpClientError.HttpClientError({ reason }),
    { provider: "acme", model: "m" },
    ["top-secret"],
    Duration.seconds(9)
  )
const lost = (cause: unknown) => decode(new HttpClientError.TransportError({ request, cause }))
const coded = (code: string, message = code) => Object.assign(new Error(message), { code })

describe("a transport failure", () => {
  it("is a network error with its code and detail, also when wrapped", () => {
    const wrapped = lost(new TypeError("fetch failed", { cause: coded("ECONNRESET", "read ECONNRESET") }))
    assert.strictEqual(wrapped._tag, "NetworkError")
    assert.strictEqual(wrapped.code, "ECONNRESET")
    assert.strictEqual(wrapped.detail, "read ECONNRESET")
    const several = Object.assign(new AggregateError([new Error("refused at ::1"), new Error("refused")]), {
      code: "ECONNREFUSED"
    })
    assert.strictEqual(lost(several).detail, "refused at ::1")
  })

  it("is a timeout with the elapsed time if the HTTP client's own limit was reached", () => {
    for (const [code, phase] of [
      ["UND_ERR_CONNECT_TIMEOUT", "connect"],
      ["UND_ERR_HEADERS_TIMEOUT", "connect"],
      ["UND_ERR_BODY_TIMEOUT", "idle"]
    ] as const) {
      for (const error of [lost(coded(code)), lost(new TypeError("fetch failed", { cause: coded(code) }))]) {
        assert.strictEqual(error._tag === "TimeoutError" && error.phase, phase)
        assert.deepStrictEqual(error._tag === "TimeoutError" && error.duration, Duration.seconds(9))
      }
    }
  })

  it("is an invalid request if the client refused to send it", () => {
    assert.strictEqual(lost(coded("UND_ERR_INVALID_ARG"))._tag, "InvalidRequestError")
    const url = new HttpClientError.InvalidUrlError({ request, description: "no host" })
    assert.strictEqual(decode(url)._tag, "InvalidRequestError")
    assert.strictEqual(decode(url).detail, "no host")
    assert.strictEqual(decode(new HttpClientError.EncodeError({ request }))._tag, "InvalidRequestError")
  })

  it("is a ResponseTooLargeError or TimeoutError if one of our limits was reached", () => {
    const large = lost(new TransportFailure.SizeLimit(50))
    assert.deepInclude(large, { _tag: "ResponseTooLargeError", limit: "responseBytes", bytes: 50, provider: "acme" })
    assert.strictEqual(new TransportFailure.SizeLimit(50).message, "the response is larger than 50 bytes")
    const late = lost(new TransportFailure.TimeLimit("total", 1500))
    assert.deepInclude(late, { _tag: "TimeoutError", phase: "total", duration: Duration.millis(1500), model: "m" })
    assert.strictEqual(new TransportFailure.TimeLimit("idle", 7).message, "a limit of 7 ms was reached")
    const headers = lost(coded("UND_ERR_HEADERS_OVERFLOW"))
    assert.deepInclude(headers, { _tag: "ResponseTooLargeError", limit: "headers" })
  })

  it("is a network error for any other code, even the name of a property of every object", () => {
    for (const code of ["ECONNRESET", "constructor", "toString"]) {
      assert.deepInclude(lost(coded(code)), { _tag: "NetworkError", code })
    }
  })

  it("looks for code and message in up to eight nested causes", () => {
    const nested = (depth: number) => {
      let error: Error = coded("ECONNRESET", "innermost")
      for (let level = 0; level < depth; level++) error = new Error("", { cause: error })
      return lost(error)
    }
    assert.deepInclude(nested(7), { code: "ECONNRESET", detail: "innermost" })
    assert.deepInclude(nested(8), { code: "ECONNRESET", detail: undefined })
    assert.deepInclude(nested(9), { code: undefined, detail: undefined })
  })

  it("keeps the outer message if the inner one is empty", () => {
    assert.strictEqual(lost(new Error("outer", { cause: new Error("") })).detail, "outer")
    assert.strictEqual(lost(new Error("outer", { cause: "a text" })).detail, "outer")
  })

  it("repeats neither the request nor a secret", () => {
    const error = lost(new Error("bad top-secret", { cause: coded("X", "top-secret") }))
    assert.notInclude(JSON.stringify(error) + String(error) + error.stack, "top-secret")
    assert.notInclude(String((error.cause as Error).cause), "top-secret")
  })

  it("accepts any thrown value, including an error that is its own cause", () => {
    const own = new Error("round")
    own.cause = own
    for (const cause of [undefined, null, "text", 1, {}, own]) assert.strictEqual(lost(cause)._tag, "NetworkError")
  })
})
