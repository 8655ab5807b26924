/** What the keys of caches and of shared calls tell apart, for the requests of every capability. */
import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import type { Caching, Capability, Chat, Kind } from "../../../src/domain/Capability.ts"
import { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import { EmbeddingRequest } from "../../../src/domain/Embedding.ts"
import { ImageRequest } from "../../../src/domain/Image.ts"
import type { Json } from "../../../src/domain/Json.ts"
import { ModerationRequest } from "../../../src/domain/Moderation.ts"
import { RerankRequest } from "../../../src/domain/Rerank.ts"
import { SpeechRequest } from "../../../src/domain/Speech.ts"
import { TranscriptionRequest } from "../../../src/domain/Transcription.ts"
import { kind as chat } from "../../../src/model/ChatModel.ts"
import { kind as embedding } from "../../../src/model/EmbeddingModel.ts"
import { kind as image } from "../../../src/model/ImageModel.ts"
import { kind as moderation } from "../../../src/model/ModerationModel.ts"
import { kind as rerank } from "../../../src/model/RerankModel.ts"
import { kind as speech } from "../../../src/model/SpeechModel.ts"
import { kind as transcription } from "../../../src/model/TranscriptionModel.ts"
import * as CallKey from "../../../src/policies/caching/CallKey.ts"
import { digest, sha256 } from "../../../src/client/Sha256.ts"
import * as Fallback from "../../../src/policies/Fallback.ts"
import * as Model from "../../../src/policies/Model.ts"
import { OpenAi } from "../../../src/providers/OpenAi.ts"
import { answers, mapCalls, scripted } from "../capabilities.ts"

const keyOf = <C extends Capability>(kind: Kind<C>, request: C["Request"], tenant = "a") => {
  const model = Model.make<C, never, never>({ id: "lab/0", kind, generate: () => Effect.never })
  return CallKey.make({ model, request, tenant })
}

const cachingOf = <C extends Capability>(kind: Kind<C>): Caching<C> => {
  if (kind.caching === undefined) throw new Error(`${kind.id} has no caching`)
  return kind.caching
}

type Entries = Array<[string, unknown]>

/** The object and all within it, with their keys in another order. */
const inOrder =
  (order: (entries: Entries) => Entries) =>
  (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inOrder(order))
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value
    return Object.fromEntries(order(Object.entries(value)).map(([key, item]) => [key, inOrder(order)(item)]))
  }
const reversed = inOrder((entries) => entries.reverse())
const sorted = inOrder((entries) =>
  entries.filter(([, item]) => item !== undefined).sort(([a], [b]) => (a < b ? -1 : 1))
)

const laws = <C extends Capability>(kind: Kind<C>, schema: Schema.Codec<C["Request"], unknown>) =>
  describe(`of ${kind.id}`, () => {
    const { fields } = cachingOf(kind)
    const names = Object.keys(fields) as ReadonlyArray<keyof C["Request"] & string>
    const json = Schema.encodeSync(Schema.toCodecJson(schema))
    const lower = (headers: unknown) =>
      Object.entries((headers ?? {}) as object).map(([name, value]) => [name.toLowerCase(), value])
    const textOf = (request: C["Request"]) =>
      JSON.stringify([json(sorted({ ...request, headers: undefined }) as C["Request"]), lower(request.headers).sort()])

    it.effect.prop(
      "differs whenever a field that matters differs, and only then",
      { a: schema, b: schema },
      Effect.fnUntraced(function* ({ a, b }) {
        const key = yield* keyOf(kind, a)
        assert.match(String(key), /^[0-9a-f]{64}$/)
        for (const name of names) {
          const changed = { ...a, [name]: b[name] }
          const isSame = fields[name] === "ignored" || textOf(changed) === textOf(a)
          assert.strictEqual((yield* keyOf(kind, changed)) === key, isSame, name)
        }
      }),
      { arbitrary: { runs: 15 } }
    )

    it.effect.prop(
      "does not depend on the order of keys, nor on absent ones",
      { a: schema },
      Effect.fnUntraced(function* ({ a }) {
        const absent = Object.fromEntries(
          names.filter((name) => a[name] === undefined).map((name) => [name, undefined])
        )
        const other = reversed({ ...a, ...absent }) as C["Request"]
        assert.strictEqual(yield* keyOf(kind, other), yield* keyOf(kind, a))
      }),
      { arbitrary: { runs: 15 } }
    )
  })

