import { assert, describe, it } from "@effect/vitest"
import { type Config, Effect, Layer, Redacted } from "effect"
import { FetchHttpClient, type HttpClient } from "effect/http"
import {
  Anthropic,
  type ChatModel,
  type ChatResponse,
  OpenAi,
  OpenAiCompatible,
  OpenRouter,
  Provider,
  type ProviderError,
  type Registry
} from "effect-llm"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Same<A, B>): void => {}

class Acme extends OpenAiCompatible.Service<Acme>()({ id: "acme", baseUrl: "https://llm.acme.example/v1" }) {}
class Other extends Provider.Service<Other>()({
  id: "other",
  protocol: OpenAiChat,
  settings: { team: { header: "x-team", config: "OTHER_TEAM" } }
}) {}

/** Nothing here is run: the compiler is what is tested. */
const neverRun = (): ReadonlyArray<unknown> => {
  const apiKey = Redacted.make("k")
  const asked = OpenAi.model("gpt-5-mini").generate("Hi")
  const openAi = OpenAi.layer({ apiKey }).pipe(Layer.provide(FetchHttpClient.layer))
  const anthropic = Anthropic.layer({ apiKey }).pipe(Layer.provide(FetchHttpClient.layer))
  return [
    Effect.runPromise(asked.pipe(Effect.provide(openAi))),
    // @ts-expect-error the provider's layer is missing
    Effect.runPromise(asked),
    // @ts-expect-error it is the layer of another provider
    Effect.runPromise(asked.pipe(Effect.provide(anthropic))),
    // @ts-expect-error the HTTP client's layer is missing
    Effect.runPromise(asked.pipe(Effect.provide(OpenAi.layer({ apiKey })))),
    // @ts-expect-error a key is `Redacted` from the first line on
    OpenAi.layer({ apiKey: "sk-in-plain-text" }),
    // @ts-expect-error Anthropic has no such setting
    Anthropic.layer({ apiKey, organization: "org" }),
    // @ts-expect-error the protocol has no such quirk
    OpenAi.layer({ apiKey, quirks: { maxTokensFeild: "max_tokens" } }),
    // @ts-expect-error a provider needs a protocol
    Provider.Service<Other>()({ id: "none" }),
    // @ts-expect-error OpenRouter has no such way of sorting
    OpenRouter.routing({ sort: "beauty" }),
    OpenAi.layer({ apiKey, organization: "org", project: "project", headers: { "x-a": "b" } }),
    Other.layer({ apiKey, baseUrl: "https://other.example", team: "search" }),
    OpenRouter.routing({ order: ["groq"], max_price: { prompt: 1 } }, ["openai/gpt-5-mini"])
  ]
}

describe("the types of providers", () => {
  it("say which provider a model needs and how it fails", () => {
    const openAi = OpenAi.model("gpt-5-mini")
    same<typeof openAi, ChatModel.ChatModel<ProviderError.ProviderError, OpenAi>>(true)
    const acme = Acme.model("acme-large")
    same<ChatModel.Services<typeof acme>, Acme>(true)
    same<ChatModel.Error<typeof acme>, ProviderError.ProviderError>(true)
    const asked = acme.generate("Hi")
    same<typeof asked, Effect.Effect<ChatResponse, ProviderError.ProviderError, Acme>>(true)
    same<typeof Acme.layerConfig, Layer.Layer<Acme, Config.ConfigError, HttpClient.HttpClient>>(true)
    same<typeof Registry.layerConfig, Layer.Layer<Registry, Config.ConfigError, HttpClient.HttpClient>>(true)
    assert.isFunction(neverRun)
  })

  it("give each provider a key and an id of its own", () => {
    assert.strictEqual(OpenAi.key, "effect-llm/providers/openai")
    assert.strictEqual(Acme.key, "effect-llm/providers/acme")
    assert.strictEqual(Acme.model("meta/llama").id, "acme/meta/llama")
    assert.strictEqual(Acme.definition.id, "acme")
  })
})
