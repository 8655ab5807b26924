/** What an application of three providers with costs loads: a preloaded `count.mjs` counts it. */
import { Console, Effect, Layer } from "effect"
import { Anthropic, ChatModel, OpenAi, OpenRouter } from "effect-llm"
import * as Pricing from "effect-llm/catalog/Pricing"
import * as UndiciClient from "effect-llm/transport/UndiciClient"

const providers = Layer.mergeAll(OpenAi.layerConfig, Anthropic.layerConfig, OpenRouter.layerConfig).pipe(
  Layer.provide(UndiciClient.layer)
)

await Effect.gen(function* () {
  const responses = yield* Effect.all([
    OpenAi.model("gpt-4.1").pipe(ChatModel.withCost).generate("Hello!"),
    Anthropic.model("claude-haiku-4-5").pipe(ChatModel.withCost).generate("Hello!"),
    OpenRouter.model("openai/gpt-4.1").pipe(ChatModel.withCost).generate("Hello!")
  ])
  for (const { cost } of responses) yield* Console.log(cost?._tag)
}).pipe(Effect.provide([providers, Pricing.layer]), Effect.runPromise)