describe("the key of a call", () => {
  laws(chat, ChatRequest)
  laws(embedding, EmbeddingRequest)
  laws(image, ImageRequest)
  laws(moderation, ModerationRequest)
  laws(rerank, RerankRequest)
  laws(speech, SpeechRequest)
  laws(transcription, TranscriptionRequest)

  it.effect("distinguishes bytes from text, and text from lists", () =>
    Effect.gen(function* () {
      const audio = new Uint8Array([1, 2, 3])
      const keys = yield* Effect.forEach(
        [audio, new Uint8Array([1, 2, 4]), new Uint8Array([1, 2]), "data:audio/mpeg;base64,AQID"],
        (audio) => keyOf(transcription, { audio })
      )
      assert.strictEqual(new Set(keys).size, keys.length)
      assert.strictEqual(yield* keyOf(transcription, { audio: audio.slice() }), keys[0])
      const texts = [["ab"], ["a", "b"], ["a,b"], ['a","b'], ["\ud800"], ["\ud801"], []]
      const lists = yield* Effect.forEach(texts, (inputs) => keyOf(embedding, { inputs }))
      assert.strictEqual(new Set(lists).size, lists.length)
    })
  )

  it.effect("tells lists apart by where their items begin and end, and from other values", () =>
    Effect.gen(function* () {
      const values: ReadonlyArray<Json> = [
        [1, 23],
        [12, 3],
        [123],
        [[1], [2]],
        [[1, 2]],
        [1, [2]],
        [true, null],
        [[true], null],
        {},
        [],
        { 0: 1, 1: 23 },
        [{ a: 1 }, { b: 2 }],
        [{ a: 1, b: 2 }],
        { a: { b: 1 }, c: 2 },
        { a: { b: 1, c: 2 } },
        "[1,23,]",
        "1",
        1,
        null,
        "null"
      ]
      const keys = yield* Effect.forEach(values, (list) =>
        keyOf(chat, { messages: [], providerOptions: { lab: { list } } })
      )
      assert.strictEqual(new Set(keys).size, keys.length)
    })
  )

  it.effect("holds the tenant, the model, its defaults and its capability", () =>
    Effect.gen(function* () {
      const request: EmbeddingRequest = { inputs: ["Hi"] }
      const model = (id: string) => Model.make({ id, kind: embedding, generate: () => Effect.never })
      const keys = yield* Effect.all([
        CallKey.make({ model: model("lab/0"), request, tenant: "a" }),
        CallKey.make({ model: model("lab/0"), request, tenant: "b" }),
        CallKey.make({ model: model("lab/0"), request, tenant: undefined }),
        CallKey.make({ model: model("lab/1"), request, tenant: "a" }),
        CallKey.make({ model: Model.withDefaults(model("lab/0"), { dimensions: 1 }), request, tenant: "a" }),
        CallKey.make({ model: Model.withDefaults(model("lab/0"), { dimensions: 2 }), request, tenant: "a" }),
        keyOf(moderation, { inputs: ["Hi"] })
      ])
      assert.strictEqual(new Set(keys).size, keys.length)
    })
  )

  it.effect("depends on the credentials of the call, wherever they were given", () =>
    Effect.gen(function* () {
      const model = OpenAi.model("gpt-5-mini")
      const request: ChatRequest = { messages: [] }
      const make = (model: Model.Model<Chat, unknown, unknown>) =>
        CallKey.make({ model: { ...model, kind: chat }, request, tenant: "a" })
      const credentials = (key: string) => OpenAi.withCredentials({ apiKey: Redacted.make(key) })
      const keys = yield* Effect.all([
        make(model),
        make(model).pipe(credentials("sk-1")),
        make(model).pipe(credentials("sk-2")),
        make(model).pipe(OpenAi.withCredentials({ baseUrl: "https://example.com" })),
        make(model.pipe(credentials("sk-3"))),
        make(Model.withDefaults(model.pipe(credentials("sk-4")), { seed: 1 })),
        make(Fallback.make([model.pipe(credentials("sk-5")), model])),
        make(Fallback.make([model, model.pipe(credentials("sk-5"))])),
        make(Fallback.make([model, model]))
      ])
      assert.strictEqual(new Set(keys).size, keys.length)
      assert.strictEqual(yield* make(model).pipe(credentials("sk-1")), keys[1])
    })
  )

  it.effect("ignores headers of tracing and the case of names", () =>
    Effect.gen(function* () {
      const keyWith = (headers: Record<string, string>) => keyOf(embedding, { inputs: ["Hi"], headers })
      const key = yield* keyWith({ "x-version": "1" })
      assert.strictEqual(yield* keyWith({ "X-Version": "1", traceparent: "00-1-1-01", "X-Request-Id": "7" }), key)
      assert.notStrictEqual(yield* keyWith({ "x-version": "2" }), key)
    })
  )

  it.effect("is absent if a request cannot be encoded, or is invalid", () =>
    Effect.gen(function* () {
      const withFunction = { inputs: ["Hi"], providerOptions: { lab: { f: () => 1 } } } as never
      assert.isUndefined(yield* keyOf(embedding, withFunction))
      assert.isUndefined(yield* keyOf(embedding, { inputs: [], [Symbol("refused")]: 1 } as never))
    })
  )

  it("is there for every capability of the tests of policies", () => {
    mapCalls((call) => assert.isDefined(scripted(call, [answers]).kind.caching))
  })
})

it.effect.prop(
  "SHA-256 is that of the platform",
  {
    size: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 300 })),
    byte: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))
  },
  Effect.fnUntraced(function* ({ byte, size }) {
    for (const length of [size, size + 40_000]) {
      const bytes = new Uint8Array(length).fill(byte)
      const expected = createHash("sha256").update(bytes).digest("hex")
      assert.strictEqual(yield* sha256(bytes), expected)
      assert.strictEqual(Buffer.from(digest(bytes)).toString("hex"), expected)
    }
  }),
  { arbitrary: { runs: 50 } }
)
