/**
 * Every kind of failure has its own tag and fields, and a message that says what to do next.
 */
import { Console, Duration, Effect, Stream } from "effect"
import { ChatModel } from "effect-llm"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { layerSimulated, Simulated } from "./support/simulated.ts"

const ask = (name: string) =>
  Simulated.model(name).pipe(ChatModel.timeout({ firstToken: "300 millis", idle: "300 millis" }))

const explain = (name: string) =>
  Stream.runDrain(ask(name).stream("Hello!")).pipe(
    Effect.as("answered"),
    Effect.catchTag("RateLimitError", ({ retryAfter }) =>
      Effect.succeed(`rate limited; wait ${retryAfter === undefined ? "a while" : Duration.format(retryAfter)}`)
    ),
    Effect.catchTag("ContextWindowExceededError", ({ limit, requested }) =>
      Effect.succeed(`too long: ${requested ?? "?"} tokens for a window of ${limit ?? "?"}`)
    ),
    Effect.catchTag("StreamInterruptedError", ({ partial }) => Effect.succeed(`cut off after: ${partial.text}`)),
    Effect.catchTag("TimeoutError", ({ duration, phase }) =>
      Effect.succeed(`gave up waiting (${phase}) after ${Duration.format(duration)}`)
    ),
    Effect.catch((error) => Effect.succeed(`${error._tag}: ${error.message}`)),
    Effect.flatMap((outcome) => Console.log(`${name}: ${outcome}`))
  )

const names = [
  "sim-429",
  "sim-503",
  "sim-context",
  "sim-blocked",
  "sim-cut",
  "sim-stall",
  "sim-hang",
  "sim-reset",
  "sim-error-mid-stream"
]

await Effect.forEach(names, explain, { discard: true }).pipe(
  Effect.provide(layerSimulated),
  Effect.provide(UndiciClient.layer),
  Effect.runPromise
)
