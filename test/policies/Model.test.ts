import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Duration, Effect, Fiber, Schedule, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Pricing from "effect-llm/catalog/Pricing"
import { attemptsOf, type ProviderError } from "effect-llm/domain/ProviderError"
import type { Embedding, Speech } from "effect-llm/domain/Capability"
import type { CallEvent } from "effect-llm/domain/CallEvent"
import type { EmbeddingRequest, EmbeddingResponse } from "effect-llm/domain/Embedding"
import { AllFailedError } from "effect-llm/domain/AllFailedError"
import { AuthenticationError } from "effect-llm/domain/CallErrors"
import { ContentPolicyError, OverloadedError, TimeoutError } from "effect-llm/domain/ChatResponse"
import type { SpeechEvent } from "effect-llm/domain/SpeechEvent"
import * as Usage from "effect-llm/domain/Usage"
import * as EmbeddingModel from "effect-llm/model/EmbeddingModel"
import type { RerankModel } from "effect-llm/model/RerankModel"
import * as SpeechModel from "effect-llm/model/SpeechModel"
import * as Model from "effect-llm/policies/Model"
import type * as ChatModel from "effect-llm/policies/ChatModel"
import * as Fallback from "effect-llm/policies/Fallback"
import * as Retry from "effect-llm/policies/Retry"
import * as Timeout from "effect-llm/policies/Timeout"

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Same<A, B>): void => {}

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

const speaker = (id: string, streams: ReadonlyArray<ReadonlyArray<SpeechEvent | ProviderError>>) => {
  let calls = 0
  return Model.make<Speech, ProviderError, never>({
    id,
    kind: SpeechModel.kind,
    generate: () => Effect.die("unused"),
    stream: () =>
      Stream.suspend(() =>
        Stream.fromIterable(streams[calls++] ?? []).pipe(
          Stream.rechunk(1),
          Stream.mapEffect((event) => ("type" in event ? Effect.succeed(event) : Effect.fail(event)))
        )
      )
  })
}

const start: SpeechEvent = { type: "response-start", mediaType: "audio/mpeg" }
const audio = (byte: number): SpeechEvent => ({ type: "audio", data: new Uint8Array([byte]) })
const finish: SpeechEvent = { type: "finish", usage: Usage.make({ input: 10, output: 0 }) }

const overloaded = new OverloadedError({ provider: "a" })
const unauthorised = new AuthenticationError({ provider: "a" })

/** Runs it while the clock goes on. */
const run = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Effect.exit(effect))
    yield* TestClock.adjust("10 minutes")
    return yield* yield* Fiber.join(fiber)
  })

const tags = (events: ReadonlyArray<CallEvent>) => events.map(({ type }) => type)

