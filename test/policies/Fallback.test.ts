import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Context, Duration, Effect, Exit, Fiber, Layer, Schedule, Stream } from "effect"
import { TestClock } from "effect/testing"
import { foldEvents } from "../../src/domain/ChatFold.ts"
import {
  type ChatResponse,
  ContentPolicyError,
  RateLimitError,
  ServerError,
  type TimeoutError
} from "../../src/domain/ChatResponse.ts"
import { AllFailedError } from "../../src/domain/AllFailedError.ts"
import {
  AuthenticationError,
  ContextWindowExceededError,
  InvalidRequestError,
  UnsupportedParameterError
} from "../../src/domain/CallErrors.ts"
import type { Embedding } from "../../src/domain/Capability.ts"
import type { ProviderError } from "../../src/domain/ProviderError.ts"
import * as EmbeddingModel from "../../src/model/EmbeddingModel.ts"
import * as Model from "../../src/model/Model.ts"
import * as ChatModel from "../../src/policies/ChatModel.ts"
import * as Fallback from "../../src/policies/Fallback.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"
import { eventsOf, letTimePass, outcomes, attemptRows, watch } from "./attemptRows.ts"

const scripted = (id: string, script: ScriptedModel.Script<ProviderError>, contextWindow?: number) =>
  ScriptedModel.make(script, { id, contextWindow })

const server = new ServerError({})
const tooLong = (fields: { limit?: number; requested?: number } = {}) => new ContextWindowExceededError(fields)
const calls = (...models: ReadonlyArray<ScriptedModel.ScriptedModel<unknown>>) =>
  models.map(({ calls }) => calls.length)

