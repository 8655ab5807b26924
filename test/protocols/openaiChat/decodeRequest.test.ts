import { assert, describe, it } from "@effect/vitest"
import { OpenAiChat } from "../../../src/protocols/OpenAiChat.ts"

const decode = (body: unknown) => {
  const result = OpenAiChat.decodeRequest(body)
  if (result._tag === "Failure") throw result.failure
  return result.success
}

const failureOf = (body: unknown) => {
  const result = OpenAiChat.decodeRequest(body)
  if (result._tag === "Success") return assert.fail("it was decoded")
  return [result.failure.at, result.failure.detail]
}

const bodyWith = (fields: object) => ({ model: "m", messages: [{ role: "user", content: "Hi" }], ...fields })

const messages = (...wire: ReadonlyArray<object>) => decode({ model: "m", messages: wire }).request.messages

describe("decodeRequest", () => {
  it("reads the model, stream and include_usage", () => {
    const { includeUsage, model, request, stream } = decode(
      bodyWith({ stream: true, stream_options: { include_usage: true } })
    )
    assert.deepStrictEqual([model, stream, includeUsage], ["m", true, true])
    assert.deepStrictEqual(request, { messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }] })
    assert.isFalse(decode(bodyWith({})).includeUsage)
  })

  it("treats null as absent", () => {
    const nulls = {
      max_tokens: null,
      stop: null,
      temperature: null,
      tools: null,
      tool_choice: null,
      response_format: null,
      logprobs: null,
      min_p: null,
      metadata: null
    }
    assert.deepStrictEqual(Object.keys(decode(bodyWith(nulls)).request), ["messages"])
  })

  it("keeps unknown fields where they were", () => {
    const { request } = decode({
      model: "m",
      messages: [
        { role: "user", content: [{ type: "text", text: "a", x: 1 }], y: 2 },
        {
          role: "assistant",
          content: "b",
          annotations: [],
          tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "{}" }, z: 3 }]
        },
        { role: "tool", tool_call_id: "1", content: "c", w: 4 }
      ],
      tools: [{ type: "function", function: { name: "f" }, v: 5 }, { type: "web_search" }],
      logit_bias: { "1": 2 },
      n: 2,
      stream_options: { include_usage: false, include_obfuscation: true }
    })
    assert.deepStrictEqual(request.providerOptions, {
      "openai-chat": {
        logit_bias: { "1": 2 },
        n: 2,
        tools: [{ type: "web_search" }],
        stream_options: { include_obfuscation: true }
      }
    })
    assert.deepStrictEqual(request.messages, [
      {
        role: "user",
        content: [{ type: "text", text: "a", providerOptions: { "openai-chat": { x: 1 } } }],
        providerOptions: { "openai-chat": { y: 2 } }
      },
      {
        role: "assistant",
        content: [
          { type: "text", text: "b" },
          { type: "tool-call", id: "1", name: "f", input: {}, providerOptions: { "openai-chat": { z: 3 } } }
        ],
        providerOptions: { "openai-chat": { annotations: [] } }
      },
      {
        role: "tool",
        content: [{ type: "tool-result", id: "1", output: "c", providerOptions: { "openai-chat": { w: 4 } } }]
      }
    ])
    assert.deepStrictEqual(request.tools, [
      { name: "f", inputSchema: { type: "object", properties: {} }, providerOptions: { "openai-chat": { v: 5 } } }
    ])
  })

  it("keeps the name and the images of a tool result", () => {
    const image = { type: "image_url", image_url: { url: "https://a.example/x.png" } }
    const toolMessage = { role: "tool", tool_call_id: "1", name: "f", content: [{ type: "text", text: "c" }, image] }
    const [, result] = messages({ role: "assistant", tool_calls: [{ id: "1", function: { name: "f" } }] }, toolMessage)
    assert.deepStrictEqual<unknown>(result?.content, [
      {
        type: "tool-result",
        id: "1",
        name: "f",
        output: [
          { type: "text", text: "c" },
          { type: "image", data: "https://a.example/x.png" }
        ],
        providerOptions: { "openai-chat": { name: "f" } }
      }
    ])
  })

  it("reads a schema next to the response format's type, and keeps other types", () => {
    const schema = { type: "object", properties: { a: { type: "string" } } }
    for (const type of ["json_object", "json_schema"]) {
      const { responseFormat } = decode(bodyWith({ response_format: { type, schema } })).request
      assert.deepStrictEqual<unknown>(responseFormat, { type: "json-schema", schema })
    }
    const regex = { type: "regex", regex: { regex: "a+" } }
    const { providerOptions, responseFormat } = decode(bodyWith({ response_format: regex })).request
    assert.isUndefined(responseFormat)
    assert.deepStrictEqual<unknown>(providerOptions, { "openai-chat": { response_format: regex } })
  })

  it("keeps Together's numeric logprobs", () => {
    const { request } = decode(bodyWith({ logprobs: 2 }))
    assert.isUndefined(request.logprobs)
    assert.deepStrictEqual(request.providerOptions, { "openai-chat": { logprobs: 2 } })
  })

  it("reads both names of the output limit, and a single stop sequence", () => {
    assert.strictEqual(decode(bodyWith({ max_tokens: 5 })).request.maxOutputTokens, 5)
    assert.strictEqual(decode(bodyWith({ max_tokens: 5, max_completion_tokens: 6 })).request.maxOutputTokens, 6)
    assert.deepStrictEqual(decode(bodyWith({ stop: "END" })).request.stop, ["END"])
  })

  it("reads reasoning in both forms", () => {
    assert.deepStrictEqual(decode(bodyWith({ reasoning_effort: "low" })).request.reasoning, { effort: "low" })
    const { providerOptions, reasoning } = decode(
      bodyWith({ reasoning: { effort: "high", max_tokens: 5, exclude: true } })
    ).request
    assert.deepStrictEqual(reasoning, { effort: "high", budget: 5 })
    assert.deepStrictEqual(providerOptions, { "openai-chat": { reasoning: { exclude: true } } })
    assert.deepStrictEqual(decode(bodyWith({ reasoning_effort: "ultra" })).request.providerOptions, {
      "openai-chat": { reasoning_effort: "ultra" }
    })
  })

  it("reads every form of tool_choice", () => {
    const choice = (tool_choice: unknown) => decode(bodyWith({ tool_choice })).request.toolChoice
    assert.deepStrictEqual(
      [choice("auto"), choice("none"), choice("required"), choice("any")],
      ["auto", "none", "required", "required"]
    )
    assert.deepStrictEqual(choice({ type: "function", function: { name: "f" } }), { tool: "f" })
    const allowed = { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [] } }
    assert.deepStrictEqual(decode(bodyWith({ tool_choice: allowed })).request.providerOptions, {
      "openai-chat": { tool_choice: allowed }
    })
  })

  it("reads functions and function_call of the first version", () => {
    const { request } = decode({
      model: "m",
      functions: [{ name: "f", description: "d", parameters: { type: "object" } }],
      function_call: { name: "f" },
      messages: [
        { role: "user", content: "a" },
        { role: "assistant", content: null, function_call: { name: "f", arguments: '{"n": 1}' } },
        { role: "function", name: "f", content: "b" }
      ]
    })
    assert.deepStrictEqual(request.tools, [{ name: "f", description: "d", inputSchema: { type: "object" } }])
    assert.deepStrictEqual(request.toolChoice, { tool: "f" })
    assert.deepStrictEqual(request.messages.slice(1), [
      {
        role: "assistant",
        content: [{ type: "tool-call", id: "call_1", name: "f", input: { n: 1 }, rawInput: '{"n": 1}' }]
      },
      { role: "tool", content: [{ type: "tool-result", id: "call_1", name: "f", output: "b" }] }
    ])
    assert.strictEqual(decode(bodyWith({ function_call: "none" })).request.toolChoice, "none")
  })
})

