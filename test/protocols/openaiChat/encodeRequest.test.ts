import { assert, describe, it } from "@effect/vitest"
import { type ChatRequestInput, make } from "../../../src/domain/ChatRequest.ts"
import type { AudioPart, ImagePart, ToolCallPart, ToolResultPart } from "../../../src/domain/ContentPart.ts"
import type { Json } from "../../../src/domain/Json.ts"
import type { UserMessage } from "../../../src/domain/Message.ts"
import { OpenAiChat, type OpenAiChatQuirks } from "../../../src/protocols/OpenAiChat.ts"
import { compatibleQuirks } from "../../../src/providers/OpenAiCompatible.ts"
import type { Wire } from "../halves.ts"

interface Options {
  readonly quirks?: Partial<OpenAiChatQuirks>
  readonly stream?: boolean
}

const encode = (input: ChatRequestInput, { quirks, stream = false }: Options = {}) =>
  OpenAiChat.encodeRequest(make(input), { provider: "acme", model: "m", stream, quirks })

const encoded = (input: ChatRequestInput, options?: Options) => {
  const result = encode(input, options)
  if (result._tag === "Failure") throw result.failure
  return {
    ...result.success,
    body: JSON.parse(JSON.stringify(result.success.body)) as { readonly [key: string]: unknown }
  }
}

const failureOf = (input: ChatRequestInput, options?: Options) => {
  const result = encode(input, options)
  if (result._tag === "Success") assert.fail("it was encoded")
  else return result.failure
}

const parts = (...content: UserMessage["content"]) => encoded({ messages: [{ role: "user", content }] }).body.messages

describe("encodeRequest", () => {
  it("writes what OpenAI's reference documents", () => {
    const { body, warnings } = encoded(
      {
        messages: [{ role: "system", content: "Be brief." }, "Hi"],
        maxOutputTokens: 100,
        temperature: 0.5,
        topP: 0.9,
        stop: ["END"],
        seed: 7,
        frequencyPenalty: 0.1,
        presencePenalty: 0.2,
        logprobs: 2,
        reasoning: { effort: "low" },
        user: "u",
        serviceTier: "flex",
        responseFormat: { type: "json" },
        tools: [{ name: "f", description: "d", inputSchema: { type: "object", properties: {} } }],
        toolChoice: { tool: "f" },
        parallelToolCalls: false
      },
      { stream: true }
    )
    assert.deepStrictEqual(body, {
      model: "m",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hi" }
      ],
      max_completion_tokens: 100,
      temperature: 0.5,
      top_p: 0.9,
      stop: ["END"],
      seed: 7,
      frequency_penalty: 0.1,
      presence_penalty: 0.2,
      logprobs: true,
      top_logprobs: 2,
      tools: [
        { type: "function", function: { name: "f", description: "d", parameters: { type: "object", properties: {} } } }
      ],
      tool_choice: { type: "function", function: { name: "f" } },
      parallel_tool_calls: false,
      response_format: { type: "json_object" },
      reasoning_effort: "low",
      user: "u",
      service_tier: "flex",
      stream_options: { include_usage: true },
      stream: true
    })
    assert.deepStrictEqual(warnings, [])
  })

  it("writes no field that was not requested", () => {
    assert.deepStrictEqual(encoded("Hi").body, {
      model: "m",
      messages: [{ role: "user", content: "Hi" }],
      stream: false
    })
  })

  it("writes no tool fields without tools", () => {
    const { body } = encoded({ messages: "Hi", toolChoice: "none", parallelToolCalls: true, tools: [] })
    assert.doesNotHaveAnyKeys(body, ["tools", "tool_choice", "parallel_tool_calls"])
  })

  it("requests log probabilities without alternatives", () => {
    const { body } = encoded({ messages: "Hi", logprobs: 0 })
    assert.deepInclude(body, { logprobs: true })
    assert.notProperty(body, "top_logprobs")
  })
})

