/** What every policy that `Policy` makes keeps, for each capability: chat streams and collects, speech streams, embeddings do neither. */
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Cause, Context, Data, Duration, Effect, Exit, Fiber, Semaphore, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { CallEvent } from "../../src/domain/CallEvent.ts"
import type { CallResponse } from "../../src/domain/CallResponse.ts"
import type { Capability, Chat, Embedding, Speech } from "../../src/domain/Capability.ts"
import type { ChatEvent } from "../../src/domain/ChatEvent.ts"
import { ChatResponse, ServerError } from "../../src/domain/ChatResponse.ts"
import type { SpeechEvent } from "../../src/domain/SpeechEvent.ts"
import * as Usage from "../../src/domain/Usage.ts"
import { kind as chat } from "../../src/model/ChatModel.ts"
import { kind as embedding } from "../../src/model/EmbeddingModel.ts"
import { kind as speech } from "../../src/model/SpeechModel.ts"
import * as Model from "../../src/policies/Model.ts"
import * as Policy from "../../src/policies/Policy.ts"

const usage = Usage.make({ input: 1, output: 2 })
const common = { usage, warnings: [], attempts: [{ model: "lab/0", duration: Duration.zero }] }
const slow = <A>(value: A): Effect.Effect<A> => Effect.delay(Effect.succeed(value), "1 second")

const chatEvents: ReadonlyArray<ChatEvent> = [
  { type: "response-start" },
  { type: "text-start", id: "0" },
  { type: "text-delta", id: "0", delta: "a" },
  { type: "text-delta", id: "0", delta: "b" },
  { type: "usage", usage },
  { type: "finish", finishReason: "stop", usage }
]
const speechEvents: ReadonlyArray<SpeechEvent> = [
  { type: "response-start", mediaType: "audio/mpeg" },
  { type: "audio", data: Uint8Array.of(1) },
  { type: "audio", data: Uint8Array.of(2) },
  { type: "usage", usage },
  { type: "finish", usage }
]

/** Each event, and each whole response, takes a second; the request's `user` says whether the call fails. */
const modelOf = <C extends Capability>(
  kind: Model.Definition<C, never, never>["kind"],
  response: C["Response"],
  events?: ReadonlyArray<C["Event"]>
) => {
  const broken = new ServerError({ provider: "lab" })
  return Model.make<C, ServerError, never>({
    id: "lab/0",
    kind,
    generate: ({ user }) =>
      Effect.andThen(slow(user), user === "broken" ? Effect.fail(broken) : Effect.succeed(response)),
    stream:
      events &&
      (({ user }) =>
        Stream.fromIterable(events).pipe(
          Stream.rechunk(1),
          Stream.mapEffect((event) =>
            user === "broken" && event.type === "finish"
              ? Effect.andThen(slow(event), Effect.fail(broken))
              : slow(event)
          )
        ))
  })
}

const chatModel = modelOf<Chat>(
  chat,
  new ChatResponse({ ...common, content: [{ type: "text", text: "ab" }], finishReason: "stop" }),
  chatEvents
)
const speechModel = modelOf<Speech>(
  speech,
  { ...common, audio: Uint8Array.of(1, 2), mediaType: "audio/mpeg" },
  speechEvents
)
const embeddingModel = modelOf<Embedding>(embedding, { ...common, embeddings: [[1]] })

type Run<E> = (user: string | undefined) => Effect.Effect<void, E>

/** The ways to call a model of each capability through a policy. */
const callsThrough = <E>(policy: Policy.Policy<E>): ReadonlyArray<readonly [string, Run<E | ServerError>]> => [
  ["chat, whole", (user) => Effect.asVoid(policy(chatModel).generate({ messages: "Hi", user }))],
  ["chat, streamed", (user) => Stream.runDrain(policy(chatModel).stream({ messages: "Hi", user }))],
  ["speech, whole", (user) => Effect.asVoid(policy(speechModel).generate({ text: "Hi", user }))],
  ["speech, streamed", (user) => Stream.runDrain(policy(speechModel).stream({ text: "Hi", user }))],
  ["embedding", (user) => Effect.asVoid(policy(embeddingModel).generate({ inputs: ["Hi"], user }))]
]

