import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Redacted, Stream, Tracer } from "effect"
import { type Headers, HttpClient, HttpClientResponse } from "effect/http"
import {
  Anthropic,
  ChatRequest,
  foldEvents,
  LlamaCpp,
  LmStudio,
  Ollama,
  OpenAi,
  OpenAiCompatible,
  OpenRouter,
  Provider,
  Registry,
  Vllm
} from "effect-llm"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import { delta, done, eventStream, serve, stop } from "./server.ts"

const apiKey = Redacted.make("sk-test-0123456789abcdefghij")
const json = { "content-type": "application/json" }
const undici = Layer.provide(NodeHttpClient.layerUndici)
const configured = (env: Record<string, string>) => ConfigProvider.layer(ConfigProvider.fromUnknown(env))
const answer = (content: string, usage?: object) =>
  JSON.stringify({
    id: "c1",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage
  })

describe("OpenAi", () => {
  it.live("sends organization and project, under either configured name", () =>
    Effect.gen(function* () {
      for (const env of [
        { OPENAI_ORGANIZATION: "org-1", OPENAI_PROJECT: "proj-1" },
        { OPENAI_ORGANIZATION: "", OPENAI_ORG_ID: "org-1", OPENAI_PROJECT_ID: "proj-1" }
      ]) {
        const server = yield* serve((response) => response.writeHead(200, json).end(answer("Hi")))
        const layer = OpenAi.layerConfig.pipe(
          undici,
          Layer.provide(configured({ ...env, OPENAI_API_KEY: "k", OPENAI_BASE_URL: `${server.url}/v1/` }))
        )
        yield* OpenAi.model("gpt-5-mini").generate({ messages: "Hi", maxOutputTokens: 9 }).pipe(Effect.provide(layer))
        const { body, request } = yield* server.arrived
        assert.strictEqual(request.url, "/v1/chat/completions")
        assert.strictEqual(request.headers.authorization, "Bearer k")
        assert.strictEqual(request.headers["openai-organization"], "org-1")
        assert.strictEqual(request.headers["openai-project"], "proj-1")
        assert.strictEqual(JSON.parse(body).max_completion_tokens, 9)
      }
    })
  )
})

describe("OpenRouter", () => {
  it.live("sends its referer and routing, and reports the cost", () =>
    Effect.gen(function* () {
      const usage = { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4, cost: 0.00012 }
      const server = yield* serve((response) => response.writeHead(200, json).end(answer("Hi", usage)))
      const layer = OpenRouter.layer({ apiKey, baseUrl: server.url, referer: "https://my.example", title: "Mine" })
      const reply = yield* OpenRouter.model("openai/gpt-5-mini")
        .generate({
          messages: "Hi",
          maxOutputTokens: 9,
          providerOptions: OpenRouter.routing({ order: ["groq"], allow_fallbacks: false }, ["a/b"])
        })
        .pipe(Effect.provide(layer.pipe(undici)))
      assert.strictEqual(reply.usage.reportedCost, "0.00012")
      const { body, request } = yield* server.arrived
      assert.strictEqual(request.headers["http-referer"], "https://my.example")
      assert.strictEqual(request.headers["x-title"], "Mine")
      const sent = JSON.parse(body)
      assert.deepStrictEqual(sent.provider, { order: ["groq"], allow_fallbacks: false })
      assert.deepStrictEqual(sent.models, ["a/b"])
      assert.strictEqual(sent.max_tokens, 9)
    })
  )

  it("encodes only fields that are set", () => {
    assert.deepStrictEqual(OpenRouter.routing({ sort: "price", only: undefined }), {
      openrouter: { provider: { sort: "price" } }
    })
  })
})

