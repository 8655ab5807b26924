/** Which key reaches whom: every provider here is a server on a socket of this machine. */
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { ConfigProvider, Effect, Fiber, Layer, Redacted, Schema, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { Anthropic, ChatRequest, Fallback, OpenAi, OpenAiCompatible, Provider } from "effect-llm"
import * as Pricing from "effect-llm/catalog/Pricing"
import { withCost } from "effect-llm/policies/WithCost"
import { Deepgram } from "effect-llm/providers/Deepgram"
import { OpenAiResponses } from "effect-llm/providers/OpenAiResponses"
import { windows } from "../../src/policies/KnownWindows.ts"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import type { IncomingHttpHeaders } from "node:http"
import { serve } from "./server.ts"

const json = { "content-type": "application/json" }
const chat = JSON.stringify({
  id: "c1",
  model: "gpt-4.1",
  choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 }
})
const message = JSON.stringify({
  id: "m1",
  type: "message",
  role: "assistant",
  model: "claude-haiku-4-5",
  content: [{ type: "text", text: "Hi" }],
  stop_reason: "end_turn",
  usage: { input_tokens: 1, output_tokens: 1 }
})
const embeddings = JSON.stringify({
  object: "list",
  model: "text-embedding-3-small",
  data: [{ object: "embedding", index: 0, embedding: [1, 0] }],
  usage: { prompt_tokens: 1, total_tokens: 1 }
})
const events = `data: ${JSON.stringify({ id: "c1", model: "m", choices: [{ index: 0, delta: { content: "Hi" } }] })}\n\ndata: ${JSON.stringify({ id: "c1", model: "m", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`

const bodyOf = (path: string, body: string): string =>
  path.endsWith("/messages")
    ? message
    : path.endsWith("/embeddings")
      ? embeddings
      : body.includes('"stream":true')
        ? events
        : chat