describe("request quirks", () => {
  it("choose the field of the output limit, the role of instructions, and stream_options", () => {
    const quirks = { maxTokensField: "max_tokens", systemRole: "developer", streamUsage: false } as const
    const { body } = encoded(
      { messages: [{ role: "system", content: "s" }, "u"], maxOutputTokens: 5 },
      { quirks, stream: true }
    )
    assert.deepStrictEqual(body, {
      model: "m",
      messages: [
        { role: "developer", content: "s" },
        { role: "user", content: "u" }
      ],
      max_tokens: 5,
      stream: true
    })
  })

  it("choose the reasoning parameter", () => {
    const quirks = { reasoningParameter: "reasoning" } as const
    assert.deepInclude(encoded({ messages: "a", reasoning: { effort: "high" } }, { quirks }).body, {
      reasoning: { effort: "high" }
    })
    assert.deepInclude(encoded({ messages: "a", reasoning: { effort: "high", budget: 2000 } }, { quirks }).body, {
      reasoning: { max_tokens: 2000 }
    })
    assert.notProperty(encoded({ messages: "a", reasoning: {} }).body, "reasoning_effort")
  })

  for (const [reasoningParameter, reasoning, expected, warned] of [
    ["thinking", { effort: "none" }, { thinking: { type: "disabled" } }, false],
    ["thinking", { effort: "high" }, { thinking: { type: "enabled" } }, true],
    ["thinking+reasoning_effort", { effort: "none" }, { thinking: { type: "disabled" } }, false],
    [
      "thinking+reasoning_effort",
      { effort: "high" },
      { thinking: { type: "enabled" }, reasoning_effort: "high" },
      false
    ],
    ["enable_thinking", { effort: "none" }, { enable_thinking: false }, false],
    ["enable_thinking", { effort: "low" }, { enable_thinking: true }, true],
    ["enable_thinking", { budget: 500 }, { enable_thinking: true, thinking_budget: 500 }, false],
    ["enable_thinking", { budget: 0 }, { enable_thinking: false }, false]
  ] as const) {
    it(`request ${JSON.stringify(reasoning)} by ${reasoningParameter}`, () => {
      const { body, warnings } = encoded({ messages: "a", reasoning }, { quirks: { reasoningParameter } })
      const { messages: _, model: __, stream: ___, ...rest } = body
      assert.deepStrictEqual(rest, expected)
      assert.strictEqual(warnings.length, warned ? 1 : 0)
    })
  }

  it("choose the form of cache marks", () => {
    const request: ChatRequestInput = {
      messages: [
        { role: "system", content: [{ type: "text", text: "s", cacheControl: { ttl: "1h" } }] },
        { role: "user", content: [{ type: "text", text: "u", cacheControl: {} }] }
      ],
      tools: [{ name: "f", inputSchema: {}, cacheControl: {} }]
    }
    const anthropic = encoded(request, { quirks: { cacheControl: "cache_control" } })
    assert.deepStrictEqual(anthropic.body.messages, [
      { role: "system", content: [{ type: "text", text: "s", cache_control: { type: "ephemeral", ttl: "1h" } }] },
      { role: "user", content: [{ type: "text", text: "u", cache_control: { type: "ephemeral" } }] }
    ])
    assert.deepInclude((anthropic.body.tools as ReadonlyArray<object>)[0], { cache_control: { type: "ephemeral" } })
    assert.deepStrictEqual(anthropic.warnings, [])

    const openai = encoded(request, { quirks: { cacheControl: "prompt_cache_breakpoint" } })
    assert.deepStrictEqual((openai.body.messages as ReadonlyArray<object>)[1], {
      role: "user",
      content: [{ type: "text", text: "u", prompt_cache_breakpoint: { mode: "explicit" } }]
    })

    const none = encoded(request)
    assert.deepStrictEqual(none.body.messages, [
      { role: "system", content: "s" },
      { role: "user", content: "u" }
    ])
    assert.deepStrictEqual(
      none.warnings.map(({ parameter }) => parameter),
      ["cacheControl"]
    )
  })

  it("put the cache mark of a tool result on its last text", () => {
    const { body } = encoded(
      {
        messages: [
          { role: "assistant", content: [{ type: "tool-call", id: "a", name: "f", input: {} }] },
          { role: "tool", content: [{ type: "tool-result", id: "a", output: "42", cacheControl: {} }] }
        ]
      },
      { quirks: { cacheControl: "cache_control" } }
    )
    assert.deepStrictEqual((body.messages as ReadonlyArray<object>)[1], {
      role: "tool",
      tool_call_id: "a",
      content: [{ type: "text", text: "42", cache_control: { type: "ephemeral" } }]
    })
  })
})

