import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Duration, Effect, Fiber, Schedule } from "effect"
import { TestClock } from "effect/testing"
import * as Pricing from "effect-llm/catalog/Pricing"
import type { Embedding } from "effect-llm/domain/Capability"
import type { EmbeddingRequest, EmbeddingResponse } from "effect-llm/domain/Embedding"
import { OverloadedError, TimeoutError } from "effect-llm/domain/ChatResponse"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import * as Usage from "effect-llm/domain/Usage"
import * as EmbeddingModel from "effect-llm/model/EmbeddingModel"
import * as Model from "effect-llm/policies/Model"
import * as Fallback from "effect-llm/policies/Fallback"
import * as Timeout from "effect-llm/policies/Timeout"

type Outcome = ProviderError | "hang" | undefined

const embedder = (id: string, outcomes: ReadonlyArray<Outcome>) => {
  const requests: Array<EmbeddingRequest> = []
  const model = Model.make<Embedding, ProviderError, never>({
    id,
    kind: EmbeddingModel.kind,
    generate: (request) =>
      Effect.suspend(() => {
        const outcome = outcomes[requests.length]
        requests.push(request)
        if (outcome === "hang") return Effect.never
        const response: EmbeddingResponse = {
          embeddings: request.inputs.map(() => [1]),
          usage: Usage.make({ input: 1000, output: 0 }),
          warnings: [],
          attempts: [{ model: id, duration: Duration.zero }]
        }
        return outcome === undefined ? Effect.succeed(response) : Effect.fail(outcome)
      })
  })
  return { requests, model }
}

const overloaded = new OverloadedError({ provider: "a" })

/** Runs it while the clock goes on. */
const run = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Effect.exit(effect))
    yield* TestClock.adjust("10 minutes")
    return yield* yield* Fiber.join(fiber)
  })

describe("a model of a capability without streams", () => {
  it.effect("accepts a request in its short forms", () =>
    Effect.gen(function* () {
      const { model, requests } = embedder("a/m", [])
      yield* model.generate("one")
      yield* model.generate(["one", "two"])
      yield* model.generate({ inputs: "one", dimensions: 2 })
      assert.deepStrictEqual(requests, [
        { inputs: ["one"] },
        { inputs: ["one", "two"] },
        { inputs: ["one"], dimensions: 2 }
      ])
    })
  )

  it.effect("is output by a schedule, given its kind", () =>
    Effect.gen(function* () {
      const models = [embedder("a/m", [overloaded]).model, embedder("b/m", []).model] as const
      const inTurn = Schedule.recurs(2).pipe(Schedule.map(({ output }) => models[output] ?? models[0]))
      const chain = Fallback.schedule(inTurn, { kind: EmbeddingModel.kind })
      const answer = yield* run(chain.generate("x"))
      assert.strictEqual(answer.attempts.at(-1)?.model, "b/m")
    })
  )

  it.effect("is interrupted by a time limit", () =>
    Effect.gen(function* () {
      const { model } = embedder("a/m", ["hang"])
      const error = yield* Effect.flip(run(model.pipe(Timeout.standard).generate("x")))
      assert.instanceOf(error, TimeoutError)
      assert.deepInclude(JSON.parse(JSON.stringify(error)), { phase: "total", provider: "a", model: "m" })
      // What limits streams does not limit an answer in one piece.
      const fiber = yield* Effect.forkChild(
        Model.timeout(embedder("a/m", ["hang"]).model, { firstToken: "1 second" }).generate("x")
      )
      yield* TestClock.adjust("1 hour")
      assert.isUndefined(fiber.pollUnsafe())
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("is priced by its tokens, or by its other meters", () =>
    Effect.gen(function* () {
      const { model } = embedder("openai/text-embedding-3-small", [overloaded])
      const costed = model.pipe(Model.retry(Schedule.recurs(1)), Model.withCost)
      const answer = yield* costed.generate("x")
      assert.strictEqual(answer.cost?._tag, "Priced")
      assert.strictEqual(answer.cost?._tag === "Priced" ? BigDecimal.format(answer.cost.total) : "", "0.00002")
      assert.strictEqual(answer.attempts.at(-1)?.cost?._tag, "Priced")
      assert.strictEqual(Model.costs(answer).length, 1)

      const searches = embedder("acme/rerank", []).model.pipe(
        Model.mapResponse((answer) => ({
          ...answer,
          usage: Usage.make({ output: 0 }, { units: { requests: 3 } })
        })),
        Model.withCost
      )
      const own = Pricing.layerWith({ prices: { "acme/rerank": { versions: [{ rates: { requests: 2 } }] } } })
      const { cost } = yield* searches.generate("x").pipe(Effect.provide(own))
      assert.strictEqual(cost?._tag === "Priced" ? BigDecimal.format(cost.total) : cost, "0.006")
    }).pipe(Effect.provide(Pricing.layer))
  )
})
