import { Effect, Layer, Redacted } from "effect"
import { Anthropic, OpenAi } from "effect-llm"
import { Google } from "effect-llm/providers/Google"
import { Simulator } from "effect-llm/testing/Simulator"
import * as UndiciClient from "effect-llm/transport/UndiciClient"

const apiKey = Redacted.make("simulated")

/** OpenAI, Anthropic and Google, all played by the simulator at the pace of real ones. */
export const threeProviders = Layer.unwrap(
  Effect.map(Simulator, ({ anthropicUrl, baseUrls, openAiUrl }) =>
    Layer.mergeAll(
      OpenAi.layer({ apiKey, baseUrl: openAiUrl }),
      Anthropic.layer({ apiKey, baseUrl: anthropicUrl }),
      Google.layer({ apiKey, baseUrl: baseUrls["google-generate-content"] })
    )
  )
).pipe(
  Layer.provideMerge(
    Simulator.layer({ pace: { latency: "40 millis", firstToken: "60 millis", tokensPerSecond: 500 } })
  ),
  Layer.provideMerge(UndiciClient.layer)
)
