import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Option, Redacted, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { ChatModel, OpenAi, Retry } from "effect-llm"
import * as Policy from "effect-llm/policies/Policy"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { delta, done, eventStream, serve, stop } from "./server.ts"

const clients = { fetch: FetchHttpClient.layer, direct: Layer.orDie(UndiciClient.layer) }

/** Notes how calls end, within the time limit. */
const noting = (ends: Array<string>): Policy.Policy =>
  Policy.perCall(() =>
    Effect.succeed({
      end: ({ exit }) =>
        Effect.sync(
          () => void ends.push(Exit.isSuccess(exit) ? "success" : Exit.hasInterrupts(exit) ? "left" : "failed")
        )
    })
  )

describe("time limits over real connections", () => {
  for (const [name, client] of Object.entries(clients)) {
    const over = (url: string) =>
      Effect.provide(OpenAi.layer({ apiKey: Redacted.make("k"), baseUrl: url }).pipe(Layer.provide(client)))

    it.live(`${name}: a stream that falls silent fails with what had arrived, and its connection is closed`, () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => {
          response.writeHead(200, eventStream)
          response.write(delta("Hel"))
          setImmediate(() => response.write(delta("lo")))
        })
        const ends: Array<string> = []
        const timed = ChatModel.timeout({ idle: "80 millis", total: "1 minute" })
        const bare = OpenAi.model("gpt-4.1")
        const retried = ChatModel.retry(Retry.standard)
        for (const model of [
          bare.pipe(timed),
          bare.pipe(noting(ends), timed),
          bare.pipe(retried, noting(ends), timed)
        ]) {
          const error = yield* Stream.runDrain(model.stream("hi")).pipe(Effect.flip, over(server.url))
          assert.strictEqual(error._tag === "TimeoutError" ? error.phase : error._tag, "idle")
          assert.strictEqual(error._tag === "TimeoutError" ? error.partial?.text : undefined, "Hello")
        }
        assert.deepStrictEqual(ends, ["left", "left"])
        yield* (yield* server.arrived).closed
      })
    )

    it.live(`${name}: a reader that leaves a stream within its limits closes the connection`, () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => {
          response.writeHead(200, eventStream)
          response.write(delta("Hello"))
        })
        const model = OpenAi.model("gpt-4.1").pipe(ChatModel.timeout({ idle: "1 minute" }))
        const left = Effect.timeoutOption(Stream.runDrain(model.stream("hi")), "80 millis")
        assert.isTrue(Option.isNone(yield* over(server.url)(left)))
        yield* (yield* server.arrived).closed
      })
    )

    it.live(`${name}: a whole stream arrives within its limits`, () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => {
          response.writeHead(200, eventStream)
          response.write(delta("Hel"))
          setImmediate(() => response.end(`${delta("lo")}${stop}${done}`))
        })
        const model = OpenAi.model("gpt-4.1").pipe(ChatModel.timeout({ connect: "1 minute", idle: "1 minute" }))
        const events = yield* over(server.url)(Stream.runCollect(model.stream("hi")))
        const text = events.map((event) => (event.type === "text-delta" ? event.delta : "")).join("")
        assert.strictEqual(text, "Hello")
        assert.strictEqual(events.at(-1)?.type, "finish")
      })
    )
  }
})
