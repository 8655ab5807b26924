import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { type ChatRequest, type ChatRequestInput, make } from "../../../src/domain/ChatRequest.ts"
import { InvalidRequestError, UnsupportedParameterError } from "../../../src/domain/CallErrors.ts"
import { AnthropicMessages, type AnthropicMessagesQuirks } from "../../../src/protocols/AnthropicMessages.ts"
import { decode, json, type Wire } from "./wire.ts"

const encode = (request: ChatRequestInput, quirks?: Partial<AnthropicMessagesQuirks>) =>
  AnthropicMessages.encodeRequest(make(request), {
    provider: "anthropic",
    model: "claude-sonnet-4-5",
    stream: false,
    quirks
  })

const encoded = (request: ChatRequestInput, quirks?: Partial<AnthropicMessagesQuirks>) =>
  Result.getOrThrow(encode(request, quirks))

const body = (request: ChatRequestInput, quirks?: Partial<AnthropicMessagesQuirks>): Wire =>
  json(encoded(request, quirks).body) as Wire

const failure = (request: ChatRequestInput, quirks?: Partial<AnthropicMessagesQuirks>) =>
  Result.getOrThrow(Result.flip(encode(request, quirks)))

const ask = (rest: Omit<ChatRequest, "messages">): ChatRequestInput => ({ messages: "Hi", ...rest })

const tool = { name: "weather", description: "Looks up", inputSchema: { type: "object", properties: {} } }

describe("the body", () => {
  it("has only the required fields", () => {
    assert.deepStrictEqual(body("Hi"), {
      model: "claude-sonnet-4-5",
      max_tokens: 32_000,
      messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }]
    })
  })

  it("writes each parameter to its field", () => {
    const request = ask({
      maxOutputTokens: 10,
      temperature: 0.5,
      topP: 0.9,
      topK: 5,
      stop: ["END"],
      user: "u1",
      serviceTier: "default"
    })
    const { messages: _, model: __, ...rest } = body(request)
    assert.deepStrictEqual(rest, {
      max_tokens: 10,
      temperature: 0.5,
      top_p: 0.9,
      top_k: 5,
      stop_sequences: ["END"],
      metadata: { user_id: "u1" },
      service_tier: "standard_only"
    })
    assert.strictEqual(AnthropicMessages.path("claude-sonnet-4-5", true), "/v1/messages")
  })

  it("has `stream` only when streaming", () => {
    const options = { provider: "anthropic", model: "m", stream: true }
    assert.isTrue(Result.getOrThrow(AnthropicMessages.encodeRequest(make("Hi"), options)).body.stream)
    assert.notProperty(body("Hi"), "stream")
  })

  it("has the model's output limit if the caller gives none", () => {
    assert.strictEqual(body("Hi", { maxOutputTokens: 8192 }).max_tokens, 8192)
  })
})

describe("unsupported parameters", () => {
  for (const parameter of AnthropicMessages.unsupported) {
    it(`${parameter} fails, or is dropped with a warning`, () => {
      const error = failure(ask({ [parameter]: 1 }))
      assert.instanceOf(error, UnsupportedParameterError)
      assert.strictEqual(error.parameter, parameter)
      assert.strictEqual(error.provider, "anthropic")
      const { warnings } = encoded(ask({ [parameter]: 1, onUnsupported: "drop" }))
      assert.deepStrictEqual(
        warnings.map(({ parameter, type }) => [type, parameter]),
        [["unsupported-parameter", parameter]]
      )
    })
  }

  it("unknown tiers and JSON without a schema fail by name; metadata but the user's id is left out with a warning", () => {
    assert.strictEqual(encoded(ask({ metadata: { team: "a" } })).warnings[0]?.parameter, "metadata")
    const names = [ask({ serviceTier: "flex" }), ask({ responseFormat: { type: "json" } })].map(
      (request) => (failure(request) as UnsupportedParameterError).parameter
    )
    assert.deepStrictEqual(names, ["serviceTier", "responseFormat"])
    assert.deepStrictEqual(body(ask({ metadata: { user_id: "u2" } })).metadata, { user_id: "u2" })
    assert.strictEqual(body(ask({ serviceTier: "priority" })).service_tier, "auto")
  })

  it("audio fails, or is dropped with a warning that names the part", () => {
    const audio = { type: "audio" as const, data: new Uint8Array([1]), mediaType: "audio/wav" }
    const messages: ChatRequestInput = { messages: [{ role: "user", content: ["Listen", audio] }] }
    assert.include(failure(messages).message, "messages[0].content[1]")
    const { body, warnings } = encoded({ ...messages, onUnsupported: "drop" })
    assert.deepStrictEqual(
      warnings.map(({ type }) => type),
      ["unsupported-content"]
    )
    assert.lengthOf((body as Wire)["messages"][0].content, 1)
  })
})

