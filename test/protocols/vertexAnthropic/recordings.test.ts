import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { VertexAnthropic } from "../../../src/protocols/VertexAnthropic.ts"
import { areRecordings, exchangesOf, halvesOf, json, type Wire } from "../halves.ts"

const { decode, fold, framesOf } = halvesOf(VertexAnthropic, "google-vertex-anthropic")

const exchanges = exchangesOf("anthropic-messages").filter(({ provider }) => provider === "google-vertex")

describe.skipIf(!areRecordings)(`recorded exchanges (${exchanges.length})`, () => {
  it("all exist", () => assert.isAtLeast(exchanges.length, 3))

  for (const { name, request, response, stream } of exchanges) {
    it(`${name} is encoded and decoded as recorded`, () => {
      const decoded = Result.getOrThrow(VertexAnthropic.decodeRequest(request.body))
      assert.strictEqual(decoded.model, "")
      const model = /models\/([^:]+):/.exec(request.url)?.[1] ?? ""
      assert.isTrue(request.url.endsWith(VertexAnthropic.path(model, stream)))
      const options = { provider: "google-vertex-anthropic", model, stream: decoded.stream }
      const { body } = Result.getOrThrow(VertexAnthropic.encodeRequest(decoded.request, options))
      const { messages, ...rest } = json(body) as Wire
      const { messages: asked, ...others } = request.body
      assert.deepStrictEqual(rest, others)
      assert.deepStrictEqual(
        messages.map(({ role }: Wire) => role),
        asked.map(({ role }: Wire) => role)
      )
      const answer = stream ? fold(framesOf(response.body)) : decode(JSON.parse(response.body))
      assert.isNotEmpty(answer.content)
      assert.isNumber(answer.usage.outputTokens.total)
    })
  }

  it("a request that names its model keeps it, and an invalid one fails with the path", () => {
    const body = { model: "m", max_tokens: 1, messages: [] }
    assert.strictEqual(Result.getOrThrow(VertexAnthropic.decodeRequest(body)).model, "m")
    assert.strictEqual(Result.getOrThrow(Result.flip(VertexAnthropic.decodeRequest({ messages: [] }))).at, "max_tokens")
  })
})
