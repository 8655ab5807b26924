/**
 * A conversation that the answers of any provider, tools and MCP servers left behind goes out in a form that every other
 * provider takes, or is refused by name before it is sent.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import { Result, Schema } from "effect"
import type { ChatRequest } from "../../src/domain/ChatRequest.ts"
import { toEvents } from "../../src/domain/ChatFold.ts"
import { ChatResponse } from "../../src/domain/ChatResponse.ts"
import type { ToolCallPart, ToolResultPart } from "../../src/domain/ContentPart.ts"
import * as Conversation from "../../src/domain/Conversation.ts"
import type { Json } from "../../src/domain/Json.ts"
import type { AssistantPart, Message } from "../../src/domain/Message.ts"
import * as Tool from "../../src/domain/Tool.ts"
import { unknown as unknownUsage } from "../../src/domain/Usage.ts"
import { AnthropicMessages } from "../../src/protocols/AnthropicMessages.ts"
import { BedrockAnthropic } from "../../src/protocols/BedrockAnthropic.ts"
import { BedrockConverse } from "../../src/protocols/BedrockConverse.ts"
import type { ChatProtocol } from "../../src/protocols/ChatProtocol.ts"
import { CohereChat } from "../../src/protocols/CohereChat.ts"
import { GoogleGenerateContent } from "../../src/protocols/GoogleGenerateContent.ts"
import { MistralChat } from "../../src/protocols/MistralChat.ts"
import { OllamaChat } from "../../src/protocols/OllamaChat.ts"
import { OpenAiChat } from "../../src/protocols/OpenAiChat.ts"
import { OpenAiResponses } from "../../src/protocols/OpenAiResponses.ts"
import { VertexAnthropic } from "../../src/protocols/VertexAnthropic.ts"
import { WatsonxChat } from "../../src/protocols/WatsonxChat.ts"
import { givenNames } from "../../src/protocols/wire/request/ToolIdentifiers.ts"
import { toolSchema } from "../../src/protocols/wire/schema/ToolSchema.ts"
import * as Arb from "../domain/arbitraries.ts"
import { halvesOf, json, type Wire } from "./halves.ts"
import { vendorRules } from "./vendorRules.ts"

const protocols = [
  OpenAiChat,
  OpenAiResponses,
  AnthropicMessages,
  GoogleGenerateContent,
  BedrockConverse,
  MistralChat,
  CohereChat,
  OllamaChat,
  WatsonxChat,
  VertexAnthropic,
  BedrockAnthropic
] as ReadonlyArray<ChatProtocol>

const models: { readonly [protocol: string]: string } = {
  "bedrock-converse": "anthropic.claude-sonnet-4-6",
  "google-generate-content": "gemini-3.5-flash"
}

/** Names as MCP servers give them, and ids as servers do. */
const toolName = Arb.literal(
  "search",
  "fs.read",
  "github/list issues",
  "fs_read",
  "ü",
  "",
  "x".repeat(80),
  `${"x".repeat(79)}y`
)
const calledName = Arbitrary.map(toolName, (name) => name || "nameless")
const callId = Arb.literal(
  "call_0",
  "call_1",
  "functions.search:0",
  "a.b",
  "a_b",
  "toolu_01",
  "",
  "i".repeat(70),
  "abcdefghi"
)
const words = Arb.oneOf(Arb.text, Arb.literal("", " ", "\n\n", "fine\n"))

/** What is left of tools that Anthropic, OpenAI and Amazon ran: calls, and results as their own protocols have them. */
const servedParts: ReadonlyArray<AssistantPart> = [
  { type: "tool-call", id: "srvtoolu_1", name: "web_search", input: { query: "x" }, providerExecuted: true },
  { type: "tool-call", id: "ws_1", name: "web_search", input: {}, providerExecuted: true },
  { type: "tool-call", id: "tooluse_1", name: "nova_grounding", input: {}, providerExecuted: true },
  {
    type: "provider",
    protocol: "openai-responses",
    value: { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "x" } }
  }
]

const parts: Arbitrary.Arbitrary<ReadonlyArray<AssistantPart>> = Arbitrary.map(
  Arbitrary.all([
    Arbitrary.array(
      Arb.oneOf<AssistantPart>(
        Arbitrary.map(words, (text): AssistantPart => ({ type: "text", text })),
        Arb.plainReasoningPart,
        Arb.signedReasoningPart,
        Arb.encryptedReasoningPart,
        Arb.refusalPart,
        Arbitrary.map(Arb.literal(...servedParts.keys()), (at): AssistantPart => servedParts[at]!)
      ),
      { maxLength: 3 }
    ),
    Arbitrary.array(Arbitrary.all([callId, calledName, Arb.jsonObject]), { maxLength: 3 })
  ]),
  ([said, calls]) => [
    ...said,
    ...calls.map(([id, name, input]): AssistantPart => ({ type: "tool-call", id, name, input }))
  ]
)

