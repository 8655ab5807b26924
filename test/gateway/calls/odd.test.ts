/** Errors that providers word oddly are errors that clients can read. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { post, serve, serveAt, upstream } from "./upstream.ts"

const failed = { type: "error", sequence_number: 0, code: "server_error", message: "the model fell over", param: null }

describe("an error in a stream of which nothing was shown", () => {
  it.live("has the shape of a response", () =>
    Effect.gen(function* () {
      const address = yield* upstream((_, outgoing) =>
        outgoing
          .writeHead(200, { "content-type": "text/event-stream" })
          .end(`event: error\ndata: ${JSON.stringify(failed)}\n\n`)
      )
      const url = yield* serveAt("openai-responses", address)
      const { status, text } = yield* post(`${url}/v1/responses`, { model: "m", input: "Hi", stream: true })
      assert.strictEqual(status, 500)
      assert.include(JSON.parse(text).error.message, "the model fell over")
    })
  )
})

describe("a status outside HTTP's range", () => {
  for (const status of [600, 999])
    it.live(`${status} is 502 to clients`, () =>
      Effect.gen(function* () {
        const address = yield* upstream((_, outgoing) =>
          outgoing.writeHead(status).end(JSON.stringify({ error: { message: "no" } }))
        )
        const url = yield* serveAt("openai", address)
        const messages = [{ role: "user", content: "Hi" }]
        const answer = yield* post(`${url}/v1/chat/completions`, { model: "m", messages })
        assert.strictEqual(answer.status, 502)
        assert.isString(JSON.parse(answer.text).error.message)
      })
    )
})

describe("a name of any length", () => {
  const long = `${"n".repeat(50_000)}\0`
  const messages = [{ role: "user", content: "Hi" }]

  it.live("of a model, from a caller or a provider, fits into headers and the ledger", () =>
    Effect.gen(function* () {
      const address = yield* upstream((_, outgoing) =>
        outgoing.writeHead(200, { "content-type": "application/json" }).end(
          JSON.stringify({
            id: "c1",
            object: "chat.completion",
            created: 1,
            model: long,
            choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }]
          })
        )
      )
      const url = yield* serve(`providers: { gpu: { provider: openai-compatible, baseUrl: "${address}" } }
models: { "*": "gpu/*" }`)
      const answer = yield* post(`${url}/v1/chat/completions`, { model: long, messages })
      assert.strictEqual(answer.status, 200)
      assert.isAtMost(String(answer.headers["x-effect-llm-deployment"]).length, 500)
      const { calls } = yield* Effect.repeat(
        Effect.promise(async () => (await fetch(`${url}/admin/calls`)).json()),
        { schedule: Schedule.spaced("20 millis"), until: ({ calls }) => calls.length === 1 }
      )
      assert.isAtMost(JSON.stringify(calls[0]).length, 2000)
      assert.notInclude(JSON.stringify(calls[0]), "\\u0000")
    })
  )
})

describe("a body that is no object", () => {
  it.live("is rejected in one sentence", () =>
    Effect.gen(function* () {
      const url = yield* serveAt("openai", "http://127.0.0.1:9")
      const { status, text } = yield* post(`${url}/v1/chat/completions`, "[]")
      assert.strictEqual(status, 400)
      assert.match(JSON.parse(text).error.message, /^the request is not valid\. /)
    })
  )
})

describe("a key that its provider repeats in an error", () => {
  it.live("is nowhere in the body or headers of the response", () =>
    Effect.gen(function* () {
      const address = yield* upstream((incoming, outgoing) => {
        const key = String(incoming.headers.authorization).replace("Bearer ", "")
        outgoing
          .writeHead(400, { "content-type": "application/json", "openai-processing-ms": "5", "openai-account": key })
          .end(JSON.stringify({ error: { message: `${key} is wrong`, type: key, code: encodeURIComponent(key) } }))
      })
      const url = yield* serveAt("openai", address)
      const messages = [{ role: "user", content: "Hi" }]
      const answer = yield* post(`${url}/v1/chat/completions`, { model: "m", messages })
      assert.strictEqual(answer.headers["openai-processing-ms"], "5")
      assert.notInclude(JSON.stringify(answer), "upstream-secret")
      assert.include(answer.text, "is wrong")
    })
  )
})
