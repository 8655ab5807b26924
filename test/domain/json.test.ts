/** What is stored: every Schema that the package exports, written as JSON and read again. */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import { BigDecimal, Data, Duration, Effect, Schema } from "effect"
import { globSync, readFileSync } from "node:fs"
import * as path from "node:path"
import { ChatResponse, PartialEmbeddingError, RateLimitError } from "../../src/domain/ChatResponse.ts"
import { MediaData } from "../../src/domain/ContentPart.ts"
import { Json, OptionalJson } from "../../src/domain/Json.ts"
import { AllFailedError } from "../../src/domain/AllFailedError.ts"
import { isFallbackable, isRetryable, ProviderError, retryAfter } from "../../src/domain/ProviderError.ts"
import { unknown } from "../../src/domain/Usage.ts"

const root = path.resolve(import.meta.dirname, "../..")
const { exports } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
  readonly exports: Readonly<Record<string, unknown>>
}

/** The module `./domain/Usage`, by the most specific entry of the exports map, as Node resolves it. */
const isExported = (module: string): boolean => {
  const entry = Object.keys(exports)
    .filter((key) => key === module || (key.endsWith("*") && module.startsWith(key.slice(0, -1))))
    .sort((a, b) => b.length - a.length)[0]
  return entry !== undefined && exports[entry] !== null
}

const modules = globSync("src/**/*.ts", { cwd: root })
  .filter((file) => isExported(file.replace(/^src/, ".").replace(/\.ts$/, "")))
  .sort()

const isSchema = (u: unknown): u is Schema.Codec<unknown, unknown> => Schema.isSchema(u)

/** By the name of its first export, each once. */
const found = new Map<Schema.Codec<unknown, unknown>, string>()
for (const file of modules) {
  for (const [name, value] of Object.entries((await import(path.join(root, file))) as Record<string, unknown>)) {
    if (isSchema(value) && !found.has(value)) found.set(value, `${file.slice(4, -3)} ${name}`)
  }
}

/** Equal values read alike: an absent key and one that is `undefined` are the same, and so are errors of equal fields. */
const plain = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return typeof value === "number" ? String(value) : value
  if (value instanceof Uint8Array) return ["bytes", ...value]
  if (Duration.isDuration(value)) return ["duration", String(Duration.toNanos(value))]
  if (BigDecimal.isBigDecimal(value)) return ["decimal", BigDecimal.format(value)]
  if (Array.isArray(value)) return value.map(plain)
  const record = value as { readonly [key: string]: unknown }
  const fields = Object.keys(value)
    .sort()
    .flatMap((key) => (record[key] === undefined ? [] : [[key, plain(record[key])]]))
  // JSON has no -0, and messages quote numbers.
  if (value instanceof Error)
    return [value.name, value.message.replace(/-0(?![\d.])/g, "0"), plain(value.cause), ...fields]
  return [value instanceof ChatResponse, ...fields]
}

/** Node 24.21 misreads such keys now and then: of `{"\\ud800":0}` in a long text, JSON.parse makes the key `\\`. */
const hasEscapedKey = (json: string): boolean =>
  json.match(/"(?:[^"\\]|\\.)*"(?=:)/g)?.some((key) => key.includes("\\")) ?? false

describe("JSON there and back", () => {
  for (const [schema, name] of found) {
    const codec = Schema.toCodecJson(Schema.Struct({ value: schema }))
    const [encode, decode] = [Schema.encodeUnknownSync(codec), Schema.decodeUnknownSync(codec)]
    it.prop(
      name,
      [schema],
      ([value]) => {
        const json = JSON.stringify(encode({ value }))
        if (hasEscapedKey(json)) return
        const again = decode(JSON.parse(json))
        assert.strictEqual(JSON.stringify(plain(again.value)), JSON.stringify(plain(value)))
      },
      { arbitrary: { runs: 25 } }
    )
  }
})

const throughJson = <A, I>(schema: Schema.Codec<A, I>, value: A): A => {
  const codec = Schema.toCodecJson(schema)
  return Schema.decodeUnknownSync(codec)(JSON.parse(JSON.stringify(Schema.encodeSync(codec)(value))))
}

