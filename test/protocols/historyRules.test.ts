/** What one provider's answers, tools and limits become in a request to another. */
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { type ChatRequestInput, make } from "../../src/domain/ChatRequest.ts"
import type { AssistantPart } from "../../src/domain/Message.ts"
import { AnthropicMessages } from "../../src/protocols/AnthropicMessages.ts"
import { BedrockConverse } from "../../src/protocols/BedrockConverse.ts"
import type { ChatProtocol } from "../../src/protocols/ChatProtocol.ts"
import { CohereChat } from "../../src/protocols/CohereChat.ts"
import { GoogleGenerateContent } from "../../src/protocols/GoogleGenerateContent.ts"
import { MistralChat } from "../../src/protocols/MistralChat.ts"
import { OpenAiChat } from "../../src/protocols/OpenAiChat.ts"
import { OpenAiResponses } from "../../src/protocols/OpenAiResponses.ts"
import { compatibleQuirks } from "../../src/providers/OpenAiCompatible.ts"
import { json, type Wire } from "./halves.ts"

const options = { provider: "any", model: "anthropic.claude-haiku-4-5", stream: false }

const encode = (protocol: ChatProtocol, request: ChatRequestInput, quirks: object = {}) =>
  protocol.encodeRequest(make(request), { ...options, quirks })

const sent = (protocol: ChatProtocol, request: ChatRequestInput, quirks?: object) => {
  const { body, warnings } = Result.getOrThrow(encode(protocol, request, quirks))
  return { body: json(body) as Wire, warnings: warnings.map(({ message }) => message).join("\n") }
}

const answered = (...content: ReadonlyArray<AssistantPart>): ChatRequestInput => ({
  messages: ["Hi", { role: "assistant", content: [...content, { type: "text", text: "Found." }] }, "And?"]
})

const searched = (id: string, result?: AssistantPart): ReadonlyArray<AssistantPart> => [
  { type: "tool-call", id, name: "web_search", input: {}, providerExecuted: true },
  ...(result === undefined ? [] : [result])
]

describe("a tool that a provider ran itself", () => {
  const ofAnthropic = searched("srvtoolu_1", {
    type: "provider",
    protocol: "anthropic-messages",
    value: { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] }
  })
  const ofOpenAi = searched("ws_1", {
    type: "provider",
    protocol: "openai-responses",
    value: { type: "web_search_call", id: "ws_1", status: "completed" }
  })
  const ofAmazon = searched("tooluse_1", {
    type: "provider",
    protocol: "bedrock-converse",
    value: { toolResult: { toolUseId: "tooluse_1", content: [] } }
  })

  it("goes back to its own provider with its result, and to no other", () => {
    const blocks = (protocol: ChatProtocol, content: ReadonlyArray<AssistantPart>) => {
      const { body, warnings } = sent(protocol, answered(...content))
      return [body.messages[1].content.length, /another server ran/.test(warnings)]
    }
    assert.deepStrictEqual(blocks(AnthropicMessages, ofAnthropic), [3, false])
    assert.deepStrictEqual(blocks(AnthropicMessages, ofOpenAi), [1, true])
    assert.deepStrictEqual(blocks(AnthropicMessages, ofAmazon), [1, true])
    assert.deepStrictEqual(blocks(BedrockConverse, ofAmazon), [3, false])
    assert.deepStrictEqual(blocks(BedrockConverse, ofAnthropic), [1, true])
  })

  it("goes back without a result where the turn was paused", () => {
    const paused: ChatRequestInput = { messages: ["Hi", { role: "assistant", content: searched("srvtoolu_1") }] }
    assert.strictEqual(sent(AnthropicMessages, paused).body.messages[1].content[0].type, "server_tool_use")
  })

  it("goes back by the id of its result to a server that names calls otherwise", () => {
    const value = { type: "web_search_tool_result", tool_use_id: "call_9", content: [] }
    const content = searched("call_9", { type: "provider", protocol: "anthropic-messages", value })
    assert.strictEqual(sent(AnthropicMessages, answered(...content)).body.messages[1].content.length, 3)
  })
})

describe("a refusal and a recording in the history", () => {
  const refusal: AssistantPart = { type: "refusal", text: "No." }
  const audio: AssistantPart = { type: "audio", data: new Uint8Array([1]), id: "audio_1", transcript: "Hello. " }

  it("are sent in OpenAI's fields, and as text to servers that reject unknown fields", () => {
    const own = sent(OpenAiChat, answered(refusal, audio)).body.messages[1]
    assert.deepStrictEqual(own, { role: "assistant", content: "Found.", refusal: "No.", audio: { id: "audio_1" } })
    const other = sent(OpenAiChat, answered(refusal, audio), compatibleQuirks).body.messages[1]
    assert.deepStrictEqual(other, { role: "assistant", content: "No.Hello. Found." })
  })
})

