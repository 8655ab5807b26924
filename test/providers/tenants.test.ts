/** Keys of tenants, keys that change, and layers that are built once: what docs/keys.md says, run. */
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Context, Effect, Layer, LayerMap, ManagedRuntime, Redacted, Ref, Stream } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { Anthropic, Fallback, OpenAi, OpenAiCompatible, Provider, Registry } from "effect-llm"
import { Watsonx } from "effect-llm/providers/Watsonx"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { eventStream, serve } from "./server.ts"

const json = { "content-type": "application/json" }
const chat = JSON.stringify({
  id: "c1",
  model: "gpt-4.1",
  choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }]
})

/** A provider that knows some keys; a refusal repeats the one that it was given, and more if it is told to. */
const vendor = Effect.fnUntraced(function* (known: (key: string) => boolean = () => true, echo = () => "") {
  const keys: Array<string> = []
  const { url } = yield* serve((response, _, { headers }) => {
    const key = (headers.authorization ?? "").replace("Bearer ", "")
    keys.push(key)
    if (known(key)) response.writeHead(200, json).end(chat)
    else response.writeHead(401, json).end(JSON.stringify({ error: { message: `bad key ${key} ${echo()}` } }))
  })
  return { url, keys }
})

const net = UndiciClient.layer
const ask = OpenAi.model("gpt-4.1").generate("Hi")
const settings = (env: Record<string, string>) => ConfigProvider.layer(ConfigProvider.fromUnknown(env))

describe("a layer is built once per runtime", () => {
  const layer = OpenAi.layerConfig.pipe(Layer.provide(net))

  it.live("so layerConfig below a request's settings uses the runtime's key, and Layer.fresh the request's", () =>
    Effect.gen(function* () {
      const { keys, url } = yield* vendor()
      const env = (name: string) => settings({ OPENAI_API_KEY: `key-of-${name}`, OPENAI_BASE_URL: url })
      const runtime = yield* Effect.acquireRelease(
        Effect.sync(() => ManagedRuntime.make(Layer.provide(layer, env("app")))),
        (runtime) => Effect.promise(() => runtime.dispose())
      )
      const asTenant = (layer: Layer.Layer<OpenAi, unknown>) =>
        Effect.promise(() =>
          runtime.runPromise(ask.pipe(Effect.provide(layer), Effect.provide(env("tenant")), Effect.orDie))
        )
      yield* asTenant(layer)
      yield* asTenant(Layer.fresh(layer))
      assert.deepStrictEqual(keys, ["key-of-app", "key-of-tenant"])
    })
  )
})

describe("a LayerMap", () => {
  it.live("builds the layer of each tenant once", () =>
    Effect.gen(function* () {
      const { keys, url } = yield* vendor()
      const built: Array<string> = []
      const layerOf = (tenant: string) =>
        Layer.unwrap(
          Effect.sync(() => {
            built.push(tenant)
            return OpenAi.layer({ apiKey: Redacted.make(`key-of-${tenant}`), baseUrl: url })
          })
        ).pipe(Layer.provide(net))
      class Tenants extends LayerMap.Service<Tenants>()("test/Tenants", {
        lookup: layerOf,
        idleTimeToLive: "1 hour"
      }) {}
      const asTenant = (tenant: string) => Effect.provide(ask, Tenants.get(tenant))
      yield* Effect.all([asTenant("a"), asTenant("b"), asTenant("a")]).pipe(Effect.provide(Tenants.layer))
      assert.deepStrictEqual(keys, ["key-of-a", "key-of-b", "key-of-a"])
      assert.deepStrictEqual(built, ["a", "b"])
    })
  )
})

class Vault extends Context.Service<Vault, { readonly current: Effect.Effect<string> }>()("test/Vault") {}