describe("a model of any capability", () => {
  it.effect("takes a request as people write it", () =>
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

  it.effect("is retried on a schedule, and lists its attempts", () =>
    Effect.gen(function* () {
      const { model, requests } = embedder("a/m", [overloaded, overloaded])
      const answer = yield* run(model.pipe(Model.retry(Retry.standard)).generate("x"))
      assert.strictEqual(requests.length, 3)
      assert.deepStrictEqual(
        answer.attempts.map(({ error }) => error?._tag),
        ["OverloadedError", "OverloadedError", undefined]
      )
    })
  )

  it.effect("is not retried after an error that is not retryable", () =>
    Effect.gen(function* () {
      const { model, requests } = embedder("a/m", [unauthorised])
      const error = yield* Effect.flip(run(Model.retry(model, Schedule.recurs(3)).generate("x")))
      assert.strictEqual(error, unauthorised)
      assert.strictEqual(requests.length, 1)
      assert.strictEqual(attemptsOf(error).length, 1)
    })
  )

  it.effect("falls back to the next model", () =>
    Effect.gen(function* () {
      const first = embedder("a/m", [unauthorised])
      const second = embedder("b/m", [])
      const chain = Fallback.make([first.model.pipe(Model.retry(Retry.standard)), second.model])
      same<typeof chain, EmbeddingModel.EmbeddingModel<AllFailedError>>(true)
      const answer = yield* run(chain.generate(["x", "y"]))
      assert.deepStrictEqual(
        answer.attempts.map(({ error, model }) => [model, error?._tag]),
        [
          ["a/m", "AuthenticationError"],
          ["b/m", undefined]
        ]
      )
      assert.strictEqual(chain.id, "a/m,b/m")
    })
  )

  it.effect("stops a fallback with a content-policy refusal, and lists every attempt", () =>
    Effect.gen(function* () {
      const first = embedder("a/m", [new ContentPolicyError({ provider: "a" })])
      const second = embedder("b/m", [])
      const error = yield* Effect.flip(run(Fallback.make([first.model, second.model]).generate("x")))
      assert.instanceOf(error, AllFailedError)
      assert.strictEqual(error.attempts.length, 1)
      assert.strictEqual(second.requests.length, 0)
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

  it.effect("is priced by its tokens, or by whatever else it meters", () =>
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

  it.effect("has its requests and responses mapped", () =>
    Effect.gen(function* () {
      const { model, requests } = embedder("a/m", [])
      const seen: Array<number> = []
      const changed = model.pipe(
        Model.mapRequest((request) => ({ ...request, dimensions: 7 })),
        Model.mapResponse((answer) => ({ ...answer, model: "renamed" })),
        Model.tap((answer) => Effect.sync(() => seen.push(answer.embeddings.length)))
      )
      const answer = yield* changed.generate(["x", "y"])
      assert.strictEqual(requests[0]?.dimensions, 7)
      assert.strictEqual(answer.model, "renamed")
      assert.deepStrictEqual(seen, [2])
    })
  )

  it.effect("streams: only the opening is retried unnoticed", () =>
    Effect.gen(function* () {
      const silent = speaker("a/m", [
        [start, overloaded],
        [start, audio(1), finish]
      ])
      const events = yield* run(Stream.runCollect(Model.retry(silent, Schedule.recurs(1)).stream("x")))
      assert.deepStrictEqual(tags(events), ["response-start", "audio", "finish"])
      assert.deepStrictEqual(
        events.at(-1)?.attempts?.map(({ error }) => error?._tag),
        ["OverloadedError", undefined]
      )
      const broken = speaker("a/m", [[start, audio(1), overloaded], []])
      const error = yield* Effect.flip(run(Stream.runCollect(Model.retry(broken, Schedule.recurs(1)).stream("x"))))
      assert.strictEqual(error, overloaded)
    })
  )

  it.effect("streams: starts over with another model where configured", () =>
    Effect.gen(function* () {
      const first = speaker("a/m", [[start, audio(1), overloaded]])
      const second = speaker("b/m", [[start, audio(2), finish]])
      const chain = Fallback.make([first, second], { onInterrupted: "restart" })
      const events = yield* run(Stream.runCollect(chain.stream("x")))
      assert.deepStrictEqual(tags(events), [
        "response-start",
        "audio",
        "restarted",
        "response-start",
        "audio",
        "finish"
      ])
      const costed = yield* Stream.runCollect(
        speaker("openai/gpt-4o-mini-tts", [[start, finish]])
          .pipe(Model.withCost)
          .stream("x")
      ).pipe(Effect.provide(Pricing.layer))
      assert.strictEqual(costed.at(-1)?.cost?._tag, "Priced")
    })
  )

  it("keeps capabilities apart in its types", () => {
    const embedding = embedder("a/m", []).model
    const neverRun = (rerank: RerankModel<ProviderError>, chat: ChatModel.ChatModel<ProviderError>) => [
      // @ts-expect-error a chain is of one capability
      Fallback.make([embedding, rerank]),
      // @ts-expect-error a chat is no embedding
      Fallback.make([embedding, chat]),
      // @ts-expect-error an embedding comes whole
      embedding.stream("x"),
      // @ts-expect-error a query is needed
      rerank.generate({ documents: [] }),
      Fallback.make([rerank, rerank]),
      Fallback.make([chat, chat])
    ]
    assert.isFunction(neverRun)
    const timed = embedding.pipe(Timeout.interactive)
    same<typeof timed, EmbeddingModel.EmbeddingModel<ProviderError | TimeoutError>>(true)
  })
})
