import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { type ChatRequestInput, make } from "../../../src/domain/ChatRequest.ts"
import { RateLimitError } from "../../../src/domain/ChatResponse.ts"
import { ContextWindowExceededError } from "../../../src/domain/CallErrors.ts"
import * as Duration from "effect/Duration"
import {
  GoogleGenerateContent,
  type GoogleGenerateContentQuirks
} from "../../../src/protocols/GoogleGenerateContent.ts"
import { json, type Wire } from "../halves.ts"

const encode = (
  request: ChatRequestInput,
  model = "gemini-3.8-flash",
  quirks: Partial<GoogleGenerateContentQuirks> = {}
) => GoogleGenerateContent.encodeRequest(make(request), { provider: "google", model, stream: false, quirks })

const sent = (request: ChatRequestInput, model?: string, quirks?: Partial<GoogleGenerateContentQuirks>): Wire =>
  json(Result.getOrThrow(encode(request, model, quirks)).body)

const thinking = (reasoning: Wire, model?: string) =>
  sent({ messages: "?", reasoning }, model).generationConfig?.thinkingConfig

describe("paths", () => {
  it("contain the model and every parameter", () => {
    const { path } = GoogleGenerateContent
    assert.strictEqual(path("gemini-3.8-flash", false), "/models/gemini-3.8-flash:generateContent")
    assert.strictEqual(path("gemini-3.8-flash", true), "/models/gemini-3.8-flash:streamGenerateContent?alt=sse")
    assert.strictEqual(path("tunedModels/a b?", false), "/tunedModels/a%20b%3F:generateContent")
  })
})

describe("reasoning", () => {
  it("is requested by level, on older models by budget", () => {
    assert.deepStrictEqual(thinking({ effort: "low" }), { includeThoughts: true, thinkingLevel: "low" })
    assert.deepStrictEqual(thinking({ budget: 500 }), { includeThoughts: true, thinkingBudget: 500 })
    assert.deepStrictEqual(thinking({ effort: "medium" }, "gemini-2.5-flash"), {
      includeThoughts: true,
      thinkingBudget: 8192
    })
    assert.deepStrictEqual(thinking({ effort: "none" }, "gemini-2.5-flash"), { thinkingBudget: 0 })
    assert.deepStrictEqual(thinking({}), { includeThoughts: true })
  })

  it("cannot be turned off on newer models, nor exceed high", () => {
    const none = Result.getOrThrow(Result.flip(encode({ messages: "?", reasoning: { effort: "none" } })))
    assert.deepInclude(none, { _tag: "UnsupportedParameterError", parameter: "reasoning" })
    const { body, warnings } = Result.getOrThrow(encode({ messages: "?", reasoning: { effort: "max" } }))
    assert.strictEqual((body as Wire).generationConfig.thinkingConfig.thinkingLevel, "high")
    assert.lengthOf(warnings, 1)
  })

  it("of other protocols is left out with a warning, and their calls get the placeholder signature", () => {
    const messages = [
      { role: "user" as const, content: "?" },
      {
        role: "assistant" as const,
        content: [
          { type: "reasoning" as const, text: "hm", signature: "s", protocol: "anthropic-messages" },
          { type: "tool-call" as const, id: "toolu_1", name: "f", input: {} },
          { type: "tool-call" as const, id: "toolu_2", name: "g", input: {} },
          { type: "tool-call" as const, id: "srv", name: "web_search", input: {}, providerExecuted: true }
        ]
      }
    ]
    const { body, warnings } = Result.getOrThrow(encode({ messages }))
    assert.deepStrictEqual((body as Wire).contents[1].parts, [
      { functionCall: { id: "toolu_1", name: "f", args: {} }, thoughtSignature: "skip_thought_signature_validator" },
      { functionCall: { id: "toolu_2", name: "g", args: {} } }
    ])
    assert.lengthOf(warnings, 2)
    assert.notInclude(JSON.stringify(sent({ messages }, "gemini-2.5-flash")), "skip_thought")
    const back = Result.getOrThrow(GoogleGenerateContent.decodeRequest(json(body))).request.messages[1]
    assert.notInclude(JSON.stringify(back), "skip_thought")
  })
})

