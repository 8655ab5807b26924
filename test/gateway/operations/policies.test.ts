import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import type { IncomingMessage, ServerResponse } from "node:http"
import { post, serve, upstream } from "../calls/upstream.ts"

const json = (outgoing: ServerResponse, status: number, body: object, headers: { readonly [n: string]: string } = {}) =>
  outgoing.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body))

const completion = (content: string) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "acme",
  choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
})

const limited = { error: { message: "slow down", type: "rate_limit_error", code: "rate_limit_exceeded" } }

const secretOf = ({ headers }: IncomingMessage): string => (headers.authorization ?? "").replace("Bearer ", "")

const ask = (url: string, headers: { readonly [name: string]: string } = {}) =>
  post(`${url}/v1/chat/completions`, { model: "m", messages: [{ role: "user", content: "Hello" }] }, headers)

const textOf = (text: string): unknown => JSON.parse(text).choices?.[0].message.content

describe("the keys of an account", () => {
  it.live("take turns; one that is limited or rejected rests, unnoticed by callers", () =>
    Effect.gen(function* () {
      const used: Array<string> = []
      const address = yield* upstream((incoming, outgoing) => {
        const secret = secretOf(incoming)
        used.push(secret)
        if (secret === "sk-limited-0123456789") return void json(outgoing, 429, limited, { "retry-after": "60" })
        if (secret === "sk-revoked-0123456789")
          return void json(outgoing, 401, { error: { message: "no such key", code: "invalid_api_key" } })
        json(outgoing, 200, completion(secret))
      })
      const keys = ["sk-limited-0123456789", "sk-one-0123456789", "sk-revoked-0123456789", "sk-two-0123456789"]
      const url = yield* serve(`providers: { openai: { keys: ${JSON.stringify(keys)}, baseUrl: "${address}" } }
models: { m: openai/acme }
`)
      const texts: Array<unknown> = []
      for (let count = 0; count < 8; count++) {
        const { status, text } = yield* ask(url)
        assert.strictEqual(status, 200, text)
        texts.push(textOf(text))
      }
      assert.deepStrictEqual([...new Set(texts)].toSorted(), ["sk-one-0123456789", "sk-two-0123456789"])
      // Those that rest were tried once.
      assert.strictEqual(used.filter((secret) => secret === "sk-limited-0123456789").length, 1)
      assert.strictEqual(used.filter((secret) => secret === "sk-revoked-0123456789").length, 1)
    })
  )

  it.live("are a mistake next to a key, or for a provider without keys", () =>
    Effect.gen(function* () {
      for (const entry of [
        "openai: { key: '${A}', keys: ['${A}', '${B}'] }",
        "claude-cli: { keys: ['${A}'] }",
        "openai: { keys: [] }",
        "openai: { keys: { of: ['${A}'], strategy: random } }"
      ]) {
        const error = yield* Effect.flip(serve(`providers: { ${entry} }\nmodels: { m: openai/acme }\n`))
        assert.include(String(error), "keys", entry)
      }
    })
  )
})

describe("a model that is hedged", () => {
  it.live("is called again where the first call is slow, and stops the one that lost", () =>
    Effect.gen(function* () {
      let calls = 0
      let left = 0
      const address = yield* upstream((_, outgoing) => {
        if (++calls === 1) return void outgoing.once("close", () => left++)
        json(outgoing, 200, completion("second"))
      })
      const url = yield* serve(`providers: { openai: { key: sk-upstream-secret-1234, baseUrl: "${address}" } }
models: { m: openai/acme }
policies: { hedge: { after: 20ms, share: 1 } }
`)
      const { headers, status, text } = yield* ask(url)
      assert.deepStrictEqual([status, textOf(text)], [200, "second"])
      assert.strictEqual(headers["x-effect-llm-attempts"], "2")
      yield* Effect.repeat(
        Effect.sync(() => left),
        { until: (count) => count === 1, schedule: Schedule.spaced("5 millis") }
      )
      assert.strictEqual(calls, 2)
    })
  )
})

describe("retries", () => {
  /** How often a provider is called that responds with these statuses, and then with success. */
  const calls = (retry: string, ...statuses: ReadonlyArray<number>) =>
    Effect.gen(function* () {
      let count = 0
      const address = yield* upstream((_, outgoing) => {
        const status = statuses[count++] ?? 200
        json(
          outgoing,
          status,
          status === 200 ? completion("done") : { error: { message: "no", type: "x", code: null } }
        )
      })
      const url = yield* serve(`providers: { openai: { key: sk-upstream-secret-1234, baseUrl: "${address}" } }
models: { m: { deployments: [openai/acme], policies: { retry: { base: 1ms, ${retry} } } } }
`)
      const { status } = yield* ask(url)
      return [count, status]
    })

  it.live("depend on the class of an error if configured", () =>
    Effect.gen(function* () {
      const byError = "times: 1, byError: { rateLimit: 3, serverError: 0, authentication: 2 }"
      assert.deepStrictEqual(yield* calls(byError, 429, 429, 429), [4, 200])
      assert.deepStrictEqual(yield* calls(byError, 429, 429, 429, 429), [4, 429])
      assert.deepStrictEqual((yield* calls(byError, 500))[0], 1)
      assert.deepStrictEqual(yield* calls(byError, 401, 401), [3, 200])
      // Each class counts its own; what is not named has its times.
      assert.deepStrictEqual(yield* calls(byError, 529, 429, 429), [4, 200])
      assert.deepStrictEqual((yield* calls(byError, 529, 529))[0], 2)
      assert.deepStrictEqual((yield* calls(byError, 400))[0], 1)
      assert.deepStrictEqual(yield* calls("times: 2", 500, 429), [3, 200])
    })
  )
})

