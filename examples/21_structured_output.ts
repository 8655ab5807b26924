/**
 * Generates a value of a Schema. Models that support JSON Schema are constrained by it; others are made to call a tool.
 */
import { Console, Effect, Schema } from "effect"
import { ChatModel } from "effect-llm"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { layerSimulated, Simulated } from "./support/simulated.ts"

const Recipe = Schema.Struct({
  title: Schema.String,
  minutes: Schema.Int,
  ingredients: Schema.Array(Schema.Struct({ name: Schema.String, grams: Schema.optionalKey(Schema.Finite) }))
})

const program = Effect.gen(function* () {
  const { response, value } = yield* ChatModel.generateObject(Simulated.model("sim-healthy"), {
    schema: Recipe,
    request: "A recipe for pancakes."
  })
  yield* Console.log(value.title, value.minutes, value.ingredients)
  yield* Console.log("as the model wrote it:", response.text)
})

await program.pipe(
  Effect.catchTag("StructuredOutputError", (error) => Console.error(error.message, error.rawText)),
  Effect.provide(layerSimulated),
  Effect.provide(UndiciClient.layer),
  Effect.runPromise
)