describe("schemas", () => {
  const schema = {
    $schema: "x",
    type: "object",
    properties: {
      kind: { const: "a" },
      list: { type: "array", items: { $ref: "#/definitions/Item" }, minItems: 1 },
      note: { type: ["string", "null"], pattern: "^a", description: "said" },
      both: {
        allOf: [{ properties: { a: { type: "string" } }, required: ["a"] }, { properties: { b: { type: "string" } } }]
      }
    },
    required: ["kind"],
    definitions: { Item: { type: "object", properties: { n: { type: "integer", exclusiveMinimum: 0 } } } }
  }

  it("are written in supported keywords, and the rest in descriptions", () => {
    const request: ChatRequestInput = { messages: "?", responseFormat: { type: "json-schema", schema } }
    assert.deepStrictEqual(sent(request).generationConfig, {
      responseMimeType: "application/json",
      responseJsonSchema: {
        type: "object",
        properties: {
          kind: { enum: ["a"] },
          list: { type: "array", items: { $ref: "#/$defs/Item" }, minItems: 1 },
          note: { type: ["string", "null"], description: 'said\n\n{pattern: "^a"}' },
          both: { properties: { a: { type: "string" }, b: { type: "string" } }, required: ["a"] }
        },
        required: ["kind"],
        $defs: {
          Item: { type: "object", properties: { n: { type: "integer", description: "{exclusiveMinimum: 0}" } } }
        }
      }
    })
  })

  it("are written in OpenAPI keywords for servers that know no others, and read back", () => {
    const request: ChatRequestInput = { messages: "?", responseFormat: { type: "json-schema", schema } }
    const { generationConfig } = sent(request, undefined, { schemas: "openapi" })
    assert.deepStrictEqual(generationConfig.responseSchema, {
      type: "OBJECT",
      properties: {
        kind: { type: "STRING", enum: ["a"] },
        list: { type: "ARRAY", minItems: 1, items: { type: "OBJECT", properties: { n: { type: "INTEGER" } } } },
        note: { type: "STRING", nullable: true, pattern: "^a", description: "said" },
        both: { properties: { a: { type: "STRING" }, b: { type: "STRING" } }, required: ["a"] }
      },
      required: ["kind"]
    })
    const decoded = Result.getOrThrow(GoogleGenerateContent.decodeRequest({ contents: [], generationConfig })).request
    assert.deepStrictEqual((decoded.responseFormat as Wire).schema.properties.note.type, ["string", "null"])
    const parameters = { type: 6, properties: { a: { type: 5, items: { type: 1 } } } }
    const numbered = Result.getOrThrow(
      GoogleGenerateContent.decodeRequest({
        contents: [],
        tools: [{ functionDeclarations: [{ name: "f", parameters }] }]
      })
    )
    assert.deepStrictEqual(json(numbered.request.tools?.[0]?.inputSchema), {
      type: "object",
      properties: { a: { type: "array", items: { type: "string" } } }
    } as Wire)
    const tree = {
      type: "object",
      properties: { child: { $ref: "#/$defs/T" } },
      $defs: { T: { type: "object", properties: { child: { $ref: "#/$defs/T" } } } }
    }
    const loop = encode({ messages: "?", responseFormat: { type: "json-schema", schema: tree } }, undefined, {
      schemas: "openapi"
    })
    assert.strictEqual(Result.getOrThrow(Result.flip(loop))._tag, "UnsupportedParameterError")
  })
})

describe("tools", () => {
  const tools = [{ name: "f", inputSchema: { type: "object", properties: {} } }]

  it("of the caller and of Google go together, and the choice is a mode", () => {
    const options = {
      providerOptions: { google: { tools: [{ googleSearch: {} }], cachedContent: "cachedContents/1" } }
    }
    assert.deepStrictEqual(sent({ messages: "?", tools, toolChoice: { tool: "f" }, ...options }), {
      contents: [{ role: "user", parts: [{ text: "?" }] }],
      tools: [
        { functionDeclarations: [{ name: "f", parametersJsonSchema: { type: "object", properties: {} } }] },
        { googleSearch: {} }
      ],
      toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["f"] } },
      cachedContent: "cachedContents/1"
    })
    const mode = (request: Wire) => sent({ messages: "?", tools, ...request }).toolConfig?.functionCallingConfig.mode
    assert.deepStrictEqual(
      [mode({}), mode({ toolChoice: "auto" }), mode({ toolChoice: "none" }), mode({ toolChoice: "required" })],
      [undefined, "AUTO", "NONE", "ANY"]
    )
    assert.strictEqual(mode({ tools: [{ ...tools[0], strict: true }] }), "VALIDATED")
  })

  it("reject parallelToolCalls: false, and drop the user", () => {
    for (const [parameter, value] of Object.entries({ parallelToolCalls: false })) {
      const request = { messages: "?", tools, [parameter]: value }
      assert.deepInclude(Result.getOrThrow(Result.flip(encode(request))), {
        _tag: "UnsupportedParameterError",
        parameter
      })
      const dropped = Result.getOrThrow(encode({ ...request, onUnsupported: "drop" }))
      assert.deepInclude(dropped.warnings[0], { type: "unsupported-parameter", parameter })
    }
    for (const [parameter, value] of Object.entries({ user: "u", metadata: { a: "b" } })) {
      const { warnings } = Result.getOrThrow(encode({ messages: "?", tools, [parameter]: value }))
      assert.deepInclude(warnings[0], { type: "unsupported-parameter", parameter })
    }
  })

  it("give results as objects, with images inside them or, on older models, after them", () => {
    const messages: Exclude<ChatRequestInput, string>["messages"] = [
      "?",
      {
        role: "assistant",
        content: [
          { type: "tool-call", id: "a", name: "f", input: {} },
          { type: "tool-call", id: "b", name: "g", input: {} }
        ]
      },
      { role: "tool", content: [{ type: "tool-result", id: "a", output: '{"x":1}' }] },
      {
        role: "tool",
        content: [
          {
            type: "tool-result",
            id: "b",
            isError: true,
            output: [
              { type: "text", text: "see" },
              { type: "image", data: "data:image/png;base64,AA==" }
            ]
          }
        ]
      },
      { role: "user", content: "and?" }
    ]
    const image = { inlineData: { mimeType: "image/png", data: "AA==" } }
    const first = { functionResponse: { id: "a", name: "f", response: { x: 1 } } }
    const second = { id: "b", name: "g", response: { error: "see" } }
    assert.deepStrictEqual(sent({ messages }).contents[2], {
      role: "user",
      parts: [first, { functionResponse: { ...second, parts: [image] } }, { text: "and?" }]
    })
    assert.deepStrictEqual(sent({ messages }, "gemini-2.5-flash").contents[2].parts, [
      first,
      { functionResponse: second },
      image,
      { text: "and?" }
    ])
  })
})

