import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gateway } from "../gateway.ts"

/** JSON of the wire, of which nothing is checked. */
type Wire = ReturnType<typeof JSON.parse>

/** Models with facts of their own, so that nothing depends on the catalog. */
const models = `
models:
  fast:
    deployments:
      - model: openai/sim-healthy
        contextWindow: 8000
        maxOutputTokens: 2000
        capabilities: { tools: true, images: false }
        price: { input: 2, output: 8 }
  claude-sim: anthropic/sim-healthy
  both:
    deployments:
      - { model: openai/sim-healthy, contextWindow: 8000, capabilities: { tools: true } }
      - { model: anthropic/sim-healthy, contextWindow: 4000, capabilities: { tools: false } }
  vectors: { kind: embedding, deployments: [openai/sim-vectors] }
  sim/*: openai/sim-*
aliases: { default: fast }
`

const anthropic = { "anthropic-version": "2026-10-21" }
const google = { "x-goog-api-client": "google-genai-sdk/3.3.0" }

const make = Effect.gen(function* () {
  const { send, simulator, url } = yield* gateway(models)
  const get = (path: string, headers: Record<string, string> = {}) =>
    Effect.promise(async () => {
      const response = await fetch(url + path, { headers, redirect: "manual" })
      return { status: response.status, body: (await response.json()) as Wire }
    })
  return { get, send, simulator, url }
})

const listedByProvider = Effect.fnUntraced(function* (get: Effect.Success<typeof make>["get"]) {
  const { body } = yield* get("/llm/providers/openai/models")
  return body.models.map(({ id }: { id: string }) => id).filter((id: string) => id.startsWith("sim-")) as Array<string>
})