describe("servers of local models", () => {
  const locals = { VLLM: Vllm, LMSTUDIO: LmStudio, LLAMA_CPP: LlamaCpp }

  for (const [prefix, Local] of Object.entries(locals)) {
    it.live(`${prefix} needs no key, separates reasoning, and strips tokens of the template from text`, () =>
      Effect.gen(function* () {
        const pieces = ["<thi", "nk>Hm.</think>", "Hi", "<|im", "_end|>"].map(delta).join("")
        const server = yield* serve((response) => response.writeHead(200, eventStream).end(pieces + stop + done))
        const request = ChatRequest.make({ messages: "Hi", maxOutputTokens: 9, topK: 5 })
        const events = yield* Local.make.pipe(
          Effect.flatMap((provider) => Stream.runCollect(provider.stream("m", request))),
          Effect.provide([NodeHttpClient.layerUndici, configured({ [`${prefix}_BASE_URL`]: server.url })])
        )
        const reply = foldEvents(events)
        assert.strictEqual(reply.text, "Hi")
        assert.strictEqual(reply.reasoningText, "Hm.")
        const { body, request: http } = yield* server.arrived
        assert.notProperty(http.headers, "authorization")
        const sent = JSON.parse(body)
        assert.strictEqual(sent.max_tokens, 9)
        assert.strictEqual(sent.top_k, 5)
      })
    )
  }

  const line = (message: object, end = {}) => `${JSON.stringify({ model: "m", message, done: false, ...end })}\n`

  it.live(
    "Ollama uses its own protocol at any address, separates reasoning and strips tokens of the template too",
    () =>
      Effect.gen(function* () {
        const pieces = ["<thi", "nk>Hm.</think>", "Hi", "<|im", "_end|>"].map((content) => line({ content }))
        const end = line({ content: "" }, { done: true, done_reason: "stop", prompt_eval_count: 3, eval_count: 2 })
        const server = yield* serve((response) =>
          response.writeHead(200, { "content-type": "application/x-ndjson" }).end(pieces.join("") + end)
        )
        const request = ChatRequest.make({
          messages: "Hi",
          maxOutputTokens: 9,
          topK: 5,
          providerOptions: { ollama: { keep_alive: "1h", options: { num_ctx: 8192 } } }
        })
        const places = [
          { OLLAMA_BASE_URL: server.url },
          { OLLAMA_BASE_URL: `${server.url}/v1/` },
          { OLLAMA_HOST: server.url.replace("http://", "") },
          { OLLAMA_HOST: server.url.replace("127.0.0.1", "0.0.0.0") }
        ]
        for (const place of places) {
          const events = yield* Ollama.make.pipe(
            Effect.flatMap((provider) => Stream.runCollect(provider.stream("m", request))),
            Effect.provide([NodeHttpClient.layerUndici, configured(place)])
          )
          const reply = foldEvents(events)
          assert.strictEqual(reply.text, "Hi")
          assert.strictEqual(reply.reasoningText, "Hm.")
          assert.strictEqual(reply.usage.outputTokens.total, 2)
        }
        const { body, request: http } = yield* server.arrived
        assert.strictEqual(http.url, "/api/chat")
        assert.strictEqual(http.headers.accept, "application/x-ndjson")
        assert.notProperty(http.headers, "authorization")
        const sent = JSON.parse(body)
        assert.strictEqual(sent.keep_alive, "1h")
        assert.deepStrictEqual(sent.options, { num_predict: 9, top_k: 5, num_ctx: 8192 })
      })
  )

  it.live("accept an optional key, and get earlier reasoning back", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.writeHead(200, json).end(answer("Hi")))
      const thought = { type: "reasoning", text: "Hm." } as const
      yield* LlamaCpp.model("m")
        .generate({
          messages: ["Hi", { role: "assistant", content: [thought, { type: "text", text: "Hi" }] }, "And now?"]
        })
        .pipe(Effect.provide(LlamaCpp.layer({ apiKey, baseUrl: server.url }).pipe(undici)))
      const { body, request } = yield* server.arrived
      assert.strictEqual(request.headers.authorization, "Bearer sk-test-0123456789abcdefghij")
      assert.strictEqual(JSON.parse(body).messages[1].reasoning_content, "Hm.")
    })
  )
})

