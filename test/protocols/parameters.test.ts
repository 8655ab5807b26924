import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import type { ChatProtocol } from "effect-llm/protocols/ChatProtocol"
import type { ChatParameter, ChatRequest } from "../../src/domain/ChatRequest.ts"
import type { UserMessage } from "../../src/domain/Message.ts"
import type { Json } from "../../src/domain/Json.ts"
import { chatProtocols, examples, hi, tools, userParts } from "./chatProtocols.ts"
import { assertSame, json } from "./halves.ts"
import { changeOf, mergePatch } from "./mergePatch.ts"

const options = { provider: "acme", model: "some-model", stream: false }
const encode = (protocol: ChatProtocol, request: ChatRequest, stream = false) =>
  protocol.encodeRequest(request, { ...options, stream })

const parameters = Object.keys(examples) as ReadonlyArray<ChatParameter>

describe("every protocol", () => {
  for (const [name, protocol] of Object.entries(chatProtocols)) {
    it(`sends, rejects or warns of each parameter: ${name}`, () => {
      for (const parameter of parameters) {
        const request = { ...hi, ...examples[parameter] }
        const sent = encode(protocol, request)
        const dropped = encode(protocol, { ...request, onUnsupported: "drop" })
        const bare = Result.getOrThrow(encode(protocol, { ...request, [parameter]: undefined }))
        if (Result.isFailure(sent)) {
          assert.strictEqual((sent.failure as { readonly parameter?: string }).parameter, parameter)
          const { warnings } = Result.getOrThrow(dropped)
          assert.include(
            warnings.map((warning) => warning.parameter),
            parameter
          )
        } else {
          const { body, headers, warnings } = sent.success
          const isCarried = JSON.stringify([body, headers]) !== JSON.stringify([bare.body, bare.headers])
          assert.isTrue(isCarried || warnings.some((warning) => warning.parameter === parameter), parameter)
        }
      }
    })

    it(`sends or rejects each kind of user part: ${name}`, () => {
      const request = (...content: UserMessage["content"]): ChatRequest => ({ messages: [{ role: "user", content }] })
      const bare = Result.getOrThrow(encode(protocol, request(userParts.text)))
      for (const part of Object.values(userParts)) {
        const sent = encode(protocol, request(userParts.text, part))
        if (Result.isFailure(sent)) assert.strictEqual(sent.failure._tag, "UnsupportedParameterError", part.type)
        else assert.notDeepEqual(sent.success.body, bare.body, part.type)
      }
    })

    it(`rejects exactly the parameters declared as unsupported: ${name}`, () => {
      for (const parameter of protocol.unsupported) {
        const sent = encode(protocol, { ...hi, ...examples[parameter as ChatParameter] })
        // Whose call it is changes nothing of the response.
        if (parameter === "user" || parameter === "metadata")
          assert.include(
            Result.getOrThrow(sent).warnings.map((warning) => warning.parameter),
            parameter
          )
        else assert.isTrue(Result.isFailure(sent), parameter)
      }
    })

    it(`treats an empty list or record as absent, and a budget of 0 as no reasoning: ${name}`, () => {
      for (const stream of [false, true]) {
        const bare = encode(protocol, hi, stream)
        for (const empty of [{ stop: [] }, { tools: [] }, { metadata: {} }, { providerOptions: {} }, { headers: {} }]) {
          assert.deepStrictEqual(encode(protocol, { ...hi, ...empty }, stream), bare, JSON.stringify(empty))
        }
        const off = encode(protocol, { ...hi, reasoning: { effort: "none" } }, stream)
        assert.deepStrictEqual(encode(protocol, { ...hi, reasoning: { budget: 0 } }, stream), off)
        assert.deepStrictEqual(encode(protocol, { ...hi, reasoning: { budget: 9, effort: "none" } }, stream), off)
      }
    })

    it(`rejects or warns of a required tool call without tools: ${name}`, () => {
      for (const toolChoice of ["required", { tool: "f" }] as const) {
        const refused = encode(protocol, { ...hi, toolChoice })
        assert.deepInclude(Result.isFailure(refused) ? refused.failure : undefined, { parameter: "toolChoice" })
        const { body, warnings } = Result.getOrThrow(encode(protocol, { ...hi, toolChoice, onUnsupported: "drop" }))
        assert.deepStrictEqual(body, Result.getOrThrow(encode(protocol, hi)).body)
        assert.include(
          warnings.map(({ parameter }) => parameter),
          "toolChoice"
        )
      }
    })

    it(`sends another model's speech as its transcript or in its own form: ${name}`, () => {
      const spoken = (transcript: string): ChatRequest => ({
        messages: [
          ...hi.messages,
          { role: "assistant", content: [{ type: "audio", data: "data:audio/wav;base64,AQID", transcript }] },
          ...hi.messages
        ]
      })
      const { body } = Result.getOrThrow(encode(protocol, spoken("Good morning.")))
      assert.match(JSON.stringify(body), /Good morning\.|AQID/)
    })

    it(`does not send a provider's explanation of a refusal as words of the model: ${name}`, () => {
      const explained: ChatRequest["messages"] = [
        ...hi.messages,
        { role: "assistant", content: [{ type: "refusal", text: "This was blocked.", isExplanation: true }] },
        ...hi.messages
      ]
      assert.notInclude(JSON.stringify(encode(protocol, { messages: explained })), "blocked")
    })
  }
})

const request: ChatRequest = {
  ...hi,
  maxOutputTokens: 100,
  temperature: 0.5,
  stop: ["a", "b"],
  reasoning: { effort: "low" },
  tools,
  toolChoice: { tool: "f" },
  responseFormat: {
    type: "json-schema",
    schema: { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false }
  },
  onUnsupported: "drop"
}

/** What the call decides, or the protocol adds to. */
const own = ["stream", "stream_options", "tools", "documents", "include", "betas"]

describe("what is sent", () => {
  for (const [name, protocol] of Object.entries(chatProtocols)) {
    const base = json(Result.getOrThrow(encode(protocol, request)).body) as { readonly [key: string]: Json }
    it.prop(
      `is the body with the provider's options merged into it: ${name}`,
      [changeOf(base, own)],
      ([change]) => {
        for (const id of [options.provider, protocol.id]) {
          const { body } = Result.getOrThrow(encode(protocol, { ...request, providerOptions: { [id]: change } }))
          assertSame(json(body), mergePatch(base, change))
        }
        const both = { [protocol.id]: change, [options.provider]: { new: 1, temperature: null } }
        const { body } = Result.getOrThrow(encode(protocol, { ...request, providerOptions: both }))
        assertSame(json(body), mergePatch(mergePatch(base, change), { new: 1, temperature: null }))
      },
      { arbitrary: { runs: 30 } }
    )

    it(`lets only the call decide whether to stream, and ignores options of other providers: ${name}`, () => {
      for (const stream of [false, true]) {
        const foreign = { someone: { temperature: 0.9 }, [options.provider]: { stream: !stream } }
        const bare = encode(protocol, request, stream)
        assert.deepStrictEqual(encode(protocol, { ...request, providerOptions: foreign }, stream), bare)
      }
    })
  }
})