/** What the client half of a protocol makes of an answer; where its server half cannot say it, the answer itself. */
const throughWire = (protocol: ChatProtocol, content: ReadonlyArray<AssistantPart>): ReadonlyArray<AssistantPart> => {
  const response = new ChatResponse({
    content,
    finishReason: content.some(({ type }) => type === "tool-call") ? "tool-calls" : "stop",
    usage: unknownUsage,
    warnings: [],
    attempts: []
  })
  const { options, toBody } = halvesOf(protocol, "any")
  return Result.match(protocol.decodeResponse(toBody(response), options), {
    onSuccess: ({ content }) => content,
    onFailure: () => content
  })
}

const output: Arbitrary.Arbitrary<ToolResultPart["output"]> = Arb.oneOf<ToolResultPart["output"]>(
  words,
  Arbitrary.map(words, (text) => [{ type: "text", text }]),
  Arbitrary.map(words, (text) => [
    { type: "text", text },
    { type: "image", data: "data:image/png;base64,iVBORw0KGgo=", mediaType: "image/png" }
  ]),
  Arbitrary.Constant([])
)

interface Turn {
  readonly user: string | undefined
  readonly answer: ReadonlyArray<AssistantPart>
  readonly outputs: ReadonlyArray<ToolResultPart["output"]>
  readonly system: string | undefined
}

const turn: Arbitrary.Arbitrary<Turn> = Arbitrary.map(
  Arbitrary.all([
    Arb.optional(words),
    Arb.literal(...protocols.keys()),
    parts,
    Arbitrary.array(output, { minLength: 3, maxLength: 3 }),
    Arb.optional(words)
  ]),
  ([user, from, content, outputs, system]) => ({
    user,
    answer: throughWire(protocols[from]!, content),
    outputs,
    system
  })
)

const conversation = Arbitrary.map(
  Arbitrary.all([
    Arbitrary.array(turn, { minLength: 1, maxLength: 3 }),
    Arb.optional(words),
    Arb.literal(true, true, false),
    Arb.literal(true, false, false)
  ]),
  ([turns, last, isWhole, isInstructed]): ReadonlyArray<Message> => [
    ...(isWhole ? [{ role: "user" as const, content: [{ type: "text" as const, text: "Hello" }] }] : []),
    ...turns.flatMap(({ answer, outputs, system, user }): ReadonlyArray<Message> => {
      const calls = answer.filter(
        (part) => part.type === "tool-call" && part.providerExecuted !== true
      ) as ReadonlyArray<ToolCallPart>
      return [
        ...(user === undefined ? [] : [{ role: "user" as const, content: [{ type: "text" as const, text: user }] }]),
        { role: "assistant", content: answer },
        ...(system === undefined
          ? []
          : [{ role: "system" as const, content: [{ type: "text" as const, text: system }] }]),
        ...(calls.length === 0
          ? []
          : [
              {
                role: "tool" as const,
                content: calls.map(({ id }, index) => ({
                  type: "tool-result" as const,
                  id,
                  output: outputs[index % outputs.length] ?? ""
                }))
              }
            ])
      ]
    }),
    ...(last === undefined ? [] : [{ role: "user" as const, content: [{ type: "text" as const, text: last }] }]),
    ...(isInstructed ? [{ role: "system" as const, content: [{ type: "text" as const, text: "Be brief." }] }] : [])
  ]
)

