import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gateway } from "../gateway.ts"

type Wire = ReturnType<typeof JSON.parse>

const messages = [{ role: "user", content: "Hello" }]
const models = `models:
  chat: openai/m
  answers: responses/m
  claude: anthropic/m
  gemini: google/m
`

/** What a request became upstream, and what the client was warned of. */
const asking = Effect.fnUntraced(function* (settings = models) {
  const { send, simulator } = yield* gateway(settings)
  return Effect.fnUntraced(function* (path: string, body: Wire) {
    const { headers, status, text } = yield* send(path, body)
    const sent: Wire = (yield* simulator.requests).at(-1)?.body
    return { status, text, sent, warning: headers.get("x-effect-llm-warning") ?? "" }
  })
})

const function_ = (name: string) => ({ type: "function", name, parameters: { type: "object", properties: {} } })

describe("newer fields of clients", () => {
  it.live("tools that a provider runs are sent once, also by an account that is named like its protocol", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* gateway(
        (url) => `  anthropic-messages: { provider: anthropic, key: sk-upstream, baseUrl: "${new URL(url).origin}" }
models: { claude: anthropic-messages/m }
`
      )
      const tools = [{ type: "web_search_20250305", name: "web_search", max_uses: 2 }]
      yield* send("/v1/messages", { model: "claude", max_tokens: 9, messages, tools })
      const { body } = yield* simulator.awaitRequest()
      assert.deepStrictEqual((body as Wire).tools, tools)
    })
  )

  it.live("what both of OpenAI's protocols know is carried between them, and named where it is left out", () =>
    Effect.gen(function* () {
      const ask = yield* asking()
      const both = { prompt_cache_key: "k", prompt_cache_retention: "24h", safety_identifier: "s", store: false }
      const chat = yield* ask("/v1/responses", { model: "chat", input: "Hello", text: { verbosity: "low" }, ...both })
      assert.include(chat.sent, { verbosity: "low", ...both })
      assert.strictEqual(chat.warning, "")
      const answers = yield* ask("/v1/chat/completions", { model: "answers", messages, verbosity: "low", ...both })
      assert.deepInclude(answers.sent, { text: { verbosity: "low" }, ...both })
      assert.strictEqual(answers.warning, "")
      const claude = yield* ask("/v1/responses", {
        model: "claude",
        input: "Hello",
        text: { verbosity: "low" },
        ...both
      })
      assert.strictEqual(claude.status, 200)
      for (const name of ["text.verbosity", ...Object.keys(both)])
        assert.include(claude.warning, `${name} is known to openai-responses only, and was left out`)
    })
  )

  it.live("a warning names the part of a field, and the tools, that were left out", () =>
    Effect.gen(function* () {
      const ask = yield* asking()
      const reasoning = { effort: "low", summary: "auto" }
      const tools = [{ type: "web_search" }, function_("f")]
      const { sent, warning } = yield* ask("/v1/responses", { model: "claude", input: "Hello", reasoning, tools })
      assert.strictEqual(sent.output_config.effort, "low")
      assert.include(warning, "reasoning.summary is known to openai-responses only")
      assert.include(warning, "tools (web_search) is known to openai-responses only")
    })
  )

  it.live("a choice of a tool with text for input, and among some of the tools, goes to every model", () =>
    Effect.gen(function* () {
      const ask = yield* asking()
      const custom = { type: "custom", name: "patch" }
      const some = { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "f" }] }
      const inChat = ({ type, ...body }: Wire) => ({ type, [type]: body })
      const places = [
        ["/v1/responses", { input: "Hello" }, (tool: Wire) => tool],
        ["/v1/chat/completions", { messages }, inChat]
      ] as const
      for (const [path, prompt, written] of places) {
        const tools = [custom, function_("f"), function_("g")].map(written)
        const ask_ = (choice: Wire) => ask(path, { ...prompt, model: "claude", tools, tool_choice: choice })
        const one = yield* ask_(written(custom))
        assert.deepStrictEqual(one.sent.tool_choice, { type: "tool", name: "patch" }, path)
        const few = yield* ask_(written({ ...some, tools: some.tools.map(written) }))
        assert.deepStrictEqual(few.sent.tool_choice, { type: "any" }, path)
        assert.deepStrictEqual(
          few.sent.tools.map(({ name }: Wire) => name),
          ["f"],
          path
        )
      }
    })
  )

  it.live(
    "Anthropic's search results and summaries are read by every model; what only Anthropic can run is refused",
    () =>
      Effect.gen(function* () {
        const ask = yield* asking()
        const request = (...content: ReadonlyArray<Wire>) => ({
          max_tokens: 9,
          messages: [
            { role: "user", content: "Hello" },
            { role: "assistant", content: [{ type: "compaction", content: "A summary" }] },
            { role: "user", content: [...content, { type: "text", text: "Why?" }] }
          ]
        })
        const content = [{ type: "text", text: "The body" }]
        const search = { type: "search_result", source: "https://a.example", title: "The title", content }
        for (const model of ["chat", "answers"]) {
          const { sent, warning } = yield* ask("/v1/messages", { model, ...request(search) })
          for (const text of ["A summary", "The title", "https://a.example", "The body"])
            assert.include(JSON.stringify(sent), text, model)
          assert.strictEqual(warning, "")
        }
        const upload = { type: "container_upload", file_id: "file_1" }
        for (const model of ["chat", "answers", "gemini"]) {
          const refused = yield* ask("/v1/messages", { model, ...request(upload) })
          assert.strictEqual(refused.status, 400)
          assert.include(refused.text, "messages[2].content[0]: container_upload is known to anthropic-messages only")
        }
      })
  )

  it.live(
    "of Google's tools a model of another protocol has those that it may call, and its own fields are named",
    () =>
      Effect.gen(function* () {
        const ask = yield* asking()
        const contents = [{ role: "user", parts: [{ text: "Hello" }] }]
        const functionDeclarations = ["f", "g", "h"].map((name) => ({ name }))
        const tools = [{ functionDeclarations }]
        const functionCallingConfig = { mode: "ANY", allowedFunctionNames: ["f", "g"] }
        const request = { contents, tools, toolConfig: { functionCallingConfig } }
        const claude = yield* ask("/v1beta/models/claude:generateContent", request)
        const names = claude.sent.tools.map(({ name }: Wire) => name)
        assert.deepStrictEqual(names, ["f", "g"])
        assert.deepStrictEqual(claude.sent.tool_choice, { type: "any" })
        assert.notInclude(claude.warning, "toolConfig")
        const gemini = yield* ask("/v1beta/models/gemini:generateContent", request)
        assert.deepStrictEqual(gemini.sent, request)

        const generationConfig = { thinkingConfig: { thinkingLevel: "low" } }
        const searching = { contents, tools: [{ googleSearch: {} }], generationConfig }
        const searched = yield* ask("/v1beta/models/claude:generateContent", searching)
        assert.strictEqual(searched.sent.output_config.effort, "low")
        const named = "tools (googleSearch) is known to google-generate-content only, and was left out"
        assert.strictEqual(searched.warning, named)
        const responseSchema = { type: "STRING", enum: ["a", "b"] }
        const choosing = { contents, generationConfig: { responseMimeType: "text/x.enum", responseSchema } }
        const refused = yield* ask("/v1beta/models/claude:generateContent", choosing)
        assert.strictEqual(refused.status, 400)
        assert.include(refused.text, "responseSchema")
      })
  )

  it.live("results of a provider's own tools in earlier responses are left out with a warning that names them", () =>
    Effect.gen(function* () {
      const ask = yield* asking()
      const content = [
        { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "q" } },
        { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] },
        { type: "text", text: "So it is." }
      ]
      const history = [...messages, { role: "assistant", content }, ...messages]
      const { status, warning } = yield* ask("/v1/messages", { model: "chat", max_tokens: 9, messages: history })
      assert.strictEqual(status, 200)
      assert.include(warning, "messages[1].content[1]: web_search_tool_result is known to anthropic-messages only")
    })
  )

  it.live(
    "what clients know and the gateway does not serve is a 404 in their own words, and no path of another dialect",
    () =>
      Effect.gen(function* () {
        const { send, url } = yield* gateway(models)
        const version = { "anthropic-version": "2023-06-01" }
        for (const path of ["/v1/files", "/v1/files/file_1", "/v1/files/file_1/content"]) {
          const text = yield* Effect.promise(async () => (await fetch(url + path, { headers: version })).text())
          const { error, type } = JSON.parse(text) as Wire
          assert.strictEqual(type, "error", path)
          assert.strictEqual(error.type, "not_found_error", path)
          assert.include(error.message, `there is no ${path} here`)
        }
        const listed = yield* Effect.promise(async () => (await fetch(`${url}/v1/files`)).json() as Promise<Wire>)
        assert.strictEqual(listed.object, "list")
        const compacted = yield* send("/v1/responses/compact", { model: "chat", input: "Hello" })
        assert.strictEqual(compacted.status, 404)
        assert.include(compacted.text, "there is no /v1/responses/compact here")
      })
  )

  it.live("a tier of Anthropic's or Google's is the one of OpenAI's that means the same", () =>
    Effect.gen(function* () {
      const ask = yield* asking()
      const claude = { model: "chat", max_tokens: 9, messages, service_tier: "standard_only" }
      assert.strictEqual((yield* ask("/v1/messages", claude)).sent.service_tier, "default")
      const gemini = { contents: [{ role: "user", parts: [{ text: "Hello" }] }], serviceTier: "standard" }
      assert.strictEqual((yield* ask("/v1beta/models/chat:generateContent", gemini)).sent.service_tier, "default")
    })
  )
})
