/** Who shares responses: calls to the same servers as the same accounts, however their layers were built. */
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Redacted } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import type { Persistence } from "effect/persistence"
import type { Chat } from "../../../src/domain/Capability.ts"
import * as Coalesce from "../../../src/policies/Coalesce.ts"
import * as Fallback from "../../../src/policies/Fallback.ts"
import * as KeyPool from "../../../src/policies/KeyPool.ts"
import type * as Model from "../../../src/policies/Model.ts"
import * as Race from "../../../src/policies/Race.ts"
import * as ResponseCache from "../../../src/policies/ResponseCache.ts"
import * as SemanticCache from "../../../src/policies/SemanticCache.ts"
import { Anthropic } from "../../../src/providers/Anthropic.ts"
import { Bedrock } from "../../../src/providers/Bedrock.ts"
import { OpenAi } from "../../../src/providers/OpenAi.ts"
import { Registry } from "../../../src/providers/Registry.ts"
import * as Group from "../../../src/router/Group.ts"

/** Answers with who asked whom. */
const server = HttpClient.make((request, url) => {
  const said = `${url.href} ${request.headers["authorization"]} ${request.headers["x-team"] ?? ""}`
  const body = url.pathname.endsWith("/embeddings")
    ? { model: "e", data: [{ index: 0, embedding: [1, 0] }], usage: { prompt_tokens: 1, total_tokens: 1 } }
    : { id: "1", choices: [{ index: 0, message: { role: "assistant", content: said }, finish_reason: "stop" }] }
  return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(JSON.stringify(body))))
})
const http = Layer.succeed(HttpClient.HttpClient, server)

interface Options {
  readonly apiKey: Redacted.Redacted | Effect.Effect<Redacted.Redacted>
  readonly baseUrl: string
  readonly headers?: { readonly [name: string]: string | Redacted.Redacted }
}
const openAi = (options: Options) => Layer.fresh(OpenAi.layer(options)).pipe(Layer.provide(http))
const key = (text: string) => Redacted.make(`sk-of-${text}`)
const acme: Options = { apiKey: key("acme"), baseUrl: "https://one.example/v1" }

const chat = OpenAi.model("gpt-x")
const hour = { ttl: "1 hour", tenant: "same" } as const
type Needs = OpenAi | Persistence.Persistence
const cached: { readonly [name: string]: Effect.Effect<Model.Model<Chat, unknown, Needs>> } = {
  "a cache": Effect.succeed(ResponseCache.make(hour)(chat)),
  "a cache around a fallback": Effect.succeed(ResponseCache.make(hour)(Fallback.make([chat, OpenAi.model("gpt-y")]))),
  "a cache around a group": Effect.map(Group.make("fast", [{ model: chat }]), ResponseCache.make(hour)),
  "a semantic cache": Effect.succeed(
    SemanticCache.make({ ...hour, embedding: OpenAi.embeddingModel("text-embedding-3-small") })(chat)
  )
}

const others: { readonly [name: string]: Options } = {
  "another key": { ...acme, apiKey: key("globex") },
  "another base URL": { ...acme, baseUrl: "https://two.example/v1" },
  "another path": { ...acme, baseUrl: "https://one.example/tenants/v1" },
  "another header": { ...acme, headers: { "x-team": "red" } },
  "another secret header": { ...acme, headers: { "x-team": Redacted.make("blue-secret") } }
}

/** What one tenant is told after another one has asked the same. */
const afterAnother = (model: Model.Model<Chat, unknown, Needs>, first: Options, second: Options) =>
  Effect.gen(function* () {
    const told = yield* Effect.provide(model.generate("Hi"), openAi(first))
    const then = yield* Effect.provide(model.generate("Hi"), openAi(second))
    assert.isUndefined(told.cached)
    return { told: told.text, then: then.text, isHit: then.cached !== undefined }
  })

describe("responses are shared by layers", () => {
  for (const [name, made] of Object.entries(cached)) {
    for (const [difference, options] of Object.entries(others)) {
      it.effect(`never with ${difference}: ${name}`, () =>
        Effect.gen(function* () {
          const model = yield* made
          const { isHit, told, then } = yield* afterAnother(model, acme, options)
          assert.isFalse(isHit)
          assert.notStrictEqual(then, told)
        }).pipe(Effect.provide(ResponseCache.layerMemory()))
      )
    }

    it.effect(`with the same key and base URL: ${name}`, () =>
      Effect.gen(function* () {
        const { isHit, told, then } = yield* afterAnother(yield* made, acme, { ...acme })
        assert.isTrue(isHit)
        assert.strictEqual(then, told)
      }).pipe(Effect.provide(ResponseCache.layerMemory()))
    )
  }

  it.effect("with changing keys only within one layer", () =>
    Effect.gen(function* () {
      const model = ResponseCache.make(hour)(chat)
      const rotating = { ...acme, apiKey: Effect.succeed(key("acme")) }
      assert.isFalse((yield* afterAnother(model, rotating, rotating)).isHit)
      const again = Effect.andThen(model.generate("Again"), model.generate("Again"))
      assert.isDefined((yield* Effect.provide(again, openAi(rotating))).cached)
    }).pipe(Effect.provide(ResponseCache.layerMemory()))
  )

  it.effect("in whatever order the providers were provided", () =>
    Effect.gen(function* () {
      const model = ResponseCache.make(hour)(chat)
      const anthropic = Anthropic.layer({ apiKey: key("a") }).pipe(Layer.provide(http))
      yield* Effect.provide(model.generate("Hi"), Layer.merge(openAi(acme), anthropic))
      const second = yield* Effect.provide(model.generate("Hi"), Layer.merge(anthropic, openAi(acme)))
      assert.isDefined(second.cached)
    }).pipe(Effect.provide(ResponseCache.layerMemory()))
  )

  it.effect("not with a registry of another account inside the model", () =>
    Effect.gen(function* () {
      const ask = (apiKey: string) =>
        Effect.gen(function* () {
          const { model } = yield* Effect.provide(Registry, Layer.fresh(Registry.layerOf([OpenAi])))
          return yield* ResponseCache.make(hour)(yield* model("openai/gpt-x")).generate("Hi")
        }).pipe(
          Effect.provide([
            http,
            ConfigProvider.layer(ConfigProvider.fromUnknown({ OPENAI_API_KEY: `sk-of-${apiKey}` }))
          ])
        )
      const told = yield* ask("acme")
      assert.notStrictEqual((yield* ask("globex")).text, told.text)
      assert.isDefined((yield* ask("acme")).cached)
    }).pipe(Effect.provide(ResponseCache.layerMemory()))
  )
})