describe("an unsupported parameter", () => {
  const inputs: ReadonlyArray<readonly [string, ChatRequestInput, Options]> = [
    ["topK", { messages: "a", topK: 5 }, {}],
    ["reasoning", { messages: "a", reasoning: { effort: "low" } }, { quirks: { reasoningParameter: "none" } }],
    ["messages", { messages: [{ role: "user", content: [{ type: "audio", data: "https://a.example/a.wav" }] }] }, {}],
    ["messages", { messages: [{ role: "user", content: [{ type: "image", data: { fileId: "f" } }] }] }, {}],
    ["messages", { messages: [{ role: "user", content: [{ type: "file", data: "https://a.example/a.pdf" }] }] }, {}],
    [
      "messages",
      { messages: [{ role: "assistant", content: [{ type: "image", data: "data:image/png;base64,AA==" }] }] },
      {}
    ],
    [
      "messages",
      { messages: [{ role: "assistant", content: [{ type: "audio", data: "data:audio/pcm;base64,AA==" }] }] },
      {}
    ]
  ]

  it.each(inputs)(
    "%s is an error that names it, or a warning with onUnsupported: drop",
    (parameter, input, options) => {
      const failure = failureOf(input, options)
      assert.deepInclude(failure, { _tag: "UnsupportedParameterError", parameter, provider: "acme", model: "m" })
      const dropped = encoded({ ...make(input), onUnsupported: "drop" }, options)
      assert.deepStrictEqual(
        dropped.warnings.map((warning) => warning.parameter),
        [parameter]
      )
    }
  )

  it("is named by its path", () => {
    const failure = failureOf({
      messages: ["a", { role: "user", content: ["b", { type: "image", data: { fileId: "f" } }] }]
    })
    assert.include(failure?.message, "messages[1].content[1]")
  })

  it("is a reasoning budget, sent as the nearest effort, or the given effort, with a warning", () => {
    const cases = [
      [{ budget: 100 }, "low"],
      [{ budget: 2048 }, "low"],
      [{ budget: 10_000 }, "medium"],
      [{ budget: 60_000 }, "max"],
      [{ effort: "high", budget: 9 }, "high"]
    ] as const
    for (const [reasoning, effort] of cases) {
      const { body, warnings } = encoded({ messages: "a", reasoning })
      assert.deepInclude(body, { reasoning_effort: effort })
      assert.deepInclude(warnings[0], { type: "other", parameter: "reasoning" })
    }
    const quirks = { reasoningParameter: "thinking" } as const
    assert.deepInclude(encoded({ messages: "a", reasoning: { budget: 9 } }, { quirks }).body, {
      thinking: { type: "enabled" }
    })
  })

  it("is metadata, with a warning, unless the response is stored or the server accepts it anyway", () => {
    const left = encoded({ messages: "a", metadata: { k: "v" } })
    assert.notProperty(left.body, "metadata")
    assert.strictEqual(left.warnings[0]?.parameter, "metadata")
    const stored = encoded({ messages: "a", metadata: { k: "v" }, providerOptions: { acme: { store: true } } })
    assert.deepInclude(stored.body, { metadata: { k: "v" }, store: true })
    const other = encoded({ messages: "a", metadata: { k: "v" } }, { quirks: { metadataNeedsStore: false } })
    assert.deepInclude(other.body, { metadata: { k: "v" } })
  })

  it("is more than one choice of a stream, with a warning", () => {
    const request = { messages: "a", providerOptions: { acme: { n: 2 } } }
    assert.strictEqual(encoded(request, { stream: true }).warnings.length, 1)
    assert.strictEqual(encoded(request).warnings.length, 0)
  })
})