describe("Fallback.make", () => {
  it.effect("calls one model after another until one succeeds, without delay", () =>
    Effect.gen(function* () {
      const a = scripted("a/1", { connect: 10, error: server })
      const b = scripted("b/1", new AuthenticationError({}))
      const c = scripted("c/1", { answer: "hello", connect: 20 })
      const d = scripted("d/1", "never")
      const chain = Fallback.make([a, b, c, d])
      assert.strictEqual(chain.id, "a/1,b/1,c/1,d/1")
      const attempts = [
        ["a/1", "ServerError", 10, undefined],
        ["b/1", "AuthenticationError", 0, undefined],
        ["c/1", undefined, 20, undefined]
      ]
      const response = yield* letTimePass(chain.generate("hi"))
      assert.strictEqual(response.text, "hello")
      assert.deepStrictEqual(attemptRows(response.attempts), attempts)
      const { error, events } = yield* letTimePass(watch(chain.stream("hi")))
      assert.isUndefined(error)
      assert.strictEqual(foldEvents(events).text, "hello")
      assert.deepStrictEqual(attemptRows(eventsOf(events, "finish")[0]?.attempts), attempts)
      assert.deepStrictEqual(calls(a, b, c, d), [2, 2, 2, 0])
    })
  )

  it.effect("fails with AllFailedError, which lists every attempt", () =>
    Effect.gen(function* () {
      const chain = Fallback.make([scripted("a/1", server), scripted("b/1", new AuthenticationError({}))])
      for (const call of [chain.generate("hi"), Stream.runDrain(chain.stream("hi"))]) {
        const error = yield* Effect.flip(call)
        assert.instanceOf(error, AllFailedError)
        assert.deepStrictEqual(error.models, ["a/1", "b/1"])
        assert.deepStrictEqual(attemptRows(error.attempts), [
          ["a/1", "ServerError", 0, undefined],
          ["b/1", "AuthenticationError", 0, undefined]
        ])
        assert.strictEqual(error.last?._tag, "AuthenticationError")
      }
    })
  )

  it.effect("stops at an error that no other model can fix", () =>
    Effect.gen(function* () {
      for (const wrong of [new InvalidRequestError({}), new ContentPolicyError({})]) {
        const other = scripted("b/1", "never")
        const error = yield* Effect.flip(Fallback.make([scripted("a/1", wrong), other]).generate("hi"))
        assert.strictEqual(error.last, wrong)
        assert.strictEqual(error.attempts.length, 1)
        assert.deepStrictEqual(error.models, ["a/1", "b/1"])
        assert.deepStrictEqual(calls(other), [0])
      }
    })
  )

  it.effect("tries one more model after an unknown 4xx error, and stops when that one fails alike", () =>
    Effect.gen(function* () {
      const refusal = () => new InvalidRequestError({ status: 400 })
      const other = scripted("b/1", "hello")
      assert.strictEqual((yield* Fallback.make([scripted("a/1", refusal()), other]).generate("hi")).text, "hello")
      for (const models of [
        [scripted("a/1", refusal()), scripted("b/1", server), scripted("c/1", refusal())],
        [Fallback.make([scripted("a/1", refusal()), scripted("b/1", server)]), scripted("c/1", refusal())]
      ] as const) {
        const last = scripted("d/1", "never")
        const error = yield* Effect.flip(Fallback.make([...models, last]).generate("hi"))
        assert.strictEqual(error.last?._tag, "InvalidRequestError")
        assert.deepStrictEqual(calls(last), [0])
      }
    })
  )

  it.effect("skips a provider's other models after two of them refused", () =>
    Effect.gen(function* () {
      const refusal = (provider: string) => new InvalidRequestError({ status: 400, provider })
      const third = scripted("a/3", "never")
      const chain = [scripted("a/1", refusal("a")), scripted("a/2", refusal("a")), third] as const
      assert.strictEqual((yield* Fallback.make([...chain, scripted("b/1", "hello")]).generate("hi")).text, "hello")
      const last = scripted("c/1", "never")
      yield* Effect.flip(Fallback.make([...chain, scripted("b/1", refusal("b")), last]).generate("hi"))
      yield* Effect.flip(Fallback.make(chain).generate("hi"))
      assert.deepStrictEqual([calls(third), calls(last)], [[0], [0]])
    })
  )

  it.effect("continues however many models do not support the request", () =>
    Effect.gen(function* () {
      const unsupported = () => new UnsupportedParameterError({ status: 400 })
      const chain = Fallback.make([
        scripted("a/1", unsupported()),
        scripted("b/1", unsupported()),
        scripted("c/1", "hello")
      ])
      assert.strictEqual((yield* chain.generate("hi")).text, "hello")
    })
  )

  it.effect("falls back after a content-policy refusal only if configured to", () =>
    Effect.gen(function* () {
      const models = [scripted("a/1", new ContentPolicyError({})), scripted("b/1", "hello")] as const
      const chain = Fallback.make(models, { onContentPolicy: "fallback" })
      assert.strictEqual((yield* chain.generate("hi")).text, "hello")
      const wrong = Fallback.make([scripted("a/1", new InvalidRequestError({})), models[1]], {
        onContentPolicy: "fallback"
      })
      assert.strictEqual((yield* Effect.flip(wrong.generate("hi"))).last?._tag, "InvalidRequestError")
    })
  )

  it.effect("`while` replaces that check", () =>
    Effect.gen(function* () {
      const only = { while: (error: ProviderError) => error._tag === "InvalidRequestError" }
      const b = scripted("b/1", "hello")
      const invalid = Fallback.make([scripted("a/1", new InvalidRequestError({})), b], only)
      assert.strictEqual((yield* invalid.generate("hi")).text, "hello")
      const failing = Fallback.make([scripted("a/1", server), b], only)
      assert.strictEqual((yield* Effect.flip(failing.generate("hi"))).last, server)
    })
  )

  it("is a variant of the chain of its models if one of them is", () => {
    const a = scripted("a/1", server)
    const own = Model.withVariant(scripted("b/1", server), "own key")
    assert.deepStrictEqual(Fallback.make([a, own]).variant, [undefined, ["own key"]])
    assert.isUndefined(Fallback.make([a, a]).variant)
  })

  it("throws without a model, also where the types do not prevent it", () => {
    assert.throws(() => Fallback.make([] as never), TypeError, "Fallback.make needs at least one model")
  })

  it.effect("does not retry defects", () =>
    Effect.gen(function* () {
      const chain = Fallback.make([scripted("a/1", []), scripted("b/1", "never")])
      assert.isTrue(Exit.hasDies(yield* Effect.exit(chain.generate("hi"))))
    })
  )

  describe("a conversation that is too long", () => {
    const overflow = Effect.fnUntraced(function* (
      first: ScriptedModel.ScriptedModel,
      windows: ReadonlyArray<number | undefined>
    ) {
      const others = windows.map((window, index) => scripted(`b/${index}`, "hello", window))
      const result = yield* Effect.result(Fallback.make([first, ...others]).generate("hi"))
      return others.flatMap(({ calls, id }) => (calls.length === 0 ? [] : [id])).join() + ` ${result._tag}`
    })

    it.effect("goes only to a model with a window larger than the exceeded limit", () =>
      Effect.gen(function* () {
        const first = scripted("a/1", tooLong({ limit: 8000 }), 100_000)
        assert.strictEqual(yield* overflow(first, [undefined, 4000, 8000, 8001, 9000]), "b/3 Success")
        assert.strictEqual(yield* overflow(first, [undefined, 4000, 8000]), " Failure")
      })
    )

    it.effect("uses the window of the failed model if the error states no limit", () =>
      Effect.gen(function* () {
        const first = scripted("a/1", tooLong(), 8000)
        assert.strictEqual(yield* overflow(first, [8000, undefined, 8001]), "b/2 Success")
      })
    )

    it.effect("uses the requested tokens too, if they are stated", () =>
      Effect.gen(function* () {
        const first = scripted("a/1", tooLong({ limit: 8000, requested: 20_000 }))
        assert.strictEqual(yield* overflow(first, [9000, 20_000, 20_001]), "b/2 Success")
        assert.strictEqual(
          yield* overflow(scripted("a/1", tooLong({ requested: 20_000 })), [9000, 30_000]),
          "b/1 Success"
        )
      })
    )

    it.effect("knows the windows of the catalog's models", () =>
      Effect.gen(function* () {
        const small = scripted("openai/gpt-4", tooLong())
        const other = scripted("openai/gpt-3.5-turbo", "hello")
        const large = scripted("openai/gpt-4.1", "hello")
        const like = scripted("openai/gpt-4.1-like-nothing-known", "hello")
        yield* Fallback.make([small, like, other, large]).generate("hi")
        assert.deepStrictEqual(
          [like, other, large].map(({ calls }) => calls.length),
          [0, 1, 0]
        )
      })
    )

    it.effect("stops if no limit is known", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* overflow(scripted("a/1", tooLong()), [1_000_000, undefined]), " Failure")
      })
    )

    it.effect("remembers the limit, whatever the next model fails with", () =>
      Effect.gen(function* () {
        const models = [
          scripted("a/1", tooLong({ limit: 8000 })),
          scripted("b/1", server, 9000),
          scripted("c/1", "never", 7000),
          scripted("d/1", "hello", 10_000)
        ] as const
        assert.strictEqual((yield* Fallback.make(models).generate("hi")).text, "hello")
        assert.deepStrictEqual(calls(...models), [1, 1, 0, 1])
      })
    )

    it.effect("searches an endless schedule for one round only", () =>
      Effect.gen(function* () {
        const models = [scripted("a/1", tooLong({ limit: 8000 })), scripted("b/1", "never", 7000)]
        const round = Schedule.map(Schedule.forever, ({ output }) => models[output % 2]!)
        const error = yield* Effect.flip(Fallback.schedule(round).generate("hi"))
        assert.strictEqual(error.attempts.length, 1)
      })
    )

    it.effect("a fallback has the window of its largest model", () =>
      Effect.gen(function* () {
        const inner = Fallback.make([
          scripted("b/1", tooLong({ limit: 5 }), 5),
          scripted("b/2", "hello", 20),
          scripted("b/3", "hello")
        ])
        assert.strictEqual(inner.contextWindow, 20)
        assert.isUndefined(Fallback.make([scripted("a/1", "hello")]).contextWindow)
        const chain = Fallback.make([scripted("a/1", tooLong({ limit: 10 })), inner])
        assert.strictEqual((yield* chain.generate("hi")).text, "hello")
      })
    )

    it.effect("remembers the limits that an inner fallback exceeded", () =>
      Effect.gen(function* () {
        const inner = Fallback.make([scripted("a/1", tooLong({ limit: 10 })), scripted("a/2", server, 20)])
        const small = scripted("b/1", "never", 9)
        const large = scripted("b/2", "hello", 11)
        assert.strictEqual((yield* Fallback.make([inner, small, large]).generate("hi")).text, "hello")
        assert.deepStrictEqual(calls(small, large), [0, 1])
      })
    )
  })

  describe("after the first content", () => {
    it.effect("fails by default, without output of another model", () =>
      Effect.gen(function* () {
        const b = scripted("b/1", "never")
        const chain = Fallback.make([scripted("a/1", { answer: "one two", after: 1 }), b])
        const { error, events } = yield* watch(chain.stream("hi"))
        assert.strictEqual(error?.last?._tag, "StreamInterruptedError")
        assert.strictEqual(foldEvents(events).text, "one")
        assert.deepStrictEqual(calls(b), [0])
      })
    )

    it.effect("`restart` emits `restarted`, and the next model starts from the beginning", () =>
      Effect.gen(function* () {
        const models = [
          scripted("a/1", { answer: "one two", after: 1 }),
          scripted("b/1", server),
          scripted("c/1", "three four")
        ] as const
        const { error, events } = yield* watch(Fallback.make(models, { onInterrupted: "restart" }).stream("hi"))
        assert.isUndefined(error)
        assert.strictEqual(foldEvents(events).text, "three four")
        const [restarted] = eventsOf(events, "restarted")
        assert.strictEqual(restarted?.model, "c/1")
        assert.strictEqual(restarted?.attempts.length, 2)
        assert.strictEqual(eventsOf(events, "restarted").length, 1)
        assert.deepStrictEqual(attemptRows(eventsOf(events, "finish")[0]?.attempts), [
          ["a/1", "StreamInterruptedError", 0, undefined],
          ["b/1", "ServerError", 0, undefined],
          ["c/1", undefined, 0, undefined]
        ])
        assert.deepStrictEqual(outcomes(models[0]), ["failed"])
      })
    )

    it.effect("`restart` does not route around an error that stops the fallback", () =>
      Effect.gen(function* () {
        const a = scripted("a/1", { answer: "one two", after: 1, error: new ContentPolicyError({}) })
        const b = scripted("b/1", "never")
        const { error, events } = yield* watch(Fallback.make([a, b], { onInterrupted: "restart" }).stream("hi"))
        assert.strictEqual(error?.last?._tag, "ContentPolicyError")
        assert.strictEqual(eventsOf(events, "restarted").length, 0)
        assert.deepStrictEqual(calls(b), [0])
      })
    )
  })

  describe("with other policies", () => {
    it.effect("lists the attempts of an inner retry; the next model is called when it gives up", () =>
      Effect.gen(function* () {
        const a = scripted("a/1", [server, new RateLimitError({})])
        const b = scripted("b/1", [server, "hello"])
        const policy = ChatModel.retry(Schedule.spaced(1000).pipe(Schedule.upTo({ times: 1 })))
        const response = yield* letTimePass(Fallback.make([a.pipe(policy), b.pipe(policy)]).generate("hi"))
        assert.deepStrictEqual(attemptRows(response.attempts), [
          ["a/1", "ServerError", 0, undefined],
          ["a/1", "RateLimitError", 0, 1000],
          ["b/1", "ServerError", 0, undefined],
          ["b/1", undefined, 0, 1000]
        ])
      })
    )

    it.effect("a time limit around a retry: the attempts before it are listed, and the next model is called", () =>
      Effect.gen(function* () {
        for (const ask of ["generate", "stream"] as const) {
          const a = scripted("a/1", [{ connect: 200, error: server }, { hang: true }])
          const slow = a.pipe(ChatModel.retry(Schedule.spaced(1000)), ChatModel.timeout({ total: "3 seconds" }))
          const chain = Fallback.make([slow, scripted("b/1", "hello")])
          const attempts = yield* letTimePass(
            ask === "generate"
              ? Effect.map(chain.generate("hi"), ({ attempts }) => attempts)
              : Effect.map(Stream.runCollect(chain.stream("hi")), (events) => eventsOf(events, "finish")[0]?.attempts)
          )
          assert.deepStrictEqual(attemptRows(attempts), [
            ["a/1", "ServerError", 200, undefined],
            ["a/1", "TimeoutError", 2800, undefined],
            ["b/1", undefined, 0, undefined]
          ])
          assert.deepStrictEqual(outcomes(a), ["failed", "interrupted"])
        }
      })
    )

    it.effect("falls back from a silent provider, and interrupts its call", () =>
      Effect.gen(function* () {
        const silent = scripted("a/1", { answer: "one", after: 0, hang: true })
        const other = scripted("b/1", "hello")
        const chain = Fallback.make([
          silent.pipe(ChatModel.timeout({ firstToken: "2 seconds" }), ChatModel.retry(Schedule.forever)),
          other
        ])
        const fiber = yield* Effect.forkChild(Stream.runCollect(chain.stream("hi")))
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual(foldEvents(yield* Fiber.join(fiber)).text, "hello")
        assert.deepStrictEqual(outcomes(silent), ["interrupted"])
      })
    )

    it.effect(
      "flattens the attempts of nested fallbacks, and an error that stops the inner one stops the outer one",
      () =>
        Effect.gen(function* () {
          const inner = Fallback.make([scripted("a/1", server), scripted("a/2", server)])
          const answered = yield* Fallback.make([inner, scripted("b/1", "hello")]).generate("hi")
          assert.deepStrictEqual(
            answered.attempts.map(({ model }) => model),
            ["a/1", "a/2", "b/1"]
          )
          const wrong = Fallback.make([scripted("a/1", server), scripted("a/2", new InvalidRequestError({}))])
          const error = yield* Effect.flip(Fallback.make([wrong, scripted("b/1", "never")]).generate("hi"))
          assert.deepStrictEqual(
            error.attempts.map(({ error, model }) => [model, error?._tag]),
            [
              ["a/1", "ServerError"],
              ["a/2", "InvalidRequestError"]
            ]
          )
          assert.deepStrictEqual(error.models, ["a/1,a/2", "b/1"])
        })
    )

    it.effect("a retry around a fallback repeats all of it, unless its last error is not retryable", () =>
      Effect.gen(function* () {
        const a = scripted("a/1", server)
        const b = scripted("b/1", [new AuthenticationError({}), "hello"])
        const chain = Fallback.make([a, b]).pipe(ChatModel.retry(Schedule.recurs(5)))
        assert.deepStrictEqual(
          (yield* chain.generate("hi")).attempts.map(({ model }) => model),
          ["a/1", "b/1", "a/1", "b/1"]
        )
        const wrong = scripted("b/1", new InvalidRequestError({}))
        yield* Effect.flip(
          Fallback.make([a, wrong])
            .pipe(ChatModel.retry(Schedule.recurs(5)))
            .generate("hi")
        )
        assert.deepStrictEqual(calls(wrong), [1])
      })
    )

    it.effect("each model gets the original request", () =>
      Effect.gen(function* () {
        const a = scripted("a/1", server)
        const b = scripted("b/1", "hello")
        yield* Fallback.make([a, b]).generate({ messages: "hi", temperature: 1 })
        assert.strictEqual(b.calls[0]?.request, a.calls[0]?.request)
      })
    )
  })
})

