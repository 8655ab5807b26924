import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { ChatRequest, make } from "../../src/domain/ChatRequest.ts"
import * as Message from "../../src/domain/Message.ts"
import * as ModelId from "../../src/domain/ModelId.ts"
import * as Arbitraries from "./arbitraries.ts"

const hi = { type: "text", text: "hi" } as const

describe("Message.make", () => {
  it("takes a bare string for a user message", () => {
    assert.deepStrictEqual(Message.make("hi"), { role: "user", content: [hi] })
  })

  it("takes text wherever a text part may stand", () => {
    for (const role of ["system", "user", "assistant"] as const) {
      assert.deepStrictEqual(Message.make({ role, content: "hi", name: "Ada" }), { role, content: [hi], name: "Ada" })
    }
    assert.deepStrictEqual(Message.make({ role: "user", content: ["hi", { type: "image", data: "https://a/1" }] }), {
      role: "user",
      content: [hi, { type: "image", data: "https://a/1" }]
    })
  })

  it.prop("returns a canonical message as it is", { messages: Arbitraries.messages() }, ({ messages }) => {
    for (const message of messages) assert.strictEqual(Message.make(message), message)
  })
})

describe("ChatRequest.make", () => {
  it("takes a bare string for one user message", () => {
    assert.deepStrictEqual(make("hi"), { messages: [{ role: "user", content: [hi] }] })
    assert.deepStrictEqual(make({ messages: "hi", seed: 1 }), { messages: [{ role: "user", content: [hi] }], seed: 1 })
  })

  it("keeps the messages that are canonical and changes the others", () => {
    const canonical: Message.Message = { role: "user", content: [hi] }
    const made = make({ messages: [canonical, { role: "assistant", content: "yes" }], seed: 1 })
    assert.strictEqual(made.messages[0], canonical)
    assert.deepStrictEqual(made.messages[1], { role: "assistant", content: [{ type: "text", text: "yes" }] })
    assert.strictEqual(made.seed, 1)
  })

  const codec = Schema.toCodecJson(ChatRequest)
  const [decode, encode] = [Schema.decodeUnknownSync(codec), Schema.encodeSync(codec)]

  it.prop(
    "returns a canonical request as it is, and that conforms to the schema and survives JSON",
    {
      request: Arbitraries.request({
        parameters: Object.keys(Arbitraries.parameters) as never,
        tools: true,
        rawInput: true
      })
    },
    ({ request }) => {
      assert.strictEqual(make(request), request)
      const decoded = decode(JSON.parse(JSON.stringify(encode(request))))
      assert.deepStrictEqual(JSON.parse(JSON.stringify(decoded)), JSON.parse(JSON.stringify(request)))
    }
  )
})

describe("ModelId", () => {
  it("splits at the first slash, and joins again", () => {
    assert.deepStrictEqual(ModelId.parse("openrouter/meta-llama/llama-4"), {
      provider: "openrouter",
      model: "meta-llama/llama-4"
    })
    for (const id of ["openai/gpt-5", "a/b/c"]) assert.strictEqual(ModelId.format(ModelId.parse(id)!), id)
  })

  it("is nothing without a provider or a model", () => {
    for (const id of ["", "gpt-5", "/gpt-5", "openai/"]) assert.isUndefined(ModelId.parse(id))
  })
})
