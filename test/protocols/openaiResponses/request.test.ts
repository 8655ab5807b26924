import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import type { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import * as Conversation from "../../../src/domain/Conversation.ts"
import type { Message } from "../../../src/domain/Message.ts"
import { OpenAiResponses, type OpenAiResponsesQuirks } from "../../../src/protocols/OpenAiResponses.ts"
import { json, type Wire } from "../halves.ts"

const protocol = "openai-responses"
const user: Message = { role: "user", content: [{ type: "text", text: "Hi" }] }

const encode = (
  request: Partial<ChatRequest>,
  quirks?: Partial<OpenAiResponsesQuirks>,
  model = "gpt-5",
  stream = false
) => OpenAiResponses.encodeRequest({ messages: [user], ...request }, { provider: "openai", model, stream, quirks })

const body = (...args: Parameters<typeof encode>): Wire => json(Result.getOrThrow(encode(...args)).body)
const warnings = (...args: Parameters<typeof encode>) => Result.getOrThrow(encode(...args)).warnings
const failure = (...args: Parameters<typeof encode>): Wire => Result.getOrThrow(Result.flip(encode(...args)))
const own = (options: Wire) => ({ providerOptions: { [protocol]: options } })

const decodeBody = (body: Wire) => OpenAiResponses.decodeRequest({ model: "gpt-5", ...body })
const decode = (body: Wire): ChatRequest => Result.getOrThrow(decodeBody(body)).request
const refused = (body: Wire): Wire => Result.getOrThrow(Result.flip(decodeBody(body)))

/** The input of a request, through the server half and the client half. */
const again = (input: Wire): Wire => {
  const request = decode({ input })
  assert.isUndefined(Conversation.check(request))
  return json(Result.getOrThrow(encode(request)).body.input)
}

describe("a request", () => {
  it("requests encrypted reasoning from a reasoning model that stores nothing", () => {
    const encrypted = ["reasoning.encrypted_content"]
    assert.deepStrictEqual(body(own({ store: false })).include, encrypted)
    assert.deepStrictEqual(body(own({ store: false, include: ["x"] })).include, ["x", ...encrypted])
    assert.deepStrictEqual(body(own({ include: encrypted })).include, encrypted)
    assert.isUndefined(body(own({ store: true })).include)
    assert.isUndefined(body({}).include)
    assert.isUndefined(body(own({ store: false }), { encryptedReasoning: false }).include)
    for (const model of ["gpt-4o", "gpt-4.1-mini", "openai/gpt-4o", "gpt-5-chat-latest"]) {
      assert.isUndefined(body(own({ store: false }), {}, model).include)
    }
    for (const model of ["o4-mini", "gpt-5.2", "openai.gpt-5.5"]) {
      assert.deepStrictEqual(body(own({ store: false }), {}, model).include, encrypted)
    }
  })

  it("rejects or drops unsupported parameters", () => {
    for (const parameter of OpenAiResponses.unsupported) {
      const value = parameter === "stop" ? ["x"] : 1
      assert.strictEqual(failure({ [parameter]: value }).parameter, parameter)
      const dropped = Result.getOrThrow(encode({ [parameter]: value, onUnsupported: "drop" }))
      assert.deepStrictEqual(
        dropped.warnings.map(({ parameter, type }) => [type, parameter]),
        [["unsupported-parameter", parameter]]
      )
      assert.deepStrictEqual(Object.keys(dropped.body), ["model", "input"])
    }
    assert.deepStrictEqual(body({ reasoning: { budget: 20_000 } }).reasoning, { effort: "high" })
  })

  it("merges options into the body, and adds their tools to the request's", () => {
    const tool = { name: "f", inputSchema: { type: "object", properties: {} } } as const
    const options = own({
      tools: [{ type: "web_search" }],
      previous_response_id: "resp_1",
      reasoning: { summary: "auto" }
    })
    const wire = body({ ...options, tools: [tool], reasoning: { effort: "low" }, toolChoice: { tool: "f" } })
    assert.deepStrictEqual(wire.tools, [
      { type: "function", name: "f", parameters: tool.inputSchema, strict: false },
      { type: "web_search" }
    ])
    assert.deepStrictEqual(wire.reasoning, { effort: "low", summary: "auto" })
    assert.deepStrictEqual(wire.tool_choice, { type: "function", name: "f" })
    assert.strictEqual(wire.previous_response_id, "resp_1")
    assert.isUndefined(body({ toolChoice: "auto", parallelToolCalls: true }).tool_choice)
    assert.strictEqual(body({ ...own({ tools: [{ type: "mcp" }] }), toolChoice: "required" }).tool_choice, "required")
  })

  it("has stream and stream_options only where it streams", () => {
    const options = own({ stream_options: { include_obfuscation: false } })
    assert.isUndefined(body(options).stream)
    assert.isUndefined(body(options).stream_options)
    assert.isTrue(body(options, {}, "gpt-5", true).stream)
    assert.deepStrictEqual(body(options, {}, "gpt-5", true).stream_options, { include_obfuscation: false })
  })

  it("requests log probabilities with two fields", () => {
    const words = ["message.output_text.logprobs"]
    assert.deepStrictEqual([body({ logprobs: 0 }).top_logprobs, body({ logprobs: 0 }).include], [undefined, words])
    assert.deepStrictEqual([body({ logprobs: 3 }).top_logprobs, body({ logprobs: 3 }).include], [3, words])
    assert.strictEqual(decode({ input: "x", include: words }).logprobs, 0)
    const request = decode({ input: "x", top_logprobs: 2, include: ["y"] })
    assert.isUndefined(request.logprobs)
    assert.deepStrictEqual<unknown>(request.providerOptions?.[protocol], { top_logprobs: 2, include: ["y"] })
  })

  it("writes the response format, strict only where the schema allows it", () => {
    const schema = { type: "object", properties: { a: { type: "string" } } }
    assert.deepStrictEqual(body({ responseFormat: { type: "json" } }).text, { format: { type: "json_object" } })
    const strict = body({
      responseFormat: { type: "json-schema", schema, strict: true },
      ...own({ text: { verbosity: "low" } })
    })
    assert.deepStrictEqual(strict.text, {
      verbosity: "low",
      format: {
        type: "json_schema",
        name: "response",
        strict: true,
        schema: {
          type: "object",
          properties: { a: { type: ["string", "null"] } },
          required: ["a"],
          additionalProperties: false
        }
      }
    })
    const open = { type: "object", additionalProperties: { type: "string" } }
    const format = { type: "json-schema", schema: open, strict: true } as const
    assert.strictEqual(body({ responseFormat: format }).text.format.strict, false)
    assert.lengthOf(warnings({ responseFormat: format }), 1)
    assert.isTrue(body({ responseFormat: format }, { strictSchemas: false }).text.format.strict)
    const list = { type: "json-schema", schema: { type: "array", items: { type: "string" } }, strict: true } as const
    assert.strictEqual(failure({ responseFormat: list }).at, "responseFormat.schema")
  })

  it("writes system messages in their role, or as instructions if they were received as such", () => {
    const system = (text: string, options = {}): Message => ({
      role: "system",
      content: [{ type: "text", text }],
      ...options
    })
    assert.deepStrictEqual(body({ messages: [system("Be brief"), user] }).input[0], {
      role: "system",
      content: "Be brief"
    })
    const developer = body({ messages: [system("Be brief"), user] }, { systemRole: "developer" })
    assert.strictEqual(developer.input[0].role, "developer")
    const decoded = decode({
      instructions: "A",
      input: [
        { role: "developer", content: "B" },
        { role: "user", content: "C" }
      ]
    })
    assert.deepStrictEqual(
      decoded.messages.map(({ role }) => role),
      ["system", "system", "user"]
    )
    assert.deepStrictEqual(body(decoded), {
      model: "gpt-5",
      instructions: "A",
      input: [
        { role: "developer", content: "B" },
        { role: "user", content: "C" }
      ]
    })
  })

  it("without content round-trips with a stored prompt or with instructions", () => {
    for (const body of [
      { model: "m", prompt: { id: "pmpt_1" }, input: [] },
      { model: "m", previous_response_id: "resp_1", input: [] },
      { model: "m", instructions: "", input: [{ role: "user", content: "Hi" }] }
    ]) {
      const { model, request } = Result.getOrThrow(OpenAiResponses.decodeRequest(body))
      assert.isUndefined(Conversation.check(request))
      const encoded = OpenAiResponses.encodeRequest(request, { provider: "openai", model, stream: false })
      assert.deepStrictEqual(json(Result.getOrThrow(encoded).body), body)
    }
  })

  it("warns of unsupported cache marks, and leaves an open strictness open", () => {
    const marked: Message = {
      role: "user",
      content: [
        { type: "text", text: "a", cacheControl: {} },
        { type: "text", text: "b", cacheControl: {} }
      ]
    }
    assert.deepStrictEqual(
      warnings({ messages: [marked] }).map(({ parameter }) => parameter),
      ["cacheControl"]
    )
    const wire = body({ messages: [marked] }, { cacheControl: "prompt_cache_breakpoint" })
    assert.deepStrictEqual(wire.input[0].content[0].prompt_cache_breakpoint, { mode: "explicit" })
    const tools = [{ type: "function", name: "f", parameters: { type: "object", properties: {} } }]
    assert.deepStrictEqual(body(decode({ input: "x", tools })).tools, tools)
  })
})

describe("content", () => {
  const parts = (content: Wire, quirks?: Partial<OpenAiResponsesQuirks>): Wire =>
    body({ messages: [{ role: "user", content }] }, quirks).input[0].content

  it("is encoded by its kind", () => {
    assert.deepStrictEqual(
      parts([
        { type: "image", data: "https://example.com/a.png", detail: "low" },
        { type: "image", data: { fileId: "file-1" } },
        { type: "image", data: new Uint8Array([1]), mediaType: "image/png" },
        { type: "file", data: new Uint8Array([1]), mediaType: "application/pdf", fileName: "a.pdf" },
        { type: "file", data: "https://example.com/a.pdf" },
        { type: "file", data: { fileId: "file-2" } },
        { type: "file", data: { text: "words" }, title: "T" }
      ]),
      [
        { type: "input_image", image_url: "https://example.com/a.png", detail: "low" },
        { type: "input_image", file_id: "file-1" },
        { type: "input_image", image_url: "data:image/png;base64,AQ==" },
        { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,AQ==" },
        { type: "input_file", file_url: "https://example.com/a.pdf" },
        { type: "input_file", file_id: "file-2" },
        { type: "input_text", text: "T\n\nwords" }
      ]
    )
  })

  it("may be a recording if the server accepts recordings", () => {
    const audio = { type: "audio", data: new Uint8Array([1]), mediaType: "audio/mpeg" } as const
    const message: Message = { role: "user", content: [audio] }
    assert.strictEqual(failure({ messages: [message] }).parameter, "messages")
    const content = parts([audio], { audioInput: true })
    assert.deepStrictEqual(content, [{ type: "input_audio", input_audio: { data: "AQ==", format: "mp3" } }])
    const read = decode({ input: [{ role: "user", content }] }).messages[0]?.content[0]
    assert.deepStrictEqual<unknown>(read, {
      type: "audio",
      data: "data:audio/mpeg;base64,AQ==",
      mediaType: "audio/mpeg"
    })
  })

  it("other than text makes instructions a message in their role", () => {
    const content = [
      { type: "input_text", text: "Like this" },
      { type: "input_image", file_id: "file-1" }
    ]
    const input = [
      { role: "developer", content },
      { role: "user", content: "x" }
    ]
    assert.deepStrictEqual(again(input), input)
  })

  it("is rejected if the API does not support it", () => {
    const image: Message = { role: "user", content: [{ type: "image", data: { text: "no" } }] }
    assert.strictEqual(failure({ messages: [image] }).parameter, "messages")
    const reasoning = { role: "user", content: [{ type: "reasoning", text: "hm" }] } as Wire
    assert.strictEqual(failure({ messages: [reasoning] }).parameter, "messages")
  })

  it("of an unknown type in a result goes back unchanged", () => {
    const output = [
      { type: "input_text", text: "a" },
      { type: "input_video", video_url: "https://example.com/a.mp4" }
    ]
    const input = [
      { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "c", output },
      { type: "program_output", call_id: "p", result: "1", status: "completed" }
    ]
    assert.deepStrictEqual(again(input), input)
  })

  it("of an unknown type stays as it is", () => {
    const content = [{ type: "input_video", video_url: "https://example.com/a.mp4" }]
    assert.deepStrictEqual(again([{ role: "user", content }]), [{ role: "user", content }])
  })

  it("is rejected if it is invalid", () => {
    assert.strictEqual(
      refused({ input: [{ role: "user", content: [{ type: "image_url" }] }] }).at,
      "input[0].content[0].type"
    )
    assert.strictEqual(
      refused({ input: [{ role: "user", content: [{ type: "input_image" }] }] }).at,
      "input[0].content[0]"
    )
    assert.strictEqual(
      refused({ input: [{ role: "user", content: [{ type: "input_file" }] }] }).at,
      "input[0].content[0]"
    )
    assert.strictEqual(
      refused({ input: [{ role: "user", content: [{ type: "input_text" }] }] }).at,
      "input[0].content[0].text"
    )
    assert.strictEqual(refused({ input: [{ role: "nobody", content: "x" }] }).at, "input[0].role")
    assert.strictEqual(
      refused({ input: [{ type: "function_call", call_id: "c", name: "f" }] }).at,
      "input[0].arguments"
    )
    assert.strictEqual(refused({ input: 1 }).at, "input")
    assert.strictEqual(refused({ input: "x", model: "" }).at, "model")
    assert.strictEqual(refused({ input: "x", text: { format: { type: "json_schema" } } }).at, "text.format.schema")
  })
})

describe("reasoning", () => {
  const assistant = (part: Wire): Message => ({ role: "assistant", content: [part] })

  it("goes back unchanged, with the parts of its summary and its content", () => {
    const items = [
      { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "x" },
      { type: "reasoning", id: "rs_2", summary: [{ type: "summary_text", text: "a" }], encrypted_content: "y" },
      {
        type: "reasoning",
        id: "rs_3",
        summary: [
          { type: "summary_text", text: "a" },
          { type: "summary_text", text: "b" }
        ]
      },
      { type: "reasoning", id: "rs_4", summary: [], content: [{ type: "reasoning_text", text: "c" }] }
    ]
    assert.deepStrictEqual(
      again(["x", ...items].map((item) => (item === "x" ? { role: "user", content: "x" } : item))).slice(1),
      items
    )
  })

  it("is left out with a warning where no model of this protocol wrote it", () => {
    for (const part of [
      { type: "reasoning", text: "hm" },
      { type: "reasoning", text: "hm", signature: "s" },
      { type: "reasoning", text: "hm", encrypted: "e", protocol: "anthropic-messages" }
    ]) {
      const request = { messages: [user, assistant(part)] }
      assert.lengthOf(body(request).input, 1)
      assert.deepStrictEqual(
        warnings(request).map(({ type }) => type),
        ["unsupported-content"]
      )
    }
  })

  it("with only an id is left out if the server stores nothing", () => {
    const part = { type: "reasoning", text: "hm", id: "rs_1", protocol }
    const messages = [user, assistant(part)]
    assert.strictEqual(body({ messages }).input[1].id, "rs_1")
    assert.lengthOf(body({ messages, ...own({ store: false }) }).input, 1)
    assert.lengthOf(warnings({ messages, ...own({ store: false }) }), 1)
    assert.lengthOf(
      body({ messages: [user, assistant({ ...part, encrypted: "e" })], ...own({ store: false }) }).input,
      2
    )
  })

  it("that a caller sends is kept even if the server stores nothing, since some servers read the summary", () => {
    const reasoning = { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "hm" }] }
    const request = decode({ store: false, input: [{ role: "user", content: "Hi" }, reasoning] })
    assert.deepStrictEqual(body(request).input.slice(1), [reasoning])
    assert.deepStrictEqual(warnings(request), [])
    const empty = { type: "reasoning", id: "rs_2", summary: [], content: [], encrypted_content: "e" }
    assert.deepStrictEqual(again([{ role: "user", content: "Hi" }, empty]).slice(1), [empty])
  })
})

