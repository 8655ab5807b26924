import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"
import { Anthropic, Ollama, OpenAi, OpenAiCompatible, OpenRouter, Registry } from "effect-llm"
import { Google } from "effect-llm/providers/Google"
import { Watsonx } from "effect-llm/providers/Watsonx"

class Acme extends OpenAiCompatible.Service<Acme>()({ id: "acme-ai" }) {}

const built = <A, E>(
  layer: Layer.Layer<A, E, import("effect/http").HttpClient.HttpClient>,
  env: Record<string, string> = {}
) =>
  Layer.build(layer).pipe(
    Effect.provide([FetchHttpClient.layer, ConfigProvider.layer(ConfigProvider.fromUnknown(env))]),
    Effect.scoped
  )
const refusal = <A, E extends { readonly message: string }>(
  layer: Layer.Layer<A, E, import("effect/http").HttpClient.HttpClient>,
  env?: Record<string, string>
) => Effect.map(Effect.flip(built(layer, env)), (error) => error.message)

describe("settings", () => {
  it.effect(
    "a key that is missing, empty or invalid in a header is rejected with the name of its setting, without its value",
    () =>
      Effect.gen(function* () {
        assert.include(yield* refusal(OpenAi.layerConfig), "OPENAI_API_KEY is not set")
        assert.include(yield* refusal(Anthropic.layerConfig, { ANTHROPIC_API_KEY: "  " }), "ANTHROPIC_API_KEY is empty")
        const broken = yield* refusal(OpenRouter.layerConfig, { OPENROUTER_API_KEY: "top-secret\n" })
        assert.include(broken, "OPENROUTER_API_KEY contains a line break")
        assert.notInclude(broken, "top-secret")
        assert.include(yield* refusal(OpenAi.layer({ apiKey: Redacted.make("ключ") })), "OPENAI_API_KEY")
      })
  )

  it.effect("a JavaScript program gets an error where TypeScript would have complained", () =>
    Effect.gen(function* () {
      const plain = yield* refusal(OpenAi.layer({ apiKey: "top-secret" as never }))
      assert.include(plain, "the API key (OPENAI_API_KEY) is not Redacted: pass Redacted.make(key)")
      assert.notInclude(plain, "top-secret")
      const nothing = (OpenAi.layer as unknown as () => ReturnType<typeof OpenAi.layer>)()
      assert.include(yield* refusal(nothing), "OPENAI_API_KEY is not set")
      for (const missing of [undefined, null]) {
        const apiKey = Redacted.make(missing as never)
        assert.include(yield* refusal(OpenAi.layer({ apiKey })), "OPENAI_API_KEY is not set")
        assert.include(yield* refusal(Google.layer({ apiKey })), "is not set")
        assert.include(yield* refusal(Watsonx.layer({ apiKey, project: "p" })), "is not set")
        const headers = { "x-team": missing as never }
        assert.include(yield* refusal(OpenAi.layer({ apiKey: Redacted.make("k"), headers })), `"x-team" is not text`)
        assert.include(
          yield* refusal(OpenAi.layer({ apiKey: Redacted.make("k"), headers: { "x-team": apiKey } })),
          `"x-team" is not text`
        )
      }
      assert.include(yield* refusal(OpenAi.layer({ apiKey: Redacted.make(5 as never) })), "OPENAI_API_KEY is not text")
      for (const [key, message] of [
        ["top-secret", "is not Redacted"],
        [undefined, "is not set"],
        [Redacted.make(undefined), "is not set"]
      ]) {
        const layer = OpenAi.layer({ apiKey: Effect.succeed(key as never) })
        const call = OpenAi.model("m").generate("Hi")
        const failed = yield* Effect.flip(Effect.provide(call, Layer.provide(layer, FetchHttpClient.layer)))
        assert.strictEqual(failed._tag, "AuthenticationError")
        assert.include(failed.message, message as string)
        const own = call.pipe(OpenAi.withCredentials({ apiKey: key as never }))
        const layerWithKey = OpenAi.layer({ apiKey: Redacted.make("k") })
        const scoped = yield* Effect.flip(Effect.provide(own, Layer.provide(layerWithKey, FetchHttpClient.layer)))
        assert.strictEqual(scoped._tag, "AuthenticationError")
        assert.include(scoped.message, message as string)
        assert.notInclude(scoped.message, "top-secret")
      }
      const unnamed = OpenAi.model(undefined as never).generate("Hi")
      const error = yield* Effect.flip(
        Effect.provide(unnamed, Layer.provide(OpenAi.layer({ apiKey: Redacted.make("k") }), FetchHttpClient.layer))
      )
      assert.include(error.message, "the name is undefined, but must be a string")
    })
  )

  it.effect("an unusable base URL is rejected with the name of its setting", () =>
    Effect.gen(function* () {
      const apiKey = Redacted.make("k")
      for (const baseUrl of ["example.com", "ftp://example.com", "http://", "https://a/?b=c", "https://a/#b"]) {
        assert.include(yield* refusal(OpenAi.layer({ apiKey, baseUrl })), "OPENAI_BASE_URL")
      }
      const withPassword = yield* refusal(OpenAi.layer({ apiKey, baseUrl: "https://me:password@a.example" }))
      assert.notInclude(withPassword, "password@")
      assert.include(yield* refusal(Acme.layerConfig, { ACME_AI_API_KEY: "k" }), "ACME_AI_BASE_URL is not set")
    })
  )

  it.effect("the error of a base URL shows no password, query or key in it", () =>
    Effect.gen(function* () {
      const apiKey = Redacted.make("k")
      for (const baseUrl of [
        "https://me:pa/ss-word@a.example",
        "https://a.example/?key=pass-word",
        "https://a.example/#pass-word",
        "sk-pass-word-pass-word-pass-word"
      ]) {
        const message = yield* refusal(OpenAi.layer({ apiKey, baseUrl }))
        assert.include(message, "OPENAI_BASE_URL")
        assert.notInclude(message, "pass-word")
        assert.notInclude(message, "ss-word")
      }
    })
  )

  it.effect("an invalid header is rejected by name, without its value", () =>
    Effect.gen(function* () {
      const apiKey = Redacted.make("k")
      const value = yield* refusal(OpenAi.layer({ apiKey, headers: { "x-team": "top-secret\r\nx: y" } }))
      assert.include(value, `the header "x-team" contains a line break`)
      assert.notInclude(value, "top-secret")
      assert.include(yield* refusal(OpenAi.layer({ apiKey, headers: { "x team": "a" } })), "has a name")
      assert.include(
        yield* refusal(OpenAi.layerConfig, { OPENAI_API_KEY: "k", OPENAI_ORGANIZATION: "a\nb" }),
        "OPENAI_ORGANIZATION or OPENAI_ORG_ID contains a line break"
      )
    })
  )

  it.effect("settings come from the configuration, and a local server needs none", () =>
    Effect.gen(function* () {
      yield* built(OpenAi.layerConfig, {
        OPENAI_API_KEY: "k",
        OPENAI_ORG_ID: "org",
        OPENAI_BASE_URL: "https://a.example/v1/"
      })
      yield* built(Ollama.layerConfig)
      yield* built(Acme.layerConfig, { ACME_AI_API_KEY: "k", ACME_AI_BASE_URL: "https://acme.example" })
    })
  )
})

