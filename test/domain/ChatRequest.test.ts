import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { ChatRequest, isDemanded, isGiven, isLabel, make, normalize } from "../../src/domain/ChatRequest.ts"
import * as Message from "../../src/domain/Message.ts"
import * as ModelId from "../../src/domain/ModelId.ts"
import * as Arbitraries from "./arbitraries.ts"

const hi = { type: "text", text: "hi" } as const

describe("Message.make", () => {
  it("accepts a bare string as a user message", () => {
    assert.deepStrictEqual(Message.make("hi"), { role: "user", content: [hi] })
  })

  it("accepts text wherever a text part is permitted", () => {
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
  it("accepts a bare string as one user message", () => {
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

describe("ChatRequest.normalize", () => {
  const messages: ReadonlyArray<Message.Message> = [{ role: "user", content: [hi] }]
  const refused = { type: "refusal", text: "policy", isExplanation: true } as const

  it("treats an empty list or record as absent", () => {
    for (const empty of [{ stop: [] }, { tools: [] }, { metadata: {} }, { stop: [], tools: [], metadata: {} }]) {
      const result = normalize({ messages, seed: 1, ...empty })
      assert.deepStrictEqual(JSON.parse(JSON.stringify(result)), { messages, seed: 1 })
    }
    const given = { messages, stop: ["a"], tools: [{ name: "a", inputSchema: {} }], metadata: { a: "b" } }
    assert.strictEqual(normalize(given), given)
    assert.deepStrictEqual(normalize({ ...given, stop: [] }), { ...given, stop: undefined })
  })

  it("has one spelling for no reasoning", () => {
    for (const reasoning of [{ budget: 0 }, { effort: "none", budget: 5 }, { effort: "high", budget: 0 }] as const) {
      assert.deepStrictEqual(normalize({ messages, reasoning }).reasoning, { effort: "none" })
    }
    for (const reasoning of [{}, { effort: "none" }, { effort: "low" }, { budget: 5 }] as const) {
      assert.strictEqual(normalize({ messages, reasoning }).reasoning, reasoning)
    }
  })

  it("removes a provider's explanation of a refusal, and the message that has nothing else", () => {
    const own = { type: "refusal", text: "No." } as const
    const result = normalize({
      messages: [
        ...messages,
        { role: "assistant", content: [refused, own, hi] },
        { role: "assistant", content: [refused] },
        { role: "assistant", content: [own] },
        { role: "assistant", content: [] }
      ]
    })
    assert.deepStrictEqual(result.messages, [
      ...messages,
      { role: "assistant", content: [own, hi] },
      { role: "assistant", content: [own] },
      { role: "assistant", content: [] }
    ])
  })
})

describe("a parameter", () => {
  it("is given unless it is undefined, or an empty list or record", () => {
    for (const value of [undefined, [], {}, Object.create(null)]) assert.isFalse(isGiven(value))
    for (const value of [null, 0, "", false, [undefined], { a: undefined }, new Map(), new Date(0), () => 1]) {
      assert.isTrue(isGiven(value), String(value))
    }
  })

  it("requests something unless it is neutral", () => {
    const request = (rest: Partial<ChatRequest>) => ({ messages: [], ...rest })
    for (const [parameter, neutral, other] of [
      ["frequencyPenalty", 0, 1],
      ["presencePenalty", 0, 1],
      ["parallelToolCalls", true, false],
      ["serviceTier", "auto", "flex"],
      ["stop", [], ["a"]],
      ["seed", undefined, 0]
    ] as const) {
      assert.isFalse(isDemanded(request({ [parameter]: neutral }), parameter), parameter)
      assert.isTrue(isDemanded(request({ [parameter]: other }), parameter), parameter)
    }
  })

  it("may be a label, which only says whose call it is", () => {
    assert.deepStrictEqual(["user", "metadata", "seed", ""].map(isLabel), [true, true, false, false])
  })
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