describe("a server", () => {
  it("reads both spellings, matches results without ids in order, and keeps unknown fields as options", () => {
    const { model, request, stream } = Result.getOrThrow(
      GoogleGenerateContent.decodeRequest({
        system_instruction: { parts: [{ text: "be" }] },
        contents: [
          {
            parts: [
              { text: "?" },
              { inline_data: { mime_type: "audio/wav", data: "AA==" }, video_metadata: { fps: 1 } }
            ]
          },
          {
            role: "model",
            parts: [{ function_call: { name: "f", args: { n: 1 } } }, { functionCall: { name: "f", args: { n: 2 } } }]
          },
          {
            role: "user",
            parts: [1, 2].map((n) => ({ function_response: { name: "f", response: { output: `r${n}` } } }))
          }
        ],
        tools: [
          { function_declarations: [{ name: "f", parameters: { type: "OBJECT", properties: {} } }], google_search: {} }
        ],
        tool_config: { function_calling_config: { mode: "any", allowed_function_names: ["f", "g"] } },
        generation_config: {
          max_output_tokens: 5,
          response_modalities: ["TEXT"],
          thinking_config: { thinking_budget: -1 }
        },
        safety_settings: []
      })
    )
    assert.deepStrictEqual([model, stream], ["", false])
    const [system, user, assistant, tool] = request.messages
    assert.deepStrictEqual(system?.content as Wire, [{ type: "text", text: "be" }])
    assert.deepStrictEqual(json(user?.content[1]), {
      type: "audio",
      data: "data:audio/wav;base64,AA==",
      providerOptions: { [GoogleGenerateContent.id]: { videoMetadata: { fps: 1 } } }
    } as Wire)
    const ids = (assistant!.content as ReadonlyArray<Wire>).map(({ id }) => id)
    assert.deepStrictEqual(
      (tool!.content as ReadonlyArray<Wire>).map(({ id, output }) => [id, output]),
      [
        [ids[0], "r1"],
        [ids[1], "r2"]
      ]
    )
    assert.notStrictEqual(ids[0], ids[1])
    assert.strictEqual(request.maxOutputTokens, 5)
    assert.strictEqual(request.toolChoice, "required")
    assert.deepStrictEqual(request.reasoning, {})
    assert.deepStrictEqual(request.tools?.[0]?.inputSchema, { type: "object", properties: {} })
    assert.deepStrictEqual(request.providerOptions?.[GoogleGenerateContent.id] as Wire, {
      safetySettings: [],
      generationConfig: { responseModalities: ["TEXT"], thinkingConfig: { includeThoughts: null, thinkingBudget: -1 } },
      toolConfig: { functionCallingConfig: { allowedFunctionNames: ["f", "g"] } },
      tools: [{ googleSearch: {} }]
    })
  })

  const again = (more: Wire, contents: ReadonlyArray<Wire> = [{ role: "user", parts: [{ text: "?" }] }]): Wire => {
    const { request } = Result.getOrThrow(GoogleGenerateContent.decodeRequest({ contents, ...more }))
    const options = { provider: "google", model: "gemini-2.5-flash", stream: false }
    const { body, warnings } = Result.getOrThrow(GoogleGenerateContent.encodeRequest(request, options))
    assert.deepStrictEqual(warnings, [])
    return json(body)
  }

  it("keeps the functions that may be called, whatever the mode", () => {
    const tools = [{ functionDeclarations: [{ name: "f", parametersJsonSchema: { type: "object", properties: {} } }] }]
    for (const mode of ["AUTO", "VALIDATED", "ANY"]) {
      for (const allowedFunctionNames of [["f"], ["f", "g"]]) {
        const toolConfig = { functionCallingConfig: { mode, allowedFunctionNames } }
        assert.deepStrictEqual(again({ tools, toolConfig }).toolConfig, toolConfig)
      }
    }
  })

  it("writes no schema where a function was declared without one", () => {
    const tools = [{ functionDeclarations: [{ name: "f", description: "d" }] }]
    assert.deepStrictEqual(again({ tools }).tools, tools)
  })

  it("keeps results that are not text unchanged", () => {
    const responses: ReadonlyArray<Wire> = [
      { output: { a: null, b: [1] } },
      { output: [1, 2] },
      { output: 5 },
      { output: '{"a":1}' },
      { error: { code: 7 } },
      { output: "text" },
      { a: { b: 1 } },
      {}
    ]
    const contents = [
      { role: "user", parts: [{ text: "?" }] },
      { role: "model", parts: responses.map((_, at) => ({ functionCall: { id: `${at}`, name: "f", args: {} } })) },
      {
        role: "user",
        parts: responses.map((response, at) => ({ functionResponse: { id: `${at}`, name: "f", response } }))
      }
    ]
    assert.deepStrictEqual(again({}, contents).contents, contents)
  })

  it("keeps empty texts", () => {
    for (const parts of [[{ text: "" }], [{ text: "" }, { text: "?" }]]) {
      const contents = [{ role: "user", parts }]
      assert.deepStrictEqual(again({}, contents).contents, contents)
    }
  })

  it("rejects an invalid request with the path", () => {
    const at = (body: unknown) => {
      const error = Result.getOrThrow(Result.flip(GoogleGenerateContent.decodeRequest(body)))
      return error.at
    }
    assert.strictEqual(at({ contents: "hi" }), "contents")
    assert.strictEqual(at({ contents: [{ role: "assistant" }] }), "contents[0].role")
    assert.strictEqual(at({ contents: [], generationConfig: { topK: "x" } }), "generationConfig.topK")
    assert.strictEqual(
      at({ contents: [], tools: [{ functionDeclarations: [{}] }] }),
      "tools[0].functionDeclarations[0].name"
    )
  })

  it("writes errors that its own client half reads", () => {
    const limited = GoogleGenerateContent.encodeError(new RateLimitError({ retryAfter: Duration.seconds(2) }))
    assert.strictEqual(limited.status, 429)
    assert.deepInclude(GoogleGenerateContent.decodeError(limited.body), {
      type: "RESOURCE_EXHAUSTED",
      retryAfterSeconds: 2
    })
    const long = GoogleGenerateContent.encodeError(new ContextWindowExceededError({ limit: 10, requested: 12 }))
    assert.match(
      GoogleGenerateContent.decodeError(long.body).message ?? "",
      /^The input token count \(12\) exceeds the maximum number of tokens allowed \(10\)/
    )
  })
})