describe("content", () => {
  const bytes = Uint8Array.of(1, 2, 3)

  it("sends images as URL, data URI and bytes", () => {
    const image = (data: ImagePart["data"], more: object = {}) => ({ type: "image" as const, data, ...more })
    assert.deepStrictEqual(
      parts(
        image("https://a.example/a.png", { detail: "low" }),
        image("data:image/png;base64,AQID"),
        image(bytes, { mediaType: "image/jpeg" })
      ),
      [
        {
          role: "user",
          content: [
            { type: "image_url", image_url: { url: "https://a.example/a.png", detail: "low" } },
            { type: "image_url", image_url: { url: "data:image/png;base64,AQID" } },
            { type: "image_url", image_url: { url: "data:image/jpeg;base64,AQID" } }
          ]
        }
      ]
    )
  })

  it("sends audio as bytes or data URI, with its format", () => {
    const formats = {
      "audio/wav": "wav",
      "audio/x-wav": "wav",
      "audio/mpeg": "mp3",
      "audio/flac": "flac",
      "audio/mp4": "m4a"
    }
    for (const [mediaType, format] of Object.entries(formats)) {
      const expected = [{ role: "user", content: [{ type: "input_audio", input_audio: { data: "AQID", format } }] }]
      const sent = (part: AudioPart) => {
        const messages = [{ role: "user" as const, content: [part] }]
        return encoded({ messages }, { quirks: { anyMedia: true } }).body.messages
      }
      assert.deepStrictEqual(sent({ type: "audio", data: bytes, mediaType }), expected)
      assert.deepStrictEqual(sent({ type: "audio", data: `data:${mediaType};base64,AQID` }), expected)
    }
  })

  it("rejects media types that OpenAI does not accept, unless the quirk allows them", () => {
    const flac: AudioPart = { type: "audio", data: bytes, mediaType: "audio/flac" }
    const heic = { type: "image" as const, data: "data:image/heic;base64,AQID" }
    for (const part of [flac, heic]) {
      const failure = failureOf({ messages: [{ role: "user", content: [part] }] })
      assert.deepInclude(failure, { _tag: "UnsupportedParameterError", parameter: "messages" })
    }
  })

  it("sends documents as bytes, as data URI, by id and (with the quirk) by URL", () => {
    assert.deepStrictEqual(
      parts(
        { type: "file", data: bytes, mediaType: "application/pdf", fileName: "a.pdf" },
        { type: "file", data: "data:application/pdf;base64,AQID" },
        { type: "file", data: { fileId: "file-1" } }
      ),
      [
        {
          role: "user",
          content: [
            { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AQID" } },
            { type: "file", file: { filename: "file.pdf", file_data: "data:application/pdf;base64,AQID" } },
            { type: "file", file: { file_id: "file-1" } }
          ]
        }
      ]
    )
    const url = "https://a.example/a.pdf"
    const { body } = encoded(
      { messages: [{ role: "user", content: [{ type: "file", data: url }] }] },
      { quirks: { fileUrls: true } }
    )
    assert.deepStrictEqual(body.messages, [
      { role: "user", content: [{ type: "file", file: { filename: "file.pdf", file_data: url } }] }
    ])
  })

  it("sends plain text documents as text, and videos by URL", () => {
    assert.deepStrictEqual(
      parts(
        { type: "file", data: { text: "body" }, title: "Title", context: "Context" },
        { type: "file", data: new TextEncoder().encode("é"), mediaType: "text/plain" },
        { type: "file", data: "https://a.example/a.mp4", mediaType: "video/mp4" }
      ),
      [
        {
          role: "user",
          content: [
            { type: "text", text: "Title\n\nContext\n\nbody" },
            { type: "text", text: "é" },
            { type: "video_url", video_url: { url: "https://a.example/a.mp4" } }
          ]
        }
      ]
    )
  })

  it("sends parts of this protocol unchanged, and leaves out those of others", () => {
    const value = { type: "new_thing", new_thing: 1 }
    assert.deepStrictEqual(
      parts(
        { type: "provider", protocol: "openai-chat", value },
        { type: "provider", protocol: "anthropic-messages", value },
        { type: "text", text: "a" }
      ),
      [{ role: "user", content: [value, { type: "text", text: "a" }] }]
    )
  })

  it("sends the name of the speaker", () => {
    const { body } = encoded({ messages: [{ role: "user", content: "a", name: "ann" }] })
    assert.deepStrictEqual(body.messages, [{ role: "user", content: "a", name: "ann" }])
  })
})

describe("an earlier response", () => {
  const assistant = (...content: ReadonlyArray<object>) =>
    (
      encoded({ messages: [{ role: "assistant", content } as never] }, { quirks: { assistantImages: true } }).body
        .messages as ReadonlyArray<object>
    )[0]

  it("is sent with text, refusal and calls, with the raw arguments", () => {
    assert.deepStrictEqual<unknown>(
      assistant(
        { type: "text", text: "a" },
        { type: "text", text: "b", citations: [{ url: "https://a.example" }] },
        { type: "tool-call", id: "1", name: "f", input: { n: 1 }, rawInput: '{"n": 1}' },
        { type: "tool-call", id: "2", name: "g", input: {} },
        { type: "tool-call", id: "3", name: "web_search", input: {}, providerExecuted: true }
      ),
      {
        role: "assistant",
        content: "ab",
        tool_calls: [
          { id: "1", type: "function", function: { name: "f", arguments: '{"n": 1}' } },
          { id: "2", type: "function", function: { name: "g", arguments: "{}" } }
        ]
      }
    )
    assert.deepStrictEqual<unknown>(assistant({ type: "refusal", text: "no" }), {
      role: "assistant",
      content: null,
      refusal: "no"
    })
    assert.deepStrictEqual<unknown>(assistant(), { role: "assistant", content: "" })
  })

  it("is sent with arguments that are always a JSON object, which some servers require", () => {
    const written = (
      call: { readonly input?: Json; readonly rawInput?: string },
      quirks: Partial<OpenAiChatQuirks>
    ) => {
      const part: ToolCallPart = { type: "tool-call", id: "1", name: "f", ...call }
      const { body } = encoded({ messages: [{ role: "assistant", content: [part] }, "Go on."] }, { quirks })
      return (body.messages as Wire)[0].tool_calls[0].function.arguments
    }
    for (const [call, safe] of [
      [{ rawInput: '{"q":' }, '{"INVALID_JSON":"{\\"q\\":"}'],
      [{ input: [1] }, '{"INVALID_JSON":"[1]"}'],
      [{ input: "s" }, '{"INVALID_JSON":"\\"s\\""}'],
      [{ input: null }, "{}"],
      [{}, "{}"],
      [{ input: { n: 1 }, rawInput: '{"n": 1}' }, '{"n": 1}']
    ] as const) {
      assert.strictEqual(written(call, compatibleQuirks), safe)
      assert.strictEqual(written(call, {}), call.rawInput ?? JSON.stringify(call.input ?? {}))
    }
  })

  it("refers to its audio by id, or sends the transcript", () => {
    assert.deepStrictEqual<unknown>(assistant({ type: "audio", id: "audio_1", data: "data:audio/pcm;base64,AA==" }), {
      role: "assistant",
      content: null,
      audio: { id: "audio_1" }
    })
    assert.deepStrictEqual<unknown>(
      assistant({ type: "audio", data: "data:audio/pcm;base64,AA==", transcript: "hello" }),
      {
        role: "assistant",
        content: "hello"
      }
    )
  })

  it("is sent with its images if the server accepts them", () => {
    assert.deepStrictEqual<unknown>(assistant({ type: "image", data: "data:image/png;base64,AA==" }), {
      role: "assistant",
      content: "",
      images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA==" } }]
    })
  })

  it("is sent with calls of custom tools", () => {
    const providerOptions = { "openai-chat": { type: "custom" } }
    assert.deepStrictEqual<unknown>(
      assistant({ type: "tool-call", id: "1", name: "shell", rawInput: "ls", providerOptions }),
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "1", type: "custom", custom: { name: "shell", input: "ls" } }]
      }
    )
  })
})

