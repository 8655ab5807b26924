/**
 * What a call will cost, and what it did cost, to the last digit.
 *
 *     npx tsx examples/80_cost.ts
 *
 * The response is simulated; the prices are OpenAI's.
 */
import { Console, DateTime, Effect, Layer, Redacted } from "effect"
import { ChatModel, OpenAi } from "effect-llm"
import * as Catalog from "effect-llm/catalog/Catalog"
import * as Cost from "effect-llm/catalog/Cost"
import * as Money from "effect-llm/catalog/Money"
import * as Pricing from "effect-llm/catalog/Pricing"
import { Simulator } from "effect-llm/testing/Simulator"
import { Tokenizer } from "effect-llm/tokens/Tokenizer"
import * as UndiciClient from "effect-llm/transport/UndiciClient"

const inWords = (cost: Cost.Cost): string =>
  cost._tag === "Priced"
    ? [
        Money.format(cost.total),
        ...cost.breakdown.map(
          ({ amount, meter, per, quantity, rate }) =>
            `  ${meter}: ${quantity} at ${Money.format(rate)} for ${per} makes ${Money.format(amount)}`
        ),
        `  by the price of ${cost.row}, ${cost.source}, ${cost.asOf}`
      ].join("\n")
    : `unknown: ${Cost.formatReason(cost.reason)}`

const program = Effect.gen(function* () {
  const prompt = "In two sentences: why do programs fail at night?"
  const name = "openai/gpt-6-luna"

  const { price } = yield* Effect.flatMap(Catalog.Catalog, ({ resolve }) => resolve(name))
  const { tokens } = yield* Effect.flatMap(Tokenizer, ({ count }) => count({ messages: prompt }, { model: name }))
  const before = Cost.estimate(tokens, 100, price, { at: yield* DateTime.now })
  yield* Console.log(`Before the call, with 100 output tokens: ${inWords(before)}\n`)

  const response = yield* OpenAi.model("gpt-6-luna").pipe(ChatModel.withCost).generate(prompt)
  yield* Console.log(`${response.text}\n`)
  if (response.cost !== undefined) yield* Console.log(`After the call: ${inWords(response.cost)}`)
})

const openAi = Layer.unwrap(
  Effect.map(Simulator, ({ openAiUrl }) => OpenAi.layer({ apiKey: Redacted.make("simulated"), baseUrl: openAiUrl }))
).pipe(Layer.provide([Simulator.layer(), UndiciClient.layer]))

await program.pipe(
  Effect.provide(Layer.mergeAll(openAi, Catalog.layer, Pricing.layer, Tokenizer.layer)),
  Effect.runPromise
)
