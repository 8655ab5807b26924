/**
 * Many requests at half the price, processed when the provider has time: a batch is created from chat requests and polled on
 * a schedule. Its results come in the order of the requests, each a response or its own error.
 *
 *     OPENAI_API_KEY=sk-... npx tsx examples/94_batches.ts
 *
 * Without a key, a local stand-in responds at once. With one it may take hours: interrupt it and get the batch by its id
 * later.
 */
import { Console, Effect, Layer, Result, Schedule, Stream } from "effect"
import { OpenAi } from "effect-llm"
import * as Money from "effect-llm/catalog/Money"
import * as Pricing from "effect-llm/catalog/Pricing"
import { withBatchCost } from "effect-llm/policies/WithCost"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { openAiOrStandIn } from "./support/standIn.ts"

const prompts = ["Why is the sky blue?", "Why is grass green?", "Why is snow white?"]

const program = Effect.gen(function* () {
  const { batches } = OpenAi
  const items = prompts.map((request, index) => ({ customId: `prompt-${index + 1}`, request }))
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
