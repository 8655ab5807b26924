/**
 * A tool's parameters are a Schema: calls arrive decoded, and the model uses the results you send back.
 */
import { Console, Effect, Schema } from "effect"
import { ChatModel, Message, Tool } from "effect-llm"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { layerSimulated, Simulated } from "./support/simulated.ts"

const weather = Tool.make("get_weather", {
  description: "The weather in a city at this moment",
  parameters: Schema.Struct({ city: Schema.String, unit: Schema.Literals(["celsius", "fahrenheit"]) })
})

const lookUp = (city: string, unit: string) => `18 degrees ${unit} and dry in ${city}`

const program = Effect.gen(function* () {
  const prompt = Message.make("Is it raining in Lima?")
  const { calls, response } = yield* ChatModel.generateToolCalls(Simulated.model("sim-tools"), [weather], {
    messages: [prompt]
  })

  // `input` is { city: string, unit: "celsius" | "fahrenheit" }; anything else would have been a ToolInputError
  const results = calls.map(({ id, input }) => {
    const output = lookUp(input.city, input.unit)
    return { type: "tool-result" as const, id, output }
  })
  yield* Console.log(
    "calls:",
    calls.map(({ input, name }) => ({ name, input }))
  )

  const reply = yield* Simulated.model("sim-healthy").generate({
    messages: [prompt, response.message, { role: "tool", content: results }],
    tools: [weather]
  })
  yield* Console.log("response:", reply.text)
})

await program.pipe(
  Effect.catchTag("ToolInputError", (error) => Console.error(error.message, error.rawInput)),
  Effect.provide(layerSimulated),
  Effect.provide(UndiciClient.layer),
  Effect.runPromise
)
