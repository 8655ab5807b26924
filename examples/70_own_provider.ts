/**
 * A custom provider: a protocol, a base URL, a key and quirks. It is a service like any other, and the registry resolves
 * its models by name.
 *
 * Here the simulator plays the company's server.
 */
import { ConfigProvider, Console, Effect, Layer } from "effect"
import { Provider, Registry } from "effect-llm"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import { Simulator } from "effect-llm/testing/Simulator"
import * as UndiciClient from "effect-llm/transport/UndiciClient"

class Acme extends Provider.Service<Acme>()({
  id: "acme",
  protocol: OpenAiChat,
  baseUrl: "https://llm.acme.example/v1",
  auth: { header: "x-acme-key" },
  settings: { team: { header: "x-acme-team", config: "ACME_TEAM" } },
  quirks: { maxTokensField: "max_tokens", reasoningField: "reasoning_content", metadataNeedsStore: false }
}) {}

const program = Effect.gen(function* () {
  const direct = yield* Acme.model("acme-large").generate({ messages: "Hello!", maxOutputTokens: 100 })
  yield* Console.log("directly:", direct.text)

  const registry = yield* Registry
  const named = yield* registry.model("acme/acme-large")
  yield* Console.log("by name:", (yield* named.generate("Hello again!")).text)

  const [request] = yield* (yield* Simulator).requests
  yield* Console.log("the server saw:", request?.path, request?.headers["x-acme-team"], request?.body)
})

const settings = Layer.unwrap(
  Effect.map(Simulator, ({ openAiUrl }) =>
    ConfigProvider.layer(
      ConfigProvider.fromUnknown({ ACME_API_KEY: "of-this-example", ACME_TEAM: "search", ACME_BASE_URL: openAiUrl })
    )
  )
)

await program.pipe(
  Effect.provide(Layer.mergeAll(Acme.layerConfig, Registry.layerOf([Acme]))),
  Effect.provide(settings),
  Effect.provide([Simulator.layer(), UndiciClient.layer]),
  Effect.runPromise
)