describe("a shadow", () => {
  it.live(
    "receives a share of the calls after they end: callers neither wait nor pay for it, and the ledger records it",
    () =>
      Effect.gen(function* () {
        const seen: Array<string> = []
        const waiting: Array<() => void> = []
        const address = yield* upstream((_, outgoing, body) => {
          const { model } = JSON.parse(body) as { readonly model: string }
          seen.push(model)
          const respond = () => json(outgoing, 200, completion(`of ${model}`))
          if (model === "second") waiting.push(respond)
          else respond()
        })
        const url = yield* serve(`providers: { openai: { key: sk-upstream-secret-1234, baseUrl: "${address}" } }
models:
  m: { deployments: [openai/first], shadow: { to: other, share: 1 } }
  other: { deployments: [openai/second], shadow: { to: m, share: 1 } }
  never: { deployments: [openai/first], shadow: { to: other, share: 0 } }
prices: { openai/first: { input: 1, output: 1 }, openai/second: { input: 100, output: 100 } }
budgets: { all: { usd: 1000 } }
keys: { bot: { key: the-secret-of-the-bot-4711, budgets: [all] } }
server: { adminKey: the-administrator-of-this-4711 }
`)
        const asking = (model: string) =>
          post(
            `${url}/v1/chat/completions`,
            { model, messages: [{ role: "user", content: "Hi" }] },
            { authorization: "Bearer the-secret-of-the-bot-4711" }
          )
        assert.strictEqual(textOf((yield* asking("m")).text), "of first")
        yield* Effect.repeat(Effect.yieldNow, { until: () => waiting.length === 1 })
        yield* asking("never")
        for (const respond of waiting) respond()
        const admin = (path: string) =>
          Effect.promise(async () => {
            const headers = { authorization: "Bearer the-administrator-of-this-4711" }
            return (await (await fetch(`${url}${path}`, { headers })).json()) as ReturnType<typeof JSON.parse>
          })
        const { calls } = yield* Effect.repeat(admin("/admin/calls"), {
          until: ({ calls }) => calls.length === 3,
          schedule: Schedule.spaced("20 millis")
        })
        assert.deepStrictEqual(seen, ["first", "second", "first"])
        const shadow = calls.find(({ model }: { readonly model: string }) => model === "other")
        assert.deepInclude(shadow, { tags: ["shadow=m"], outcome: "success", provider: "openai" })
        assert.isUndefined(shadow.key)
        assert.isAbove(Number(shadow.cost), 0)
        const { budgets } = yield* admin("/admin/budgets")
        const own = calls.filter(({ key }: { readonly key?: string }) => key === "bot")
        const paid = own.reduce((sum: number, { cost }: { readonly cost: string }) => sum + Number(cost), 0)
        assert.closeTo(Number(budgets[0].spent), paid, 1e-12)
      })
  )
})

describe("responses that must satisfy a condition", () => {
  const bodies = ["", "no JSON", '{"a":1}']
  const invalidly = (more: string) =>
    Effect.gen(function* () {
      const prompts: Array<string> = []
      const address = yield* upstream((_, outgoing, body) => {
        prompts.push(body)
        json(outgoing, 200, completion(bodies[Math.min(prompts.length, 3) - 1] ?? ""))
      })
      const url = yield* serve(`providers: { openai: { key: sk-upstream-secret-1234, baseUrl: "${address}" } }
models: { m: { deployments: [openai/acme], policies: ${more} } }
`)
      return { prompts, response: yield* ask(url) }
    })

  it.live("are retried with the reason until they do", () =>
    Effect.gen(function* () {
      const { prompts, response } = yield* invalidly("{ validate: { notEmpty: true, json: true } }")
      assert.deepStrictEqual([response.status, textOf(response.text)], [200, '{"a":1}'])
      assert.strictEqual(prompts.length, 3)
      assert.include(prompts[1], "the response is empty")
      assert.include(prompts[2], "not JSON")
      assert.strictEqual(response.headers["x-effect-llm-attempts"], "3")
    })
  )

  it.live("are an error of the gateway after the given number of attempts", () =>
    Effect.gen(function* () {
      const { prompts, response } = yield* invalidly("{ validate: { matches: '^yes|no$', longest: 3, times: 1 } }")
      assert.strictEqual(prompts.length, 2)
      assert.isAtLeast(response.status, 500)
      assert.include(response.text, "regular expression")
    })
  )

  it.live("conform to a JSON Schema, or are retried with the issues", () =>
    Effect.gen(function* () {
      const schema =
        "{ type: object, properties: { a: { type: integer } }, required: [a], additionalProperties: false }"
      const { prompts, response } = yield* invalidly(`{ validate: { schema: ${schema} } }`)
      assert.deepStrictEqual([response.status, textOf(response.text)], [200, '{"a":1}'])
      assert.strictEqual(prompts.length, 3)
      assert.include(prompts[2], "does not conform to the schema")
      const never = yield* invalidly("{ validate: { schema: { type: object, required: [b] }, times: 2 } }")
      assert.isAtLeast(never.response.status, 500)
      assert.include(never.response.text, "b")
      assert.strictEqual(never.prompts.length, 3)
    })
  )

  it.live("are described by valid regular expressions only", () =>
    Effect.gen(function* () {
      const settings = "models: { m: openai/acme }\npolicies: { validate: { matches: '(' } }\n"
      assert.include(String(yield* Effect.flip(serve(settings))), "a regular expression")
    })
  )
})
