/** What happens to requests that their types forbid: from JavaScript, or from JSON that nobody has decoded. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Option, Schema, Stream } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import type { Capability, Kind } from "../../src/domain/Capability.ts"
import { AllFailedError } from "../../src/domain/AllFailedError.ts"
import { InvalidRequestError } from "../../src/domain/CallErrors.ts"
import * as Model from "../../src/policies/Model.ts"
import * as ChatModel from "../../src/policies/ChatModel.ts"
import * as EmbeddingModel from "../../src/model/EmbeddingModel.ts"
import * as ImageModel from "../../src/model/ImageModel.ts"
import * as ModerationModel from "../../src/model/ModerationModel.ts"
import * as RerankModel from "../../src/model/RerankModel.ts"
import * as SpeechModel from "../../src/model/SpeechModel.ts"
import * as TokenCounter from "../../src/model/TokenCounter.ts"
import * as TranscriptionModel from "../../src/model/TranscriptionModel.ts"
import * as Fallback from "../../src/policies/Fallback.ts"
import * as Retry from "../../src/policies/Retry.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"
import { letTimePass } from "../policies/attemptRows.ts"

const failureOf = (exit: Exit.Exit<unknown, unknown>): unknown =>
  Exit.isFailure(exit) && !Cause.hasDies(exit.cause)
    ? Option.getOrUndefined(Cause.findErrorOption(exit.cause))
    : undefined

const junk = Arbitrary.map(
  Arbitrary.all([
    Arbitrary.schema(Schema.Json),
    Arbitrary.schema(Schema.Literals(["as it is", "content", "messages"]))
  ]),
  ([value, where]): unknown => {
    if (where === "content") return { messages: [{ role: "user", content: [value] }] }
    return where === "messages" ? { messages: [value] } : value
  }
)

describe("a request that its types forbid", () => {
  it.effect.prop(
    "fails with InvalidRequestError under any policies, is never a defect, and is not sent",
    { input: junk },
    Effect.fnUntraced(function* ({ input }) {
      const scripted = ScriptedModel.make(["an answer"], { id: "acme/one" })
      const model = scripted.pipe(
        ChatModel.mapRequest((request) => ({ ...request, messages: [...request.messages, ...request.messages] })),
        ChatModel.withDefaults({ temperature: 1 }),
        ChatModel.timeout({ firstToken: "1 second" }),
        ChatModel.retry(Retry.standard)
      )
      if (yield* Effect.sync(() => isWellTyped(input))) return
      for (const call of [model.generate(input as never), Stream.runDrain(model.stream(input as never))]) {
        const error = failureOf(yield* letTimePass(Effect.exit(call)))
        assert.instanceOf(error, InvalidRequestError)
        assert.deepStrictEqual([error.provider, error.model], ["acme", "one"])
      }
      const chain = Fallback.make([model, ScriptedModel.make(["another"], { id: "acme/two" })])
      const error = failureOf(yield* letTimePass(Effect.exit(chain.generate(input as never))))
      assert.instanceOf(error, AllFailedError)
      assert.strictEqual(error.reason._tag, "InvalidRequestError")
      assert.strictEqual(scripted.calls.length, 0)
    })
  )

  it.effect("is reported with its place", () =>
    Effect.gen(function* () {
      const content = [{ type: "image_url", image_url: { url: "https://a/b.png" } }]
      const error = yield* Effect.flip(
        ScriptedModel.make(["an answer"]).generate({ messages: ["Hi", { role: "user", content }] } as never)
      )
      assert.strictEqual((error as InvalidRequestError).at, "messages[1].content[0].type")
      assert.include(error.message, '"image"')
    })
  )

  it.effect("is checked again after the caller mutated it", () =>
    Effect.gen(function* () {
      const messages: Array<unknown> = [{ role: "user", content: [{ type: "text", text: "Hi" }] }]
      const request = { messages } as never
      const model = ScriptedModel.make(["an answer", "another"])
      yield* model.generate(request)
      messages.push({ role: "user", content: null })
      assert.instanceOf(yield* Effect.flip(model.generate(request)), InvalidRequestError)
    })
  )

  it.effect("is rejected if a policy produced it", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make(["an answer"]).pipe(
        ChatModel.mapRequest((request) => ({ ...request, temperature: "hot" as never }))
      )
      const error = failureOf(yield* Effect.exit(model.generate("Hi")))
      assert.instanceOf(error, InvalidRequestError)
      assert.strictEqual(error.at, "temperature")
    })
  )

  it.effect("maps the role developer to system", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make(["an answer"])
      yield* model.generate({ messages: [{ role: "developer", content: "Be brief." }, "Hi"] })
      assert.deepStrictEqual(model.calls[0]!.request.messages[0], {
        role: "system",
        content: [{ type: "text", text: "Be brief." }]
      })
    })
  )

  const refuses = <C extends Capability>(
    kind: Kind<C>,
    cases: ReadonlyArray<readonly [input: unknown, at: string | undefined]>
  ) =>
    it.effect(`fails so for ${kind.id}`, () =>
      Effect.gen(function* () {
        let calls = 0
        const call = Effect.suspend(() => Effect.fail(calls++))
        const stream = kind.streaming && (() => Stream.fromEffect(call))
        const model = Model.make<C, number, never>({ id: "acme/one", kind, generate: () => call, stream })
        const policies = Model.mapRequest(model, (request) => ({ ...request })).pipe(Model.retry(Retry.standard))
        for (const [input, at] of cases) {
          for (const one of [model, policies]) {
            const error = failureOf(yield* Effect.exit(one.generate(input as C["Input"])))
            assert.instanceOf(error, InvalidRequestError)
            assert.strictEqual(error.at, at)
            const stream = Model.streamOf(one)?.(input as C["Input"])
            assert.strictEqual(stream !== undefined, kind.streaming !== undefined)
            if (stream === undefined) continue
            assert.instanceOf(failureOf(yield* Effect.exit(Stream.runDrain(stream))), InvalidRequestError)
          }
        }
        assert.strictEqual(calls, 0)
      })
    )
  refuses(EmbeddingModel.kind, [
    [{ inputs: ["a", 1] }, "inputs[1]"],
    [null, undefined]
  ])
  refuses(ModerationModel.kind, [[[{ content: [{ type: "audio" }] }], "[0].content[0].type"]])
  refuses(ImageModel.kind, [
    [{ prompt: "x", n: "2" }, "n"],
    [{}, "prompt"]
  ])
  refuses(SpeechModel.kind, [
    [{ input: "x" }, "input"],
    [7, undefined]
  ])
  refuses(TranscriptionModel.kind, [
    [{ audio: [1, 2] }, "audio"],
    ["a.mp3", undefined]
  ])
  refuses(RerankModel.kind, [[{ query: "x", documents: "y" }, "documents"]])
  refuses(TokenCounter.kind, [[{ messages: [{ role: "x" }] }, "messages[0].role"]])
})

const isWellTyped = (input: unknown): boolean =>
  typeof input === "string" ||
  (typeof input === "object" &&
    input !== null &&
    "messages" in input &&
    Array.isArray(input.messages) &&
    input.messages.every((message: unknown) => {
      if (typeof message === "string") return true
      const content = (message as { readonly content?: unknown } | null)?.content
      return Array.isArray(content) && content.every((part) => typeof part === "string")
    }))
