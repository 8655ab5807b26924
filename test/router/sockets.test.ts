/** A group over real sockets: providers that fail, are down, or run out of their limits, whole and streamed. */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Redacted, Stream } from "effect"
import * as Anthropic from "../../src/providers/Anthropic.ts"
import * as OpenAi from "../../src/providers/OpenAi.ts"
import * as Group from "../../src/router/Group.ts"
import { Scenario } from "../../src/testing/Scenario.ts"
import { Simulator } from "../../src/testing/Simulator.ts"

const providers = Layer.unwrap(
  Effect.map(Simulator, ({ anthropicUrl, openAiUrl }) =>
    Layer.mergeAll(
      OpenAi.OpenAi.layer({ apiKey: Redacted.make("key"), baseUrl: openAiUrl }),
      Anthropic.Anthropic.layer({ apiKey: Redacted.make("key"), baseUrl: anthropicUrl })
    )
  )
).pipe(Layer.provide(NodeHttpClient.layerUndici), Layer.provideMerge(Simulator.layer()))

const group = (primary: string) =>
  Group.make("chat", [
    { model: OpenAi.OpenAi.model(primary), name: "primary" },
    { model: Anthropic.Anthropic.model("sim-healthy"), name: "secondary", order: 1 }
  ])

const deploymentsOf = (attempts: ReadonlyArray<{ readonly deployment?: string | undefined }> = []) =>
  attempts.map(({ deployment }) => deployment)

layer(providers, { excludeTestServices: true })("over sockets", (it) => {
  it.effect("a group serves from the next provider, and calls a sick one a bounded number of times", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.script("sick", Scenario.status(500))
      const chat = yield* group("sick")
      for (let call = 0; call < 10; call++) {
        const whole = yield* chat.generate("Hi")
        assert.strictEqual(deploymentsOf(whole.attempts).at(-1), "secondary")
        const last = yield* Stream.runLast(chat.stream("Hi"))
        assert.strictEqual(last._tag === "Some" && last.value.type, "finish")
      }
      const asked = (yield* simulator.requests).filter(({ model }) => model === "sick").length
      assert.isAtLeast(asked, 3)
      assert.isAtMost(asked, 8)
    })
  )

  it.effect("a stream that breaks off after its first content starts over elsewhere, if the group is set so", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.script("cut", Scenario.cutAfter(3))
      const chat = yield* Group.make(
        "chat",
        [
          { model: OpenAi.OpenAi.model("cut"), name: "primary" },
          { model: Anthropic.Anthropic.model("sim-healthy"), name: "secondary", order: 1 }
        ],
        { onInterrupted: "restart" }
      )
      const events = Array.from(yield* Stream.runCollect(chat.stream("Hi")))
      assert.lengthOf(
        events.filter(({ type }) => type === "restarted"),
        1
      )
      const finish = events.at(-1)
      assert.deepStrictEqual(finish?.type === "finish" && deploymentsOf(finish.attempts), ["primary", "secondary"])
      const [primary, secondary] = yield* chat.stats
      assert.deepStrictEqual(primary?.errors, { StreamInterruptedError: 1 })
      assert.strictEqual(secondary?.succeeded, 1)
      assert.isAbove(secondary?.outputTokens ?? 0, 0)
    })
  )
})
