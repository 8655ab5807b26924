/** What a call cost is one number: in its response, in the ledger and in the sums that the page shows; unknown is never 0. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { post, serve, upstream } from "../calls/upstream.ts"

const json = { "content-type": "application/json" }
const messages = [{ role: "user", content: "Hi" }]

/** 100 tokens in, of which 40 from a cache; 30 out, of which 20 of reasoning. */
const usage = {
  prompt_tokens: 100,
  completion_tokens: 30,
  total_tokens: 130,
  prompt_tokens_details: { cached_tokens: 40 },
  completion_tokens_details: { reasoning_tokens: 20 }
}
const head = { id: "c1", created: 1, model: "acme" }
const completion = JSON.stringify({
  ...head,
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
  usage
})
const streamed = [
  { choices: [{ index: 0, delta: { content: "Hi" }, finish_reason: null }] },
  { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
  { choices: [], usage }
]
  .map((chunk) => `data: ${JSON.stringify(Object.assign({ object: "chat.completion.chunk" }, head, chunk))}\n\n`)
  .join("")

const gateway = Effect.gen(function* () {
  const address = yield* upstream((_, outgoing, body) =>
    JSON.parse(body).stream === true
      ? outgoing.writeHead(200, { "content-type": "text/event-stream" }).end(`${streamed}data: [DONE]\n\n`)
      : outgoing.writeHead(200, json).end(completion.replace("acme", JSON.parse(body).model))
  )
  return yield* serve(`providers: { openai: { key: sk-upstream, baseUrl: "${address}" } }
models: { priced: openai/acme, unpriced: openai/nobody-knows-this }
prices: { openai/acme: { input: 2, output: 10, cacheRead: 0.5 } }`)
})

const read = (url: string) => Effect.promise(async () => (await fetch(url)).json())

/** The calls of the ledger once there are so many: they are written in the background. */
const callsOf = (url: string, count: number) =>
  Effect.map(
    Effect.repeat(read(`${url}/admin/calls`), {
      schedule: Schedule.spaced("20 millis"),
      until: ({ calls }) => calls.length === count
    }),
    ({ calls }) => calls
  )

// 60 tokens at 2 dollars a million, 40 at 0.5, and 30 at 10: reasoning is in the output, the cache in the input.
const each = "0.00044"

describe("spend with cached and reasoning tokens", () => {
  it.live("is the same in the response, the ledger and the sums, in every dialect, whole and streamed", () =>
    Effect.gen(function* () {
      const url = yield* gateway
      const whole = yield* post(`${url}/v1/chat/completions`, { model: "priced", messages })
      assert.strictEqual(whole.headers["x-effect-llm-cost"], each)
      const across = yield* post(`${url}/v1/messages`, { model: "priced", messages, max_tokens: 9 })
      assert.strictEqual(across.headers["x-effect-llm-cost"], each)
      const stream = yield* post(
        `${url}/v1/chat/completions`,
        { model: "priced", messages, stream: true },
        { "x-effect-llm-comments": "1" }
      )
      assert.include(stream.text, `: x-effect-llm-cost: ${each}\n`)
      const neutral = yield* post(`${url}/llm/generate`, { model: "priced", messages })
      assert.strictEqual(JSON.parse(neutral.text).cost.usd, Number(each))
      const calls = yield* callsOf(url, 4)
      for (const { cost, unpriced } of calls) {
        assert.strictEqual(cost, each)
        assert.isUndefined(unpriced)
      }
      const { total } = yield* read(`${url}/admin/spend?by=model`)
      assert.strictEqual(total.cost, "0.00176")
    })
  )
})

describe("a model without a price", () => {
  it.live("has an unknown cost, never 0: in the response, the ledger and the sums", () =>
    Effect.gen(function* () {
      const url = yield* gateway
      const { headers } = yield* post(`${url}/v1/chat/completions`, { model: "unpriced", messages })
      assert.strictEqual(headers["x-effect-llm-cost"], "unpriced")
      assert.include(headers["x-effect-llm-cost-reason"], "price")
      const [call] = yield* callsOf(url, 1)
      assert.strictEqual(call.unpriced, "NoPrice")
      assert.isUndefined(call.cost)
      assert.strictEqual(call.inputTokens, 100)
      const { total } = yield* read(`${url}/admin/spend?by=model`)
      assert.strictEqual(total.unpriced, 1)
    })
  )
})

describe("a response whose usage its provider does not report", () => {
  const key = "sk-a-caller-0123456789abcdef"
  const asCaller = { authorization: `Bearer ${key}`, "x-effect-llm-comments": "1" }
  const admin = { authorization: "Bearer admin-0123456789abcdef" }
  const said = "Once upon a time there was a river."
  const whole = {
    ...head,
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant", content: said }, finish_reason: "stop" }]
  }
  const frames = [
    { choices: [{ index: 0, delta: { content: said.slice(0, 9) }, finish_reason: null }] },
    { choices: [{ index: 0, delta: { content: said.slice(9) }, finish_reason: null }] },
    { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }
  ].map((chunk) => `data: ${JSON.stringify(Object.assign({ object: "chat.completion.chunk" }, head, chunk))}\n\n`)

  for (const budgets of ["[day]", "[]"])
    it.live(`costs one estimate, whole and streamed${budgets === "[]" ? "" : ", to budgets too"}`, () =>
      Effect.gen(function* () {
        const address = yield* upstream((_, outgoing, body) =>
          JSON.parse(body).stream === true
            ? outgoing.writeHead(200, { "content-type": "text/event-stream" }).end(`${frames.join("")}data: [DONE]\n\n`)
            : outgoing.writeHead(200, json).end(JSON.stringify(whole))
        )
        const url = yield* serve(`providers: { gpu: { provider: openai-compatible, baseUrl: "${address}" } }
models: { m: gpu/acme }
prices: { gpu/acme: { input: 2, output: 10 } }
keys: { bot: { key: ${key}, budgets: ${budgets} } }
budgets: { day: { usd: 1, every: day } }
server: { adminKey: admin-0123456789abcdef }`)
        const first = yield* post(`${url}/v1/chat/completions`, { model: "m", messages }, asCaller)
        const cost = String(first.headers["x-effect-llm-cost"])
        assert.isAbove(Number(cost), 0)
        assert.isBelow(Number(cost), 0.001)
        const streamed = yield* post(`${url}/v1/chat/completions`, { model: "m", messages, stream: true }, asCaller)
        assert.include(streamed.text, `: x-effect-llm-cost: ${cost}\n`)
        const across = yield* post(`${url}/llm/generate`, { model: "m", messages }, asCaller)
        assert.strictEqual(JSON.parse(across.text).cost.usd, Number(cost))
        const fetched = (path: string) =>
          Effect.promise(async () => (await fetch(`${url}${path}`, { headers: admin })).json())
        const { calls } = yield* Effect.repeat(fetched("/admin/calls"), {
          schedule: Schedule.spaced("20 millis"),
          until: ({ calls }) => calls.length === 3
        })
        for (const call of calls) assert.deepInclude(call, { cost, estimated: true })
        if (budgets === "[]") return
        const { budgets: all } = yield* fetched("/admin/budgets?key=bot")
        assert.closeTo(Number(all[0].spent), 3 * Number(cost), 1e-9)
      })
    )
})

describe("a price of a deployment", () => {
  const key = "sk-a-caller-0123456789abcdef"
  const asCaller = { authorization: `Bearer ${key}` }
  const priced = (prices: string) =>
    Effect.gen(function* () {
      const address = yield* upstream((_, outgoing, body) =>
        outgoing.writeHead(200, json).end(completion.replace("acme", JSON.parse(body).model))
      )
      return yield* serve(`providers: { gpu: { provider: openai-compatible, baseUrl: "${address}" } }
keys: { bot: { key: ${key}, budgets: [day] } }
budgets: { day: { usd: 1, every: day } }
${prices}`)
    })
  const costOf = (url: string, model: string) =>
    Effect.map(post(`${url}/v1/chat/completions`, { model, messages }, asCaller), ({ headers }) => [
      headers["x-effect-llm-cost"],
      headers["x-effect-llm-budget-remaining"]
    ])

  it.live("applies to every model that its pattern matches, for budgets too", () =>
    Effect.gen(function* () {
      const url = yield* priced(
        `models: { "gpu/*": { deployments: [{ model: "gpu/*", price: { input: 2, output: 10 } }] } }`
      )
      assert.deepStrictEqual(yield* costOf(url, "gpu/one"), ["0.0005", "0.9995"])
      assert.deepStrictEqual(yield* costOf(url, "gpu/two"), ["0.0005", "0.999"])
    })
  )

  it.live("may be given for all models of an account, or be free", () =>
    Effect.gen(function* () {
      const url = yield* priced(`models: { "*": "gpu/*" }
prices: { "gpu/*": free, gpu/dear: { input: 2, output: 10 } }`)
      assert.deepStrictEqual(yield* costOf(url, "any"), ["0", "1"])
      assert.deepStrictEqual(yield* costOf(url, "dear"), ["0.0005", "0.9995"])
    })
  )

  it.live("is not that of another deployment of the same model", () =>
    Effect.gen(function* () {
      const url = yield* priced(`models:
  day: { deployments: [{ model: gpu/acme, price: { input: 20, output: 100 } }] }
  night: { deployments: [{ model: gpu/acme, price: { input: 2, output: 10 } }] }`)
      assert.deepStrictEqual(yield* costOf(url, "day"), ["0.005", "0.995"])
      assert.deepStrictEqual(yield* costOf(url, "night"), ["0.0005", "0.9945"])
    })
  )
})
