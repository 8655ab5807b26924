/** One whole and one streamed call over fetch, with nothing installed but `effect`. */
import { Console, Effect, Layer, Redacted, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { OpenAi } from "effect-llm"
import { Simulator } from "effect-llm/testing/Simulator"

const provider = Layer.unwrap(
  Effect.map(Simulator, ({ openAiUrl }) => OpenAi.layer({ apiKey: Redacted.make("any"), baseUrl: openAiUrl }))
).pipe(Layer.provide([FetchHttpClient.layer, Simulator.layer()]))

const model = OpenAi.model("sim-healthy")

await Effect.gen(function* () {
  const { text } = yield* model.generate("Hello!")
  yield* Console.log(`whole ${text.length}`)
  const events = yield* Stream.runCollect(model.stream("Hello!"))
  yield* Console.log(`streamed ${events.filter(({ type }) => type === "text-delta").length}`)
}).pipe(Effect.provide(provider), Effect.runPromise)
