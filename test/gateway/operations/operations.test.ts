import { assert, describe, it } from "@effect/vitest"
import { Effect, Metric } from "effect"
import { gateway } from "../gateway.ts"

const get = (url: string, init?: RequestInit) =>
  Effect.promise(async (signal) => {
    const response = await fetch(url, { ...init, signal })
    return { status: response.status, headers: response.headers, text: await response.text() }
  })

const messages = [{ role: "user", content: "Hello" }]

describe("the settings of a server", () => {
  it.live("name proxies by their addresses or networks alone", () =>
    Effect.gen(function* () {
      for (const proxy of ["10.0.0.0/33", "proxy.internal", "10.0.0.1/8/8", "::1/x"]) {
        const settings = `models: { fast: openai/sim-healthy }\nserver: { trustedProxies: ["${proxy}"] }`
        assert.include(String(yield* Effect.flip(gateway(settings))), "an address or a network", proxy)
      }
    })
  )
})

describe("health", () => {
  it.live("is judged by the calls of clients, without paid calls", () =>
    Effect.gen(function* () {
      const { send, simulator, url } = yield* gateway(
        "models: { fast: openai/sim-healthy, away: { deployments: [anthropic/sim-503], policies: { retry: false }, fallbacks: [fast] } }"
      )
      assert.strictEqual((yield* get(`${url}/health/live`)).text, '{"status":"live"}')
      assert.strictEqual((yield* get(`${url}/health/ready`)).text, '{"status":"ready"}')
      assert.strictEqual((yield* get(`${url}/health/ready`, { method: "HEAD" })).status, 200)
      const before = JSON.parse((yield* get(`${url}/health`)).text)
      assert.deepStrictEqual(
        [before.providers.openai.status, before.providers.anthropic.status],
        ["unknown", "unknown"]
      )
      assert.strictEqual((yield* simulator.requests).length, 0)
      yield* send("/v1/chat/completions", { model: "fast", messages })
      yield* send("/v1/chat/completions", { model: "away", messages })
      const { providers, status } = JSON.parse((yield* get(`${url}/health`)).text)
      assert.strictEqual(status, "ready")
      assert.strictEqual(providers.openai.status, "ok")
      assert.include(["degraded", "down"], providers.anthropic.status)
      // What a model falls back to is a model, and no provider.
      assert.deepStrictEqual(Object.keys(providers).toSorted(), ["anthropic", "openai"])
    })
  )
})

describe("metrics", () => {
  it.live("have as many series however many sessions, users, models, keys and paths there are", () =>
    Effect.gen(function* () {
      const { send, url } = yield* gateway("models: { fast: openai/sim-healthy }\nserver: { metrics: open }")
      const callsOf = (name: string) => [
        send("/v1/chat/completions", { model: "fast", messages, user: name, prompt_cache_key: name }),
        send("/v1/chat/completions", { model: "fast", messages: [{ role: "user", content: name }] }),
        send("/v1/chat/completions", { model: name, messages }),
        get(`${url}/v1/chat/completions`, {
          method: "POST",
          headers: { "content-type": "application/json", "x-session-id": name, "user-agent": name },
          body: JSON.stringify({ model: "fast", messages })
        }),
        get(`${url}/v1/models`, { headers: { authorization: `Bearer sk-${name}` } }),
        get(`${url}/v1/${name}`),
        get(`${url}/v1/responses/${name}`)
      ]
      const series = Effect.map(get(`${url}/metrics`), ({ text }) =>
        text.split("\n").flatMap((line) => (line.startsWith("#") ? [] : [line.slice(0, line.lastIndexOf(" "))]))
      )
      // Their own request is one of them.
      yield* Effect.all([series, ...callsOf("first")])
      const before = yield* series
      yield* Effect.all(Array.from({ length: 25 }, (_, index) => callsOf(`other-${index}`)).flat(), { concurrency: 8 })
      assert.deepStrictEqual(yield* series, before)
    })
  )

  it.live("count requests by route, dialect and status, and calls by model; no caller makes up labels", () =>
    Effect.gen(function* () {
      const { send, url } = yield* gateway("models: { fast: openai/sim-healthy }\nserver: { metrics: open }")
      yield* send("/v1/chat/completions", { model: "fast", messages })
      yield* send("/v1/chat/completions", { model: "fast", messages, stream: true })
      for (let count = 0; count < 20; count++) yield* get(`${url}/made-up-${count}`)
      const { headers, text } = yield* get(`${url}/metrics`)
      assert.match(headers.get("content-type") ?? "", /^text\/plain/)
      const series = text.split("\n").filter((line) => line.startsWith("http_server_request_duration_count"))
      const chat = series.find((line) => /http_route="\/v1\/chat\/completions".*"200"/.test(line))
      assert.match(chat ?? "", /http_response_status_code="200"/)
      assert.match(chat ?? "", /effect_llm_dialect="openai"/)
      assert.strictEqual(series.filter((line) => line.includes('status_code="404"')).length, 1)
      assert.notInclude(text, "made-up")
      for (const name of [
        "gen_ai_client_operation_duration_count",
        "http_server_active_requests",
        "effect_llm_gateway_streams",
        "effect_llm_gateway_overhead_count",
        "process_memory_usage",
        "nodejs_eventloop_delay_p99"
      ])
        assert.match(text, new RegExp(`^${name}`, "m"))
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.live("are a 404 where they are off", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway("models: { fast: openai/sim-healthy }\nserver: { metrics: off }")
      assert.strictEqual((yield* get(`${url}/metrics`)).status, 404)
    })
  )
})
