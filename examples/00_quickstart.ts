/**
 * Streams a response, then shows what happens when things go wrong: a 429 that is retried, and a silent provider and a
 * truncated stream that fall back to another model.
 *
 *     npm start
 *     npm start -- "Why is the sky blue?"
 *
 * Uses OPENAI_API_KEY, ANTHROPIC_API_KEY or OPENROUTER_API_KEY if one is set, else a local Ollama if it is running, else
 * the simulator.
 */
import { Console, Effect } from "effect"
import { ChatModel, Fallback, Retry } from "effect-llm"
import { show } from "./support/show.ts"
import { Simulated } from "./support/simulated.ts"
import { layerWhoever, whoever } from "./support/whoever.ts"

const prompt = process.argv[2] ?? "In two sentences: why do programs fail at night?"

const program = Effect.gen(function* () {
  const { model, name } = yield* whoever
  yield* Console.log(`Asking ${name}: ${prompt}\n`)
  yield* show(model.stream(prompt))

  yield* Console.log("\nA rate limit (429 with retry-after: 1) is waited out:\n")
  yield* show(Simulated.model("sim-429").pipe(ChatModel.retry(Retry.standard)).stream(prompt))

  yield* Console.log("\nA silent provider times out, and the next model responds:\n")
  const silent = Simulated.model("sim-hang").pipe(ChatModel.timeout({ firstToken: "500 millis" }))
  yield* show(Fallback.make([silent, Simulated.model("sim-healthy")]).stream(prompt))

  yield* Console.log("\nA stream that is cut in half never looks whole:\n")
  const cut = Simulated.model("sim-cut")
  yield* show(Fallback.make([cut, Simulated.model("sim-healthy")], { onInterrupted: "restart" }).stream(prompt))
})

await program.pipe(
  // Every way this can fail is a tag in its type.
  Effect.catchTag("AllFailedError", (error) => Console.error(error.message)),
  Effect.catchTags({
    AuthenticationError: (error) => Console.error(error.message),
    NetworkError: (error) => Console.error(error.message)
  }),
  Effect.provide(layerWhoever),
  Effect.runPromise
)
