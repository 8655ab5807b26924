/**
 * Embeds texts and finds those nearest to a query. A request too large for one call is split into several; policies,
 * errors and costs work as in chat.
 *
 *     OPENAI_API_KEY=sk-... npx tsx examples/91_embeddings.ts
 *
 * Without a key, a local stand-in responds: it counts words.
 */
import { Config, Console, Effect, Layer, Option, Redacted } from "effect"
import { OpenAi, Retry } from "effect-llm"
import * as Money from "effect-llm/catalog/Money"
import * as Pricing from "effect-llm/catalog/Pricing"
import * as Model from "effect-llm/policies/Model"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { serveEmbeddings } from "./support/serveEmbeddings.ts"

const notes = [
  "Retries wait as long as the provider asks.",
  "A stream ends in exactly one way.",
  "Unknown prices are not zero.",
  "Secrets stay out of errors."
]

const nearness = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number => {
  const dot = (x: ReadonlyArray<number>, y: ReadonlyArray<number>) =>
    x.reduce((sum, n, at) => sum + n * (y[at] ?? 0), 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b) || 1)
}

const program = Effect.gen(function* () {
  // Two inputs per call, to show several calls; by default the provider's own limits apply.
  const model = OpenAi.embeddingModel("text-embedding-3-small", { inputs: 2 }).pipe(
    Model.retry(Retry.standard),
    Model.withCost
  )
  const query = "How does a stream come to its end?"
  const { attempts, cost, embeddings, usage } = yield* model.generate([query, ...notes])
  const [queryVector = [], ...vectors] = embeddings
  const ranked = notes
    .map((note, at) => ({ note, near: nearness(queryVector, vectors[at] ?? []) }))
    .toSorted((a, b) => b.near - a.near)
  yield* Console.log(query)
  for (const { near, note } of ranked) yield* Console.log(`  ${near.toFixed(3)}  ${note}`)
  const price = cost?._tag === "Priced" ? Money.format(cost.total) : "unknown"
  yield* Console.log(`${usage.inputTokens.total} tokens, ${price}, ${attempts.length} attempt(s)`)
}).pipe(
  Effect.catchTag("PartialEmbeddingError", (error) => Console.log(`not all could be had: ${error.message}`)),
  Effect.catch((error) => Console.log(error.message))
)

const openAi = Layer.unwrap(
  Effect.gen(function* () {
    const apiKey = yield* Config.option(Config.Redacted("OPENAI_API_KEY"))
    if (Option.isSome(apiKey)) return OpenAi.layerConfig
    return OpenAi.layer({ apiKey: Redacted.make("stand-in"), baseUrl: yield* serveEmbeddings })
  })
)

await program.pipe(
  Effect.provide(Layer.mergeAll(openAi, Pricing.layer)),
  Effect.provide(UndiciClient.layer),
  Effect.runPromise
)
