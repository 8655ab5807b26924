/**
 * Reads a response as events, and folds the same events into the whole response.
 */
import { Console, Effect, Stream } from "effect"
import { foldEvents } from "effect-llm"
import { layerWhoever, whoever } from "./support/whoever.ts"

const program = Effect.gen(function* () {
  const { model } = yield* whoever
  const events = yield* model.stream("Name three rivers.").pipe(
    Stream.tap((event) => (event.type === "text-delta" ? Console.log(JSON.stringify(event.delta)) : Effect.void)),
    Stream.runCollect
  )
  const reply = foldEvents(events)
  yield* Console.log("text:", reply.text)
  yield* Console.log("finish reason:", reply.finishReason)
  yield* Console.log("usage:", reply.usage.inputTokens.total, "in,", reply.usage.outputTokens.total, "out")
})

await program.pipe(Effect.provide(layerWhoever), Effect.runPromise)
