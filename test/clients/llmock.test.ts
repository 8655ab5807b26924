/** llmock plays providers that fail, and judges how they are called: whether `Retry-After` is obeyed, what is retried and how often. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { ConfigProvider, Context, Effect, Layer, Schedule } from "effect"
import { spawn } from "node:child_process"
import { createServer, type AddressInfo } from "node:net"
import * as Gateway from "../../src/gateway/Gateway.ts"
import { evaluate } from "../../src/settings/file/Load.ts"
import * as Source from "../../src/settings/file/Source.ts"
import * as UndiciClient from "../../src/transport/UndiciClient.ts"
import { isInstalled } from "./Program.ts"

const llmock = `${import.meta.dirname}/python/.venv-frameworks/bin/llmock`

/** The accounts, by the name that llmock has for each provider, and where it plays that. */
const accounts = {
  openai: ["openai", "/v1"],
  responses: ["openai-responses", "/v1"],
  anthropic: ["anthropic", "/anthropic"],
  google: ["google", "/gemini/v1beta"],
  cohere: ["cohere", "/cohere"],
  mistral: ["mistral", "/mistral/v1"],
  groq: ["groq", "/groq/openai/v1"],
  xai: ["xai", "/xai/v1"]
} as const

const freePort = Effect.promise(
  () =>
    new Promise<number>((resolve) => {
      const server = createServer().listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        server.close(() => resolve(port))
      })
    })
)

const json = (url: string, body?: unknown) =>
  Effect.promise(async () => {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }
    const response = await fetch(url, body === undefined ? {} : init)
    return { status: response.status, text: await response.text() }
  })

class Subject extends Context.Service<Subject, { readonly url: string; readonly mock: string }>()("test/llmock") {
  static readonly layer = Layer.effect(
    Subject,
    Effect.gen(function* () {
      const port = yield* freePort
      yield* Effect.acquireRelease(
        Effect.sync(() => spawn(llmock, ["serve", "--port", String(port)], { stdio: "ignore" })),
        (child) => Effect.sync(() => child.kill("SIGKILL"))
      )
      const mock = `http://127.0.0.1:${port}`
      yield* Effect.retry(
        Effect.tryPromise(() => fetch(`${mock}/_llmock/scenario`)),
        { schedule: Schedule.spaced("100 millis"), times: 300 }
      )
      const providers = Object.entries(accounts).map(
        ([name, [provider, path]]) =>
          `  ${name}: { provider: ${provider}, key: k-0123456789, baseUrl: "${mock}${path}" }\n`
      )
      const models = Object.keys(accounts).map((name) => `  ${name}: ${name}/m\n`)
      const policies = "policies: { retry: { times: 3, base: 50ms } }"
      const text = `${policies}\nproviders:\n${providers.join("")}models:\n${models.join("")}`
      const source = yield* Effect.fromResult(Source.parse("settings.yaml", text))
      const { settings } = yield* evaluate(source, undefined, false)
      const services = yield* Layer.build(
        Gateway.layer(settings, { port: 0, drain: 0 }).pipe(
          Layer.provide([UndiciClient.layer, NodeServices.layer, ConfigProvider.layer(ConfigProvider.fromUnknown({}))])
        )
      )
      return { url: Context.get(services, Gateway.Gateway).url, mock }
    })
  )
}

/** What a client gets where these things happen, and what llmock finds wrong with the calls. */
const judged = Effect.fnUntraced(function* (model: string, behaviors: ReadonlyArray<object>, more: object = {}) {
  const { mock, url } = yield* Subject
  yield* json(`${mock}/_llmock/reset`, {})
  yield* json(`${mock}/_llmock/scenario`, { behaviors })
  const messages = [{ role: "user", content: "What is the weather in Paris?" }]
  const answer = yield* json(`${url}/v1/chat/completions`, { model, messages, ...more })
  const verdict = JSON.parse((yield* json(`${mock}/_llmock/verdict`)).text)
  const seen = JSON.parse((yield* json(`${mock}/_llmock/requests`)).text)
  return { ...answer, verdict: JSON.stringify(verdict.findings), requests: (seen.requests ?? seen).length }
})

/** What a streamed chat completion says. */
const contentIn = (text: string): string =>
  [...text.matchAll(/^data: (\{.*)$/gm)]
    .map(([, data = ""]) => JSON.parse(data).choices?.[0]?.delta?.content ?? "")
    .join("")

const tools = [
  {
    type: "function",
    function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } }
  }
]

describe.skipIf(!isInstalled("frameworks"))("llmock", () => {
  layer(Subject.layer, { excludeTestServices: true, timeout: 120_000 })((it) => {
    for (const model of Object.keys(accounts)) {
      it.effect(`finds nothing wrong with how ${model} is called`, () =>
        Effect.gen(function* () {
          for (const stream of [false, true]) {
            const plain = yield* judged(model, [], { stream, tools })
            assert.deepStrictEqual([plain.status, plain.verdict, plain.requests], [200, "[]", 1], plain.text)
            assert.include(plain.text, "get_weather")
            const limited = yield* judged(model, [{ type: "fail", status: 429, retry_after: 1, times: 1 }], { stream })
            assert.deepStrictEqual([limited.status, limited.verdict, limited.requests], [200, "[]", 2], limited.text)
            const down = yield* judged(model, [{ type: "fail", status: 503, times: 2 }], { stream })
            assert.deepStrictEqual([down.status, down.verdict, down.requests], [200, "[]", 3], down.text)
            const refused = yield* judged(model, [{ type: "fail", status: 401 }], { stream })
            assert.deepStrictEqual([refused.status, refused.verdict, refused.requests], [401, "[]", 1], refused.text)
          }
        })
      )

      it.effect(`sees no broken stream of ${model} pass for a whole one`, () =>
        Effect.gen(function* () {
          const whole = contentIn((yield* judged(model, [], { stream: true })).text)
          for (const kind of ["truncate", "disconnect", "malformed"])
            for (const after_chunks of [2, 6]) {
              const fault = { type: "stream_fault", kind, after_chunks }
              const { requests, text, verdict } = yield* judged(model, [fault], { stream: true })
              if (!text.includes("[DONE]")) assert.include(text, '"error"', kind)
              else {
                // What broke before its first content was asked for again; else a ping was damaged, and no text.
                assert.strictEqual(contentIn(text), whole, kind)
                if (requests > 1) assert.strictEqual(verdict, "[]", kind)
                else assert.strictEqual(kind, "malformed")
              }
            }
        })
      )
    }
  })
})