describe("calls and their results", () => {
  it("are encoded in the form of their tool", () => {
    const items = [
      { role: "user", content: "x" },
      { type: "function_call", call_id: "c1", id: "fc_1", name: "f", arguments: '{"a": 1}', namespace: "n" },
      { type: "custom_tool_call", call_id: "c2", id: "ctc_1", name: "g", input: "print(1)" },
      {
        type: "local_shell_call",
        call_id: "c3",
        id: "ls_1",
        status: "completed",
        action: { type: "exec", command: ["ls"] }
      },
      { type: "shell_call", call_id: "c4", id: "sh_1", status: "completed", action: { commands: ["ls"] } },
      {
        type: "apply_patch_call",
        call_id: "c5",
        id: "ap_1",
        status: "completed",
        operation: { type: "delete_file", path: "a" }
      },
      {
        type: "computer_call",
        call_id: "c6",
        id: "cu_1",
        status: "completed",
        action: { type: "screenshot" },
        pending_safety_checks: [{ id: "s" }]
      },
      {
        type: "tool_search_call",
        call_id: "c7",
        status: "completed",
        arguments: { queries: ["q"] },
        execution: "client"
      },
      { type: "function_call_output", call_id: "c1", output: "1" },
      { type: "custom_tool_call_output", call_id: "c2", output: [{ type: "input_image", file_id: "file-1" }] },
      { type: "local_shell_call_output", call_id: "c3", output: "a" },
      {
        type: "shell_call_output",
        call_id: "c4",
        output: [{ stdout: "a", stderr: "", outcome: { type: "exit", exit_code: 0 } }],
        max_output_length: 100
      },
      { type: "apply_patch_call_output", call_id: "c5", status: "failed", output: "no such file" },
      {
        type: "computer_call_output",
        call_id: "c6",
        output: { type: "computer_screenshot", image_url: "data:image/png;base64,AA==" },
        acknowledged_safety_checks: [{ id: "s" }]
      },
      {
        type: "tool_search_output",
        call_id: "c7",
        execution: "client",
        status: "completed",
        tools: [{ type: "function", name: "h" }]
      }
    ]
    const sort = (items: Wire): Wire => items.map((item: Wire) => Object.fromEntries(Object.entries(item).sort()))
    assert.deepStrictEqual(sort(again(items)), sort(items))
    const [, called, results] = decode({ input: items }).messages as Wire
    assert.deepStrictEqual(
      called.content.map(({ input, name, rawInput }: Wire) => [name, input ?? rawInput]),
      [
        ["f", { a: 1 }],
        ["g", "print(1)"],
        ["local_shell", { type: "exec", command: ["ls"] }],
        ["shell", { commands: ["ls"] }],
        ["apply_patch", { type: "delete_file", path: "a" }],
        ["computer", { action: { type: "screenshot" } }],
        ["tool_search", { queries: ["q"] }]
      ]
    )
    assert.lengthOf(results.content, 7)
    assert.isTrue(results.content[4].isError)
  })

  it("of a tool search with a text result keep the text", () => {
    const search = { type: "tool_search_call", call_id: "c", status: "completed", arguments: {}, execution: "client" }
    const encodeResult = (output: string) =>
      again([{ role: "user", content: "?" }, search, { type: "function_call_output", call_id: "c", output }]).at(
        -1
      ) as Wire
    for (const output of ["nothing was found", "[1, 2]", '{"tools": []}']) {
      assert.deepStrictEqual(encodeResult(output), { type: "function_call_output", call_id: "c", output })
    }
    const tools = [{ type: "function", name: "h" }]
    assert.deepStrictEqual(encodeResult(JSON.stringify(tools)).tools, tools)
    assert.deepStrictEqual(encodeResult("").tools, [])
  })

  it("decode to plain results, whatever the form of the tool", () => {
    const call = (type: string, input: Wire): Wire => ({
      type: "tool-call",
      id: type,
      name: type,
      input,
      ...(type === "f" ? {} : { providerOptions: { [protocol]: { type } } })
    })
    const calls = ["f", "custom_tool_call", "local_shell_call", "shell_call", "apply_patch_call", "computer_call"]
    const result = (id: string): Wire =>
      id === "computer_call"
        ? { type: "tool-result", id, output: [{ type: "image", data: "https://example.com/a.png" }] }
        : { type: "tool-result", id, output: "no", isError: true }
    const messages: ReadonlyArray<Message> = [
      user,
      { role: "assistant", content: calls.map((type) => call(type, {})) },
      { role: "tool", content: calls.map(result) }
    ]
    const items = body({ messages }).input.slice(7)
    assert.deepStrictEqual(items, [
      { type: "function_call_output", call_id: "f", output: "Error: no" },
      { type: "custom_tool_call_output", call_id: "custom_tool_call", output: "Error: no" },
      { type: "local_shell_call_output", call_id: "local_shell_call", output: "no" },
      {
        type: "shell_call_output",
        call_id: "shell_call",
        output: [{ stdout: "no", stderr: "", outcome: { type: "exit", exit_code: 1 } }]
      },
      { type: "apply_patch_call_output", call_id: "apply_patch_call", status: "failed", output: "no" },
      {
        type: "computer_call_output",
        call_id: "computer_call",
        output: { type: "computer_screenshot", image_url: "https://example.com/a.png" }
      }
    ])
    const silent = messages.with(2, {
      role: "tool",
      content: [{ type: "tool-result", id: "computer_call", output: "x" }]
    })
    assert.strictEqual(failure({ messages: silent })._tag, "InvalidRequestError")
    const list = [
      { type: "text", text: "a" },
      { type: "image", data: "https://example.com/a.png" }
    ]
    const failed = messages.with(2, { role: "tool", content: [{ ...result("f"), output: list }] })
    assert.deepStrictEqual(body({ messages: failed }).input[7].output[0], { type: "input_text", text: "Error:" })
  })

  it("may be of a call that the server stores", () => {
    const input = [{ type: "function_call_output", call_id: "c1", output: "1" }]
    const request = decode({ input, previous_response_id: "resp_1" })
    assert.isUndefined(Conversation.check(request))
    assert.deepStrictEqual(body(request), { model: "gpt-5", input, previous_response_id: "resp_1" })
    assert.strictEqual(Conversation.check(decode({ input }))?._tag, "InvalidRequestError")
  })

  it("that the server ran go back with their whole item; those of other servers are left out", () => {
    const items = [
      { role: "user", content: "x" },
      { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "q" } },
      { type: "mcp_list_tools", id: "mcpl_1", server_label: "s", tools: [] },
      { type: "mcp_approval_request", id: "mcpr_1", arguments: "{}", name: "f", server_label: "s" },
      { type: "mcp_approval_response", approval_request_id: "mcpr_1", approve: true },
      { type: "mcp_call", id: "mcp_1", arguments: "{}", name: "f", server_label: "s", output: "1" },
      { type: "code_interpreter_call", id: "ci_1", code: "1", container_id: "c", outputs: [], status: "completed" },
      { type: "image_generation_call", id: "ig_1", status: "completed", output_format: "webp", result: "AAAA" },
      { type: "image_generation_call", id: "ig_2", status: "failed" },
      {
        type: "shell_call",
        call_id: "c",
        id: "sh_1",
        status: "completed",
        action: { commands: [] },
        environment: { type: "container_reference", container_id: "x" }
      },
      { type: "shell_call_output", call_id: "c", id: "sho_1", output: [] },
      { type: "item_reference", id: "msg_9" },
      { type: "compaction", id: "cmp_1", encrypted_content: "e" },
      { role: "user", content: "y" }
    ]
    assert.deepStrictEqual(again(items), items)
    assert.deepStrictEqual(again([{ id: "msg_9" }]), [{ id: "msg_9", type: "item_reference" }])
    const foreign = { type: "tool-call", id: "t", name: "web_search", input: {}, providerExecuted: true } as const
    const messages: ReadonlyArray<Message> = [
      user,
      { role: "assistant", content: [foreign, { type: "provider", protocol: "x", value: {} }] }
    ]
    assert.deepStrictEqual(body({ messages }).input, [{ role: "user", content: "Hi" }])
  })
})