/** Schemas as MCP servers write them: with references, choices, tuples, booleans, and too little of everything. */
const leaf = Arb.literal<string>(
  '{"type":"string"}',
  '{"type":"number","format":"double","exclusiveMinimum":0}',
  '{"type":"array"}',
  '{"type":["array","null"]}',
  '{"type":"array","items":[{"type":"string"},{"type":"array"}]}',
  '{"type":"array","items":{"$ref":"#/$defs/Item"}}',
  '{"enum":[]}',
  '{"type":"string","enum":[],"description":"none"}',
  '{"const":1}',
  "true",
  "false",
  "{}",
  '{"$ref":"#/$defs/Item"}',
  '{"$ref":"#/$defs/Nowhere"}',
  '{"$ref":"https://example.com/schema.json"}',
  '{"anyOf":[{"type":"string"},{"type":"null"}]}',
  '{"anyOf":[]}',
  '{"type":"object"}',
  '{"type":"object","additionalProperties":{"type":"array"}}',
  '{"type":"object","properties":{"deep":true}}',
  '{"type":"STRING","nullable":true}',
  '{"type":"string","description":null,"required":true}',
  '{"type":"object","properties":null,"required":null}',
  '{"type":"integer","minimum":0,"exclusiveMinimum":true,"maximum":9,"exclusiveMaximum":false}',
  '{"allOf":[{"$ref":"#/$defs/Item"}],"default":{}}',
  '{"allOf":[{"$ref":"#/$defs/Item"},{"properties":{"b":{"$ref":"#/$defs/Tree"}}}]}',
  '{"$ref":"#/$defs/Box%3CItem%3E"}',
  '{"$ref":"#/$defs/100%"}',
  '{"$ref":"#/$defs/Item/properties/a"}',
  '{"not":{"$ref":"#/$defs/Box%3CItem%3E"}}',
  '{"type":"array","items":null}'
)

const objectSchema: Arbitrary.Arbitrary<Wire> = Arbitrary.map(
  Arbitrary.all([
    Arbitrary.array(Arbitrary.all([Arb.literal("a", "b", "kind", "a b", "$x"), leaf]), { maxLength: 3 }),
    Arb.optional(Arb.literal(true, false)),
    Arb.optional(Arb.literal("object")),
    Arb.optional(Arb.literal("a", "kind"))
  ]),
  ([properties, additionalProperties, type, required]) =>
    json({
      type,
      properties:
        properties.length === 0
          ? undefined
          : Object.fromEntries(properties.map(([key, text]) => [key, JSON.parse(text)])),
      additionalProperties,
      required: required === undefined ? undefined : [required]
    })
)

const schema: Arbitrary.Arbitrary<{ readonly [key: string]: Json }> = Arbitrary.map(
  Arbitrary.all([
    objectSchema,
    Arbitrary.array(objectSchema, { minLength: 1, maxLength: 3 }),
    Arb.literal(
      "plain",
      "plain",
      "anyOf",
      "anyOf",
      "oneOf",
      "allOf",
      "ref",
      "loop",
      "nullable",
      "string",
      "not",
      "draft-07"
    )
  ]),
  ([one, more, form]): Wire => {
    const $defs = {
      "Box<Item>": { type: "object", properties: { item: { $ref: "#/$defs/Item" } } },
      Item: one,
      Loop: { $ref: "#/$defs/Loop" },
      Tree: { anyOf: [{ $ref: "#" }, one] }
    }
    switch (form) {
      case "plain":
        return { ...one, $defs }
      case "ref":
        return { $ref: "#/$defs/Item", $defs }
      case "loop":
        return { $ref: "#/$defs/Loop", $defs }
      case "nullable":
        return { ...one, type: ["object", "null"], $defs }
      case "string":
        return { type: "string" }
      case "not":
        return { ...one, not: { required: ["b"] }, $defs }
      case "draft-07":
        return { $schema: "http://json-schema.org/draft-07/schema#", ...one, definitions: $defs, $defs }
      default:
        return { [form]: [...more, { $ref: "#/$defs/Tree" }, { type: "null" }], description: "one of them", $defs }
    }
  }
)

const tools = Arbitrary.map(
  Arbitrary.array(Arbitrary.all([toolName, schema, Arb.optional(Arb.literal(true, false))]), { maxLength: 3 }),
  (all): ChatRequest["tools"] => {
    const named = new Map(all.map(([name, inputSchema, strict]) => [name, { name, inputSchema, strict }]))
    return named.size === 0 ? undefined : [...named.values()]
  }
)

const encode = (protocol: ChatProtocol, request: ChatRequest) =>
  protocol.encodeRequest(request, {
    provider: "any",
    model: models[protocol.id] ?? "m",
    stream: false
  })