describe("decoded messages", () => {
  it("have parts of every kind", () => {
    const [user] = messages({
      role: "user",
      content: [
        { type: "image_url", image_url: { url: "https://a.example/a.png", detail: "low" } },
        { type: "image_url", image_url: "https://a.example/b.png" },
        { type: "input_audio", input_audio: { data: "AQID", format: "mp3" } },
        { type: "file", file: { file_id: "file-1" } },
        { type: "file", file: { file_data: "data:application/pdf;base64,AQID", filename: "a.pdf" } },
        { type: "video_url", video_url: { url: "https://a.example/a.mp4" } },
        { type: "new_thing", new_thing: 1 }
      ]
    })
    assert.deepStrictEqual<unknown>(user?.content, [
      { type: "image", data: "https://a.example/a.png", detail: "low" },
      { type: "image", data: "https://a.example/b.png" },
      { type: "audio", data: "data:audio/mpeg;base64,AQID", mediaType: "audio/mpeg" },
      { type: "file", data: { fileId: "file-1" } },
      { type: "file", data: "data:application/pdf;base64,AQID", fileName: "a.pdf" },
      { type: "file", data: "https://a.example/a.mp4", mediaType: "video/mp4" },
      { type: "provider", protocol: "openai-chat", value: { type: "new_thing", new_thing: 1 } }
    ])
  })

  it("read cache marks in both forms", () => {
    const [user] = messages({
      role: "user",
      content: [
        { type: "text", text: "a", cache_control: { type: "ephemeral", ttl: "1h" } },
        { type: "text", text: "b", prompt_cache_breakpoint: { mode: "explicit" } }
      ]
    })
    assert.deepStrictEqual<unknown>(user?.content, [
      { type: "text", text: "a", cacheControl: { ttl: "1h" } },
      { type: "text", text: "b", cacheControl: {} }
    ])
  })

  it("distinguish developer from system, and keep names", () => {
    const [developer] = messages({ role: "developer", content: "a", name: "ops" })
    assert.deepStrictEqual(developer, {
      role: "system",
      content: [{ type: "text", text: "a" }],
      name: "ops",
      providerOptions: { "openai-chat": { role: "developer" } }
    })
    const encoded = OpenAiChat.encodeRequest({ messages: [developer!] }, { provider: "p", model: "m", stream: false })
    assert.deepStrictEqual(encoded._tag === "Success" && encoded.success.body.messages, [
      { role: "developer", content: "a", name: "ops" }
    ])
  })

  it("merge consecutive tool results", () => {
    const wire = ["1", "2"].map((id) => ({ role: "tool", tool_call_id: id, content: [{ type: "text", text: id }] }))
    assert.deepStrictEqual<unknown>(messages(...wire), [
      {
        role: "tool",
        content: ["1", "2"].map((id) => ({ type: "tool-result", id, output: [{ type: "text", text: id }] }))
      }
    ])
  })

  it("read earlier responses with reasoning, refusals, audio and images", () => {
    const [answer] = messages({
      role: "assistant",
      reasoning_content: "hm",
      content: [
        { type: "text", text: "a" },
        { type: "refusal", refusal: "no" }
      ],
      audio: { id: "audio_1" },
      images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA==" } }]
    })
    assert.deepStrictEqual<unknown>(answer?.content, [
      { type: "reasoning", text: "hm" },
      { type: "text", text: "a" },
      { type: "refusal", text: "no" },
      { type: "image", data: "data:image/png;base64,AA==" },
      { type: "audio", id: "audio_1", data: { fileId: "audio_1" } }
    ])
  })

  it("read arguments that are an object or not JSON", () => {
    const call = (args: unknown) => ({ id: "1", type: "function", function: { name: "f", arguments: args } })
    const [answer] = messages({ role: "assistant", tool_calls: [call({ a: 1 }), call("{"), call("")] })
    assert.deepStrictEqual<unknown>(answer?.content, [
      { type: "tool-call", id: "1", name: "f", input: { a: 1 } },
      { type: "tool-call", id: "1", name: "f", rawInput: "{" },
      { type: "tool-call", id: "1", name: "f", input: {} }
    ])
  })
})

