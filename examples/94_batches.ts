/**
 * Many questions at half the price, answered when the provider has time: a batch is created from chat requests, asked after
 * on a schedule, and its results come in the order of the questions, each an answer or an error of its own.
 *
 *     OPENAI_API_KEY=sk-... npx tsx examples/94_batches.ts
 *
 * Without a key, a stand-in on this machine answers at once. With one it may take hours: interrupt it and ask for the batch
 * by its id another day.
 */
import { Console, Effect, Layer, Result, Schedule, Stream } from "effect"
import { OpenAi } from "effect-llm"
import * as Money from "effect-llm/catalog/Money"
import * as Pricing from "effect-llm/catalog/Pricing"
import { withBatchCost } from "effect-llm/policies/WithCost"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { openAiOrStandIn } from "./support/standIn.ts"

const questions = ["Why is the sky blue?", "Why is grass green?", "Why is snow white?"]

const program = Effect.gen(function* () {
  const { batches } = OpenAi
  const items = questions.map((request, index) => ({ customId: `question-${index + 1}`, request }))
  const { id } = yield* batches.create({ model: "gpt-6-luna", items })
  yield* Console.log(`created ${id}`)
  const batch = yield* batches.wait(id, Schedule.spaced("10 seconds"))
  const results = batches.results(
    batch,
    items.map(({ customId }) => customId)
  )
  yield* Stream.runForEach(withBatchCost(results, { model: "openai/gpt-6-luna" }), ({ customId, result }) => {
    if (Result.isFailure(result)) return Console.log(`${customId}: ${result.failure.message}`)
    const { cost, text } = result.success
    return Console.log(`${customId}: ${text} (${cost?._tag === "Priced" ? Money.format(cost.total) : "price unknown"})`)
  })
}).pipe(Effect.catch((error) => Console.log(error.message)))

await program.pipe(
  Effect.provide(Layer.mergeAll(openAiOrStandIn, Pricing.layer)),
  Effect.provide(UndiciClient.layer),
  Effect.runPromise
)