describe("content", () => {
  const only = (part: Wire) => body({ messages: [{ role: "user", content: [part] }] }).messages[0].content[0]

  it("images: URL, data URI, bytes, file", () => {
    assert.deepStrictEqual(only({ type: "image", data: "https://a/b.png" }).source, {
      type: "url",
      url: "https://a/b.png"
    })
    const source = { type: "base64", media_type: "image/png", data: "AQID" }
    assert.deepStrictEqual(only({ type: "image", data: "data:image/png;base64,AQID" }).source, source)
    const bytes = new Uint8Array([1, 2, 3])
    assert.deepStrictEqual(only({ type: "image", data: bytes, mediaType: "image/png" }).source, source)
    assert.deepStrictEqual(only({ type: "image", data: { fileId: "file_1" } }).source, {
      type: "file",
      file_id: "file_1"
    })
    assert.deepStrictEqual(only({ type: "file", data: bytes, mediaType: "image/png" }), { type: "image", source })
  })

  it("documents: PDF bytes, URL, file, text in all its forms, with title, context and citations", () => {
    const pdf = { type: "file", data: new Uint8Array([1, 2, 3]), mediaType: "application/pdf", fileName: "a.pdf" }
    assert.deepStrictEqual(only({ ...pdf, context: "c", citations: true, cacheControl: { ttl: "1h" } }), {
      type: "document",
      source: { type: "base64", media_type: "application/pdf", data: "AQID" },
      title: "a.pdf",
      context: "c",
      citations: { enabled: true },
      cache_control: { type: "ephemeral", ttl: "1h" }
    })
    assert.strictEqual(only({ ...pdf, title: "T" }).title, "T")
    assert.deepStrictEqual(only({ type: "file", data: "https://a/b.pdf" }).source, {
      type: "url",
      url: "https://a/b.pdf"
    })
    assert.deepStrictEqual(only({ type: "file", data: { fileId: "f" } }).source, { type: "file", file_id: "f" })
    const source = { type: "text", media_type: "text/plain", data: "h\u00e9 llo" }
    for (const [data, mediaType] of [
      [{ text: "h\u00e9 llo" }],
      [new TextEncoder().encode("h\u00e9 llo"), "text/markdown"],
      [`data:text/plain;base64,${Buffer.from("h\u00e9 llo").toString("base64")}`],
      ["data:,h%C3%A9%20llo"],
      ["data:text/csv;charset=utf-8,h%C3%A9%20llo"]
    ]) {
      assert.deepStrictEqual(only({ type: "file", data, mediaType }).source, source)
    }
  })

  it("a document that is neither PDF nor text, bytes without a type, and text as an image are rejected", () => {
    const fails = (part: Wire) => failure({ messages: [{ role: "user", content: [part] }] })
    const video = fails({ type: "file", data: new Uint8Array([1]), mediaType: "video/mp4" })
    assert.instanceOf(video, UnsupportedParameterError)
    assert.include(video.message, "video/mp4")
    const nameless = fails({ type: "image", data: new Uint8Array([1]) })
    assert.instanceOf(nameless, InvalidRequestError)
    assert.strictEqual(nameless.at, "messages[0].content[0]")
    assert.instanceOf(fails({ type: "image", data: { text: "x" } }), InvalidRequestError)
  })

  it("cache marks are on parts, tools and instructions; the default ttl is not written", () => {
    const request = body({
      messages: [
        { role: "system", content: [{ type: "text", text: "S", cacheControl: {} }] },
        { role: "user", content: [{ type: "text", text: "U", cacheControl: { ttl: "5m" } }] }
      ],
      tools: [{ ...tool, cacheControl: { ttl: "1h" } }]
    })
    assert.deepStrictEqual(request.system[0].cache_control, { type: "ephemeral" })
    assert.deepStrictEqual(request.messages[0].content[0].cache_control, { type: "ephemeral", ttl: "5m" })
    assert.deepStrictEqual(request.tools[0].cache_control, { type: "ephemeral", ttl: "1h" })
  })
})

