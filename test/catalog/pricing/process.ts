/** A process of its own that refreshes prices: its arguments are the address and the directory; it prints how many it has. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layerRefreshing, Pricing } from "../../../src/catalog/Pricing.ts"
import { platform } from "./platform.ts"

const [, , url, directory] = process.argv

const program = Effect.gen(function* () {
  const pricing = yield* Pricing
  yield* pricing.refresh
  console.log((yield* pricing.status).prices.feed)
})

await Effect.runPromise(
  Effect.provide(program, layerRefreshing({ minimum: 5, url: url ?? "", directory }).pipe(Layer.provide(platform)))
)
// The connection is kept open for a while.
process.exit(0)
