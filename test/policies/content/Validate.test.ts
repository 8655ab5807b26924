import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Fiber, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import { type ChatResponse, ServerError, ValidationError } from "../../../src/domain/ChatResponse.ts"
import * as Conversation from "../../../src/domain/Conversation.ts"
import { attemptsOf, partialOf, type ProviderError } from "../../../src/domain/ProviderError.ts"
import { unknown } from "../../../src/domain/Usage.ts"
import * as ChatModel from "../../../src/policies/ChatModel.ts"
import * as Decision from "../../../src/policies/Decision.ts"
import * as Model from "../../../src/policies/Model.ts"
import * as Retry from "../../../src/policies/Retry.ts"
import * as Validate from "../../../src/policies/Validate.ts"
import * as ScriptedModel from "../../../src/testing/ScriptedModel.ts"
import { answers, forEveryCall, piecesOf, scripted } from "../capabilities.ts"
import { dollars, priced } from "../priced.ts"
import { answer, malformed, read } from "./answers.ts"

const City = Schema.Struct({ city: Schema.String, people: Schema.Int })

/** Lets virtual time pass until the effect is done. */
const passingTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

const short = ({ text }: { readonly text: string }) => (text.length > 10 ? "it is too long" : undefined)

describe("Validate", () => {
  forEveryCall("asks again, so many times, then fails with every reason", (call) => {
    it.effect(`${call.name}: the second response is valid`, () =>
      Effect.gen(function* () {
        const calls: Array<never> = []
        const first = piecesOf("lab/0", 0)
        const model = scripted(call, [answers], calls).pipe(
          Validate.make((response) => (call.read(response)[0] === first[0] ? "no" : undefined))
        )
        const response = yield* call.run(model)
        assert.deepStrictEqual(call.read(response), piecesOf("lab/0", 1))
        assert.strictEqual(calls.length, 2)
        const [rejected, last] = response.attempts
        assert.instanceOf(rejected?.error, ValidationError)
        assert.deepStrictEqual(rejected.error.reasons, ["no"])
        assert.deepStrictEqual(partialOf(rejected.error)?.usage, response.usage)
        assert.strictEqual(last?.error, undefined)
        assert.strictEqual(response.attempts.length, 2)
      }).pipe(passingTime)
    )
    it.effect(`${call.name}: none is`, () =>
      Effect.gen(function* () {
        let made = 0
        const model = scripted(call, [answers]).pipe(Validate.make(() => `no ${made++}`, { times: 3 }))
        const error = yield* Effect.flip(call.run(model))
        assert.instanceOf(error, ValidationError)
        assert.deepStrictEqual(error.reasons, ["no 0", "no 1", "no 2", "no 3"])
        assert.strictEqual(attemptsOf(error).length, 4)
      }).pipe(passingTime)
    )
  })

  it.effect("sends a chat the reason of the rejection, in a conversation that every provider accepts", () =>
    Effect.gen(function* () {
      const call = { type: "tool-call", id: "c1", name: "find", input: {} } as const
      const model = ScriptedModel.make(["this is too long", answer("and so is this one", call), "", "good"])
      const valid = model.pipe(Validate.make([Validate.notEmpty, short], { times: 3 }))
      const response = yield* valid.generate("Hi")
      assert.strictEqual(response.text, "good")
      const { messages } = model.calls[3]!.request
      assert.isUndefined(Conversation.check({ messages }))
      assert.deepStrictEqual(
        messages.map(({ role }) => role),
        ["user", "assistant", "user", "assistant", "tool", "user"]
      )
      assert.include(JSON.stringify(messages[2]), "it is too long")
      assert.include(JSON.stringify(messages[4]), "it is too long")
      assert.include(JSON.stringify(messages[5]), "the response is empty")
    })
  )

  it.effect("emits nothing of an invalid stream, or a `restarted` event", () =>
    Effect.gen(function* () {
      const held = yield* read(ScriptedModel.make(["much too long", "fine"]).pipe(Validate.make(short)))
      assert.strictEqual(held.response.text, "fine")
      assert.isFalse(held.events.some(({ type }) => type === "restarted"))
      assert.deepStrictEqual(malformed(held.events), [])
      const early = yield* read(
        ScriptedModel.make(["much too long", "fine"]).pipe(Validate.make(short, { stream: "restart" }))
      )
      assert.strictEqual(early.response.text, "fine")
      assert.strictEqual(early.events.filter(({ type }) => type === "restarted").length, 1)
      assert.strictEqual(early.events.filter(({ type }) => type === "finish").length, 1)
      const never = yield* read(ScriptedModel.make(() => "much too long").pipe(Validate.make(short, { times: 1 })))
      assert.deepStrictEqual(never.events, [])
      assert.strictEqual(never.exit._tag, "Failure")
    })
  )

  it.effect("validates a stream once, when it is complete", () =>
    Effect.gen(function* () {
      for (const stream of ["hold-back", "restart"] as const) {
        const judged: Array<string> = []
        const see = ({ text }: { readonly text: string }) => {
          judged.push(text)
          return undefined
        }
        const whole = ScriptedModel.make(["one two three four"])
        const model = ChatModel.make({
          id: "a/b",
          generate: whole.generate,
          stream: (request) => Stream.rechunk(whole.stream(request), 1)
        })
        yield* Stream.runDrain(model.pipe(Validate.make(see, { stream })).stream("Hi"))
        assert.deepStrictEqual(judged, ["one two three four"], stream)
      }
    })
  )

  it("considers a response with only white space and reasoning empty, for every capability", () => {
    const base = { usage: unknown, warnings: [], attempts: [] }
    const reasonOf = (fields: object): unknown => Validate.notEmpty({ ...base, ...fields })
    const blank = { type: "text", text: " \n" }
    for (const fields of [
      {},
      { text: " \n" },
      { content: [] },
      { content: [blank, { type: "reasoning", text: "hm" }] },
      { audio: new Uint8Array() },
      { embeddings: [[]] },
      { images: undefined },
      { results: null },
      { model: "a name is no content" }
    ]) {
      assert.strictEqual(reasonOf(fields), "the response is empty", JSON.stringify(fields))
    }
    for (const fields of [
      { text: "a" },
      { content: [blank, { type: "text", text: "a" }] },
      { content: [{ type: "refusal", text: "No." }] },
      { content: [{ type: "tool-call", id: "1", name: "a", input: {} }] },
      { audio: Uint8Array.of(0) },
      { embeddings: [[0]] },
      { images: [{}] },
      { results: [{ index: 0 }] }
    ]) {
      assert.isUndefined(reasonOf(fields), JSON.stringify(fields))
    }
  })

  it("reports why a text is not JSON", () => {
    assert.match(String(Validate.json({ text: "{" })), /^the response is not JSON: ./)
    assert.isUndefined(Validate.json({ text: " null " }))
  })

  it.effect("leaves other failures unchanged", () =>
    Effect.gen(function* () {
      const failing = ScriptedModel.make(["too long, this", new ServerError({}), "unused"])
      const exit = yield* Effect.flip(failing.pipe(Validate.make(short)).generate("Hi"))
      assert.instanceOf(exit, ServerError)
      assert.strictEqual(attemptsOf(exit).length, 2)
      const retried = ScriptedModel.make(["too long, this", new ServerError({}), "fine"]).pipe(
        Model.retry(Retry.make({ times: 1, base: 0 })),
        Validate.make(short)
      )
      const response = yield* retried.generate("Hi")
      assert.deepStrictEqual(
        response.attempts.map(({ error }) => error?._tag),
        ["ValidationError", "ServerError", undefined]
      )
    })
  )

  it.effect("counts the cost of every response, inside and around", () =>
    Effect.gen(function* () {
      const make = () => ScriptedModel.make([answer("too long, this"), answer("ok")], { id: "openai/gpt-4o" })
      const around = yield* make().pipe(Validate.make(short), Model.withCost).generate("Hi")
      const within = yield* make().pipe(Model.withCost, Validate.make(short)).generate("Hi")
      for (const response of [around, within]) {
        assert.strictEqual(response.attempts.length, 2)
        assert.deepStrictEqual(dollars(response.attempts[0]?.cost), dollars(response.cost))
        assert.strictEqual(response.cost?._tag, "Priced")
      }
    }).pipe(priced)
  )

  it.effect("decodes JSON by a schema, and the reason names the place", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make(["Paris", '{"city":"Paris","people":"many"}', '{"city":"Paris","people":2}'])
      const response = yield* model.pipe(Validate.make(Validate.schema(City))).generate("Hi")
      assert.strictEqual(response.text, '{"city":"Paris","people":2}')
      assert.include(JSON.stringify(model.calls[2]?.request.messages.at(-1)), "people")
      const json = ScriptedModel.make(["```json\n{}\n```", "{}"]).pipe(Validate.make(Validate.json))
      assert.strictEqual((yield* json.generate("Hi")).text, "{}")
    })
  )

  it.effect("runs checks with services, on the side, and fails with their error", () =>
    Effect.gen(function* () {
      class Words extends Context.Service<Words, ReadonlyArray<string>>()("Words") {}
      const known = ({ text }: ChatResponse) =>
        Effect.map(Words, (words) => (words.includes(text) ? undefined : "it is no word"))
      const model = ScriptedModel.make(["xyzzy", "tree"]).pipe(Validate.make([known]))
      const response = yield* Effect.provideService(model.generate("Hi"), Words, ["tree"])
      assert.strictEqual(response.text, "tree")
      const broken = ScriptedModel.make("tree").pipe(
        Validate.make(() => Effect.fail("the dictionary is away" as const))
      )
      const error: "the dictionary is away" | ProviderError | ValidationError = yield* Effect.flip(
        broken.generate("Hi")
      )
      assert.strictEqual(error, "the dictionary is away")
    })
  )

  it.effect("records each rejection", () =>
    Effect.gen(function* () {
      const decisions: Array<Decision.Decision> = []
      yield* ScriptedModel.make(["much too long", "ok"])
        .pipe(Validate.make(short))
        .generate("Hi")
        .pipe(Effect.provideService(Decision.CurrentDecisionObserver, (decision) => void decisions.push(decision)))
      assert.deepStrictEqual(decisions, [
        { type: "validation-failed", model: "scripted/model" },
        { type: "retry", model: "scripted/model", error: "ValidationError", wait: Duration.zero }
      ])
    })
  )

  it.effect("interrupts the model when its reader leaves, and ends once", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make({ answer: "one two three four", gap: "1 second" })
      const ends: Array<string> = []
      const observed = model.pipe(
        Validate.make(short),
        Model.onEnd(({ exit }) => Effect.sync(() => void ends.push(exit._tag)))
      )
      yield* Stream.runDrain(observed.stream("Hi")).pipe(Effect.timeoutOption(0))
      assert.strictEqual(model.calls[0]?.outcome, "interrupted")
      assert.strictEqual(ends.length, 1)
    }).pipe(passingTime)
  )
})
