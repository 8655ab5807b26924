/** What a model of a provider's class does with its first call, whose modules are loaded only then. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import type { ChatRequest } from "../../src/domain/ChatRequest.ts"
import { InvalidRequestError } from "../../src/domain/CallErrors.ts"
import { OpenAi } from "../../src/providers/OpenAi.ts"
import type { Provider } from "../../src/providers/Provider.ts"

const asked: Array<ChatRequest> = []

const never: Provider = {
  id: "openai",
  baseUrl: "https://openai.example",
  generate: (_, request) =>
    Effect.suspend(() => {
      asked.push(request)
      return Effect.never
    }),
  stream: (_, request) =>
    Stream.suspend(() => {
      asked.push(request)
      return Stream.never
    }),
  using: () => ({
    generate: (_model, request) => Effect.die(request),
    stream: (_model, request) => Stream.die(request)
  })
}

const provided = <A, E>(effect: Effect.Effect<A, E, OpenAi>) => Effect.provide(effect, Layer.succeed(OpenAi, never))

const until = (isTrue: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (isTrue() ? Effect.void : Effect.andThen(Effect.yieldNow, until(isTrue))))

describe("the first call of a provider's model", () => {
  // The first test of this file must stay the first: what it loads is there for the others.
  it.live(
    "sends the request as it was given, though the caller changes it while modules load, and can be interrupted",
    () =>
      Effect.gen(function* () {
        const model = OpenAi.model("gpt-4.1")
        for (const ask of [model.generate, (input: ChatRequest) => Stream.runDrain(model.stream(input))]) {
          const input: { messages: ChatRequest["messages"]; seed?: number } = {
            messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
            seed: 1
          }
          const call = ask(input)
          input.seed = 2
          const fiber = yield* Effect.forkChild(provided(call))
          yield* until(() => asked.length > 0)
          assert.deepInclude(asked.pop(), { seed: 1 })
          yield* Fiber.interrupt(fiber)
        }
      })
  )

  it.live("checks the request for every capability, as later calls do", () =>
    Effect.gen(function* () {
      const calls: ReadonlyArray<readonly [string, () => Effect.Effect<unknown, unknown, OpenAi>]> = [
        ["embedding", () => OpenAi.embeddingModel("m").generate({ inputs: 1 } as never)],
        ["moderation", () => OpenAi.moderationModel("m").generate({ inputs: 1 } as never)],
        ["tokenCount", () => OpenAi.tokenCounter("m").generate({ messages: 1 } as never)],
        ["image", () => OpenAi.imageModel("m").generate({ prompt: 1 } as never)],
        ["speech", () => OpenAi.speechModel("m").generate({ text: 1 } as never)],
        ["speech, as it is made", () => Stream.runDrain(OpenAi.speechModel("m").stream({ text: 1 } as never))],
        ["transcription", () => OpenAi.transcriptionModel("m").generate({ audio: 1 } as never)]
      ]
      for (const [name, call] of calls) {
        for (const time of ["first", "second"]) {
          const error = yield* Effect.flip(provided(call()))
          assert.instanceOf(error, InvalidRequestError, `${name}, ${time} call`)
          assert.strictEqual(error.model, "m")
        }
      }
    })
  )
})
