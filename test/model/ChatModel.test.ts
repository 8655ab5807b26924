import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Schedule, Stream } from "effect"
import type { ChatRequest } from "../../src/domain/ChatRequest.ts"
import type { ProviderError } from "../../src/domain/ProviderError.ts"
import { foldEvents } from "../../src/domain/ChatFold.ts"
import { ChatResponse, type RateLimitError, ServerError } from "../../src/domain/ChatResponse.ts"
import { unknown } from "../../src/domain/Usage.ts"
import * as ChatModel from "../../src/policies/ChatModel.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"
import { attemptRows } from "../policies/attemptRows.ts"

class Key extends Context.Service<Key, string>()("Key") {}

const user = (text: string) => ({ role: "user" as const, content: [{ type: "text" as const, text }] })

const askedBy = (policy: (model: ChatModel.ChatModel) => ChatModel.ChatModel, request: ChatRequest) =>
  Effect.gen(function* () {
    const model = ScriptedModel.make<never>("hello")
    yield* policy(model).generate(request)
    yield* Stream.runDrain(policy(model).stream(request))
    const [unary, stream] = model.calls
    assert.deepStrictEqual(unary?.request, stream?.request)
    return unary?.request
  })

describe("ChatModel.make", () => {
  it.effect("brings requests into canonical form", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make("hello")
      yield* model.generate("hi")
      yield* Stream.runDrain(model.stream({ messages: "hi", temperature: 1 }))
      yield* model.generate({ messages: ["hi", { role: "system", content: "be brief" }] })
      assert.deepStrictEqual(
        model.calls.map(({ request }) => request),
        [
          { messages: [user("hi")] },
          { messages: [user("hi")], temperature: 1 },
          { messages: [user("hi"), { role: "system", content: [{ type: "text", text: "be brief" }] }] }
        ]
      )
    })
  )

  it("is recognised by isModel", () => {
    const model = ScriptedModel.make("hello")
    assert.isTrue(ChatModel.isModel(model))
    assert.isTrue(ChatModel.isModel(model.pipe(ChatModel.retry(Schedule.forever))))
    for (const other of [undefined, null, {}, { id: "a/b", generate: () => 1, stream: () => 2 }]) {
      assert.isFalse(ChatModel.isModel(other))
    }
  })

  it.effect("dies when a stream that is folded into a response ends without `finish`", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make({ answer: [{ type: "text-delta", id: "0", delta: "a" }] })
      const timed = model.pipe(ChatModel.timeout({ idle: "1 second" }))
      assert.isTrue(Exit.hasDies(yield* Effect.exit(timed.generate("hi"))))
    })
  )

  it("infers services and errors", () => {
    const model = ChatModel.make<RateLimitError, Key>({
      id: "a/b",
      generate: () => Effect.die(""),
      stream: () => Stream.empty
    })
    expectTypeOf<ChatModel.Services<typeof model>>().toEqualTypeOf<Key>()
    expectTypeOf<ChatModel.Error<typeof model>>().toEqualTypeOf<RateLimitError>()
    expectTypeOf(model).toExtend<ChatModel.Any>()
    const answer = model.generate("hi").pipe(Effect.catchTag("RateLimitError", () => Effect.void))
    expectTypeOf(answer).toEqualTypeOf<Effect.Effect<ChatResponse | void, never, Key>>()
    // @ts-expect-error Key is still needed
    answer satisfies Effect.Effect<unknown>
    answer.pipe(Effect.provide(Layer.succeed(Key, ""))) satisfies Effect.Effect<unknown>
  })
})

describe("combinators", () => {
  it.effect("withDefaults fills in missing fields, merges records, and lets the request override", () =>
    Effect.gen(function* () {
      const defaults = ChatModel.withDefaults({
        temperature: 0,
        seed: 1,
        headers: { a: "default", b: "default" },
        metadata: { a: "default" },
        providerOptions: { openai: { x: 1, y: 1 }, anthropic: { z: 1 } }
      })
      const asked = yield* askedBy(defaults, {
        messages: [user("hi")],
        temperature: 1,
        seed: undefined,
        headers: { b: "request", c: "request" },
        providerOptions: { openai: { y: 2 } }
      })
      assert.deepStrictEqual(asked, {
        messages: [user("hi")],
        temperature: 1,
        seed: 1,
        headers: { a: "default", b: "request", c: "request" },
        metadata: { a: "default" },
        providerOptions: { openai: { x: 1, y: 2 }, anthropic: { z: 1 } }
      })
      const bare = yield* askedBy(ChatModel.withDefaults({ seed: 1 }), { messages: [user("hi")] })
      assert.strictEqual(JSON.stringify(bare), JSON.stringify({ seed: 1, messages: [user("hi")] }))
    })
  )

  it.effect("mapResponse changes whole responses", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make("hello").pipe(ChatModel.mapResponse((response) => response.with({ id: "1" })))
      const response = yield* model.generate("hi")
      assert.strictEqual(response.id, "1")
      assert.strictEqual(response.text, "hello")
      assert.instanceOf(response, ChatResponse)
      const events = yield* Stream.runCollect(model.stream("hi"))
      assert.isUndefined(foldEvents(events).id)
    })
  )

  it.effect("tap keeps events in the chunks that they arrived in", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make({ answer: "a b c d", together: 2 }).pipe(ChatModel.tap(() => Effect.void))
      const arrivals = yield* Stream.runCollect(Stream.chunks(model.stream("hi")))
      assert.include(
        arrivals.map((events) => events.filter(({ type }) => type === "text-delta").length),
        2
      )
    })
  )

  it.effect("calls made in tap are not attempts of this call", () =>
    Effect.gen(function* () {
      const judge = ScriptedModel.make([new ServerError({}), "fine"], { id: "judge/one" }).pipe(
        ChatModel.retry(Schedule.recurs(1))
      )
      const model = ScriptedModel.make("one").pipe(
        ChatModel.tap((response) => judge.generate(response.text)),
        ChatModel.retry(Schedule.recurs(1))
      )
      assert.deepStrictEqual(attemptRows((yield* model.generate("hi")).attempts), [
        ["scripted/model", undefined, 0, undefined]
      ])
    })
  )

  it("keep the id and the context window", () => {
    const model = ScriptedModel.make("hello", { id: "a/b", contextWindow: 7 })
    type ChatPolicy = (self: ChatModel.ChatModel<ProviderError>) => ChatModel.ChatModel<unknown>
    const policies: ReadonlyArray<ChatPolicy> = [
      ChatModel.mapRequest((request) => request),
      ChatModel.mapResponse((response) => response),
      ChatModel.tap(() => Effect.void),
      ChatModel.withDefaults({ seed: 1 }),
      ChatModel.timeout({ total: "1 second" }),
      ChatModel.retry(Schedule.forever)
    ]
    for (const policy of policies) {
      const { contextWindow, id } = policy(model)
      assert.deepStrictEqual({ id, contextWindow }, { id: "a/b", contextWindow: 7 })
    }
  })
})

describe("ChatResponse.with", () => {
  it("copies", () => {
    const response = new ChatResponse({
      content: [{ type: "text", text: "a" }],
      finishReason: "stop",
      usage: unknown,
      warnings: [],
      attempts: []
    })
    const changed = response.with({ id: "1" })
    assert.strictEqual(changed.text, "a")
    assert.strictEqual(changed.id, "1")
    assert.isUndefined(response.id)
    assert.instanceOf(changed, ChatResponse)
  })
})