describe("a history from any provider, tool or MCP server", () => {
  for (const protocol of protocols) {
    it.prop(
      `goes to ${protocol === WatsonxChat ? "watsonx" : protocol.id} in an accepted form, or is rejected by name`,
      [conversation, tools],
      ([messages, tools]) => {
        const request: ChatRequest = { messages, tools, onUnsupported: "drop" }
        assert.isUndefined(Conversation.check(request))
        const encoded = encode(protocol, request)
        if (Result.isFailure(encoded)) {
          const { failure } = encoded
          if (failure._tag === "UnsupportedParameterError") assert.strictEqual(failure.parameter, "tools")
          else assert.match(failure.at ?? "", /^(messages|tools\[\d\])/)
          return
        }
        const body = json(encoded.success.body) as Wire
        assert.deepStrictEqual(vendorRules[protocol.id]!(body), [], JSON.stringify(body, undefined, 1))
      },
      { arbitrary: { runs: 40 } }
    )
  }

  it.prop(
    "and tools sent under another name are called by their own",
    [Arbitrary.array(toolName, { minLength: 1, maxLength: 4 }), Arb.literal(...protocols.keys())],
    ([names, index]) => {
      const protocol = protocols[index]!
      const given = [...new Set(names)]
      const tools = given.map((name) => ({ name, inputSchema: { type: "object", properties: {} } }))
      const messages: ReadonlyArray<Message> = [{ role: "user", content: [{ type: "text", text: "x" }] }]
      const { body, toolNames = new Map<string, string>() } = Result.getOrThrow(encode(protocol, { messages, tools }))
      const sent = JSON.stringify(body)
      const wireNames = given.map((name) => [...toolNames].find(([, own]) => own === name)?.[0] ?? name)
      assert.strictEqual(new Set(wireNames).size, given.length)
      for (const name of wireNames) assert.include(sent, JSON.stringify(name))
      const calls = wireNames.map((name, call): AssistantPart => ({
        type: "tool-call",
        id: `c${call}`,
        name,
        input: {}
      }))
      const response = new ChatResponse({
        content: calls,
        finishReason: "tool-calls",
        usage: unknownUsage,
        warnings: [],
        attempts: []
      })
      const { fold, decode, toBody, toFrames } = halvesOf(givenNames(protocol, toolNames), "any")
      const namesOf = ({ toolCalls }: ChatResponse) => toolCalls.map(({ name }) => name)
      assert.deepStrictEqual(namesOf(decode(toBody(response))), given)
      assert.deepStrictEqual(namesOf(fold(toFrames(toEvents(response)))), given)
    },
    { arbitrary: { runs: 40 } }
  )
})

describe("the schema of a tool's parameters", () => {
  const made = (schema: Wire) => Result.getOrThrow(toolSchema(schema))

  it("is unchanged where nothing must be rewritten", () => {
    const plain = { type: "object", properties: { a: { type: "array", items: { type: "string" } } }, required: ["a"] }
    assert.strictEqual(made(plain), plain)
    assert.strictEqual(made(plain), made(plain))
  })

  it("of an object without properties states that it has none", () => {
    assert.deepStrictEqual(made({ type: "object" }), { type: "object", properties: {} })
    assert.deepStrictEqual(made({}), { type: "object", properties: {} })
  })

  it("is one object for a union, and describes which properties go together", () => {
    const union = Tool.make("f", {
      parameters: Schema.Union([
        Schema.Struct({ kind: Schema.Literal("a") }),
        Schema.Struct({ kind: Schema.Literal("b"), n: Schema.Boolean })
      ])
    })
    assert.deepStrictEqual(made(union.inputSchema), {
      type: "object",
      properties: { kind: { type: "string", enum: ["a", "b"] }, n: { type: "boolean" } },
      required: ["kind"],
      additionalProperties: false,
      description:
        '{anyOf: [{"properties":{"kind":{"type":"string","enum":["a"]}},"required":["kind"]},' +
        '{"properties":{"kind":{"type":"string","enum":["b"]}},"required":["kind","n"]}]}'
    })
  })

  it("is inlined where the root is a reference", () => {
    const $defs = { In: { type: "object", properties: { a: { $ref: "#/$defs/In" } } } }
    assert.deepStrictEqual(made({ $ref: "#/$defs/In", $defs }), { ...$defs.In, $defs })
  })

  it("rewrites older tuples, boolean schemas and empty lists into supported forms", () => {
    assert.deepStrictEqual(
      made({
        type: "object",
        properties: {
          pair: { type: "array", items: [{ type: "string" }, true] },
          any: true,
          never: false,
          list: { type: "array" },
          none: { type: "string", enum: [] },
          gone: { $ref: "#/$defs/gone", description: "d" }
        }
      }).properties,
      {
        pair: { type: "array", prefixItems: [{ type: "string" }, {}], items: {} },
        any: {},
        list: { type: "array", items: {} },
        none: { type: "string" },
        gone: { description: "d" }
      }
    )
  })

  it("is rejected if no object fits it", () => {
    for (const schema of [{ type: "string" }, { anyOf: [{ type: "string" }] }, { $ref: "#/$defs/x" }, { $ref: "#" }]) {
      assert.isTrue(Result.isFailure(toolSchema(schema)), JSON.stringify(schema))
    }
  })
})