const run = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust("1 minute")
    return yield* Fiber.await(fiber)
  })

class Refused extends Data.TaggedError("Refused")<{ readonly model: string }> {}

describe("Policy.perCall", () => {
  const held = { now: 0, most: 0 }
  const counted = Policy.perCall(() =>
    Effect.as(
      Effect.acquireRelease(
        Effect.sync(() => {
          held.most = Math.max(held.most, ++held.now)
        }),
        () => Effect.sync(() => void held.now--)
      ),
      {}
    )
  )
  for (const [name, call] of callsThrough(counted)) {
    it.effect(`holds a resource for the life of a call, however it ends: ${name}`, () =>
      Effect.gen(function* () {
        for (const user of [undefined, "broken"]) {
          const fiber = yield* Effect.forkChild(call(user))
          yield* TestClock.adjust("900 millis")
          assert.strictEqual(held.now, 1)
          yield* TestClock.adjust("1 minute")
          assert.strictEqual(Exit.isSuccess(yield* Fiber.await(fiber)), user === undefined)
          assert.strictEqual(held.now, 0)
        }
        const fiber = yield* Effect.forkChild(call(undefined))
        yield* TestClock.adjust("500 millis")
        assert.strictEqual(held.now, 1)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(held.now, 0)
      })
    )
  }

  it.effect("releases what a stream holds when its reader leaves", () =>
    Effect.gen(function* () {
      yield* run(Stream.runDrain(Stream.take(counted(chatModel).stream("Hi"), 3)))
      assert.strictEqual(held.now, 0)
    })
  )

  it.effect("bounds concurrent calls of every capability", () =>
    Effect.gen(function* () {
      const semaphore = Semaphore.makeUnsafe(2)
      const permit = Effect.acquireRelease(semaphore.take(1), () => semaphore.release(1))
      const atMost = Policy.perCall(() => Effect.as(permit, {}))
      expectTypeOf(atMost).toEqualTypeOf<Policy.Policy>()
      held.most = 0
      const bounded: Policy.Policy = (self) => atMost(counted(self))
      const calls = callsThrough(bounded).flatMap(([, call]) => [call(undefined), call(undefined)])
      const exit = yield* run(Effect.all(calls, { concurrency: "unbounded", discard: true }))
      assert.isTrue(Exit.isSuccess(exit))
      assert.strictEqual(held.most, 2)
    })
  )

  const refusing = Policy.perCall<Refused>(({ model, request }) =>
    request.user === "stranger" ? Effect.fail(new Refused({ model: model.id })) : Effect.succeed({})
  )
  for (const [name, call] of callsThrough(refusing)) {
    it.effect(`knows the call and may refuse it with its own error: ${name}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(call("stranger"))
        assert.deepStrictEqual({ ...error }, { ...new Refused({ model: "lab/0" }) })
        assert.isTrue(Exit.isSuccess(yield* run(call("friend"))))
      })
    )
  }

  const openings: Array<number> = []
  const timing = Policy.perCall(() =>
    Effect.succeed({
      open: (opening) =>
        Effect.flatMap(Effect.timed(opening), ([time, result]) =>
          Effect.sync(() => {
            openings.push(Duration.toMillis(time))
            return result
          })
        )
    } satisfies Policy.Hooks)
  )
  for (const [name, call] of callsThrough(timing)) {
    it.effect(`acts on the opening: ${name}`, () =>
      Effect.gen(function* () {
        openings.length = 0
        yield* run(call(undefined))
        const expected = { "chat, streamed": 3000, "speech, streamed": 2000 }[name] ?? 1000
        assert.deepStrictEqual(openings, [expected])
      })
    )
  }

  const ends: Array<string> = []
  const ending = Policy.perCall(() =>
    Effect.succeed({
      end: ({ exit, usage }) => Effect.sync(() => void ends.push(`${endOf(exit)} ${usage?.outputTokens.total}`))
    } satisfies Policy.Hooks)
  )
  const endOf = (exit: Exit.Exit<unknown, unknown>) =>
    Exit.isSuccess(exit) ? "succeeded" : Cause.hasInterruptsOnly(exit.cause) ? "interrupted" : "failed"
  for (const [name, call] of callsThrough(ending)) {
    it.effect(`runs once at the end, whatever the end was: ${name}`, () =>
      Effect.gen(function* () {
        ends.length = 0
        const isStream = name.endsWith("streamed")
        yield* run(call(undefined))
        yield* run(call("broken"))
        const fiber = yield* Effect.forkChild(call(undefined))
        yield* TestClock.adjust("500 millis")
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(ends, ["succeeded 2", `failed ${isStream ? 2 : undefined}`, "interrupted undefined"])
      })
    )
  }

  it.effect("sees events as they pass, and may end the stream with its own error", () =>
    Effect.gen(function* () {
      const limit = Policy.perCall<Refused>(({ model }) =>
        Effect.succeed({
          event: ({ usage }) => (usage === undefined ? undefined : Effect.fail(new Refused({ model: model.id })))
        })
      )
      const tagsOf = <E, R>(stream: Stream.Stream<CallEvent, E, R>) => {
        const tags: Array<string> = []
        const read = Stream.runForEach(stream, ({ type }) => Effect.sync(() => tags.push(type)))
        return Effect.map(Effect.flip(read), (error) => [...tags, (error as { readonly _tag: string })._tag])
      }
      const chats = yield* run(tagsOf(limit(chatModel).stream("Hi")))
      assert.deepStrictEqual(
        chats,
        Exit.succeed(["response-start", "text-start", "text-delta", "text-delta", "Refused"])
      )
      const speeches = yield* run(tagsOf(limit(speechModel).stream("Hi")))
      assert.deepStrictEqual(speeches, Exit.succeed(["response-start", "audio", "audio", "Refused"]))
    })
  )

  it("adds exactly its own error and services to the types", () => {
    class Store extends Context.Service<Store, string>()("Store") {}
    const policy = Policy.perCall<Refused, Store, Store>(() => Effect.map(Store, () => ({ end: () => Store })))
    expectTypeOf(policy).toEqualTypeOf<Policy.Policy<Refused, Store>>()
    expectTypeOf(policy(embeddingModel)).toEqualTypeOf<Model.Model<Embedding, ServerError | Refused, Store>>()
    expectTypeOf(chatModel.pipe(policy)).toEqualTypeOf<Model.Model<Chat, ServerError | Refused, Store>>()
    expectTypeOf(embeddingModel.pipe(policy).stream).toEqualTypeOf<undefined>()
  })
})

describe("Policy.make", () => {
  it.effect("may serve a call in place of the model, or call it with another request", () =>
    Effect.gen(function* () {
      const renamed = Policy.make({
        generate: ({ model, request }) => model.generate({ ...request, user: "broken" }),
        stream: ({ streaming }) => Stream.die(streaming.isObservable)
      })
      for (const [name, call] of callsThrough(renamed)) {
        const exit = yield* run(call(undefined))
        const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
        if (name.endsWith("streamed")) assert.strictEqual(error, name === "chat, streamed")
        else assert.instanceOf(error, ServerError)
      }
    })
  )

  it.effect("leaves the response of a model as it is", () =>
    Effect.gen(function* () {
      const same = Policy.make({ generate: ({ run }) => run, stream: ({ run }) => run })
      const response: Exit.Exit<CallResponse, unknown> = yield* run(same(chatModel).generate("Hi"))
      assert.instanceOf(Exit.isSuccess(response) ? response.value : undefined, ChatResponse)
      assert.deepStrictEqual(
        yield* run(Stream.runCollect(same(speechModel).stream("Hi"))),
        Exit.succeed([...speechEvents])
      )
    })
  )
})
