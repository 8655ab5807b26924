/** Errors that providers word oddly are errors that clients can read. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { post, serveAt, upstream } from "./upstream.ts"

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

describe("a status that HTTP does not know", () => {
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
