/**
 * Policies are functions from model to model: retry on any Schedule, fall back through a list, and see in the types which
 * errors remain.
 */
import { Console, Duration, Effect, Schedule } from "effect"
import { ChatModel, Fallback, Retry } from "effect-llm"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { layerSimulated, Simulated } from "./support/simulated.ts"

// Two retries, 100 ms apart; `Retry.standard` is exponential with full jitter and honours retry-after.
const impatient = Simulated.model("sim-503").pipe(
  ChatModel.retry(Schedule.spaced("100 millis").pipe(Schedule.upTo({ times: 2 })))
)
const patient = Simulated.model("sim-500").pipe(ChatModel.retry(Retry.standard))

const chain = Fallback.make([impatient, patient])

const program = Effect.gen(function* () {
  const reply = yield* chain.generate("Hello!")
  for (const { duration, error, model, wait } of reply.attempts) {
    const waited = wait === undefined ? "" : ` after ${Duration.format(wait)}`
    yield* Console.log(`${model}${waited}: ${error?._tag ?? "answered"} in ${Duration.format(duration)}`)
  }

  // An invalid request is neither retried nor sent to another model.
  const error = yield* Effect.flip(chain.generate({ messages: [] }))
  yield* Console.log(error.message)
})

await program.pipe(Effect.provide(layerSimulated), Effect.provide(UndiciClient.layer), Effect.runPromise)
