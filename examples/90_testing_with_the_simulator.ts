/**
 * Tests an application without a provider: the simulator plays both providers, and failures are plain data.
 */
import { Console, Effect, Fiber, Layer, Redacted } from "effect"
import { Anthropic, ChatModel, Fallback, OpenAi, Retry } from "effect-llm"
import { Scenario } from "effect-llm/testing/Scenario"
import { Simulator } from "effect-llm/testing/Simulator"
import * as UndiciClient from "effect-llm/transport/UndiciClient"

// The application, with its production models.
const summarize = (text: string) =>
  Fallback.make([
    OpenAi.model("gpt-6-luna").pipe(ChatModel.timeout({ firstToken: "5 seconds" }), ChatModel.retry(Retry.standard)),
    Anthropic.model("claude-haiku-5-5")
  ]).generate(`Summarize: ${text}`)

// Its providers, at the simulator's URL.
const providers = Layer.unwrap(
  Effect.map(Simulator, ({ anthropicUrl, openAiUrl }) => {
    const apiKey = Redacted.make("any")
    return Layer.mergeAll(
      OpenAi.layer({ apiKey, baseUrl: openAiUrl }),
      Anthropic.layer({ apiKey, baseUrl: anthropicUrl })
    )
  })
).pipe(Layer.provide(UndiciClient.layer), Layer.provideMerge(Simulator.layer()))

const program = Effect.gen(function* () {
  const simulator = yield* Simulator
  const seen = Effect.map(simulator.requests, (requests) => requests.map(({ model, status }) => `${model} ${status}`))

  // A rate limit is retried.
  const limited = Scenario.status(429, { retryAfter: "50 millis" })
  yield* simulator.script("gpt-6-luna", Scenario.sequence([Scenario.times(2, limited), Scenario.reply("Short.")]))
  yield* Console.log((yield* summarize("a long text")).text, yield* seen)

  // A rejected key is not retried; the other provider responds.
  yield* simulator.reset
  yield* simulator.script("gpt-6-luna", Scenario.status(401))
  yield* simulator.script("claude-haiku-5-5", Scenario.reply("Brief."))
  yield* Console.log((yield* summarize("a long text")).text, yield* seen)

  // Interrupting the caller closes the connection.
  yield* simulator.reset
  yield* simulator.script("gpt-6-luna", Scenario.hang)
  const asking = yield* Effect.forkChild(summarize("a long text"))
  yield* simulator.awaitRequest()
  yield* Fiber.interrupt(asking)
  yield* Console.log("the connection was", (yield* simulator.awaitClosed()).outcome)
})

await program.pipe(Effect.provide(providers), Effect.runPromise)
