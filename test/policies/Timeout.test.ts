import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Duration, Effect, Stream } from "effect"
import { type RateLimitError, TimeoutError } from "../../src/domain/ChatResponse.ts"
import * as ChatModel from "../../src/policies/ChatModel.ts"
import * as Timeout from "../../src/policies/Timeout.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"
import { letTimePass } from "./attemptRows.ts"

const silence: ReadonlyArray<readonly [string, ScriptedModel.Turn<never>]> = [
  ["never answers", { hang: true }],
  ["shows nothing", { answer: "a", after: 0, hang: true }],
  ["stalls", { answer: "a b", after: 1, hang: true }],
  ["goes on and on", { answer: "a ".repeat(400), gap: 9999 }]
]

const reached: Record<string, ReadonlyArray<string>> = {
  standard: ["connect 10s", "first-token 1m", "idle 30s", "total 10m"],
  interactive: ["connect 5s", "first-token 15s", "idle 10s", "total 2m"],
  reasoning: ["first-token 10m", "first-token 10m", "idle 5m", "total 1h"]
}

describe("Timeout", () => {
  for (const [name, policy] of Object.entries({
    standard: Timeout.standard,
    interactive: Timeout.interactive,
    reasoning: Timeout.reasoning
  })) {
    for (const [index, [what, turn]] of silence.entries()) {
      const expected = reached[name]![index]!
      it.effect(`${name}: a model that ${what} times out after ${expected}`, () =>
        Effect.gen(function* () {
          const model = ScriptedModel.make(turn).pipe(policy)
          for (const call of [model.generate("hi"), Stream.runDrain(model.stream("hi"))]) {
            const error = yield* letTimePass(Effect.flip(call))
            assert.instanceOf(error, TimeoutError)
            assert.strictEqual(`${error.phase} ${Duration.format(error.duration)}`, expected)
          }
        })
      )
    }
  }

  it("adds TimeoutError to the errors", () => {
    const model = ChatModel.make<RateLimitError, "key">({
      id: "a/b",
      generate: () => Effect.never,
      stream: () => Stream.never
    })
    expectTypeOf(model.pipe(Timeout.standard)).toEqualTypeOf<
      ChatModel.ChatModel<RateLimitError | TimeoutError, "key">
    >()
    expectTypeOf(model.pipe(Timeout.make({ idle: "1 second" }))).toEqualTypeOf<
      ChatModel.ChatModel<RateLimitError | TimeoutError, "key">
    >()
  })
})