describe("Registry", () => {
  const withRegistry = <A, E>(
    env: Record<string, string>,
    use: (registry: Registry["Service"]) => Effect.Effect<A, E>
  ) =>
    Effect.gen(function* () {
      return yield* use(yield* Registry)
    }).pipe(
      Effect.provide(
        Registry.layerOf([Acme]).pipe(
          Layer.provide([FetchHttpClient.layer, ConfigProvider.layer(ConfigProvider.fromUnknown(env))])
        )
      )
    )

  it.effect("resolves the models of every configured provider, including custom ones", () =>
    withRegistry({ OPENAI_API_KEY: "k", ACME_AI_API_KEY: "k", ACME_AI_BASE_URL: "https://acme.example" }, (registry) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* registry.model("openai/gpt-5-mini")).id, "openai/gpt-5-mini")
        assert.strictEqual((yield* registry.model("acme-ai/meta/llama")).id, "acme-ai/meta/llama")
        const configured = registry.providers.filter((provider) => provider.configured).map(({ id }) => id)
        assert.deepStrictEqual(configured, ["openai", "openai-responses", "acme-ai"])
      })
    )
  )

  it.effect("suggests similar ids, and names the missing setting", () =>
    withRegistry({ OPENAI_API_KEY: "k" }, (registry) =>
      Effect.gen(function* () {
        const misspelt = yield* Effect.flip(registry.model("opneai/gpt-5-mini"))
        assert.deepStrictEqual(misspelt.suggestions, ["openai/gpt-5-mini"])
        const bare = yield* Effect.flip(registry.model("gpt-5-mini"))
        assert.deepStrictEqual(bare.suggestions, ["openai/gpt-5-mini", "openai-responses/gpt-5-mini"])
        const missing = yield* Effect.flip(registry.model("anthropic/claude-haiku-4-5"))
        assert.include(missing.message, "ANTHROPIC_API_KEY")
        const both = yield* Effect.flip(registry.model("antropic/claude-haiku-4-5"))
        assert.include(both.message, "did you mean anthropic? anthropic is not configured: set ANTHROPIC_API_KEY")
        assert.deepStrictEqual(registry.providers.find(({ id }) => id === "ollama")?.missing, [
          "OLLAMA_BASE_URL",
          "OLLAMA_HOST",
          "OLLAMA_API_KEY"
        ])
      })
    )
  )

  it.effect("treats an empty key as missing", () =>
    withRegistry({ OPENAI_API_KEY: "", ANTHROPIC_API_KEY: "k" }, (registry) =>
      Effect.sync(() => {
        assert.deepStrictEqual(
          registry.providers.filter(({ id }) => id === "openai" || id === "anthropic" || id === "voyage"),
          [
            {
              id: "openai",
              capabilities: ["chat", ...Object.keys(OpenAi.definition.capabilities ?? {})],
              configured: false,
              missing: ["OPENAI_API_KEY"]
            },
            {
              id: "anthropic",
              capabilities: ["chat", "tokenCount", "files", "batches"],
              configured: true,
              missing: []
            },
            { id: "voyage", capabilities: ["embedding", "rerank"], configured: false, missing: ["VOYAGE_API_KEY"] }
          ]
        )
      })
    )
  )

  it.effect("counts a local server as configured by its base URL", () =>
    withRegistry({ OLLAMA_BASE_URL: "http://gpu-1:11434/v1" }, (registry) =>
      Effect.gen(function* () {
        const model = yield* registry.model("ollama/qwen3:8b", { contextWindow: 40_960 })
        assert.strictEqual(model.id, "ollama/qwen3:8b")
        assert.strictEqual(model.contextWindow, 40_960)
        assert.deepStrictEqual((yield* Effect.flip(registry.model("olama/qwen3:8b"))).suggestions, ["ollama/qwen3:8b"])
        assert.deepStrictEqual((yield* Effect.flip(registry.model("mainframe/x"))).suggestions, [])
        assert.deepStrictEqual((yield* Effect.flip(registry.model("ollama/"))).suggestions, [])
      })
    )
  )

  it.effect("a provider replaces a known one with the same id", () => {
    class Mine extends OpenAiCompatible.Service<Mine>()({ id: "openai", settingPrefix: "MINE" }) {}
    return Effect.gen(function* () {
      const { providers } = yield* Registry
      assert.deepStrictEqual(
        providers.filter(({ id }) => id === "openai"),
        [{ id: "openai", capabilities: ["chat"], configured: true, missing: [] }]
      )
    }).pipe(
      Effect.provide(Registry.layerOf([Mine])),
      Effect.provide([
        FetchHttpClient.layer,
        ConfigProvider.layer(
          ConfigProvider.fromUnknown({ MINE_API_KEY: "k", MINE_BASE_URL: "https://mine.example", OPENAI_API_KEY: "" })
        )
      ])
    )
  })

  it.effect("an unusable key is reported by its own provider only", () =>
    withRegistry({ OPENAI_API_KEY: "top-secret\n", ANTHROPIC_API_KEY: "k" }, (registry) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* registry.model("anthropic/claude-haiku-4-5")).id, "anthropic/claude-haiku-4-5")
        const error = yield* Effect.flip(registry.model("openai/gpt-4.1"))
        assert.include(error.message, "openai cannot be used: OPENAI_API_KEY contains a line break")
        const status = registry.providers.find(({ id }) => id === "openai")
        assert.deepInclude(status, { configured: false, missing: [] })
        assert.notInclude(error.message + status?.problem, "top-secret")
        assert.include((yield* Effect.flip(registry.health("openai"))).message, "OPENAI_API_KEY contains a line break")
      })
    )
  )

  it.effect("a local server works without settings, and does not count as configured", () =>
    withRegistry({}, (registry) =>
      Effect.gen(function* () {
        for (const id of ["ollama", "vllm", "lmstudio", "llama-cpp"]) {
          assert.strictEqual((yield* registry.model(`${id}/some-model`)).id, `${id}/some-model`)
          assert.deepInclude(
            registry.providers.find((status) => status.id === id),
            { configured: false }
          )
        }
        assert.include((yield* Effect.flip(registry.model("olama/some-model"))).message, "ollama/some-model")
      })
    )
  )
})