describe("a key that changes", () => {
  const rotating = Effect.fnUntraced(function* (first: string) {
    const current = yield* Ref.make(first)
    return { current, layer: Layer.succeed(Vault, { current: Ref.get(current) }) }
  })
  const apiKey = Effect.flatMap(Vault, ({ current }) => Effect.map(current, Redacted.make))

  it.live("comes from an effect, which may need services", () =>
    Effect.gen(function* () {
      const { keys, url } = yield* vendor()
      const { current, layer } = yield* rotating("key-one-0123456789")
      yield* Effect.gen(function* () {
        yield* ask
        yield* Ref.set(current, "key-two-0123456789")
        yield* ask
      }).pipe(Effect.provide(OpenAi.layer({ apiKey, baseUrl: url }).pipe(Layer.provide([net, layer]))))
      assert.deepStrictEqual(keys, ["key-one-0123456789", "key-two-0123456789"])
    })
  )

  it.live("is requested once more after a 401, and used if it changed", () =>
    Effect.gen(function* () {
      const { keys, url } = yield* vendor((key) => key === "key-two")
      const drawn = yield* Ref.make(0)
      const sequence = ["key-one", "key-two", "key-three", "key-three", "key-four", "key-five"]
      const next = Effect.map(
        Ref.getAndUpdate(drawn, (n) => n + 1),
        (n) => Redacted.make(sequence[n] ?? "")
      )
      yield* Effect.gen(function* () {
        yield* ask
        assert.strictEqual((yield* Effect.flip(ask))._tag, "AuthenticationError")
        assert.strictEqual((yield* Effect.flip(ask))._tag, "AuthenticationError")
      }).pipe(Effect.provide(OpenAi.layer({ apiKey: next, baseUrl: url }).pipe(Layer.provide(net))))
      assert.deepStrictEqual(keys, ["key-one", "key-two", "key-three", "key-four", "key-five"])
    })
  )

  it.live("is an AuthenticationError without the key if it cannot be sent", () =>
    Effect.gen(function* () {
      const { keys, url } = yield* vendor()
      const layer = OpenAi.layer({ apiKey: Effect.succeed(Redacted.make("top-secret\nkey")), baseUrl: url })
      const error = yield* ask.pipe(Effect.provide(Layer.provide(layer, net)), Effect.flip)
      assert.strictEqual(error._tag, "AuthenticationError")
      assert.include(error.message, "contains a line break")
      assert.notInclude(error.message, "top-secret")
      assert.deepStrictEqual(keys, [])
    })
  )

  it.live("may come from a service of `authorize`", () =>
    Effect.gen(function* () {
      class Acme extends OpenAiCompatible.Service<Acme>()({
        id: "acme",
        authorize: () =>
          Effect.succeed((request: HttpClientRequest.HttpClientRequest) =>
            Effect.flatMap(Vault, ({ current }) =>
              Effect.map(current, (key) => HttpClientRequest.bearerToken(request, Redacted.make(key)))
            )
          )
      }) {}
      const { keys, url } = yield* vendor()
      const { current, layer } = yield* rotating("key-one-0123456789")
      const acme: Layer.Layer<Acme, unknown, Vault | HttpClient.HttpClient> = Acme.layer({ baseUrl: url })
      yield* Effect.gen(function* () {
        yield* Acme.model("m").generate("Hi")
        yield* Ref.set(current, "key-two-0123456789")
        yield* Stream.runDrain(Acme.model("m").stream("Hi"))
      }).pipe(Effect.provide(Layer.provide(acme, [net, layer])))
      assert.deepStrictEqual(keys, ["key-one-0123456789", "key-two-0123456789"])
    })
  )

  it.live("is exchanged for another token after a 401", () =>
    Effect.gen(function* () {
      let exchanges = 0
      const keys: Array<string | undefined> = []
      const { url } = yield* serve((response, _, { headers, url: path = "" }) => {
        if (path === "/token") {
          response.writeHead(200, json).end(JSON.stringify({ access_token: `token-${++exchanges}`, expires_in: 3600 }))
          return
        }
        keys.push(headers.authorization)
        if (headers.authorization === "Bearer token-1" && keys.length > 1) response.writeHead(401, json).end("{}")
        else response.writeHead(200, json).end(chat)
      })
      const options = { apiKey: Redacted.make("key-0123456789"), iamUrl: `${url}/token`, baseUrl: url, project: "p" }
      const model = Watsonx.model("ibm/granite-4")
      yield* Effect.gen(function* () {
        yield* model.generate("Hi")
        yield* Effect.all([model.generate("Hi"), model.generate("Hi")], { concurrency: 2 })
      }).pipe(Effect.provide(Layer.provide(Watsonx.layer(options), net)))
      assert.strictEqual(exchanges, 2)
      assert.lengthOf(
        keys.filter((key) => key === "Bearer token-2"),
        2
      )
    })
  )

  it.live("stays out of all later errors, even if the HTTP client added it", () =>
    Effect.gen(function* () {
      const old = ["key-one-0123456789", "key-two-0123456789", "key-three-0123456789"]
      const turn = yield* Ref.make(0)
      const { keys, url } = yield* vendor(
        () => false,
        () => old.join(" ")
      )
      const client = Layer.effect(
        HttpClient.HttpClient,
        Effect.map(HttpClient.HttpClient, (client) =>
          HttpClient.mapRequestEffect(client, (request) =>
            Effect.map(
              Ref.getAndUpdate(turn, (n) => n + 1),
              (n) => HttpClientRequest.bearerToken(request, old[n] ?? "")
            )
          )
        )
      ).pipe(Layer.provide(net))
      class Acme extends OpenAiCompatible.Service<Acme>()({ id: "acme", auth: "none" }) {}
      const errors = yield* Effect.forEach(old, () => Effect.flip(Acme.model("m").generate("Hi"))).pipe(
        Effect.provide(Layer.provide(Acme.layer({ baseUrl: url }), client))
      )
      assert.deepStrictEqual(keys, old)
      assert.notInclude(JSON.stringify(errors[2]) + errors[2]?.message, "0123456789")
    })
  )
})

