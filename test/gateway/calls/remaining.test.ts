/** What is left of a key's limits and budgets, in the headers of its responses. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gateway } from "../gateway.ts"

const settings = `
models: { chat: openai/sim-healthy }
prices: { openai/sim-healthy: { input: 1000, output: 2000 } }
budgets:
  month: { usd: 100, every: month }
  day: { usd: 500, every: day }
  words: { tokens: 100000 }
  none: { usd: 0 }
keys:
  limited: { key: key-of-the-limited-4711, limits: { requests: 3, tokens: 9000 }, team: core }
  budgeted: { key: key-of-the-budgeted-4711, budgets: [day, month, words] }
  spent: { key: key-of-the-spent-4711, budgets: [none] }
  free: { key: key-of-the-free-4711 }
teams: { core: { limits: { requests: 2 } } }
`

const messages = [{ role: "user", content: "Hello" }]
const bearer = (name: string) => ({ authorization: `Bearer key-of-the-${name}-4711` })

describe("what is left of limits", () => {
  it.live("is in OpenAI's headers: of several limits, the lowest", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(settings)
      const call = (body: object = {}) =>
        send("/v1/chat/completions", { model: "chat", messages, max_tokens: 50, ...body }, bearer("limited"))
      const { headers } = yield* call()
      assert.strictEqual(headers.get("x-ratelimit-limit-requests"), "2")
      assert.strictEqual(headers.get("x-ratelimit-remaining-requests"), "1")
      assert.strictEqual(headers.get("x-ratelimit-reset-requests"), "60s")
      assert.strictEqual(headers.get("x-ratelimit-limit-tokens"), "9000")
      assert.isAbove(Number(headers.get("x-ratelimit-remaining-tokens")), 8000)
      const streamed = yield* call({ stream: true })
      assert.strictEqual(streamed.headers.get("x-ratelimit-remaining-requests"), "0")
      const refused = yield* call()
      assert.strictEqual(refused.status, 429)
      assert.strictEqual(refused.headers.get("x-ratelimit-remaining-requests"), "0")
      assert.match(refused.headers.get("x-ratelimit-reset-requests") ?? "", /^\d+(?:\.\d+)?s$/)
      assert.isNull(refused.headers.get("x-ratelimit-remaining-tokens"))
    })
  )

  it.live("is in Anthropic's headers for Anthropic's clients, with times", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(settings)
      const before = Date.now()
      const { headers } = yield* send(
        "/v1/messages",
        { model: "chat", messages, max_tokens: 50 },
        { "x-api-key": "key-of-the-limited-4711", "anthropic-version": "2023-06-01" }
      )
      assert.strictEqual(headers.get("anthropic-ratelimit-requests-limit"), "2")
      assert.strictEqual(headers.get("anthropic-ratelimit-requests-remaining"), "1")
      const reset = headers.get("anthropic-ratelimit-requests-reset") ?? ""
      assert.match(reset, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      assert.isAtLeast(Date.parse(reset), before + 60_000)
      assert.isAbove(Number(headers.get("anthropic-ratelimit-tokens-remaining")), 8000)
    })
  )

  it.live("is absent for a key without limits", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(settings)
      const { headers } = yield* send("/v1/chat/completions", { model: "chat", messages }, bearer("free"))
      assert.deepStrictEqual(
        [...headers.keys()].filter((name) => /ratelimit|budget/.test(name)),
        []
      )
    })
  )
})

describe("what is left of budgets", () => {
  it.live("is exactly that of the tightest budget, after the call and during a stream", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(settings)
      const call = (body: object = {}) =>
        send("/v1/chat/completions", { model: "chat", messages, max_tokens: 50, ...body }, bearer("budgeted"))
      const { headers, text } = yield* call()
      const cost = Number(headers.get("x-effect-llm-cost"))
      assert.isAbove(cost, 0)
      assert.strictEqual(headers.get("x-effect-llm-budget-limit"), "100")
      assert.closeTo(Number(headers.get("x-effect-llm-budget-remaining")), 100 - cost, 1e-9)
      assert.match(headers.get("x-effect-llm-budget-reset") ?? "", /^\d{4}-\d\d-01T00:00:00Z$/)
      assert.strictEqual(
        headers.get("x-effect-llm-budget-remaining-tokens"),
        String(100_000 - JSON.parse(text).usage.total_tokens)
      )
      assert.isNull(headers.get("x-effect-llm-budget-reset-tokens"))
      const streamed = yield* call({ stream: true })
      const left = Number(streamed.headers.get("x-effect-llm-budget-remaining"))
      assert.isBelow(left, 100 - cost)
    })
  )

  it.live("is zero in a rejection", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(settings)
      const { headers, status } = yield* send("/v1/chat/completions", { model: "chat", messages }, bearer("spent"))
      assert.strictEqual(status, 402)
      assert.strictEqual(headers.get("x-effect-llm-budget-remaining"), "0")
      assert.strictEqual(headers.get("x-effect-llm-budget-limit"), "0")
    })
  )
})