describe("tool results", () => {
  const results = (...content: ReadonlyArray<ToolResultPart>) =>
    encoded({ messages: [{ role: "tool", content }, "next"] }).body.messages

  it("are one message each", () => {
    assert.deepStrictEqual(
      results(
        { type: "tool-result", id: "1", output: "a" },
        {
          type: "tool-result",
          id: "2",
          output: [
            { type: "text", text: "b" },
            { type: "text", text: "c" }
          ]
        }
      ),
      [
        { role: "tool", tool_call_id: "1", content: "a" },
        {
          role: "tool",
          tool_call_id: "2",
          content: [
            { type: "text", text: "b" },
            { type: "text", text: "c" }
          ]
        },
        { role: "user", content: "next" }
      ]
    )
  })

  it("begin with Error: when the tool failed", () => {
    assert.deepStrictEqual(
      results(
        { type: "tool-result", id: "1", output: "not found", isError: true },
        { type: "tool-result", id: "2", output: "Error: x", isError: true },
        { type: "tool-result", id: "3", output: [], isError: true }
      ),
      [
        { role: "tool", tool_call_id: "1", content: "Error: not found" },
        { role: "tool", tool_call_id: "2", content: "Error: x" },
        { role: "tool", tool_call_id: "3", content: "Error: " },
        { role: "user", content: "next" }
      ]
    )
  })

  it("are followed by a user message with their images", () => {
    const image = { type: "image" as const, data: "data:image/png;base64,AA==" }
    assert.deepStrictEqual(
      results({ type: "tool-result", id: "1", output: [image] }, { type: "tool-result", id: "2", output: "b" }),
      [
        { role: "tool", tool_call_id: "1", content: "The files of this result are in the user message after it." },
        { role: "tool", tool_call_id: "2", content: "b" },
        {
          role: "user",
          content: [
            { type: "text", text: "Files of the tool result 1:" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } }
          ]
        },
        { role: "user", content: "next" }
      ]
    )
  })
})