interface Seen {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A provider that answers, or refuses with the status that is said for a request. */
const vendor = Effect.fnUntraced(function* (statusOf: (seen: Seen) => number = () => 200) {
  const seen: Array<Seen> = []
  const { url } = yield* serve((response, body, { headers, url: path = "" }) => {
    const request = { path, headers, body }
    seen.push(request)
    const status = statusOf(request)
    const refusal = JSON.stringify({ error: { message: `no: ${headers.authorization ?? headers["x-api-key"]}` } })
    const answer = bodyOf(path, body)
    const type = answer === events ? { "content-type": "text/event-stream" } : json
    response.writeHead(status, status === 200 ? type : json).end(status === 200 ? answer : refusal)
  })
  return { url, seen, keys: () => seen.map(({ headers }) => headers.authorization ?? headers["x-api-key"]) }
})

const key = (name: string) => Redacted.make(`key-of-${name}-0123456789`)
const bearer = (name: string) => `Bearer key-of-${name}-0123456789`
const net = UndiciClient.layer

const openAi = (baseUrl: string, name = "app") => Layer.provide(OpenAi.layer({ apiKey: key(name), baseUrl }), net)

class TeamB extends Provider.Instance<TeamB>()(OpenAi, { id: "openai-team-b" }) {}

describe("a second account of a provider", () => {
  it.live("has a separate key and base URL", () =>
    Effect.gen(function* () {
      const [a, b] = [yield* vendor(), yield* vendor()]
      const layer = Layer.merge(
        openAi(a.url, "a"),
        Layer.provide(TeamB.layer({ apiKey: key("b"), baseUrl: b.url }), net)
      )
      yield* Effect.gen(function* () {
        yield* OpenAi.model("gpt-4.1").generate("Hi")
        const reply = yield* TeamB.model("gpt-4.1").generate("Hi")
        assert.strictEqual(reply.provider, "openai-team-b")
        assert.strictEqual(reply.attempts[0]?.model, "openai-team-b/gpt-4.1")
        yield* Stream.runDrain(TeamB.model("gpt-4.1").stream("Hi"))
        yield* TeamB.embeddingModel("text-embedding-3-small").generate("Hi")
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(a.keys(), [bearer("a")])
      assert.deepStrictEqual(b.keys(), [bearer("b"), bearer("b"), bearer("b")])
    })
  )

  it.live("has the prices, context windows and options of the provider", () =>
    Effect.gen(function* () {
      const b = yield* vendor()
      const options = { openai: { safety_identifier: "u-1" }, "openai-team-b": { seed: 7 } }
      const reply = yield* withCost(TeamB.model("gpt-4.1"))
        .generate({ messages: "Hi", providerOptions: options })
        .pipe(Effect.provide([Layer.provide(TeamB.layer({ apiKey: key("b"), baseUrl: b.url }), net), Pricing.layer]))
      assert.strictEqual(reply.cost?._tag, "Priced")
      assert.strictEqual(reply.provider, "openai-team-b")
      assert.deepInclude(JSON.parse(b.seen[0]?.body ?? "") as object, { safety_identifier: "u-1", seed: 7 })
      const windowOf = yield* windows
      assert.isDefined(windowOf("openai/gpt-4.1"))
      assert.strictEqual(windowOf("openai-team-b/gpt-4.1"), windowOf("openai/gpt-4.1"))
      assert.isUndefined(windowOf("somebody-else/gpt-4.1"))
    })
  )

  it.effect("reads the provider's settings, or those of its own prefix", () =>
    Effect.gen(function* () {
      class TeamC extends Provider.Instance<TeamC>()(OpenAi, { id: "openai-team-c", settingPrefix: "TEAM_C" }) {}
      const env = { OPENAI_API_KEY: "k", OPENAI_BASE_URL: "https://b.example/v1" }
      const urlOf = (make: typeof TeamB.make | typeof TeamC.make, env: Record<string, string>) =>
        make.pipe(
          Effect.map(({ baseUrl }) => baseUrl),
          Effect.provide([FetchHttpClient.layer, ConfigProvider.layer(ConfigProvider.fromUnknown(env))])
        )
      assert.strictEqual(yield* urlOf(TeamB.make, env), "https://b.example/v1")
      assert.include((yield* Effect.flip(urlOf(TeamC.make, env))).message, "TEAM_C_API_KEY is not set")
      assert.strictEqual(yield* urlOf(TeamC.make, { TEAM_C_API_KEY: "k" }), "https://api.openai.com/v1")
      const bad = { TEAM_C_API_KEY: "k", TEAM_C_ORGANIZATION: "a\nb" }
      assert.include((yield* Effect.flip(urlOf(TeamC.make, bad))).message, "TEAM_C_ORGANIZATION")
    })
  )

  it("is a separate service in types too, with the provider's capabilities", () => {
    class Ears extends Provider.Instance<Ears>()(Deepgram, { id: "deepgram-eu" }) {}
    class Stored extends Provider.Instance<Stored>()(OpenAiResponses, { id: "responses-2" }) {}
    expectTypeOf<Effect.Services<ReturnType<ReturnType<typeof TeamB.model>["generate"]>>>().toEqualTypeOf<TeamB>()
    expectTypeOf<TeamB>().not.toExtend<OpenAi>()
    expectTypeOf<OpenAi>().not.toExtend<TeamB>()
    expectTypeOf<Layer.Success<ReturnType<typeof TeamB.layer>>>().toEqualTypeOf<TeamB>()
    assert.isFunction(TeamB.embeddingModel)
    assert.isFunction(Ears.transcriptionModel)
    assert.notProperty(Ears, "model")
    assert.notProperty(Stored, "embeddingModel")
    assert.strictEqual(Stored.model("gpt-4.1").id, "responses-2/gpt-4.1")
  })
})

describe("two classes with one id", () => {
  class One extends OpenAiCompatible.Service<One>()({ id: "acme", capabilities: OpenAi.definition.capabilities }) {}
  class Two extends OpenAiCompatible.Service<Two>()({ id: "acme" }) {}

  it.effect("cannot have their layers built together", () =>
    Effect.gen(function* () {
      const layers = [
        One.layer({ apiKey: key("one"), baseUrl: "http://localhost" }),
        Two.layer({ apiKey: key("two"), baseUrl: "http://localhost" })
      ] as const
      for (const both of [Layer.mergeAll(...layers), Layer.provideMerge(...layers)]) {
        const error = yield* Effect.flip(Effect.scoped(Layer.build(Layer.provide(both, net))))
        assert.strictEqual(error._tag, "ConfigError")
        assert.include(error.message, `two provider classes have the id "acme"`)
      }
      // One after the other they can, as can two layers of one class.
      const memoMap = yield* Layer.makeMemoMap
      for (const layer of [
        ...layers,
        Layer.merge(layers[0], One.layer({ apiKey: key("again"), baseUrl: "http://localhost" }))
      ]) {
        yield* Effect.scoped(
          Effect.flatMap(Effect.scope, (scope) => Layer.buildWithMemoMap(Layer.provide(layer, net), memoMap, scope))
        )
      }
    })
  )

  it.live("are separate services: a call with only the other's layer fails before it is sent", () =>
    Effect.gen(function* () {
      const [one, two] = [yield* vendor(), yield* vendor()]
      const layers = [
        Layer.provide(One.layer({ apiKey: key("one"), baseUrl: one.url }), net),
        Layer.provide(Two.layer({ apiKey: key("two"), baseUrl: two.url }), net)
      ] as const
      yield* Effect.gen(function* () {
        const asked = [
          One.model("m").generate("Hi"),
          Stream.runDrain(One.model("m").stream("Hi")),
          One.embeddingModel("m").generate("Hi"),
          Stream.runDrain(One.files.list())
        ]
        for (const effect of asked) {
          const error = yield* Effect.flip(
            effect as Effect.Effect<unknown, { readonly message: string; readonly _tag: string }, One>
          )
          assert.strictEqual(error._tag, "InvalidRequestError")
          assert.include(error.message, `two provider classes have the id "acme"`)
        }
        yield* Two.model("m").generate("Hi")
      }).pipe(Effect.provide(layers[1]), Effect.provide(layers[0]))
      assert.deepStrictEqual(one.keys(), [])
      assert.deepStrictEqual(two.keys(), [bearer("two")])
    })
  )

  it.live("do not read each other's credentials", () =>
    Effect.gen(function* () {
      const two = yield* vendor()
      yield* Two.model("m")
        .generate("Hi")
        .pipe(
          One.withCredentials({ apiKey: key("user") }),
          Effect.provide(Layer.provide(Two.layer({ apiKey: key("two"), baseUrl: two.url }), net))
        )
      assert.deepStrictEqual(two.keys(), [bearer("two")])
    })
  )

  it.live("share a service that was made without a class", () =>
    Effect.gen(function* () {
      const one = yield* vendor()
      const definition = { ...One.definition, identity: undefined }
      const layer = Layer.effect(One, Provider.make(definition, { apiKey: key("hand"), baseUrl: one.url }))
      yield* One.model("m")
        .generate("Hi")
        .pipe(Effect.provide(Layer.provide(layer, net)))
      assert.deepStrictEqual(one.keys(), [bearer("hand")])
    })
  )
})

describe("credentials of a call", () => {
  it.live("apply to an effect, a stream, a model and forked fibers, and to nothing else", () =>
    Effect.gen(function* () {
      const { keys, url } = yield* vendor()
      const user = OpenAi.withCredentials({ apiKey: key("user") })
      const model = OpenAi.model("gpt-4.1")
      const embedding = OpenAi.embeddingModel("text-embedding-3-small")
      yield* Effect.gen(function* () {
        yield* model.generate("Hi").pipe(user)
        yield* Stream.runDrain(model.stream("Hi").pipe(user))
        yield* model.pipe(user).generate("Hi")
        yield* Stream.runDrain(model.pipe(user).stream("Hi"))
        yield* user(embedding).generate("Hi")
        yield* Effect.flatMap(Effect.forkChild(model.generate("Hi")), Fiber.join).pipe(user)
        yield* Effect.flatMap(OpenAi, ({ check = Effect.void }) => Effect.ignore(check)).pipe(user)
        yield* model.generate("Hi")
      }).pipe(Effect.provide(openAi(url)))
      assert.deepStrictEqual(keys(), [...Array.from({ length: 7 }, () => bearer("user")), bearer("app")])
    })
  )

  it.live("stay with their provider in a fallback", () =>
    Effect.gen(function* () {
      const [first, second] = [yield* vendor(() => 401), yield* vendor()]
      const request = ChatRequest.make("Hi")
      const reply = yield* Fallback.make([OpenAi.model("gpt-4.1"), Anthropic.model("claude-haiku-4-5")])
        .generate(request)
        .pipe(
          OpenAi.withCredentials({ apiKey: key("user"), headers: { "x-tenant": key("tenant") } }),
          Effect.provide([
            openAi(first.url),
            Layer.provide(Anthropic.layer({ apiKey: key("anthropic"), baseUrl: second.url }), net)
          ])
        )
      assert.deepStrictEqual(first.keys(), [bearer("user")])
      assert.strictEqual(first.seen[0]?.headers["x-tenant"], Redacted.value(key("tenant")))
      assert.deepStrictEqual(second.keys(), [Redacted.value(key("anthropic"))])
      assert.notProperty(second.seen[0]?.headers, "x-tenant")
      const stored = JSON.stringify(Schema.encodeSync(ChatRequest.ChatRequest)(request)) + JSON.stringify(reply)
      assert.notInclude(stored, "0123456789")
    })
  )

  it.live("may set another base URL, which receives nothing of the layer's", () =>
    Effect.gen(function* () {
      const [app, other] = [yield* vendor(), yield* vendor()]
      const layer = Layer.provide(
        OpenAi.layer({ apiKey: key("app"), baseUrl: app.url, headers: { "x-proxy-secret": key("proxy") } }),
        net
      )
      const ask = OpenAi.model("gpt-4.1").generate("Hi")
      yield* Effect.gen(function* () {
        yield* ask.pipe(OpenAi.withCredentials({ apiKey: key("user"), baseUrl: other.url }))
        const error = yield* ask.pipe(OpenAi.withCredentials({ baseUrl: other.url }), Effect.flip)
        assert.strictEqual(error._tag, "AuthenticationError")
        assert.include(error.message, "the layer's key is not sent there")
        yield* ask.pipe(OpenAi.withCredentials({ baseUrl: `${app.url}/v2` }))
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(other.keys(), [bearer("user")])
      assert.notProperty(other.seen[0]?.headers, "x-proxy-secret")
      assert.deepStrictEqual(app.keys(), [bearer("app")])
      assert.strictEqual(app.seen[0]?.path, "/v2/chat/completions")
    })
  )

  it.live("are optional for a server that needs no key, which does not receive the layer's", () =>
    Effect.gen(function* () {
      const other = yield* vendor()
      class Local extends OpenAiCompatible.Service<Local>()({ id: "local", keyOptional: true }) {}
      yield* Local.model("m")
        .generate("Hi")
        .pipe(
          Local.withCredentials({ baseUrl: other.url }),
          Effect.provide(Layer.provide(Local.layer({ apiKey: key("app"), baseUrl: "http://127.0.0.1:9" }), net))
        )
      assert.deepStrictEqual(other.keys(), [undefined])
    })
  )

  it.live("that are unusable are an AuthenticationError without them", () =>
    Effect.gen(function* () {
      const { keys, url } = yield* vendor()
      const ask = (credentials: Provider.Credentials) =>
        OpenAi.model("gpt-4.1").generate("Hi").pipe(OpenAi.withCredentials(credentials), Effect.flip)
      yield* Effect.gen(function* () {
        for (const credentials of [
          { apiKey: Redacted.make("top-secret\nkey") },
          { apiKey: key("user"), baseUrl: "me:top-secret@a.example" },
          { headers: { "x-team": "top-secret\r\nx: y" } }
        ]) {
          const error = yield* ask(credentials)
          assert.strictEqual(error._tag, "AuthenticationError")
          assert.notInclude(error.message, "top-secret")
        }
      }).pipe(Effect.provide(openAi(url)))
      assert.deepStrictEqual(keys(), [])
    })
  )

  it.live("are required if every call brings its own key", () =>
    Effect.gen(function* () {
      const { keys, url } = yield* vendor()
      const ask = OpenAi.model("gpt-4.1").generate("Hi")
      yield* Effect.gen(function* () {
        const error = yield* Effect.flip(ask)
        assert.strictEqual(error._tag, "AuthenticationError")
        assert.include(error.message, "this call has no key")
        yield* ask.pipe(OpenAi.withCredentials({ apiKey: key("user") }))
      }).pipe(Effect.provide(Layer.provide(OpenAi.layer({ keyPerCall: true, baseUrl: url }), net)))
      assert.deepStrictEqual(keys(), [bearer("user")])
    })
  )
})

describe("a header of a request", () => {
  it.live("with a key is rejected by name before anything is sent", () =>
    Effect.gen(function* () {
      const [first, second] = [yield* vendor(() => 401), yield* vendor()]
      const chain = Fallback.make([OpenAi.model("gpt-4.1"), Anthropic.model("claude-haiku-4-5")])
      const layer = Layer.merge(
        openAi(first.url),
        Layer.provide(Anthropic.layer({ apiKey: key("anthropic"), baseUrl: second.url }), net)
      )
      for (const name of [
        "authorization",
        "Authorization",
        "X-API-Key",
        "api-key",
        "x-goog-api-key",
        "cookie",
        "x-tenant-token"
      ]) {
        const headers = { [name]: "Bearer key-of-user" }
        const error = yield* chain.generate({ messages: "Hi", headers }).pipe(Effect.flip, Effect.provide(layer))
        assert.strictEqual(error.attempts.length, 1)
        assert.strictEqual(error.attempts[0]?.error?._tag, "InvalidRequestError")
        assert.include(error.message, `headers.${name}`)
        assert.include(error.message, "withCredentials")
        assert.notInclude(error.message, "key-of-user")
        const embed = OpenAi.embeddingModel("m").generate({ inputs: ["Hi"], headers })
        assert.include((yield* embed.pipe(Effect.provide(layer), Effect.flip)).message, `headers.${name}`)
      }
      assert.deepStrictEqual([...first.keys(), ...second.keys()], [])
    })
  )

  it.live("without a key is sent to every provider", () =>
    Effect.gen(function* () {
      const { seen, url } = yield* vendor()
      yield* OpenAi.model("gpt-4.1")
        .generate({ messages: "Hi", headers: { "idempotency-key": "0123456789", "x-trace": "t" } })
        .pipe(Effect.provide(openAi(url)))
      assert.deepInclude(seen[0]?.headers, { "idempotency-key": "0123456789", "x-trace": "t" })
    })
  )
})
