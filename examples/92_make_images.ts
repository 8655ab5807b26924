/**
 * Generates an image from a prompt. A parameter that the model does not support is an error that names it, before anything
 * is sent.
 *
 *     OPENAI_API_KEY=sk-... npx tsx examples/92_make_images.ts
 *
 * Without a key, a local stand-in responds.
 */
import { Console, Effect, Layer } from "effect"
import { OpenAi } from "effect-llm"
import * as Money from "effect-llm/catalog/Money"
import * as Pricing from "effect-llm/catalog/Pricing"
import * as Model from "effect-llm/policies/Model"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { openAiOrStandIn } from "./support/standIn.ts"

const model = OpenAi.imageModel("gpt-image-2").pipe(Model.withCost)

const program = Effect.gen(function* () {
  const { cost, images, usage } = yield* model.generate({ prompt: "A red dot", size: "1024x1024", quality: "low" })
  for (const { data, mediaType } of images) {
    yield* Console.log(`${mediaType}: ${data instanceof Uint8Array ? `${data.length} bytes` : JSON.stringify(data)}`)
  }
  const price = cost?._tag === "Priced" ? Money.format(cost.total) : "unknown"
  yield* Console.log(`${usage.outputTokens.total} tokens out, ${price}`)
  yield* model.generate({ prompt: "A red dot", seed: 7 })
}).pipe(Effect.catch((error) => Console.log(`${error._tag}: ${error.message}`)))

await program.pipe(
  Effect.provide(Layer.mergeAll(openAiOrStandIn, Pricing.layer)),
  Effect.provide(UndiciClient.layer),
  Effect.runPromise
)
