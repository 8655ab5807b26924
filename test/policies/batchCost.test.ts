import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect, Result, Stream } from "effect"
import * as CatalogModel from "../../src/catalog/CatalogModel.ts"
import * as Price from "../../src/catalog/Price.ts"
import { layerWith } from "../../src/catalog/Pricing.ts"
import type { BatchResult } from "../../src/domain/Batch.ts"
import { ChatResponse, ServerError } from "../../src/domain/ChatResponse.ts"
import * as Usage from "../../src/domain/Usage.ts"
import { withBatchCost } from "../../src/policies/WithCost.ts"

const price = Price.make({ input: 1, output: 10 }, { tiers: { batch: { multiplier: 0.5 } } })
const prices = layerWith({ models: [CatalogModel.make({ provider: "lab", id: "small", price })] })

const answered = new ChatResponse({
  provider: "lab",
  model: "small",
  content: [{ type: "text", text: "one" }],
  finishReason: "stop",
  usage: Usage.make({ input: 1000, output: 100 }, { serviceTier: "batch" }),
  warnings: [],
  attempts: []
})

describe("the cost of a batch", () => {
  it.effect(
    "is that of each response at the batch rate; failed requests cost nothing",
    Effect.fnUntraced(function* () {
      const results: ReadonlyArray<BatchResult> = [
        { customId: "a", result: Result.succeed(answered) },
        { customId: "b", result: Result.fail(new ServerError({})) }
      ]
      const [first, second] = yield* Stream.runCollect(withBatchCost(Stream.fromIterable(results))).pipe(
        Effect.provide(prices)
      )
      if (first === undefined || Result.isFailure(first.result)) return assert.fail("no answer")
      const { cost, text } = first.result.success
      assert.strictEqual(text, "one")
      assert.strictEqual(cost?._tag === "Priced" ? BigDecimal.format(cost.total) : cost?._tag, "0.001")
      assert.strictEqual(second, results[1])
    })
  )
})
