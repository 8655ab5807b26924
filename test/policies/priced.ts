/** Prices for tests: the same for each of the models `lab/0` to `lab/9`. */
import { beforeAll } from "@effect/vitest"
import { BigDecimal, Effect } from "effect"
import * as Price from "../../src/catalog/Price.ts"
import { layerWith, Pricing } from "../../src/catalog/Pricing.ts"
import type { Cost } from "../../src/domain/Cost.ts"
import * as ChatModel from "../../src/policies/ChatModel.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"

const price = Price.make({ input: 1, output: 10 })
const prices = layerWith({
  models: [],
  prices: Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`lab/${index}`, price]))
})

let pricing: Pricing["Service"]

// The first call loads what computes costs: later ones do not wait for it while the clock of the test stands still.
beforeAll(async () => {
  const first = ChatModel.withCost(ScriptedModel.make("loaded")).generate("Hi")
  pricing = await Effect.runPromise(Effect.provide(Effect.andThen(first, Pricing), prices))
})

export const priced = <A, E, R>(effect: Effect.Effect<A, E, R | Pricing>) =>
  Effect.suspend(() => Effect.provideService(effect, Pricing, pricing))

/** A cost in dollars, or the reason why there is none. */
export const dollars = (cost: Cost | undefined) =>
  cost === undefined ? undefined : cost._tag === "Priced" ? BigDecimal.format(cost.total) : cost.reason._tag
