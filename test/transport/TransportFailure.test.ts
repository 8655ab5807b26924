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
  it("is a network error that names its code and what happened, also when it is wrapped", () => {
    const wrapped = lost(new TypeError("fetch failed", { cause: coded("ECONNRESET", "read ECONNRESET") }))
    assert.strictEqual(wrapped._tag, "NetworkError")
    assert.strictEqual(wrapped.code, "ECONNRESET")
    assert.strictEqual(wrapped.detail, "read ECONNRESET")
    const several = Object.assign(new AggregateError([new Error("refused at ::1"), new Error("refused")]), {
      code: "ECONNREFUSED"
    })
    assert.strictEqual(lost(several).detail, "refused at ::1")
  })

  it("is a timeout where the HTTP client's own limit was reached, and says for how long was waited", () => {
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

  it("is an invalid request where the client refused to send it", () => {
    assert.strictEqual(lost(coded("UND_ERR_INVALID_ARG"))._tag, "InvalidRequestError")
    const url = new HttpClientError.InvalidUrlError({ request, description: "no host" })
    assert.strictEqual(decode(url)._tag, "InvalidRequestError")
    assert.strictEqual(decode(url).detail, "no host")
    assert.strictEqual(decode(new HttpClientError.EncodeError({ request }))._tag, "InvalidRequestError")
  })

  it("repeats neither the request nor a secret", () => {
    const error = lost(new Error("bad top-secret", { cause: coded("X", "top-secret") }))
    assert.notInclude(JSON.stringify(error) + String(error) + error.stack, "top-secret")
    assert.notInclude(String((error.cause as Error).cause), "top-secret")
  })

  it("takes whatever is thrown, also what is its own cause", () => {
    const own = new Error("round")
    own.cause = own
    for (const cause of [undefined, null, "text", 1, {}, own]) assert.strictEqual(lost(cause)._tag, "NetworkError")
  })
})
