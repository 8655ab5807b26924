import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import * as BaseUrl from "../../src/transport/BaseUrl.ts"
import * as RequestHeaders from "../../src/transport/RequestHeaders.ts"
import { holds, redact, redactText } from "../../src/transport/Secrets.ts"
import { isIn, secretKey, spellings, undone } from "./spellings.ts"

describe("redaction", () => {
  const secret = "a-secret-of-mine"

  it.prop("no secret survives in any JSON, as a key or in a value", [Schema.Json, Schema.String], ([json, word]) => {
    const hidden = redact({ [`${secret}${word}`]: [json, `${word}${secret}`, { deep: secret }] }, [secret])
    assert.notInclude(JSON.stringify(hidden), secret)
  })

  it("hides what looks like a key, without a list", () => {
    for (const key of [
      "sk-proj-abcdefghijklmnop1234",
      "Bearer abcdefgh12345",
      "gsk_abcdefghijklmnop1234",
      "AIza" + "a".repeat(35)
    ]) {
      assert.notInclude(String(redact(`your key ${key} is wrong`, [])), "abcdefgh")
    }
    assert.strictEqual(redact("the task-force met", []), "the task-force met")
  })

  it("cleans an error and its causes, and keeps their codes", () => {
    const error = new Error(`no ${secret}`, { cause: Object.assign(new Error(secret), { code: "ECONNRESET" }) })
    const clean = redact(error, [secret]) as Error
    assert.notInclude(clean.message + String(clean.cause) + clean.stack, secret)
    assert.strictEqual((clean.cause as { code?: string }).code, "ECONNRESET")
  })

  it("leaves other JSON unchanged, and drops what is not JSON", () => {
    assert.deepStrictEqual(redact({ a: [1, null, true, "b"] }, [secret]), { a: [1, null, true, "b"] })
    assert.deepStrictEqual(redact({ a: new Map(), b: () => 1 }, []), { a: undefined, b: undefined })
  })

  it("hides secrets at any depth", () => {
    let deep: unknown = secret
    for (let i = 0; i < 1000; i++) deep = i % 2 === 0 ? [deep] : { deep }
    assert.notInclude(JSON.stringify(redact(deep, [secret])), secret)
    const nested = (depth: number): unknown => (depth === 0 ? "a" : [nested(depth - 1)])
    assert.deepStrictEqual(redact(nested(64), []), nested(64))
    assert.notDeepEqual(redact([nested(64)], []), [nested(64)])
    let error = new Error(secret)
    for (let i = 0; i < 1000; i++) error = new Error("outer", { cause: error })
    let clean: unknown = redact(error, [secret])
    for (; clean instanceof Error; clean = clean.cause) assert.notInclude(clean.message, secret)
    assert.isUndefined(clean)
  })

  it("detects whether a value contains a secret, also in its JSON escapes", () => {
    assert.isTrue(holds({ a: [{ b: `x${secret}` }] }, [secret]))
    assert.isTrue(holds(['a"b'], ['a"b']))
    assert.isFalse(holds({ a: 1 }, [secret, ""]))
    assert.isFalse(holds(undefined, [secret]))
  })

  it("finds the secrets in headers, without their scheme", () => {
    const found = RequestHeaders.secretsIn({
      Authorization: "Bearer the-first-key",
      "api-key": "the-second-key",
      "x-goog-api-key": "the-third-key",
      "cf-access-client-secret": "the-fourth-key",
      accept: "text/plain",
      "x-api-key": " ",
      "idempotency-key": "0123456789abcdef",
      "proxy-authorization": `Basic ${btoa("me:the-fifth-key")}`,
      "x-acme": "the-sixth-key"
    })
    const basic = [btoa("me:the-fifth-key"), "the-fifth-key"]
    assert.deepStrictEqual(found, ["the-first-key", "the-second-key", "the-third-key", "the-fourth-key", ...basic])
    assert.deepStrictEqual(RequestHeaders.secretsIn({ "X-Acme": "the-sixth-key" }, ["x-acme"]), ["the-sixth-key"])
    const signature = "AWS4-HMAC-SHA256 Credential=AKIA/1/us-east-1/bedrock/aws4_request, Signature=00"
    assert.deepStrictEqual(RequestHeaders.secretsIn({ authorization: signature }), [])
    assert.deepStrictEqual(RequestHeaders.secretsIn(undefined), [])
  })
})

describe("redaction in every spelling", () => {
  const word = Arbitrary.schema(Schema.String.check(Schema.isPattern(/^[a-z ,.:]{0,12}$/)))

  for (const [name, spell] of Object.entries(spellings)) {
    it.prop(
      name,
      [secretKey, word, word],
      ([secret, before, after]) => {
        const text = redactText(`${before} ${spell(secret)} ${after}`, ["another-secret", secret])
        for (const told of undone(text)) assert.isFalse(isIn(told, secret), told)
        assert.include(text, "<redacted>")
        assert.isTrue(text.startsWith(`${before} `) && text.endsWith(` ${after}`), text)
        assert.isTrue(holds({ a: [spell(secret)] }, [secret]))
      },
      { arbitrary: { runs: 20 } }
    )
  }

  it.prop("leaves a text without secrets unchanged", [secretKey, Schema.String], ([secret, text]) => {
    const other = `${text} 100% \\ &amp; &#47 %2F`.replaceAll(secret, "")
    if (!holds(other, [secret])) assert.strictEqual(redactText(other, [secret]), redactText(other, []))
  })

  it("hides secrets that were added to a list later", () => {
    const secrets = new Set(["the-first-secret"])
    assert.strictEqual(redactText("the-second-secret", secrets), "the-second-secret")
    secrets.add("the-second-secret")
    assert.strictEqual(redactText("the-first-secret, the-second-secret", secrets), "<redacted>, <redacted>")
  })

  it("hides the user of any address", () => {
    assert.strictEqual(
      redactText("GET https://me:pass@a.example/b?c=d@e", []),
      "GET https://<redacted>@a.example/b?c=d@e"
    )
  })
})

describe("a rejected address", () => {
  it("has the reason, and how an address with an @ is written", () => {
    for (const [address, reason] of [
      ["a.example/v1", "is not a URL"],
      ["ftp://a.example", "must begin with http:// or https://"],
      ["https://me@a.example", "must not contain a user name or password"],
      ["https://:pass@a.example", "must not contain a user name or password"],
      ["https://a.example/?b", "must not contain a query or fragment"],
      ["https://a.example/#b", "must not contain a query or fragment"],
      ["https://a.example/@b", "must not contain a user name or password (in a path, write @ as %40)"]
    ]) {
      assert.deepStrictEqual(BaseUrl.decode(address ?? ""), Result.fail(reason ?? ""))
    }
    assert.deepStrictEqual(BaseUrl.decode("HTTP://a.example/v1//"), Result.succeed("http://a.example/v1"))
  })

  it("shows its host, or nothing if it is not an address", () => {
    for (const [address, shown] of [
      ["https://me:pass@a.example/b", "https://a.example"],
      ["https://a.example/b?key=pass", "https://a.example"],
      ["https:me:pass@a.example", "https://a.example"],
      ["me:pass@a.example", undefined],
      ["me:pass@a.example:443/v1", undefined],
      ["//me:pass@a.example", undefined],
      ["https://me:1234/pass@a.example", undefined],
      ["https://me:pa/ss@a.example", undefined],
      ["a-key-in-the-wrong-place", undefined]
    ] as const) {
      assert.isTrue(BaseUrl.decode(address)._tag === "Failure", address)
      assert.strictEqual(BaseUrl.originOf(address), shown, address)
    }
  })
})