describe("the order of a conversation", () => {
  const opened: ChatRequestInput = { messages: [{ role: "assistant", content: "Hello!" }, "Hi"] }

  it("begins with a user turn where the provider requires one", () => {
    for (const protocol of [AnthropicMessages, BedrockConverse, GoogleGenerateContent] as ReadonlyArray<ChatProtocol>) {
      const { body, warnings } = sent(protocol, opened)
      const turns: ReadonlyArray<Wire> = body.messages ?? body.contents
      assert.deepStrictEqual(
        turns.map(({ role }) => role === "user"),
        [true, false, true],
        protocol.id
      )
      assert.match(warnings, /begins with the assistant/)
      assert.notMatch(sent(protocol, { messages: ["Hi"] }).warnings, /begins with the assistant/)
    }
    assert.strictEqual(sent(OpenAiChat, opened).body.messages.length, 2)
  })

  it("does not end with a system message for Mistral", () => {
    const { body, warnings } = sent(MistralChat, { messages: ["Hi", { role: "system", content: "Be brief." }] })
    assert.deepStrictEqual(
      body.messages.map(({ role }: Wire) => role),
      ["system", "user"]
    )
    assert.match(warnings, /moved to the front/)
  })

  it("has no empty assistant message for Cohere, and is rejected for Responses if nothing is left", () => {
    const { body } = sent(CohereChat, { messages: ["Hi", { role: "assistant", content: [] }, "Well?"] })
    assert.strictEqual(body.messages.length, 2)
    const empty = encode(OpenAiResponses, { messages: [{ role: "assistant", content: [] }] })
    assert.strictEqual(Result.isFailure(empty) && empty.failure._tag, "InvalidRequestError")
  })
})

describe("tools of a Claude", () => {
  const schema = (properties: Wire, more: Wire = {}) => ({
    type: "object",
    properties,
    additionalProperties: false,
    ...more
  })
  const toolsOf = (protocol: ChatProtocol, schemas: ReadonlyArray<Wire>) => {
    const tools = schemas.map((inputSchema, at) => ({ name: `t${at}`, inputSchema, strict: true }))
    const { body, warnings } = sent(protocol, { messages: "Hi", tools })
    const wire: ReadonlyArray<Wire> = body.tools ?? body.toolConfig.tools.map(({ toolSpec }: Wire) => toolSpec)
    return { warnings, tools: wire, strict: wire.filter(({ strict }) => strict === true).length }
  }

  for (const protocol of [AnthropicMessages, BedrockConverse] as ReadonlyArray<ChatProtocol>) {
    it(`are not strict where that would forbid free keys: ${protocol.id}`, () => {
      const open = schema({ tags: { type: "object", additionalProperties: { type: "string" } } })
      const { strict, warnings, tools } = toolsOf(protocol, [open, schema({})])
      assert.strictEqual(strict, 1)
      assert.match(warnings, /t0 is not strict: it has objects with arbitrary keys/)
      assert.deepStrictEqual(tools[0]!.input_schema ?? tools[0]!.inputSchema.json, open)
    })

    it(`are strict up to the limit per request: ${protocol.id}`, () => {
      assert.strictEqual(
        toolsOf(
          protocol,
          Array.from({ length: 25 }, () => schema({}))
        ).strict,
        20
      )
      const optional = schema({ a: { type: "string" }, b: { type: "string" } })
      assert.strictEqual(
        toolsOf(
          protocol,
          Array.from({ length: 15 }, () => optional)
        ).strict,
        12
      )
      const union = schema({ a: { anyOf: [{ type: "string" }, { type: "null" }] } }, { required: ["a"] })
      assert.strictEqual(
        toolsOf(
          protocol,
          Array.from({ length: 18 }, () => union)
        ).strict,
        16
      )
    })

    it(`have only property names that Claude accepts; other models accept more: ${protocol.id}`, () => {
      const tools = [{ name: "f", inputSchema: schema({ $filter: { type: "string" } }) }]
      const refused = encode(protocol, { messages: "Hi", tools })
      assert.strictEqual(Result.isFailure(refused) && refused.failure._tag, "UnsupportedParameterError")
    })
  }

  it("may have any names on Bedrock for other models", () => {
    const tools = [{ name: "f", inputSchema: schema({ $filter: { type: "string" } }) }]
    const request = make({ messages: "Hi", tools })
    assert.isTrue(
      Result.isSuccess(BedrockConverse.encodeRequest(request, { ...options, model: "amazon.nova-pro-v1:0" }))
    )
  })
})

