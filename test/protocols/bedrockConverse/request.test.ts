import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { type ChatRequestInput, make } from "../../../src/domain/ChatRequest.ts"
import type { AssistantPart } from "../../../src/domain/Message.ts"
import { BedrockConverse, type BedrockConverseQuirks } from "../../../src/protocols/BedrockConverse.ts"
import { json, type Wire } from "./wire.ts"

const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"

const encoded = (input: ChatRequestInput, model = claude, quirks: Partial<BedrockConverseQuirks> = {}) =>
  Result.getOrThrow(BedrockConverse.encodeRequest(make(input), { provider: "bedrock", model, stream: false, quirks }))

const encode = (input: ChatRequestInput, model = claude, quirks: Partial<BedrockConverseQuirks> = {}): Wire =>
  json(encoded(input, model, quirks).body)

const refuse = (input: ChatRequestInput, model = claude): string =>
  Result.getOrThrow(
    Result.flip(BedrockConverse.encodeRequest(make(input), { provider: "bedrock", model, stream: false }))
  ).message

const decodeRequest = (body: Wire) => Result.getOrThrow(BedrockConverse.decodeRequest(body)).request

const ask = (more: object): ChatRequestInput => ({ messages: "Hi", ...more })

describe("encodeRequest", () => {
  it("names the model and the operation in the path", () => {
    assert.strictEqual(BedrockConverse.path("a.b-v1:0", false), "/model/a.b-v1%3A0/converse")
    const arn = "arn:aws:bedrock:us-east-1:1:inference-profile/us.a"
    assert.strictEqual(
      BedrockConverse.path(arn, true),
      "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.a/converse-stream"
    )
  })

  it("writes topK in each family's own field", () => {
    const fieldsOf = (model: string) => encode(ask({ topK: 5 }), model).additionalModelRequestFields
    assert.deepStrictEqual(fieldsOf("anthropic.claude-3-haiku-20240307-v1:0"), { top_k: 5 })
    assert.deepStrictEqual(fieldsOf("regional.anthropic.claude-haiku-4-5-20251001-v1:0"), { top_k: 5 })
    assert.deepStrictEqual(fieldsOf("eu.mistral.pixtral-large-2502-v1:0"), { top_k: 5 })
    assert.deepStrictEqual(fieldsOf("cohere.command-r-v1:0"), { k: 5 })
    assert.deepStrictEqual(fieldsOf("us.amazon.nova-pro-v1:0"), { inferenceConfig: { topK: 5 } })
    const profile = "arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-pro-v1:0"
    assert.deepStrictEqual(fieldsOf(profile), { inferenceConfig: { topK: 5 } })
    const opaque = "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc123"
    assert.deepStrictEqual(fieldsOf(opaque), { top_k: 5 })
    assert.deepStrictEqual(encode(ask({ topK: 5 }), opaque, { family: "cohere" }).additionalModelRequestFields, {
      k: 5
    })
    assert.match(refuse(ask({ topK: 5 }), "meta.llama3-1-8b-instruct-v1:0"), /topK/)
    assert.match(refuse(ask({ topK: 5 }), "zai.glm-4.7"), /models of zai/)
  })

  it("writes reasoning in each family's own fields", () => {
    const bodyOf = (reasoning: object, model: string, quirks: Partial<BedrockConverseQuirks> = {}) => {
      const { additionalModelRequestFields: fields, outputConfig } = encode(ask({ reasoning }), model, quirks)
      return { fields, effort: outputConfig?.effort }
    }
    assert.deepStrictEqual(bodyOf({ effort: "high" }, claude), {
      fields: { thinking: { type: "adaptive" } },
      effort: "high"
    })
    assert.deepStrictEqual(bodyOf({ budget: 2000 }, claude), {
      fields: { thinking: { type: "enabled", budget_tokens: 2000 } },
      effort: undefined
    })
    assert.deepStrictEqual(bodyOf({ effort: "medium" }, claude, { thinking: "budget" }).fields, {
      thinking: { type: "enabled", budget_tokens: 8192 }
    })
    assert.deepStrictEqual(bodyOf({ effort: "none" }, claude).fields, { thinking: { type: "disabled" } })
    const nova = "us.amazon.nova-2-lite-v1:0"
    assert.deepStrictEqual(bodyOf({ effort: "low" }, nova).fields, {
      reasoningConfig: { type: "enabled", maxReasoningEffort: "low" }
    })
    assert.deepStrictEqual(bodyOf({ effort: "none" }, nova).fields, { reasoningConfig: { type: "disabled" } })
    assert.deepStrictEqual(bodyOf({ effort: "max" }, "openai.gpt-oss-120b-1:0").fields, { reasoning_effort: "high" })
    assert.match(refuse(ask({ reasoning: { budget: 2000 } }), nova), /effort, not a budget/)
    assert.match(refuse(ask({ reasoning: { effort: "low" } }), "deepseek.r1-v1:0"), /models of deepseek/)
  })

  it("writes the schema of the response as a string, within what Bedrock compiles", () => {
    const schema = {
      type: "object",
      properties: { a: { type: "string", minLength: 3 } },
      required: ["a"]
    }
    const { outputConfig } = encode(ask({ responseFormat: { type: "json-schema", name: "A", schema } }))
    const { schema: text, ...rest } = outputConfig.textFormat.structure.jsonSchema
    assert.deepStrictEqual(rest, { name: "A" })
    assert.deepStrictEqual(JSON.parse(text), {
      type: "object",
      properties: { a: { type: "string", description: "{minLength: 3}" } },
      required: ["a"],
      additionalProperties: false
    })
    const open = { type: "object", additionalProperties: { type: "string" } }
    const left = encode(ask({ responseFormat: { type: "json-schema", schema: open } }))
    assert.deepStrictEqual(JSON.parse(left.outputConfig.textFormat.structure.jsonSchema.schema), open)
    assert.match(refuse(ask({ responseFormat: { type: "json" } })), /responseFormat/)
  })

  it("puts a cache point after each marked part and tool", () => {
    const inputSchema = { type: "object", properties: {} }
    const body = encode({
      messages: [
        { role: "system", content: [{ type: "text", text: "a", cacheControl: { ttl: "1h" } }] },
        { role: "user", content: [{ type: "text", text: "b", cacheControl: {} }, "c"] }
      ],
      tools: [{ name: "t", inputSchema, cacheControl: {} }],
      providerOptions: { bedrock: { tools: [{ systemTool: { name: "nova_grounding" } }] } }
    })
    const point = { cachePoint: { type: "default" } }
    assert.deepStrictEqual(body.system, [{ text: "a" }, { cachePoint: { type: "default", ttl: "1h" } }])
    assert.deepStrictEqual(body.messages[0].content, [{ text: "b" }, point, { text: "c" }])
    assert.deepStrictEqual(body.toolConfig.tools, [
      { toolSpec: { name: "t", inputSchema: { json: inputSchema } } },
      point,
      { systemTool: { name: "nova_grounding" } }
    ])
  })

  it("merges Bedrock's own options into the body", () => {
    const body = encode(
      ask({
        temperature: 0.5,
        metadata: { team: "a" },
        serviceTier: "auto",
        providerOptions: {
          "bedrock-converse": {
            guardrailConfig: { guardrailIdentifier: "g", guardrailVersion: "1", trace: "enabled" },
            performanceConfig: { latency: "optimized" },
            additionalModelResponseFieldPaths: ["/stop_sequence"],
            inferenceConfig: { topP: 0.9 }
          }
        }
      })
    )
    assert.deepStrictEqual(body, {
      messages: [{ role: "user", content: [{ text: "Hi" }] }],
      inferenceConfig: { temperature: 0.5, topP: 0.9 },
      requestMetadata: { team: "a" },
      serviceTier: { type: "default" },
      guardrailConfig: { guardrailIdentifier: "g", guardrailVersion: "1", trace: "enabled" },
      performanceConfig: { latency: "optimized" },
      additionalModelResponseFieldPaths: ["/stop_sequence"]
    })
  })

  it("writes media as bytes or S3 locations, with their format", () => {
    const bytes = new Uint8Array([1, 2, 3])
    const source = { bytes: "AQID" }
    const { messages } = encode({
      messages: [
        {
          role: "user",
          content: [
            { type: "image", data: bytes, mediaType: "image/jpeg" },
            { type: "image", data: "s3://b/cat.jpg" },
            { type: "file", data: bytes, mediaType: "video/quicktime" },
            { type: "audio", data: bytes, mediaType: "audio/mp3" },
            { type: "file", data: "data:text/csv;base64,AQID", fileName: "my_table.csv", citations: true },
            { type: "file", data: { text: "# Hi" }, mediaType: "text/markdown", title: "Notes  (2)" },
            { type: "file", data: bytes, mediaType: "application/pdf" },
            { type: "file", data: { fileId: "s3://b/x.docx" } },
            { type: "file", data: "data:text/x-log,hello%20you" }
          ]
        }
      ]
    })
    assert.deepStrictEqual(messages[0].content, [
      { image: { format: "jpeg", source } },
      { image: { format: "jpeg", source: { s3Location: { uri: "s3://b/cat.jpg" } } } },
      { video: { format: "mov", source } },
      { audio: { format: "mp3", source } },
      { document: { format: "csv", name: "my-table-csv", source, citations: { enabled: true } } },
      { document: { format: "md", name: "Notes (2)", source: { text: "# Hi" } } },
      { document: { format: "pdf", name: "document", source } },
      { document: { format: "docx", name: "document (2)", source: { s3Location: { uri: "s3://b/x.docx" } } } },
      {
        document: {
          format: "txt",
          name: "document (3)",
          source: { bytes: Buffer.from("hello you").toString("base64") }
        }
      }
    ])
    for (const [part, problem] of [
      [{ type: "image", data: "https://example.com/a.png" }, /not other files or URLs/],
      [{ type: "image", data: "data:image/tiff;base64,AQID" }, /not accept image content of type image\/tiff/],
      [{ type: "image", data: bytes }, /needs a mediaType/],
      [{ type: "file", data: { fileId: "file-1" } }, /not other files or URLs/]
    ] as const) {
      assert.match(refuse({ messages: [{ role: "user", content: [part] }] }), problem)
    }
  })

  it("leaves out, with a warning, reasoning of other protocols, and all of it where the model takes none", () => {
    const thoughtsOf = (model: string, ...content: ReadonlyArray<AssistantPart>) => {
      const { body, warnings } = encoded({ messages: ["a", { role: "assistant", content }, "b"] }, model)
      return { said: (json(body) as Wire).messages[1]?.content, warnings: warnings.length }
    }
    const own = { type: "reasoning", text: "hm", signature: "s", protocol: "bedrock-converse" } as const
    assert.deepStrictEqual(thoughtsOf(claude, own, { type: "text", text: "x" }), {
      said: [{ reasoningContent: { reasoningText: { text: "hm", signature: "s" } } }, { text: "x" }],
      warnings: 0
    })
    const hidden = { type: "reasoning", text: "", encrypted: "AQID", protocol: "bedrock-converse" } as const
    assert.deepStrictEqual(thoughtsOf(claude, hidden).said, [{ reasoningContent: { redactedContent: "AQID" } }])
    const foreign = { ...own, protocol: "anthropic-messages" }
    assert.deepStrictEqual(thoughtsOf(claude, foreign, { type: "text", text: "x" }), {
      said: [{ text: "x" }],
      warnings: 1
    })
    assert.strictEqual(thoughtsOf("deepseek.r1-v1:0", own, { type: "text", text: "x" }).warnings, 1)
  })

  it("offers no tools for the choice `none`, as long as none has been called", () => {
    const tools = [{ name: "t", inputSchema: { type: "object", properties: {} } }]
    assert.isUndefined(encode(ask({ tools, toolChoice: "none" })).toolConfig)
    const messages = [
      "a",
      { role: "assistant", content: [{ type: "tool-call", id: "1", name: "t", input: {} }] },
      { role: "tool", content: [{ type: "tool-result", id: "1", output: "x" }] }
    ] as const
    assert.match(refuse({ messages, tools, toolChoice: "none" }), /toolChoice/)
    const { body, warnings } = encoded({ messages, tools, toolChoice: "none", onUnsupported: "drop" })
    assert.lengthOf((json(body) as Wire).toolConfig.tools, 1)
    assert.strictEqual(warnings[0]?.parameter, "toolChoice")
    assert.match(refuse(ask({ tools, parallelToolCalls: false })), /parallelToolCalls/)
    assert.deepStrictEqual(encode(ask({ tools, toolChoice: { tool: "t" } })).toolConfig.toolChoice, {
      tool: { name: "t" }
    })
  })

  it("moves a later system message to the front, or leaves it in place where the model allows that", () => {
    const messages = ["a", { role: "system", content: "s" }, "b"] as const
    const { body, warnings } = encoded({ messages })
    assert.deepStrictEqual((json(body) as Wire).system, [{ text: "s" }])
    assert.lengthOf(warnings, 1)
    const there = encode({ messages }, claude, { systemInConversation: true })
    assert.deepStrictEqual(
      there.messages.map(({ role }: Wire) => role),
      ["user", "system", "user"]
    )
  })

  it("writes ids that the API accepts, the same in call and result, and arguments that are not an object", () => {
    const id = `call|${"x".repeat(70)}`
    const { messages } = encode({
      messages: [
        "a",
        { role: "assistant", content: [{ type: "tool-call", id, name: "t", rawInput: "{oops" }] },
        { role: "tool", content: [{ type: "tool-result", id, output: "", isError: true }] }
      ]
    })
    const [{ toolUse }] = messages[1].content
    assert.match(toolUse.toolUseId, /^[\w-]{64}$/)
    assert.deepStrictEqual(toolUse.input, { INVALID_JSON: "{oops" })
    assert.deepStrictEqual(messages[2].content, [
      { toolResult: { toolUseId: toolUse.toolUseId, content: [], status: "error" } }
    ])
  })

  it("leaves ids as the model wrote them, except for Claude, which takes no dots or colons", () => {
    const id = "functions.look:0"
    const idsOf = (model: string): Wire => {
      const call = { role: "assistant" as const, content: [{ type: "tool-call" as const, id, name: "t", input: {} }] }
      const result = { role: "tool" as const, content: [{ type: "tool-result" as const, id, output: "r" }] }
      const [, asked, answered] = encode({ messages: ["a", call, result] }, model).messages
      return [asked.content[0].toolUse.toolUseId, answered.content[0].toolResult.toolUseId]
    }
    assert.deepStrictEqual(idsOf("moonshot.kimi-k2-thinking"), [id, id])
    assert.deepStrictEqual(idsOf(claude), ["functions_look_0", "functions_look_0"])
  })
})

