/** Many callers ask through one layer at the same time, each with a key of its own. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted, Schedule, Stream } from "effect"
import { Anthropic, ChatModel, Fallback, OpenAi } from "effect-llm"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { inspect } from "node:util"
import { delta, done, eventStream, serve, stop } from "./server.ts"

const json = { "content-type": "application/json" }
const callers = Array.from({ length: 200 }, (_, caller) => caller)
const keyOf = (caller: number) => `key-of-caller-${caller}-of-mine`

describe("200 fibers with their own keys", () => {
  it.live(
    "each send only their own key, in every kind of call, and never see another's",
    () =>
      Effect.gen(function* () {
        const wrong: Array<string> = []
        const tried = new Set<string>()
        const server = yield* serve((response, body, { headers, url = "" }) => {
          const key = String(headers.authorization ?? headers["x-api-key"]).replace("Bearer ", "")
          const caller = /caller (\d+);/.exec(body + decodeURIComponent(url))?.[1]
          const expected = url.includes("/messages") ? "the-key-of-the-layer" : keyOf(Number(caller))
          if (key !== expected || (url.includes("/messages") && JSON.stringify(headers).includes("of-mine"))) {
            wrong.push(`${url} of ${caller} with ${key}`)
          }
          setImmediate(() => {
            const isFirst = !tried.has(body)
            tried.add(body)
            if (body.includes("again") && isFirst) return response.writeHead(503, json).end("{}")
            if (body.includes("refuse") && !url.includes("/messages")) {
              return response.writeHead(401, json).end(JSON.stringify({ error: { message: `no ${key}`, code: key } }))
            }
            if (body.includes('"stream":true'))
              return response.writeHead(200, eventStream).end(delta(key) + stop + done)
            const message = { type: "message", role: "assistant", content: [{ type: "text", text: "x" }], usage: {} }
            const chat = { choices: [{ message: { content: key }, finish_reason: "stop" }] }
            const other = { id: key, status: "completed" }
            const told = url.includes("/messages") ? message : url.includes("/chat/") ? chat : other
            return response.writeHead(200, json).end(JSON.stringify(told))
          })
        })
        const layer = Layer.mergeAll(
          OpenAi.layer({ apiKey: Redacted.make("the-key-of-the-layer"), baseUrl: server.url }),
          Anthropic.layer({ apiKey: Redacted.make("the-key-of-the-layer"), baseUrl: server.url })
        ).pipe(Layer.provide(Layer.orDie(UndiciClient.layer)))
        const model = OpenAi.model("m")
        const chain = Fallback.make([model, Anthropic.model("claude-haiku-4-5")])
        const retrying = model.pipe(ChatModel.retry(Schedule.recurs(1)))

        const call = Effect.fnUntraced(function* (caller: number) {
          const name = `caller ${caller};`
          const child = yield* Effect.forkChild(model.generate(name))
          const texts = [
            (yield* retrying.generate(`${name} again`)).text,
            (yield* Fiber.join(child)).text,
            (yield* OpenAi.files.get(name)).id,
            (yield* OpenAi.batches.get(name)).id,
            (yield* Stream.runCollect(model.stream(name)))
              .flatMap((event) => ("delta" in event ? event.delta : []))
              .join()
          ]
          assert.deepStrictEqual(texts, Array(texts.length).fill(keyOf(caller)))
          yield* chain.generate(`${name} refuse`)
          const error = yield* Effect.flip(model.generate(`${name} refuse`))
          assert.strictEqual(error._tag, "AuthenticationError")
          assert.notInclude(inspect(error, { depth: 20 }) + JSON.stringify(error), "of-mine")
        })
        yield* Effect.forEach(
          callers,
          (caller) => call(caller).pipe(OpenAi.withCredentials({ apiKey: Redacted.make(keyOf(caller)) })),
          { concurrency: "unbounded" }
        ).pipe(Effect.provide(layer))
        assert.deepStrictEqual(wrong, [])
      }),
    60_000
  )
})