describe("files", () => {
  it("are sent inline or by address, and read back with their metadata", () => {
    const part = (file: Wire) =>
      sent({ messages: [{ role: "user", content: [file] }] } as ChatRequestInput).contents[0].parts[0]
    assert.deepStrictEqual(part({ type: "file", data: { text: "é" } }), {
      inlineData: { mimeType: "text/plain", data: "w6k=" }
    })
    assert.deepStrictEqual(part({ type: "image", data: "https://a.example/i.JPG?x=1" }), {
      fileData: { mimeType: "image/jpeg", fileUri: "https://a.example/i.JPG?x=1" }
    })
    const address = "https://generativelanguage.googleapis.com/v1beta/files/abc"
    assert.deepStrictEqual(part({ type: "file", data: { fileId: "files/abc" }, mediaType: "video/mp4" }), {
      fileData: { mimeType: "video/mp4", fileUri: address }
    })
    const parts = [
      { fileData: { mimeType: "video/mp4", fileUri: address }, videoMetadata: { fps: 2 } },
      { inlineData: { mimeType: "application/pdf", data: "AA==", displayName: "a.pdf" } },
      { inlineData: { mimeType: "text/plain", data: "/w==" } },
      { fileData: { fileUri: "gs://bucket/x" } }
    ]
    const { request } = Result.getOrThrow(GoogleGenerateContent.decodeRequest({ contents: { parts } }))
    assert.deepStrictEqual(sent(request).contents[0].parts, parts)
    const bytes = { type: "file" as const, data: new Uint8Array([1]) }
    const bare = Result.getOrThrow(Result.flip(encode({ messages: [{ role: "user", content: [bytes] }] })))
    assert.strictEqual(bare._tag, "InvalidRequestError")
  })
})