describe("Fallback.schedule", () => {
  it("streams if its kind does, whether that is loaded or not", () => {
    const model = Model.make<Embedding, never, never>({
      id: "a/1",
      kind: EmbeddingModel.kind,
      generate: () => Effect.never
    })
    const isStreaming = (streams: boolean | undefined) =>
      Model.streamOf(
        Fallback.schedule(
          Schedule.map(Schedule.recurs(1), () => model),
          {
            kind: { ...EmbeddingModel.kind, streams }
          }
        )
      ) !== undefined
    assert.deepStrictEqual([undefined, false, true].map(isStreaming), [false, false, true])
    assert.isDefined(Model.streamOf(Fallback.schedule(Schedule.map(Schedule.recurs(1), () => scripted("a/1", server)))))
  })

  it.effect("calls the models that the schedule outputs, after its delays, except for the first", () =>
    Effect.gen(function* () {
      const models = [scripted("a/1", server), scripted("b/1", server), scripted("c/1", "hello")]
      const inputs: Array<string | undefined> = []
      const chain = Fallback.schedule(
        Schedule.spaced("1 second").pipe(
          Schedule.setInputType<ProviderError | undefined>(),
          Schedule.tap(({ input }) => Effect.sync(() => inputs.push(input?._tag))),
          Schedule.map(({ output }) => models[output]!)
        ),
        { id: "mine", contextWindow: 7 }
      )
      assert.strictEqual(chain.id, "mine")
      assert.strictEqual(chain.contextWindow, 7)
      const response = yield* letTimePass(chain.generate("hi"))
      assert.deepStrictEqual(attemptRows(response.attempts), [
        ["a/1", "ServerError", 0, undefined],
        ["b/1", "ServerError", 0, 1000],
        ["c/1", undefined, 0, 1000]
      ])
      assert.deepStrictEqual(inputs, [undefined, "ServerError", "ServerError"])
    })
  )

  it.effect("fails when the schedule is done, with the models that were called", () =>
    Effect.gen(function* () {
      const a = scripted("a/1", server)
      const chain = Fallback.schedule(Schedule.recurs(3).pipe(Schedule.map(() => a)))
      assert.strictEqual(chain.id, "fallback")
      const error = yield* Effect.flip(chain.generate("hi"))
      assert.deepStrictEqual(error.models, ["a/1"])
      assert.strictEqual(error.attempts.length, 3)
      const empty = Fallback.schedule(Schedule.recurs(0).pipe(Schedule.map(() => a)))
      for (const call of [empty.generate("hi"), Stream.runDrain(empty.stream("hi"))]) {
        assert.deepStrictEqual((yield* Effect.flip(call)).attempts, [])
      }
    })
  )

  it.effect("may choose by the error", () =>
    Effect.gen(function* () {
      const fast = scripted("a/fast", new RateLimitError({ retryAfter: Duration.seconds(9) }))
      const spare = scripted("b/spare", "hello")
      const chain = Fallback.schedule(
        Schedule.identity<ProviderError | undefined>().pipe(
          Schedule.map(({ input }) => (input?._tag === "RateLimitError" ? spare : fast)),
          Schedule.upTo({ times: 5 })
        )
      )
      assert.strictEqual((yield* chain.generate("hi")).text, "hello")
    })
  )
})

