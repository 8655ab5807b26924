import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"
import * as AdminApi from "../../../src/gateway/AdminApi.ts"
import { Scenario } from "../../../src/testing/Scenario.ts"
import { gateway } from "../gateway.ts"

const adminKey = "sk-of-the-administrator-91"
const models = `
models:
  fast: openai/sim-healthy
  gemini: google/sim-healthy
prices: { openai/sim-healthy: { input: 2, output: 4 }, google/sim-healthy: { input: 2, output: 4 } }
server: { adminKey: ${adminKey} }
`
const messages = [{ role: "user", content: "Hello" }]

/** A gateway, and a key with a budget of so many dollars. */
const withBudget = Effect.fnUntraced(function* (usd: string, options: Parameters<typeof gateway>[1] = {}) {
  const { send, url } = yield* gateway(models, options)
  const admin = yield* Effect.provide(AdminApi.client({ url, key: Redacted.make(adminKey) }), FetchHttpClient.layer)
  const made = yield* send(
    "/admin/keys",
    { name: "attacker", budgets: [{ usd, every: "day" }] },
    { authorization: `Bearer ${adminKey}` }
  )
  const { key, secret } = JSON.parse(made.text) as { readonly key: { readonly id: string }; readonly secret: string }
  return {
    call: (path: string, body: unknown) => send(path, body, { authorization: `Bearer ${secret}` }),
    amounts: Effect.map(admin.budgets.budgets({ query: { key: key.id } }), ({ budgets }) =>
      budgets.map(({ reserved, spent }) => ({ reserved, spent }))
    )
  }
})

describe("a budget of dollars", () => {
  for (const [path, body] of [
    ["/v1/chat/completions", { model: "fast", messages, max_tokens: 10, n: 128 }],
    ["/v1/chat/completions", { model: "fast", messages, max_tokens: 10, n: 128, stream: true }],
    ["/v1/chat/completions", { model: "fast", messages, max_tokens: 10_000, max_completion_tokens: 1 }],
    ["/v1/chat/completions", { model: "fast", messages, max_tokens: 1, max_completion_tokens: 10_000 }],
    [
      "/v1beta/models/gemini:generateContent",
      {
        contents: [{ role: "user", parts: [{ text: "Hello" }] }],
        generationConfig: { maxOutputTokens: 10, candidateCount: 128 }
      }
    ]
  ] as const)
    it.live(`rejects ${JSON.stringify(body).slice(0, 90)} for what it may cost, before anything is sent`, () =>
      Effect.gen(function* () {
        const { amounts, call } = yield* withBudget("0.001")
        const { status, text } = yield* call(path, body)
        assert.strictEqual(status, 402)
        assert.include(text, "more than the budget")
        assert.deepStrictEqual(yield* amounts, [{ spent: "0", reserved: "0" }])
      })
    )

  it.live("does not cut a stream that has reserved its whole output, however its text is counted", () =>
    Effect.gen(function* () {
      const reply = Scenario.reply("a1 b2 c3 d4 e5 f6 g7 h8 i9 j0")
      const { amounts, call } = yield* withBudget("0.00006", { simulator: { models: { "sim-healthy": reply } } })
      const { text } = yield* call("/v1/chat/completions", { model: "fast", messages, max_tokens: 10, stream: true })
      assert.notInclude(text, "error")
      assert.include(text, "[DONE]")
      assert.deepStrictEqual(
        (yield* amounts).map(({ reserved }) => reserved),
        ["0"]
      )
    })
  )
})

describe("the admin API", () => {
  it.live("rejects an unknown field, since a mistyped limit would not apply", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      const make = (body: unknown) => send("/admin/keys", body, { authorization: `Bearer ${adminKey}` })
      for (const body of [
        { name: "a", budgts: [{ usd: 1, every: "day" }] },
        { name: "a", budgets: [{ usd: 1, evry: "day" }] },
        { name: "a", limits: [{ request: 1 }] }
      ]) {
        const { status, text } = yield* make(body)
        assert.strictEqual(status, 400, text)
        assert.match(text, /budgts|evry|request/)
      }
    })
  )
})

describe("bodies", () => {
  it.live("with too many values are rejected before they are parsed", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      const body = `{"model":"fast","messages":[${"{},".repeat(2_000_000)}{}]}`
      const { status, text } = yield* send("/v1/chat/completions", body, { authorization: `Bearer ${adminKey}` })
      assert.strictEqual(status, 400)
      assert.include(text, "values")
    })
  )
})