describe("providerOptions", () => {
  it("are merged into the body: the protocol's, then the provider's; nested objects by key; tools appended", () => {
    const { body } = encoded({
      messages: "a",
      temperature: 0.5,
      tools: [{ name: "f", inputSchema: {} }],
      providerOptions: {
        "openai-chat": { temperature: 1, verbosity: "low", stream: true },
        acme: { verbosity: "high", provider: { order: ["x"] }, tools: [{ type: "web_search" }] },
        other: { ignored: true }
      }
    })
    assert.deepInclude(body, { temperature: 1, verbosity: "high", provider: { order: ["x"] }, stream: false })
    assert.deepStrictEqual(
      (body.tools as ReadonlyArray<{ readonly type: string }>).map(({ type }) => type),
      ["function", "web_search"]
    )
    assert.notProperty(body, "ignored")
    const streamed = encoded(
      { messages: "a", providerOptions: { acme: { stream_options: { include_obfuscation: false } } } },
      { stream: true }
    )
    assert.deepInclude(streamed.body, { stream_options: { include_usage: true, include_obfuscation: false } })
  })

  it("may bring the only tools, and then tool_choice is sent", () => {
    const { body } = encoded({
      messages: "a",
      toolChoice: "required",
      providerOptions: { acme: { tools: [{ type: "web_search" }] } }
    })
    assert.deepInclude(body, { tools: [{ type: "web_search" }], tool_choice: "required" })
  })

  it("are merged into messages, parts, calls, results and tools", () => {
    const providerOptions = { acme: { x: 1 } }
    const { body } = encoded({
      messages: [
        { role: "user", content: [{ type: "text", text: "a", providerOptions }], providerOptions },
        {
          role: "assistant",
          content: [{ type: "tool-call", id: "1", name: "f", input: {}, providerOptions }],
          providerOptions
        },
        { role: "tool", content: [{ type: "tool-result", id: "1", output: "b", providerOptions }] }
      ],
      tools: [{ name: "f", inputSchema: {}, providerOptions: { acme: { function: { x: 1 } } } }]
    })
    assert.deepStrictEqual(body.messages, [
      { role: "user", content: [{ type: "text", text: "a", x: 1 }], x: 1 },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "{}" }, x: 1 }],
        x: 1
      },
      { role: "tool", tool_call_id: "1", content: "b", x: 1 }
    ])
    assert.deepStrictEqual(body.tools, [
      { type: "function", function: { name: "f", parameters: { type: "object", properties: {} }, x: 1 } }
    ])
  })
})