describe("A list of models", () => {
  it.live("is in the dialect that the headers name, where several have its path", () =>
    Effect.gen(function* () {
      const { get } = yield* make
      for (const prefix of ["/v1", ""]) {
        const openAi = yield* get(`${prefix}/models`)
        assert.strictEqual(openAi.body.object, "list")
        const fast = openAi.body.data.find(({ id }: Wire) => id === "fast")
        assert.deepInclude(fast, { object: "model", owned_by: "openai", context_length: 8000 })
        assert.deepStrictEqual(fast.pricing, { prompt: "0.000002", completion: "0.000008" })
        const claude = (yield* get(`${prefix}/models?limit=1000`, anthropic)).body
        assert.isFalse(claude.has_more)
        assert.strictEqual(claude.first_id, "fast")
        assert.strictEqual(claude.last_id, claude.data.at(-1).id)
        assert.deepInclude(claude.data[0], { type: "model", id: "fast", display_name: "fast", max_tokens: 2000 })
        const gemini = (yield* get(`${prefix}/models?pageSize=1000`, google)).body
        assert.deepInclude(gemini.models[0], { name: "models/fast", inputTokenLimit: 8000, outputTokenLimit: 2000 })
        assert.include(gemini.models[0].supportedGenerationMethods, "generateContent")
      }
      assert.strictEqual((yield* get("/v1beta/models")).body.models[0].name, "models/fast")
      assert.strictEqual((yield* get("/api/tags")).body.models[0].name, "fast")
    })
  )

  it.live("has aliases, and the models that a pattern matches at its provider, but not the pattern", () =>
    Effect.gen(function* () {
      const { get } = yield* make
      const ids = (yield* get("/v1/models")).body.data.map(({ id }: Wire) => id)
      assert.includeMembers(ids, ["fast", "claude-sim", "both", "vectors", "default"])
      const expected = (yield* listedByProvider(get)).map((id) => id.replace("sim-", "sim/"))
      assert.isAbove(expected.length, 10)
      assert.includeMembers(ids, expected)
      assert.isFalse(ids.some((id: string) => id.includes("*")))
    })
  )

  it.live("reports only what all of several deployments have in common", () =>
    Effect.gen(function* () {
      const { get } = yield* make
      const { models } = (yield* get("/llm/models")).body
      const of = (id: string) => models.find((model: Wire) => model.id === id)
      assert.deepInclude(of("both"), { max_tokens: 4000, supports_function_calling: false, supports_vision: null })
      assert.deepInclude(of("fast"), {
        max_tokens: 8000,
        max_output_tokens: 2000,
        supports_function_calling: true,
        supports_vision: false,
        supports_structured_output: null
      })
      assert.deepInclude(of("default"), { max_tokens: 8000, provider: "openai" })
    })
  )

  it.live("of Anthropic has pages forwards and backwards", () =>
    Effect.gen(function* () {
      const { get } = yield* make
      const page = (query: string) => Effect.map(get(`/v1/models?${query}`, anthropic), ({ body }) => body)
      const idsOf = ({ data }: Wire): ReadonlyArray<string> => data.map(({ id }: Wire) => id)
      const all = idsOf(yield* page("limit=1000"))
      const seen: Array<string> = []
      let after = ""
      for (let more = true; more;) {
        const one = yield* page(`limit=3${after}`)
        seen.push(...idsOf(one))
        more = one.has_more
        after = `&after_id=${encodeURIComponent(one.last_id)}`
      }
      assert.deepStrictEqual(seen, all)
      const before = yield* page(`limit=2&before_id=${encodeURIComponent(all[3] ?? "")}`)
      assert.deepStrictEqual(idsOf(before), all.slice(1, 3))
      assert.isTrue(before.has_more)
      assert.strictEqual((yield* get("/v1/models?limit=0", anthropic)).status, 400)
      assert.strictEqual((yield* get("/v1/models?after_id=nobody", anthropic)).status, 400)
    })
  )

  it.live("of Google has pages", () =>
    Effect.gen(function* () {
      const { get } = yield* make
      const all = (yield* get("/v1beta/models?pageSize=1000")).body
      assert.isUndefined(all.nextPageToken)
      const seen: Array<string> = []
      let token = ""
      do {
        const { body } = yield* get(`/v1beta/models?pageSize=4&pageToken=${encodeURIComponent(token)}`)
        seen.push(...body.models.map(({ name }: Wire) => name))
        token = body.nextPageToken ?? ""
      } while (token !== "")
      assert.deepStrictEqual(
        seen,
        all.models.map(({ name }: Wire) => name)
      )
      assert.strictEqual((yield* get("/v1beta/models?pageToken=nowhere")).status, 400)
    })
  )

  it.live("has each of its models, and one of a pattern that it does not list", () =>
    Effect.gen(function* () {
      const { get, send } = yield* make
      assert.strictEqual((yield* get("/v1/models/fast")).body.id, "fast")
      assert.strictEqual((yield* get("/v1/models/sim%2Fhealthy")).body.id, "sim/healthy")
      assert.strictEqual((yield* get("/v1/models/sim/unheard-of")).body.id, "sim/unheard-of")
      assert.strictEqual((yield* get("/v1/models/claude-sim", anthropic)).body.type, "model")
      assert.strictEqual((yield* get("/v1beta/models/fast")).body.name, "models/fast")
      const missing = yield* get("/v1/models/fust")
      assert.strictEqual(missing.status, 404)
      assert.include(missing.body.error.message, "fast")
      const shown = JSON.parse((yield* send("/api/show", { model: "fast:latest" })).text)
      assert.deepStrictEqual(shown.capabilities, ["completion", "tools"])
      assert.strictEqual(shown.model_info[`${shown.model_info["general.architecture"]}.context_length`], 8000)
      assert.strictEqual((yield* send("/api/show", { model: "nobody" })).status, 404)
      assert.isString((yield* get("/api/version")).body.version)
      assert.deepStrictEqual((yield* get("/api/ps")).body, { models: [] })
    })
  )
})

