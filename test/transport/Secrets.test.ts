import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as SecretHeaders from "../../src/transport/SecretHeaders.ts"
import { holds, redact } from "../../src/transport/Secrets.ts"

describe("redaction", () => {
  const secret = "a-secret-of-mine"

  it.prop("no secret survives in any JSON, as a key or in a value", [Schema.Json, Schema.String], ([json, word]) => {
    const hidden = redact({ [`${secret}${word}`]: [json, `${word}${secret}`, { deep: secret }] }, [secret])
    assert.notInclude(JSON.stringify(hidden), secret)
  })

  it("hides what has the shape of a key, without being told", () => {
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

  it("leaves other JSON as it is, and drops what is not JSON", () => {
    assert.deepStrictEqual(redact({ a: [1, null, true, "b"] }, [secret]), { a: [1, null, true, "b"] })
    assert.deepStrictEqual(redact({ a: new Map() }, []), { a: undefined })
  })

  it("lets nothing through by depth", () => {
    let deep: unknown = secret
    for (let i = 0; i < 1000; i++) deep = i % 2 === 0 ? [deep] : { deep }
    assert.notInclude(JSON.stringify(redact(deep, [secret])), secret)
    let error = new Error(secret)
    for (let i = 0; i < 1000; i++) error = new Error("outer", { cause: error })
    let clean: unknown = redact(error, [secret])
    for (; clean instanceof Error; clean = clean.cause) assert.notInclude(clean.message, secret)
    assert.isUndefined(clean)
  })

  it("knows whether something holds a secret, also one that JSON writes otherwise", () => {
    assert.isTrue(holds({ a: [{ b: `x${secret}` }] }, [secret]))
    assert.isTrue(holds(['a"b'], ['a"b']))
    assert.isFalse(holds({ a: 1 }, [secret, ""]))
    assert.isFalse(holds(undefined, [secret]))
  })

  it("finds the secrets in headers, without their scheme", () => {
    const found = SecretHeaders.valuesOf({
      Authorization: "Bearer the-first-key",
      "api-key": "the-second-key",
      "x-goog-api-key": "the-third-key",
      "cf-access-client-secret": "the-fourth-key",
      accept: "text/plain",
      "x-api-key": " ",
      "idempotency-key": "7"
    })
    assert.deepStrictEqual(found, ["the-first-key", "the-second-key", "the-third-key", "the-fourth-key"])
    assert.deepStrictEqual(SecretHeaders.valuesOf(undefined), [])
  })
})