describe("turns", () => {
  it("results of parallel calls and the user's next text are one message, results first", () => {
    const { messages } = body({
      messages: [
        "Compare",
        {
          role: "assistant",
          content: [
            { type: "tool-call", id: "call.a:0", name: "weather", input: { city: "A" } },
            { type: "tool-call", id: "b", name: "weather", rawInput: '{"city"' }
          ]
        },
        { role: "tool", content: [{ type: "tool-result", id: "call.a:0", output: "sun" }] },
        {
          role: "tool",
          content: [
            {
              type: "tool-result",
              id: "b",
              isError: true,
              output: [
                { type: "text", text: "no" },
                { type: "image", data: "https://a/b.png" }
              ]
            }
          ]
        },
        "And now?"
      ]
    })
    assert.deepStrictEqual(messages, [
      { role: "user", content: [{ type: "text", text: "Compare" }] },
      {
        role: "assistant",
        content: [
          { type: "tool_use", id: "call_a_0", name: "weather", input: { city: "A" } },
          { type: "tool_use", id: "b", name: "weather", input: { INVALID_JSON: '{"city"' } }
        ]
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "call_a_0", content: "sun" },
          {
            type: "tool_result",
            tool_use_id: "b",
            content: [
              { type: "text", text: "no" },
              { type: "image", source: { type: "url", url: "https://a/b.png" } }
            ],
            is_error: true
          },
          { type: "text", text: "And now?" }
        ]
      }
    ])
  })

  it("instructions alone, or only empty content, are rejected before anything is sent", () => {
    for (const messages of [[{ role: "system", content: "Be brief." }], [{ role: "user", content: "" }]] as const) {
      const refused = failure({ messages })
      assert.strictEqual(refused._tag, "InvalidRequestError")
      assert.strictEqual(refused._tag === "InvalidRequestError" && refused.at, "messages")
    }
  })

  it("nothing empty is sent, and a response to continue does not end in white space", () => {
    const { messages } = body({
      messages: [
        { role: "user", content: ["", "Hi"] },
        { role: "assistant", content: "" },
        { role: "user", content: "there" },
        { role: "assistant", content: "The answer is (\n" }
      ]
    })
    assert.deepStrictEqual(messages, [
      {
        role: "user",
        content: [
          { type: "text", text: "Hi" },
          { type: "text", text: "there" }
        ]
      },
      { role: "assistant", content: [{ type: "text", text: "The answer is (" }] }
    ])
  })

  it("thinking, redacted thinking, server tools and unknown blocks of a response go back byte for byte", () => {
    const content = [
      { type: "thinking", thinking: "", signature: "Eo8B+/=" },
      { type: "thinking", thinking: "a\u2028b", signature: "sig", new_field: 1 },
      { type: "redacted_thinking", data: "EvgF==" },
      {
        type: "text",
        text: "Hi",
        citations: [
          { type: "web_search_result_location", url: "https://a", title: null, cited_text: "x", encrypted_index: "e" }
        ]
      },
      {
        type: "server_tool_use",
        id: "srvtoolu_1",
        name: "web_search",
        input: { query: "q" },
        caller: { type: "direct" }
      },
      {
        type: "web_search_tool_result",
        tool_use_id: "srvtoolu_1",
        content: [{ type: "web_search_result", encrypted_content: "c" }]
      },
      { type: "mcp_tool_use", id: "m", name: "echo", server_name: "s", input: {} },
      { type: "container_upload", file_id: "f" },
      {
        type: "tool_use",
        id: "t",
        name: "weather",
        input: {},
        caller: { type: "code_execution_20250825", tool_id: "srvtoolu_1" }
      }
    ]
    const { message } = decode({ id: "m", role: "assistant", content, stop_reason: "end_turn", usage: {} })
    const again = body({ messages: ["Hi", message] }).messages[1].content
    assert.strictEqual(JSON.stringify(again), JSON.stringify(content))
  })

  it("reasoning without a signature, and that of other protocols, is left out with a warning", () => {
    const { body, warnings } = encoded({
      messages: [
        "Hi",
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "plain" },
            { type: "reasoning", text: "", signature: "" },
            { type: "reasoning", text: "", id: "rs_1", encrypted: "x" },
            { type: "refusal", text: "No." },
            { type: "provider", protocol: "openai-responses", value: { type: "item" } }
          ]
        },
        "Why?"
      ]
    })
    assert.lengthOf(warnings, 3)
    assert.deepStrictEqual((body as Wire)["messages"][1].content, [{ type: "text", text: "No." }])
  })

  it("images and audio of an earlier response are rejected", () => {
    const image = { type: "image" as const, data: "https://a/b.png" }
    assert.include(
      failure({ messages: ["Hi", { role: "assistant", content: [image] }] }).message,
      "messages[1].content[0]"
    )
  })
})