describe("responses that go back", () => {
  it("keep ids that servers of this protocol accept, and no others", () => {
    const text = (id: string): Wire => ({ type: "text", text: "a", ...own({ id, phase: "commentary" }) })
    const messages: ReadonlyArray<Message> = [user, { role: "assistant", content: [text("msg_1"), text("8f-2")] }]
    assert.deepStrictEqual(body({ messages }).input.slice(1), [
      {
        type: "message",
        id: "msg_1",
        role: "assistant",
        status: "completed",
        phase: "commentary",
        content: [{ type: "output_text", text: "a", annotations: [] }]
      },
      { role: "assistant", phase: "commentary", content: "a" }
    ])
    const call = { type: "tool-call", id: "c", name: "f", input: {}, ...own({ id: "62bf" }) } as const
    assert.isUndefined(body({ messages: [user, { role: "assistant", content: [call] }] }).input[1].id)
  })

  it("are one message where their texts are, with refusals and recordings", () => {
    const content: Wire = [
      { type: "text", text: "a" },
      { type: "refusal", text: "b" },
      { type: "audio", data: { fileId: "x" }, transcript: "c" }
    ]
    assert.deepStrictEqual(body({ messages: [user, { role: "assistant", content }] }).input[1], {
      role: "assistant",
      content: [
        { type: "output_text", text: "a", annotations: [] },
        { type: "refusal", refusal: "b" },
        { type: "output_text", text: "c" }
      ]
    })
    for (const part of [
      { type: "audio", data: { fileId: "x" } },
      { type: "image", data: "https://example.com/a.png" }
    ]) {
      assert.strictEqual(
        failure({ messages: [user, { role: "assistant", content: [part as Wire] }] }).parameter,
        "messages"
      )
    }
  })

  it("stay two messages where they were two, with their annotations", () => {
    const items = [
      { role: "user", content: "x" },
      { role: "assistant", content: "a" },
      { role: "assistant", content: "b" },
      {
        role: "assistant",
        content: [
          {
            type: "output_text",
            text: "c",
            annotations: [
              { type: "file_citation", file_id: "f", filename: "a.txt", index: 3 },
              { type: "url_citation", url: "https://example.com", title: "T", start_index: 0, end_index: 1 }
            ]
          }
        ]
      }
    ]
    assert.lengthOf(decode({ input: items }).messages, 4)
    assert.deepStrictEqual(again(items), items)
  })
})