describe("responses are not shared by models", () => {
  const red = chat.pipe(OpenAi.withCredentials({ apiKey: key("red") }))
  const blue = chat.pipe(OpenAi.withCredentials({ apiKey: key("blue") }))
  const composed: {
    readonly [name: string]: (member: typeof chat) => Effect.Effect<Model.Model<Chat, unknown, OpenAi>>
  } = {
    fallback: (member) => Effect.succeed(Fallback.make([member])),
    race: (member) => Effect.succeed(Race.make([member])),
    group: (member) => Group.make("fast", [{ model: member }]),
    "fallback of a group": (member) =>
      Effect.map(Group.make("fast", [{ model: member }]), (one) => Fallback.make([one]))
  }
  it.effect("with key pools, unless their keys are the same", () =>
    Effect.gen(function* () {
      const ask = (name: string) =>
        Effect.flatMap(KeyPool.make(OpenAi, [{ credentials: { apiKey: key(name) } }]), ({ policy }) =>
          ResponseCache.make(hour)(policy(chat)).generate("Hi")
        )
      yield* ask("red")
      assert.include((yield* ask("blue")).text, "sk-of-blue")
      assert.isDefined((yield* ask("red")).cached)
    }).pipe(Effect.provide([openAi(acme), ResponseCache.layerMemory()]))
  )

  for (const [name, make] of Object.entries(composed)) {
    it.effect(`whose members have other credentials: ${name}`, () =>
      Effect.gen(function* () {
        const ask = (member: typeof chat) =>
          Effect.flatMap(make(member), (model) => ResponseCache.make(hour)(model).generate("Hi"))
        const first = yield* ask(red)
        const second = yield* ask(blue)
        assert.include(first.text, "sk-of-red")
        assert.include(second.text, "sk-of-blue")
        assert.isDefined((yield* ask(red)).cached)
      }).pipe(Effect.provide([openAi(acme), ResponseCache.layerMemory()]))
    )
  }

  it.effect("of a group whose members were replaced", () =>
    Effect.gen(function* () {
      const group = yield* Group.make("fast", [{ model: red }])
      const model = ResponseCache.make(hour)(group)
      yield* model.generate("Hi")
      yield* group.replace([{ model: blue }])
      assert.include((yield* model.generate("Hi")).text, "sk-of-blue")
    }).pipe(Effect.provide([openAi(acme), ResponseCache.layerMemory()]))
  )
})

it.effect("calls in flight are shared within one layer only, as before", () =>
  Effect.gen(function* () {
    const model = Coalesce.make()(chat)
    const [one, two] = [openAi(acme), openAi(acme)]
    const contexts = yield* Effect.all([Layer.build(one), Layer.build(two)])
    const calls = contexts.map((context) => Effect.provideContext(model.generate("Hi"), context))
    const [a, b] = yield* Effect.all(calls, { concurrency: "unbounded" })
    for (const response of [a, b]) assert.notDeepInclude(response?.cost ?? {}, { flags: [{ _tag: "Coalesced" }] })
  })
)

describe("the fingerprint of a provider", () => {
  const settings = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "AKIA" }
  const bedrock = (env: Record<string, string>) =>
    Effect.map(Bedrock.make, ({ fingerprint }) => fingerprint).pipe(
      Effect.provide([http, ConfigProvider.layer(ConfigProvider.fromUnknown({ ...settings, ...env }))])
    )

  it.effect("is the same in every process, and holds no key", () =>
    Effect.gen(function* () {
      const { fingerprint } = yield* Effect.provide(OpenAi, openAi(acme))
      assert.strictEqual(fingerprint, "3a9a21d82364299fdf6856426d7a253b213edbe9b83f2914a8732731cc5bfa70")
    })
  )

  it.effect("differs between credentials", () =>
    Effect.gen(function* () {
      const first = yield* bedrock({ AWS_SECRET_ACCESS_KEY: "secret-one" })
      assert.isDefined(first)
      assert.notStrictEqual(yield* bedrock({ AWS_SECRET_ACCESS_KEY: "secret-two" }), first)
      assert.strictEqual(yield* bedrock({ AWS_SECRET_ACCESS_KEY: "secret-one" }), first)
    })
  )
})