describe("system messages", () => {
  const messages: ChatRequestInput = {
    messages: [
      { role: "system", content: "First" },
      "Hi",
      { role: "system", content: "Second" },
      { role: "system", content: "Third" },
      "Go on",
      { role: "assistant", content: "Yes" },
      { role: "system", content: "Fourth" },
      { role: "assistant", content: "More" }
    ]
  }
  const texts = (blocks: ReadonlyArray<Wire>) => blocks.map(({ text }) => text)

  it("in mid-conversation move to the front, with a warning, where the model does not take them there", () => {
    const { body, warnings } = encoded(messages)
    assert.deepStrictEqual(texts((body as Wire)["system"]), ["First", "Second", "Third", "Fourth"])
    assert.deepStrictEqual(
      warnings.map(({ type }) => type),
      ["other", "other", "other"]
    )
  })

  it("in mid-conversation come after the user's turn, as one, where the model takes them there", () => {
    const { messages: turns, system } = body(messages, { systemInConversation: true })
    assert.deepStrictEqual(
      turns.map(({ content, role }: Wire) => `${role}: ${texts(content).join(", ")}`),
      ["user: Hi, Go on", "system: Second, Third", "assistant: Yes, More"]
    )
    assert.deepStrictEqual(texts(system), ["First", "Fourth"])
  })
})

describe("tools", () => {
  const withTools = (rest: Omit<ChatRequest, "messages">) => body(ask({ tools: [tool], ...rest }))

  it("have a choice, with the limit on parallel calls inside it", () => {
    const choice = (rest: Omit<ChatRequest, "messages">) => withTools(rest).tool_choice
    assert.deepStrictEqual(withTools({}).tools, [
      { name: "weather", description: "Looks up", input_schema: { type: "object", properties: {} } }
    ])
    assert.isUndefined(choice({}))
    assert.deepStrictEqual(choice({ toolChoice: "auto" }), { type: "auto" })
    assert.deepStrictEqual(choice({ toolChoice: "required" }), { type: "any" })
    assert.deepStrictEqual(choice({ toolChoice: "none", parallelToolCalls: false }), { type: "none" })
    assert.deepStrictEqual(choice({ toolChoice: { tool: "weather" }, parallelToolCalls: false }), {
      type: "tool",
      name: "weather",
      disable_parallel_tool_use: true
    })
    assert.deepStrictEqual(choice({ parallelToolCalls: false }), { type: "auto", disable_parallel_tool_use: true })
    assert.notProperty(body(ask({ toolChoice: "auto", parallelToolCalls: false })), "tool_choice")
  })

  it("that are strict have a schema that can be enforced, and are not strict on models that cannot enforce it", () => {
    const strict = {
      ...tool,
      strict: true,
      inputSchema: { type: "object", properties: { n: { type: "integer", minimum: 1 } } }
    }
    assert.deepStrictEqual(body(ask({ tools: [strict] })).tools[0], {
      name: "weather",
      description: "Looks up",
      input_schema: {
        type: "object",
        properties: { n: { type: "integer", description: "{minimum: 1}" } },
        additionalProperties: false
      },
      strict: true
    })
    const [loose] = body(ask({ tools: [strict] }), { strictTools: false }).tools
    assert.notProperty(loose, "strict")
    assert.deepStrictEqual(loose.input_schema, strict.inputSchema)
  })
})