describe("decodeRequest", () => {
  const again = (messages: ReadonlyArray<Wire>, more: Wire = {}) => {
    const { body, warnings } = encoded(decodeRequest({ messages, ...more }), claude)
    assert.deepStrictEqual(warnings, [])
    return json(body) as Wire
  }

  it("keeps every documented block through both halves", () => {
    const messages = [
      {
        role: "user",
        content: [
          { text: "a" },
          { guardContent: { text: { text: "look here", qualifiers: ["query"] } } },
          { cachePoint: { type: "default", ttl: "5m" } },
          { guardContent: { image: { format: "png", source: { bytes: "AQID" } } } },
          { searchResult: { source: "s", title: "t", content: [{ text: "c" }], citations: { enabled: true } } },
          { document: { name: "d", source: { content: [{ text: "in pieces" }] } } },
          { document: { name: "no_format", source: { text: "x" }, context: "c" } },
          { video: { format: "mpg", source: { s3Location: { uri: "s3://b/v", bucketOwner: "1" } } } },
          { audio: { format: "mpga", source: { bytes: "AQID" } } },
          { somethingNew: { a: 1 } },
          { cachePoint: { type: "default" } }
        ]
      },
      {
        role: "assistant",
        content: [
          { reasoningContent: { reasoningText: { text: "hm", signature: "s" } } },
          { reasoningContent: { redactedContent: "AQID" } },
          { citationsContent: { content: [{ text: "c" }], citations: [{ location: { web: { url: "https://a" } } }] } },
          { toolUse: { toolUseId: "1", name: "nova_grounding", input: {}, type: "server_tool_use" } },
          { toolResult: { toolUseId: "1", content: [{ text: "[HIDDEN]" }], type: "nova_grounding_result" } },
          { toolUse: { toolUseId: "2", name: "t", input: { a: 1 } } },
          { cachePoint: { type: "default" } }
        ]
      },
      {
        role: "user",
        content: [
          {
            toolResult: {
              toolUseId: "2",
              content: [{ json: { a: null } }, { text: "b" }, { image: { format: "png", source: { bytes: "AQID" } } }],
              status: "success"
            }
          },
          { cachePoint: { type: "default" } }
        ]
      },
      { role: "system", content: [{ text: "from now on" }] },
      { role: "system", content: [{ toolAddition: { tool: { name: "t" } } }] }
    ]
    const toolConfig = {
      tools: [{ toolSpec: { name: "t", inputSchema: { json: { type: "object", properties: {} } } } }]
    }
    assert.deepStrictEqual(again(messages, { toolConfig }).messages, messages)
  })

  it("keeps every documented parameter through both halves", () => {
    const more = {
      system: [{ text: "a" }, { guardContent: { text: { text: "b" } } }, { cachePoint: { type: "default" } }],
      inferenceConfig: { maxTokens: 5, temperature: 0, topP: 1, stopSequences: ["x"] },
      toolConfig: {
        tools: [
          { toolSpec: { name: "t", description: "d", inputSchema: { json: { type: "object", properties: {} } } } },
          { cachePoint: { type: "default" } },
          { systemTool: { name: "nova_grounding" } }
        ],
        toolChoice: { any: {} }
      },
      guardrailConfig: { guardrailIdentifier: "g", guardrailVersion: "1", streamProcessingMode: "async" },
      additionalModelRequestFields: { top_k: 3, anthropic_beta: ["b"] },
      additionalModelResponseFieldPaths: ["/stop_sequence"],
      promptVariables: { a: { text: "b" } },
      requestMetadata: { k: "v" },
      performanceConfig: { latency: "optimized" },
      serviceTier: { type: "flex" },
      outputConfig: { effort: "high" }
    }
    const messages = [{ role: "user", content: [{ text: "a" }] }]
    assert.deepStrictEqual(again(messages, more), { messages, ...more })
  })

  it("keeps efforts that only some models know", () => {
    const messages = [{ role: "user", content: [{ text: "a" }] }]
    for (const reasoning_effort of ["low", "xhigh", "none"]) {
      const more = { additionalModelRequestFields: { reasoning_effort } }
      const { body } = encoded(decodeRequest({ messages, ...more }), "us.openai.gpt-5.6")
      assert.deepStrictEqual(json(body) as Wire, { messages, ...more })
    }
  })

  it("lets other protocols read guarded text and JSON results", () => {
    const { messages } = decodeRequest({
      messages: [
        { role: "user", content: [{ guardContent: { text: { text: "look" } } }] },
        { role: "user", content: [{ toolResult: { toolUseId: "1", content: [{ json: { a: 1 } }] } }] }
      ]
    })
    const [said, result] = messages.flatMap(({ content }): ReadonlyArray<Wire> => content)
    assert.deepInclude(said, { type: "text", text: "look" })
    assert.deepInclude(result.output[0], { type: "text", text: '{"a":1}' })
  })

  it("reads the model and `stream` from the body if they are there", () => {
    const messages = [{ role: "user", content: [{ text: "a" }] }]
    const decoded = Result.getOrThrow(BedrockConverse.decodeRequest({ modelId: "m", stream: true, messages }))
    assert.deepInclude(decoded, { model: "m", stream: true })
    assert.deepInclude(Result.getOrThrow(BedrockConverse.decodeRequest({ messages })), { model: "", stream: false })
  })

  it("rejects an invalid request with the path", () => {
    const placeOf = (body: Wire) => Result.getOrThrow(Result.flip(BedrockConverse.decodeRequest(body))).at
    assert.strictEqual(placeOf({ messages: "Hi" }), "messages")
    assert.strictEqual(placeOf({ messages: [{ role: "user", content: [{ text: 1 }] }] }), "messages[0].content[0].text")
    assert.strictEqual(
      placeOf({ messages: [{ role: "assistant", content: [{ toolUse: { name: "a", input: {} } }] }] }),
      "messages[0].content[0].toolUse.toolUseId"
    )
    const messages = [{ role: "user", content: [{ text: "a" }] }]
    assert.strictEqual(placeOf({ messages, inferenceConfig: { maxTokens: "5" } }), "inferenceConfig.maxTokens")
    const jsonSchema = { schema: "{" }
    const outputConfig = { textFormat: { type: "json_schema", structure: { jsonSchema } } }
    assert.match(String(placeOf({ messages, outputConfig })), /jsonSchema.schema/)
  })
})