describe("an invalid request", () => {
  const user = { role: "user", content: "a" }
  const wrong: ReadonlyArray<readonly [unknown, string]> = [
    [[], ""],
    [{ messages: [user] }, "model"],
    [{ model: 7, messages: [user] }, "model"],
    [{ model: "m" }, "messages"],
    [{ model: "m", messages: "a" }, "messages"],
    [{ model: "m", messages: ["a"] }, "messages[0]"],
    [{ model: "m", messages: [{ role: "robot", content: "a" }] }, "messages[0].role"],
    [{ model: "m", messages: [{ role: "user" }] }, "messages[0].content"],
    [{ model: "m", messages: [user, { role: "user", content: [{ type: "text" }] }] }, "messages[1].content[0].text"],
    [
      { model: "m", messages: [{ role: "user", content: [{ type: "image_url", image_url: {} }] }] },
      "messages[0].content[0].image_url.url"
    ],
    [
      { model: "m", messages: [{ role: "user", content: [{ type: "file", file: {} }] }] },
      "messages[0].content[0].file.file_data"
    ],
    [{ model: "m", messages: [{ role: "system", content: [{ type: "image_url" }] }] }, "messages[0].content[0].type"],
    [{ model: "m", messages: [{ role: "tool", content: "a" }] }, "messages[0].tool_call_id"],
    [
      { model: "m", messages: [{ role: "assistant", tool_calls: [{ id: "1", function: {} }] }] },
      "messages[0].tool_calls[0].function.name"
    ],
    [bodyWith({ temperature: "hot" }), "temperature"],
    [bodyWith({ max_tokens: 1.5 }), "max_tokens"],
    [bodyWith({ stream: "yes" }), "stream"],
    [bodyWith({ stop: [1] }), "stop[0]"],
    [bodyWith({ metadata: { a: 1 } }), "metadata.a"],
    [bodyWith({ tools: [{ type: "function", function: {} }] }), "tools[0].function.name"],
    [bodyWith({ tools: [{}] }), "tools[0].function"],
    [bodyWith({ tools: [{ function: { name: "" } }] }), "tools[0].function.name"],
    [bodyWith({ tools: [{ function: { name: "f", description: 1 } }] }), "tools[0].function.description"],
    [bodyWith({ tools: [{ function: { name: "f", parameters: [] } }] }), "tools[0].function.parameters"],
    [bodyWith({ tools: [{ function: { name: "f", strict: "yes" } }] }), "tools[0].function.strict"],
    [bodyWith({ tool_choice: 5 }), "tool_choice"],
    [bodyWith({ response_format: { type: "xml" } }), "response_format.type"],
    [bodyWith({ response_format: { type: "json_schema", json_schema: {} } }), "response_format.json_schema.schema"]
  ]

  it.each(wrong)("%j fails at %s", (body, at) => {
    assert.strictEqual(failureOf(body)?.[0], at)
  })

  it("names its first issue", () => {
    assert.deepStrictEqual(failureOf(bodyWith({ temperature: "hot", top_p: "cold" })), [
      "temperature",
      "Expected number | null | undefined"
    ])
  })
})