describe("a custom provider", () => {
  class Acme extends Provider.Service<Acme>()({
    id: "acme",
    protocol: OpenAiChat,
    auth: { header: "X-Acme-Pass" },
    headers: { "x-version": "1" },
    body: { tier: "gold", temperature: 0.1 },
    rows: "openai"
  }) {}

  it.live("sends its key, headers and fields; those of the request override them", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.writeHead(200, json).end(answer("Hi")))
      const layer = Acme.layer({ apiKey, baseUrl: `${server.url}/v9`, headers: { "x-version": "2", "x-a": "b" } })
      yield* Acme.model("gpt-4.1")
        .generate({ messages: "Hi", temperature: 0.5, headers: { "x-a": "c" } })
        .pipe(Effect.provide(layer.pipe(undici)))
      const { body, request } = yield* server.arrived
      assert.strictEqual(request.url, "/v9/chat/completions")
      assert.strictEqual(request.headers["x-acme-pass"], "sk-test-0123456789abcdefghij")
      assert.strictEqual(request.headers["x-version"], "2")
      assert.strictEqual(request.headers["x-a"], "c")
      assert.include(JSON.parse(body), { tier: "gold", temperature: 0.5 })
    })
  )

  it.effect("names itself in errors, even with another provider's rows", () =>
    Effect.gen(function* () {
      const layer = Acme.layer({ apiKey, baseUrl: "https://acme.example" }).pipe(undici)
      const failing = (request: Parameters<ReturnType<typeof Acme.model>["generate"]>[0]) =>
        Effect.flip(Acme.model("gpt-5-mini").generate(request).pipe(Effect.provide(layer)))
      const refused = yield* failing({ messages: "Hi", temperature: 0.2 })
      const empty = yield* failing({ messages: [] })
      const header = yield* failing({ messages: "Hi", headers: { "x-a": "b\nc" } })
      for (const [error, tag] of [
        [refused, "UnsupportedParameterError"],
        [empty, "InvalidRequestError"],
        [header, "InvalidRequestError"]
      ] as const) {
        assert.strictEqual(error._tag, tag)
        assert.include(error.message, "acme/gpt-5-mini: ")
      }
      assert.strictEqual(header._tag === "InvalidRequestError" && header.at, "headers.x-a")
    })
  )

  it.effect("keeps its key out of logs and spans, and traces away from providers", () =>
    Effect.gen(function* () {
      const seen: Array<{ readonly headers: Headers.Headers; readonly logged: string }> = []
      const client = HttpClient.make((request) =>
        Effect.sync(() => {
          seen.push({ headers: request.headers, logged: JSON.stringify(request) })
          return HttpClientResponse.fromWeb(request, new Response(answer("Hi"), { headers: json }))
        })
      )
      const spans: Array<string> = []
      const tracer = Tracer.make({
        span: (options) => {
          spans.push(options.name)
          return new Tracer.NativeSpan(options)
        }
      })
      const layer = Acme.layer({ apiKey, baseUrl: "https://acme.example", headers: { "x-goog-api-key": "top-secret" } })
      yield* Acme.model("gpt-4.1")
        .generate("Hi")
        .pipe(
          Effect.withSpan("outer"),
          Effect.withTracer(tracer),
          Effect.provide(layer.pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, client))))
        )
      const [request] = seen
      assert.strictEqual(request?.headers["x-acme-pass"], "sk-test-0123456789abcdefghij")
      assert.deepStrictEqual(
        Object.keys(request?.headers ?? {}).filter((name) => name.startsWith("b3") || name.startsWith("trace")),
        []
      )
      for (const secret of ["0123456789", "top-secret"]) assert.notInclude(request?.logged, secret)
      assert.include(request?.logged, "x-acme-pass")
      assert.deepStrictEqual(spans, ["outer"])
    })
  )
})

describe("the registry's models", () => {
  it.live("call their provider, unary or streamed", () =>
    Effect.gen(function* () {
      const server = yield* serve((response, body) =>
        JSON.parse(body).stream === true
          ? response.writeHead(200, eventStream).end(delta("Hi") + stop + done)
          : response.writeHead(200, json).end(answer("Hi"))
      )
      const env = { OPENAI_API_KEY: "k", OPENAI_BASE_URL: server.url }
      const texts = yield* Effect.gen(function* () {
        const model = yield* (yield* Registry).model("openai/gpt-4.1")
        const whole = yield* model.generate("Hi")
        const events = yield* Stream.runCollect(model.stream("Hi"))
        return [whole.text, foldEvents(events).text]
      }).pipe(Effect.provide(Registry.layerConfig.pipe(undici, Layer.provide(configured(env)))))
      assert.deepStrictEqual(texts, ["Hi", "Hi"])
    })
  )
})

it("every known provider has a base URL, and `OpenAiCompatible` none", () => {
  for (const { definition } of [OpenAi, Anthropic, OpenRouter, Ollama, Vllm, LmStudio, LlamaCpp]) {
    assert.match(String(definition.baseUrl), /^https?:\/\//)
  }
  class Nobody extends OpenAiCompatible.Service<Nobody>()({ id: "nobody" }) {}
  assert.isUndefined(Nobody.definition.baseUrl)
})