describe("cacheControl marks", () => {
  const cacheControl = {}
  const marked = (count: number): ChatRequestInput => ({
    tools: [{ name: "f", inputSchema: { type: "object", properties: {} }, cacheControl }],
    messages: [
      { role: "system", content: [{ type: "text", text: "Be brief.", cacheControl }] },
      ...Array.from({ length: count }, (_, at) => ({
        role: "user" as const,
        content: [{ type: "text" as const, text: String(at), cacheControl }]
      }))
    ]
  })

  it("are four at most for a Claude: those of tools, of instructions, and the last of the conversation", () => {
    const { body, warnings } = sent(AnthropicMessages, marked(5))
    const blocks: ReadonlyArray<Wire> = body.messages.flatMap(({ content }: Wire) => content)
    assert.deepStrictEqual(
      blocks.map(({ cache_control }) => cache_control !== undefined),
      [false, false, false, true, true]
    )
    assert.isDefined(body.system[0].cache_control)
    assert.isDefined(body.tools[0].cache_control)
    assert.match(warnings, /four cacheControl marks/)
    assert.notMatch(sent(AnthropicMessages, marked(2)).warnings, /four cacheControl marks/)
  })

  it("are counted on Bedrock for a Claude, and by a server that passes them on", () => {
    const points = (body: Wire) => JSON.stringify(body).match(/cachePoint|cache_control/g)?.length
    assert.strictEqual(points(sent(BedrockConverse, marked(9)).body), 4)
    assert.strictEqual(points(sent(OpenAiChat, marked(9), { cacheControl: "cache_control" }).body), 4)
  })
})

describe("several texts", () => {
  const request: ChatRequestInput = {
    messages: [
      { role: "system", content: ["One.", "Two."] },
      { role: "user", content: ["a", "b"] },
      { role: "assistant", content: [{ type: "tool-call", id: "c", name: "f", input: {} }] },
      {
        role: "tool",
        content: [{ type: "tool-result", id: "c", output: ["1", "2"].map((text) => ({ type: "text", text })) }]
      }
    ]
  }
  const contents = (quirks?: object): ReadonlyArray<Wire> =>
    sent(OpenAiChat, request, quirks).body.messages.map(({ content }: Wire) => content)

  it("are a list for OpenAI, and one string for servers that accept only that", () => {
    assert.deepStrictEqual(contents(compatibleQuirks), ["One.\n\nTwo.", "a\n\nb", null, "1\n\n2"])
    assert.strictEqual(contents().filter(Array.isArray).length, 3)
  })
})

describe("a medium", () => {
  const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10])
  const pdf = new TextEncoder().encode("%PDF-1.7")
  const partOf = (protocol: ChatProtocol, part: object) =>
    encode(protocol, { messages: [{ role: "user", content: ["x", part] }] } as ChatRequestInput)
  const wire = (protocol: ChatProtocol, part: object): Wire =>
    json(Result.getOrThrow(partOf(protocol, part)).body as Wire).messages[0].content[1]

  it("has the type of its bytes if its media type is generic", () => {
    for (const mediaType of ["application/octet-stream", "image/*", "*/*", "binary/octet-stream", undefined]) {
      const { source, type } = wire(AnthropicMessages, { type: "image", data: png, mediaType })
      assert.deepStrictEqual([type, source.media_type], ["image", "image/png"])
    }
    const url = `data:application/octet-stream;base64,${Buffer.from(png).toString("base64")}`
    assert.strictEqual(wire(AnthropicMessages, { type: "image", data: url }).source.media_type, "image/png")
  })

  it("is sent by its media type, whichever kind of part holds it", () => {
    assert.strictEqual(wire(OpenAiChat, { type: "file", data: png, mediaType: "image/png" }).type, "image_url")
    assert.strictEqual(wire(OpenAiChat, { type: "image", data: pdf }).type, "file")
    const audio = { type: "file", data: Uint8Array.from([1]), mediaType: "audio/wav" }
    assert.strictEqual(wire(OpenAiChat, audio).type, "input_audio")
    assert.strictEqual(
      wire(OpenAiChat, { type: "file", data: { fileId: "file-1" }, mediaType: "image/png" }).type,
      "file"
    )
  })

  it("that is text goes as text, in JSON, XML or with a charset too", () => {
    const json = { type: "file", data: new TextEncoder().encode("[1]"), mediaType: "application/json" }
    assert.deepInclude(wire(AnthropicMessages, json).source, { type: "text", data: "[1]" })
    const markdown = { type: "file", data: "data:text/markdown;charset=utf-8;base64,IyBIaQ==" }
    assert.deepStrictEqual(wire(OpenAiChat, markdown), { type: "text", text: "# Hi" })
  })

  it("at an address that no provider can read is rejected", () => {
    for (const data of ["file:///a.png", "blob:https://a.example/1"]) {
      const made = partOf(AnthropicMessages, { type: "image", data })
      assert.match(Result.isFailure(made) ? (made.failure.detail ?? "") : "", /pass the bytes/)
    }
  })
})