describe("The models of a provider", () => {
  it.live("come from the provider, then from the cache, and from the provider again when refreshed", () =>
    Effect.gen(function* () {
      const { get, send, simulator } = yield* make
      const asked = Effect.map(simulator.requests, (all) => all.filter(({ path }) => path === "/v1/models").length)
      const first = (yield* get("/llm/providers/openai/models")).body
      assert.deepStrictEqual([first.provider, first.source], ["openai", "provider"])
      assert.deepInclude(first.models[0], { provider: "openai", supports_vision: null })
      assert.strictEqual((yield* get("/llm/providers/openai/models")).body.source, "cache")
      assert.strictEqual(yield* asked, 1)
      const refreshed = yield* send("/llm/providers/openai/models/refresh", {})
      assert.strictEqual(JSON.parse(refreshed.text).source, "provider")
      assert.strictEqual(yield* asked, 2)
      const all = JSON.parse((yield* send("/llm/models/refresh", {})).text)
      assert.strictEqual(all.providers.openai.source, "provider")
      assert.strictEqual((yield* get("/llm/models")).body.providers.openai.source, "cache")
    })
  )

  it.live("come from the catalog if the provider has no list, and an unknown provider has none", () =>
    Effect.gen(function* () {
      const { get } = yield* make
      const unconfigured = (yield* get("/llm/providers/mistral/models")).body
      assert.strictEqual(unconfigured.source, "catalog")
      assert.match(unconfigured.as_of, /^\d{4}-\d{2}-\d{2}$/)
      const unknown = yield* get("/llm/providers/opanai/models")
      assert.strictEqual(unknown.status, 400)
      assert.include(unknown.body.error.message, "openai")
    })
  )
})

describe("/llm/generate", () => {
  const messages = [{ role: "user", content: "Hi" }]

  it.live("calls a model by its name here or at its provider, and returns the usage and the cost", () =>
    Effect.gen(function* () {
      const { send } = yield* make
      for (const model of ["fast", "default", "openai/sim-healthy", "sim-healthy"]) {
        const { status, text } = yield* send("/llm/generate", { model, messages, max_completion_tokens: 100 })
        assert.strictEqual(status, 200, text)
        const body = JSON.parse(text)
        assert.strictEqual(body.object, "chat.completion")
        const { completion_tokens, prompt_tokens } = body.usage
        assert.closeTo(body.cost.usd, (2 * prompt_tokens + 8 * completion_tokens) / 1e6, 1e-12)
      }
    })
  )

  it.live("streams chunks, the last of which has usage and cost", () =>
    Effect.gen(function* () {
      const { send } = yield* make
      const { text } = yield* send("/llm/generate", { model: "fast", messages, stream: true })
      const data = text
        .split("\n\n")
        .filter(Boolean)
        .map((block) => block.replace(/^data: /, ""))
      assert.strictEqual(data.at(-1), "[DONE]")
      const last = JSON.parse(data.at(-2) ?? "")
      assert.isAbove(last.usage.prompt_tokens, 0)
      assert.isAbove(last.cost.usd, 0)
    })
  )

  it.live("gives the reason for a missing cost", () =>
    Effect.gen(function* () {
      const { send } = yield* make
      const { cost } = JSON.parse((yield* send("/llm/generate", { model: "claude-sim", messages })).text)
      assert.isNull(cost.usd)
      assert.isString(cost.reason)
    })
  )

  it.live("accepts a format and an effort, and rejects unknown fields", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* make
      const json_schema = {
        name: "a",
        schema: { type: "object", properties: { a: { type: "string" } }, required: ["a"] }
      }
      const formats = [{ type: "text" }, { type: "json_object" }, { type: "json_schema", json_schema }]
      for (const response_format of formats)
        assert.strictEqual((yield* send("/llm/generate", { model: "fast", messages, response_format })).status, 200)
      yield* send("/llm/generate", { model: "fast", messages, reasoning_effort: "low", top_p: 0.5, stop: ["x"] })
      const { request } = (yield* simulator.requests).at(-1) ?? {}
      assert.deepInclude(request, { reasoning: { effort: "low" }, topP: 0.5, stop: ["x"] })
      const wrong = yield* send("/llm/generate", { model: "fast", messages, temprature: 1 })
      assert.strictEqual(wrong.status, 400)
      assert.include(JSON.parse(wrong.text).error.message, "temperature")
      assert.strictEqual((yield* send("/llm/generate", { model: "nobody", messages })).status, 404)
    })
  )
})