describe("reasoning", () => {
  const asked = (reasoning: ChatRequest["reasoning"], quirks?: Partial<AnthropicMessagesQuirks>, rest = {}) => {
    const { max_tokens, output_config, thinking } = body(ask({ reasoning, ...rest }), quirks)
    return { max_tokens, thinking, effort: output_config?.effort }
  }

  it("is sent as effort or budget, whichever is given", () => {
    assert.deepStrictEqual(asked({ effort: "high" }), {
      max_tokens: 32_000,
      thinking: { type: "adaptive" },
      effort: "high"
    })
    assert.deepStrictEqual(asked({ effort: "minimal" }).effort, "low")
    assert.deepStrictEqual(asked({}), { max_tokens: 32_000, thinking: { type: "adaptive" }, effort: undefined })
    const thinking = { type: "enabled", budget_tokens: 31_000 }
    assert.deepStrictEqual(asked({ budget: 31_000 }), { max_tokens: 35_096, thinking, effort: undefined })
    assert.deepStrictEqual(asked({ budget: 31_000, effort: "low" }, {}, { maxOutputTokens: 40_000 }), {
      max_tokens: 40_000,
      thinking,
      effort: "low"
    })
  })

  it("is turned off in the way of the model, or fails", () => {
    assert.deepStrictEqual(asked({ effort: "none" }).thinking, { type: "disabled" })
    assert.deepStrictEqual(asked({ effort: "none" }, { thinkingOff: "between_tools" }).thinking, {
      type: "between_tools"
    })
    const always = { reasoningEfforts: ["low", "high"] as const }
    assert.strictEqual((failure(ask({ reasoning: { effort: "none" } }), always) as Wire).parameter, "reasoning")
    const dropped = encoded(ask({ reasoning: { effort: "none" }, onUnsupported: "drop" }), always)
    assert.lengthOf(dropped.warnings, 1)
    assert.notProperty(json(dropped.body), "thinking")
  })

  it("on a model that only takes efforts, a budget is sent as one, with a warning", () => {
    const { body, warnings } = encoded(ask({ reasoning: { budget: 5000 } }), { thinking: "adaptive" })
    assert.deepStrictEqual([body.thinking, (body as Wire).output_config.effort], [{ type: "adaptive" }, "low"])
    assert.lengthOf(warnings, 1)
  })

  it("on a model that only takes budgets, an effort becomes one and leaves room for the response", () => {
    const quirks = { thinking: "budget" as const }
    const budgets = (["minimal", "low", "medium", "high", "xhigh", "max"] as const).map(
      (effort) => asked({ effort }, quirks).thinking.budget_tokens
    )
    assert.deepStrictEqual(budgets, [1024, 2048, 8192, 16_384, 24_576, 30_976])
    assert.isUndefined(asked({ effort: "high" }, quirks).effort)
    assert.strictEqual(asked({ effort: "high" }, quirks, { maxOutputTokens: 4096 }).thinking.budget_tokens, 3072)
    assert.include(failure(ask({ reasoning: { effort: "low" }, maxOutputTokens: 1500 }), quirks).message, "1024")
    const both = { ...quirks, reasoningEfforts: ["none", "low", "medium", "high"] as const }
    assert.deepStrictEqual(asked({ effort: "low" }, both), {
      max_tokens: 32_000,
      thinking: { type: "enabled", budget_tokens: 2048 },
      effort: "low"
    })
  })

  it("becomes the next lower effort, with a warning, where the model lacks the requested one", () => {
    const quirks = { reasoningEfforts: ["none", "low", "medium", "high", "max"] as const }
    const { body, warnings } = encoded(ask({ reasoning: { effort: "xhigh" } }), quirks)
    assert.deepStrictEqual(body.output_config, { effort: "high" })
    assert.deepStrictEqual(
      warnings.map(({ parameter, type }) => [type, parameter]),
      [["other", "reasoning"]]
    )
  })
})

describe("provider options", () => {
  const { body, headers } = encoded({
    messages: [
      {
        role: "user",
        content: [
          {
            type: "image",
            data: "https://a/b.png",
            providerOptions: { "anthropic-messages": { transformations: { oversized_image: "error" } } }
          }
        ]
      }
    ],
    reasoning: { effort: "high" },
    user: "u",
    headers: { "Anthropic-Beta": "by-hand" },
    tools: [{ ...tool, providerOptions: { anthropic: { defer_loading: true } } }],
    providerOptions: {
      "anthropic-messages": {
        thinking: { display: "summarized" },
        output_config: { task_budget: { type: "tokens", total: 20_000 } },
        tools: [{ type: "web_search_20250305", name: "web_search" }],
        betas: ["a-1", "b-2"],
        speed: "standard"
      },
      anthropic: { speed: "fast", metadata: null, betas: ["a-1", "c-3"] },
      openai: { seed: 1 }
    }
  })
  const wire = json(body) as Wire

  it("are merged into the body, the part and the tool; the provider's own win; null removes", () => {
    assert.deepStrictEqual(wire.thinking, { type: "adaptive", display: "summarized" })
    assert.deepStrictEqual(wire.output_config, { effort: "high", task_budget: { type: "tokens", total: 20_000 } })
    assert.strictEqual(wire.speed, "fast")
    assert.notProperty(wire, "metadata")
    assert.notProperty(wire, "seed")
    assert.deepStrictEqual(wire.messages[0].content[0].transformations, { oversized_image: "error" })
    assert.isTrue(wire.tools[0].defer_loading)
  })

  it("add tools that the provider runs, and betas to the header", () => {
    assert.deepStrictEqual(wire.tools[1], { type: "web_search_20250305", name: "web_search" })
    assert.notProperty(wire, "betas")
    assert.deepStrictEqual(headers, { "anthropic-beta": "by-hand,a-1,b-2,c-3" })
  })

  it("add no header where there are none", () => assert.isUndefined(encoded("Hi").headers))
})