describe("types", () => {
  class OpenAi extends Context.Service<OpenAi, string>()("OpenAi") {}
  class Anthropic extends Context.Service<Anthropic, string>()("Anthropic") {}
  class Clock extends Context.Service<Clock, string>()("Clock") {}
  const model = <E, R>() =>
    ChatModel.make<E, R>({ id: "a/b", generate: () => Effect.never, stream: () => Stream.never })
  const openai = model<ServerError | TimeoutError, OpenAi>()
  const anthropic = model<RateLimitError, Anthropic>()

  it("requires the services of each model, and fails only with AllFailedError", () => {
    const chain = Fallback.make([openai, anthropic])
    expectTypeOf(chain).toEqualTypeOf<ChatModel.ChatModel<AllFailedError, OpenAi | Anthropic>>()
    const answer = chain.generate("hi").pipe(Effect.catchTag("AllFailedError", () => Effect.void))
    expectTypeOf(answer).toEqualTypeOf<Effect.Effect<ChatResponse | void, never, OpenAi | Anthropic>>()
    const half = answer.pipe(Effect.provide(Layer.succeed(OpenAi, "")))
    // @ts-expect-error Anthropic is still needed
    half satisfies Effect.Effect<unknown>
    half.pipe(Effect.provide(Layer.succeed(Anthropic, ""))) satisfies Effect.Effect<unknown>
    // @ts-expect-error a chain has at least one model
    assert.throws(() => Fallback.make([]), "at least one model")
  })

  it("`while` gets the errors of the models", () => {
    Fallback.make([openai, anthropic], {
      while: (error) => {
        expectTypeOf(error).toEqualTypeOf<ServerError | TimeoutError | RateLimitError>()
        return true
      }
    })
  })

  it("infers the same from a schedule", () => {
    const both = Schedule.forever.pipe(
      Schedule.tap(() => Clock),
      Schedule.map(({ output }) => (output % 2 === 0 ? openai : anthropic))
    )
    expectTypeOf(Fallback.schedule(both)).toEqualTypeOf<
      ChatModel.ChatModel<AllFailedError, OpenAi | Anthropic | Clock>
    >()
    const narrow = Schedule.forever.pipe(
      Schedule.setInputType<ServerError | undefined>(),
      Schedule.map(() => openai)
    )
    // @ts-expect-error the schedule does not take TimeoutError
    Fallback.schedule(narrow)
  })
})
