/** One whole and one streamed call of Bedrock, signed, with its own two packages. */
import { Console, Effect, Layer, Redacted, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { Bedrock } from "effect-llm/providers/Bedrock"
import { Simulator } from "effect-llm/testing/Simulator"

const provider = Layer.unwrap(
  Effect.map(Simulator, ({ baseUrls }) =>
    Bedrock.layer({
      baseUrl: baseUrls["bedrock-converse"],
      region: "us-east-1",
      accessKeyId: "AKIDEXAMPLE",
      secretAccessKey: Redacted.make("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    })
  )
).pipe(Layer.provide([FetchHttpClient.layer, Simulator.layer()]))

const model = Bedrock.model("sim-healthy")

await Effect.gen(function* () {
  const { text } = yield* model.generate("Hello!")
  yield* Console.log(`whole ${text.length}`)
  const events = yield* Stream.runCollect(model.stream("Hello!"))
  yield* Console.log(`streamed ${events.filter(({ type }) => type === "text-delta").length}`)
}).pipe(Effect.provide(provider), Effect.runPromise)
