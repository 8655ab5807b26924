/** A failure that nobody handles. */
import { Effect, Layer, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"
import { OpenAi } from "effect-llm"
import { Simulator } from "effect-llm/testing/Simulator"

const provider = Layer.unwrap(
  Effect.map(Simulator, ({ openAiUrl }) => OpenAi.layer({ apiKey: Redacted.make("wrong"), baseUrl: openAiUrl }))
).pipe(Layer.provide([FetchHttpClient.layer, Simulator.layer({ apiKey: "right" })]))

await OpenAi.model("sim-healthy").generate("Hello!").pipe(Effect.provide(provider), Effect.runPromise)
