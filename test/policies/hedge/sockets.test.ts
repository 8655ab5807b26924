/** On real sockets: the connection of a call that lost is closed while the other is still being read. */
import { assert, layer } from "@effect/vitest"
import { NodeHttpClient } from "@effect/platform-node"
import { Effect, Layer, Redacted, Stream } from "effect"
import type { Chat } from "../../../src/domain/Capability.ts"
import { OpenAi } from "../../../src/index.ts"
import * as Hedge from "../../../src/policies/Hedge.ts"
import type * as Model from "../../../src/policies/Model.ts"
import * as Race from "../../../src/policies/Race.ts"
import { Simulator } from "../../../src/testing/Simulator.ts"

const provider = Layer.unwrap(
  Effect.map(Simulator, ({ openAiUrl }) => OpenAi.layer({ apiKey: Redacted.make("sk-test"), baseUrl: openAiUrl }))
)
const world = provider.pipe(Layer.provideMerge(Simulator.layer()), Layer.provide(NodeHttpClient.layerUndici))

layer(world, { excludeTestServices: true })("the call that loses", (it) => {
  const [silent, healthy] = [OpenAi.model("sim-silent"), OpenAi.model("sim-healthy")]
  const models: { readonly [name: string]: Model.Model<Chat, unknown, OpenAi> } = {
    "of a hedge": silent.pipe(Hedge.make({ after: "20 millis", share: 1, with: healthy })),
    "of a race": Race.make([silent, healthy])
  }
  it.effect.each(Object.entries(models))("%s, whole and streamed, has its connection closed at once", ([, model]) =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.reset
      const lost = simulator.awaitClosed((request) => request.model === "sim-silent")
      const response = yield* model.generate("Hi")
      assert.isNotEmpty(response.text)
      assert.strictEqual((yield* lost).outcome, "client-closed")
      yield* simulator.reset
      // The other is closed while this stream is still being read.
      const stream = model.stream("Hi").pipe(
        Stream.tap(({ type }) => (type === "text-start" ? Effect.asVoid(lost) : Effect.void)),
        Stream.runCollect
      )
      const events = yield* stream
      const finish = events.at(-1)
      assert.deepStrictEqual(
        finish?.type === "finish" ? finish.attempts?.map(({ error, model }) => [model, error?._tag]) : undefined,
        [
          ["openai/sim-silent", "LostRaceError"],
          ["openai/sim-healthy", undefined]
        ]
      )
    })
  )
})
