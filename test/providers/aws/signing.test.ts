import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { HttpClientRequest } from "effect/http"
import { TestClock } from "effect/testing"
import { createHash, createHmac } from "node:crypto"
import { WebSha256, signWith } from "../../../src/providers/aws/SignedRequest.ts"

const credentials = (sessionToken?: string) =>
  Effect.succeed({
    accessKeyId: "AKIDEXAMPLE",
    value: Redacted.make("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
    sessionToken: sessionToken === undefined ? undefined : Redacted.make(sessionToken),
    expiresAt: Number.POSITIVE_INFINITY
  })

const sign = (request: HttpClientRequest.HttpClientRequest, sessionToken?: string) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Date.parse("2015-08-30T12:36:00Z"))
    const options = { provider: "bedrock", service: "service", region: "us-east-1" }
    return (yield* signWith(credentials(sessionToken), options)(request)).headers
  })

const authorization = (headers: string, signature: string) =>
  `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${headers}, Signature=${signature}`

const url = "https://example.amazonaws.com/"

/**
 * AWS's `aws-sig-v4-test-suite`: the cases that a URL can say and whose headers are those that we sign. (`get-utf8` and
 * `get-space` have a path that is not encoded, which no HTTP client sends.)
 */
const suite: ReadonlyArray<
  readonly [name: string, request: HttpClientRequest.HttpClientRequest, headers: string, signature: string]
> = [
  [
    "get-vanilla",
    HttpClientRequest.get(url),
    "host;x-amz-date",
    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
  ],
  [
    "post-vanilla",
    HttpClientRequest.post(url),
    "host;x-amz-date",
    "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
  ],
  [
    "get-unreserved",
    HttpClientRequest.get(`${url}-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz`),
    "host;x-amz-date",
    "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"
  ],
  [
    "get-vanilla-query-order-key-case",
    HttpClientRequest.get(`${url}?Param2=value2&Param1=value1`),
    "host;x-amz-date",
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
  ],
  [
    "post-x-www-form-urlencoded",
    HttpClientRequest.bodyText(HttpClientRequest.post(url), "Param1=value1", "application/x-www-form-urlencoded"),
    "content-type;host;x-amz-date",
    "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
  ]
]

describe("signing by Signature Version 4", () => {
  for (const [name, request, headers, signature] of suite) {
    it.effect(`agrees with AWS's published case ${name}`, () =>
      Effect.gen(function* () {
        const made = yield* sign(request)
        assert.strictEqual(made["x-amz-date"], "20150830T123600Z")
        assert.strictEqual(made.authorization, authorization(headers, signature))
      })
    )
  }

  it.effect("agrees with AWS's published case get-vanilla-with-session-token", () =>
    Effect.gen(function* () {
      const token = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"
      const made = yield* sign(HttpClientRequest.get(url), token)
      assert.strictEqual(made["x-amz-security-token"], token)
      const signature = "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"
      assert.strictEqual(made.authorization, authorization("host;x-amz-date;x-amz-security-token", signature))
    })
  )

  it.effect("encodes a model's name in the path twice, as every service but S3 requires", () =>
    Effect.gen(function* () {
      const body = '{"a":1}'
      const made = yield* sign(
        HttpClientRequest.bodyText(
          HttpClientRequest.post(`${url}model/anthropic.claude%3A0/converse`),
          body,
          "application/json"
        )
      )
      const sha256 = (data: string) => createHash("sha256").update(data).digest("hex")
      const canonical = [
        "POST",
        "/model/anthropic.claude%253A0/converse",
        "",
        "content-type:application/json",
        "host:example.amazonaws.com",
        "x-amz-date:20150830T123600Z",
        "",
        "content-type;host;x-amz-date",
        sha256(body)
      ].join("\n")
      const scope = "20150830/us-east-1/service/aws4_request"
      const key = ["20150830", "us-east-1", "service", "aws4_request"].reduce<string | Buffer>(
        (key, word) => createHmac("sha256", key).update(word).digest(),
        "AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
      )
      const text = ["AWS4-HMAC-SHA256", "20150830T123600Z", scope, sha256(canonical)].join("\n")
      const signature = createHmac("sha256", key).update(text).digest("hex")
      assert.strictEqual(made.authorization, authorization("content-type;host;x-amz-date", signature))
    })
  )

  it.effect("does not sign headers that an HTTP client may change", () =>
    Effect.gen(function* () {
      const plain = yield* sign(HttpClientRequest.get(url))
      const more = yield* sign(
        HttpClientRequest.setHeaders(HttpClientRequest.get(url), { accept: "a", "user-agent": "b" })
      )
      assert.strictEqual(more.authorization, plain.authorization)
      assert.strictEqual(more.accept, "a")
    })
  )

  it("hashes in chunks, with and without a secret, as Node does", async () => {
    for (const secret of [undefined, "secret", new Uint8Array([1, 2, 3])]) {
      const hash = new WebSha256(secret)
      const expected = secret === undefined ? createHash("sha256") : createHmac("sha256", secret)
      hash.update("forgotten")
      hash.reset()
      for (const piece of ["a", "漢", new TextEncoder().encode("b"), new Uint8Array([0, 255]).buffer]) {
        hash.update(piece)
        expected.update(piece instanceof ArrayBuffer ? new Uint8Array(piece) : piece)
      }
      assert.strictEqual(Buffer.from(await hash.digest()).toString("hex"), expected.digest("hex"))
    }
  })
})