describe("any JSON", () => {
  const values = [undefined, () => 1, Symbol("a"), 1n]

  it("is no function, symbol or bigint, and undefined only where it may be left out", () => {
    for (const value of values) assert.isFalse(Schema.is(Json)(value))
    for (const value of [null, 0, "", false, [], {}]) assert.isTrue(Schema.is(Json)(value))
    const optional = Schema.Struct({ value: OptionalJson })
    assert.deepStrictEqual(
      values.map((value) => Schema.is(optional)({ value })),
      [true, false, false, false]
    )
  })

  it("that may be left out is left out where it is undefined, and null where it is null", () => {
    const optional = Schema.Struct({ value: OptionalJson })
    const codec = Schema.toCodecJson(optional)
    for (const value of [{}, { value: undefined }]) assert.deepStrictEqual(Schema.encodeSync(codec)(value), {})
    assert.deepStrictEqual(throughJson(optional, { value: null }), { value: null })
    assert.deepStrictEqual(throughJson(optional, { value: [1] }), { value: [1] })
    assert.deepStrictEqual(throughJson(optional, { value: undefined }), {})
  })

  it("is named in the errors of its schema", () => {
    assert.throws(() => Schema.decodeUnknownSync(Json)(1n), /a JSON value/)
    assert.throws(
      () => Schema.decodeUnknownSync(Schema.Struct({ value: OptionalJson }))({ value: 1n }),
      /a JSON value or undefined/
    )
  })
})

describe("what must survive JSON", () => {
  it("bytes stay bytes next to a text of the same characters", () => {
    const bytes = Uint8Array.from([105, 183, 29])
    assert.deepStrictEqual(throughJson(MediaData, bytes), bytes)
    for (const text of ["abcd", "", "https://example.com/a.png", "data:image/png;base64,abcd"]) {
      assert.strictEqual(throughJson(MediaData, text), text)
    }
    assert.deepStrictEqual(Schema.encodeSync(Schema.toCodecJson(MediaData))(bytes), { base64: "abcd" })
  })

  it.prop(
    "every error of an attempt keeps its class, and so whether it is retryable",
    { errors: Arbitrary.array(Arbitrary.schema(ProviderError), { minLength: 1, maxLength: 3 }) },
    ({ errors }) => {
      const attempts = errors.map((error) => ({ model: "a/b", error, duration: Duration.millis(5) }))
      const failed = new AllFailedError({ models: ["a/b"], attempts })
      const again = throughJson(AllFailedError, failed)
      assert.strictEqual(again.message, failed.message)
      for (const [index, error] of errors.entries()) {
        const read = again.attempts[index]!.error!
        assert.strictEqual(read._tag, error._tag)
        assert.strictEqual(Object.getPrototypeOf(read), Object.getPrototypeOf(error))
        assert.deepStrictEqual(retryAfter(read), retryAfter(error))
      }
      for (const ask of [isRetryable, isFallbackable]) {
        assert.strictEqual(ask(again), ask(failed))
        assert.deepStrictEqual(
          again.attempts.map(({ error }) => ask(error)),
          errors.map(ask)
        )
      }
    }
  )

  it("an error of a policy's own keeps its name and message, one over parts its class", () => {
    class OwnError extends Data.TaggedError("OwnError")<{ readonly message: string }> {}
    const partial = new PartialEmbeddingError({
      reason: new RateLimitError({}),
      embeddings: [[1], null],
      usage: unknown
    })
    const own = [new OwnError({ message: "no" }), "text", null, partial].map((error) => ({
      model: "a/b",
      error: error as never,
      duration: Duration.zero
    }))
    const [tagged, text, none, parts] = throughJson(
      AllFailedError,
      new AllFailedError({ models: [], attempts: own })
    ).attempts.map(({ error }): unknown => error)
    assert.instanceOf(tagged, Error)
    assert.deepStrictEqual([tagged.name, tagged.message], ["OwnError", "no"])
    assert.strictEqual(text, "text")
    assert.instanceOf(none, Error)
    assert.instanceOf(parts, PartialEmbeddingError)
    assert.isTrue(isRetryable(parts))
  })
})

describe("AllFailedError", () => {
  const attempt = { model: "a/b", error: new RateLimitError({ limit: "tokens" }), duration: Duration.zero }
  const failed = new AllFailedError({ models: ["a/b"], attempts: [attempt] })

  it.effect("has the last error as its reason, so that Effect.catchReason tells the cases apart", () =>
    Effect.gen(function* () {
      const limit = yield* Effect.fail(failed).pipe(
        Effect.catchReason("AllFailedError", "RateLimitError", ({ limit }) => Effect.succeed(limit))
      )
      assert.strictEqual(limit, "tokens")
      const other = yield* Effect.fail(failed).pipe(
        Effect.catchReason("AllFailedError", "NetworkError", () => Effect.succeed("network")),
        Effect.flip
      )
      assert.strictEqual(other, failed)
    })
  )

  it("has a reason even if no model was called", () => {
    assert.strictEqual(new AllFailedError({ models: [], attempts: [] }).reason._tag, "ModelNotFoundError")
  })
})