describe("schemas", () => {
  const optional = { type: "object", properties: { a: { type: "string", minLength: 2 } } }
  const strict = {
    type: "object",
    properties: { a: { type: ["string", "null"] } },
    required: ["a"],
    additionalProperties: false
  }

  it("are rewritten for strict mode, in formats and tools", () => {
    const { body } = encoded({
      messages: "a",
      responseFormat: { type: "json-schema", name: "my name!", schema: optional, strict: true },
      tools: [{ name: "f", inputSchema: optional, strict: true }]
    })
    assert.deepStrictEqual(body.response_format, {
      type: "json_schema",
      json_schema: { name: "my_name_", schema: strict, strict: true }
    })
    assert.deepStrictEqual(body.tools, [
      { type: "function", function: { name: "f", parameters: strict, strict: true } }
    ])
  })

  it("stay unchanged without strict mode, or where the server has none", () => {
    const format = { type: "json-schema" as const, schema: optional }
    const json_schema = { name: "response", schema: optional }
    assert.deepStrictEqual(encoded({ messages: "a", responseFormat: format }).body.response_format, {
      type: "json_schema",
      json_schema
    })
    const { body } = encoded(
      { messages: "a", responseFormat: { ...format, strict: true } },
      { quirks: { strictSchemas: false } }
    )
    assert.deepStrictEqual(body.response_format, { type: "json_schema", json_schema: { ...json_schema, strict: true } })
  })

  it("that strict mode cannot express are sent as not strict, with a warning", () => {
    const record = { type: "object", additionalProperties: { type: "number" } }
    const { body, warnings } = encoded({ messages: "a", tools: [{ name: "f", inputSchema: record, strict: true }] })
    assert.deepStrictEqual(body.tools, [
      { type: "function", function: { name: "f", parameters: { ...record, properties: {} }, strict: false } }
    ])
    assert.strictEqual(warnings.length, 1)
  })

  it("that describe no object are rejected before anything is sent", () => {
    const failure = failureOf({
      messages: "a",
      responseFormat: { type: "json-schema", schema: { type: "array", items: { type: "string" } }, strict: true }
    })
    assert.deepInclude(failure, { _tag: "InvalidRequestError", at: "responseFormat.schema" })
  })
})