describe("over fetch", () => {
  it.live("a token exchange follows no redirect", () =>
    Effect.gen(function* () {
      const other = yield* vendor()
      const { url } = yield* serve((response) => response.writeHead(307, { location: `${other.url}/?k=secret` }).end())
      const options = { apiKey: Redacted.make("key-0123456789"), iamUrl: `${url}/token`, baseUrl: url, project: "p" }
      const error = yield* Watsonx.model("ibm/granite-4")
        .generate("Hi")
        .pipe(Effect.provide(Layer.provide(Watsonx.layer(options), FetchHttpClient.layer)), Effect.flip)
      assert.strictEqual(error._tag, "AuthenticationError")
      assert.include(error.message, "redirected to")
      assert.notInclude(error.message, "secret")
      assert.deepStrictEqual(other.keys, [])
    })
  )
})

describe("a registry", () => {
  it.live("returns models that accept their provider's credentials", () =>
    Effect.gen(function* () {
      const [first, second] = [yield* vendor((key) => key !== "key-of-user"), yield* vendor()]
      class Other extends Provider.Instance<Other>()(OpenAi, { id: "openai-other", settingPrefix: "OTHER" }) {}
      const env = {
        OPENAI_API_KEY: "key-of-app",
        OPENAI_BASE_URL: first.url,
        OTHER_API_KEY: "key-of-other",
        OTHER_BASE_URL: second.url
      }
      yield* Effect.gen(function* () {
        const registry = yield* Registry
        const chain = Fallback.make([
          yield* registry.model("openai/gpt-4.1"),
          yield* registry.model("openai-other/gpt-4.1")
        ])
        yield* chain
          .generate("Hi")
          .pipe(
            OpenAi.withCredentials({ apiKey: Redacted.make("key-of-user") }),
            Anthropic.withCredentials({ apiKey: Redacted.make("key-at-anthropic") })
          )
      }).pipe(Effect.provide(Layer.provide(Registry.layerOf([Other]), [net, settings(env)])))
      assert.deepStrictEqual([first.keys, second.keys], [["key-of-user"], ["key-of-other"]])
    })
  )
})

describe("a list of models", () => {
  it.live("is not cached if it was obtained with the key of a call", () =>
    Effect.gen(function* () {
      const { url } = yield* serve((response, _, { headers }) =>
        response.writeHead(200, json).end(JSON.stringify({ data: [{ id: `model-of-${headers.authorization}` }] }))
      )
      const env = { OPENAI_API_KEY: "app-0123456789", OPENAI_BASE_URL: url }
      const ids = yield* Effect.gen(function* () {
        const list = Effect.map((yield* Registry).models("openai"), ({ models }) => models.map(({ id }) => id).join())
        const user = list.pipe(OpenAi.withCredentials({ apiKey: Redacted.make("user-0123456789") }))
        return yield* Effect.all([user, list, user, list])
      }).pipe(Effect.provide(Layer.provide(Registry.layerConfig, [net, settings(env)])))
      const [user, app] = ["model-of-Bearer user-0123456789", "model-of-Bearer app-0123456789"]
      assert.deepStrictEqual(ids, [user, app, user, app])
    })
  )
})

describe("an unreadable frame", () => {
  it.live("is reported without the key in it", () =>
    Effect.gen(function* () {
      const key = "key-of-app-0123456789"
      const frames = `data: {"oops: "${encodeURIComponent(key)}" ${btoa(key)}\n\ndata: ${chat.replace('"message"', '"delta"')}\n\ndata: [DONE]\n\n`
      const { url } = yield* serve((response) =>
        response.writeHead(200, eventStream).end(frames.replace("oops", `${key} oops`))
      )
      const seen: Array<unknown> = []
      const see = (value: unknown) => Effect.sync(() => void seen.push(value))
      yield* OpenAi.model("gpt-4.1")
        .stream("Hi")
        .pipe(
          Stream.runForEach(see),
          Effect.catch(see),
          Effect.provide(Layer.provide(OpenAi.layer({ apiKey: Redacted.make(key), baseUrl: url }), net))
        )
      const told = JSON.stringify(seen)
      assert.include(told, "malformed-frame")
      assert.include(told, "<redacted>")
      assert.notInclude(told, key)
      assert.notInclude(told, btoa(key).slice(0, 20))
    })
  )
})
