/** What follows after an error: who is asked again, how often and when, and what the client is told of it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { post, serve, upstream } from "../calls/upstream.ts"

const json = { "content-type": "application/json" }
const sse = { "content-type": "text/event-stream" }
const messages = [{ role: "user", content: "Hi" }]

const chunk = (fields: object) =>
  `data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", created: 1, model: "acme", ...fields })}\n\n`
const piece = (content: string, finish_reason: string | null = null) =>
  chunk({ choices: [{ index: 0, delta: { content }, finish_reason }] })
const whole = `${piece("from b")}${piece("", "stop")}data: [DONE]\n\n`
const completion = JSON.stringify({
  id: "c1",
  object: "chat.completion",
  created: 1,
  model: "acme",
  choices: [{ index: 0, message: { role: "assistant", content: "from b" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
})

/** A provider that always answers so, and how often it was asked. */
const answering = Effect.fnUntraced(function* (
  status: number,
  body: string,
  headers: { readonly [name: string]: string } = json
) {
  const state = { calls: 0 }
  const address = yield* upstream((_, outgoing) => {
    state.calls++
    outgoing.writeHead(status, headers).end(body)
  })
  return { state, address }
})

const settingsOf = (a: string, b: string | undefined, more: string) => `providers:
  a: { provider: openai, key: sk-upstream-a, baseUrl: "${a}" }
  b: { provider: openai, key: sk-upstream-b, baseUrl: "${b ?? a}" }
models: { m: [a/acme${b === undefined ? "" : ", { model: b/acme, order: 1 }"}] }
${more}`

const failure = '{"error":{"message":"no"}}'

describe("Retry-After is honoured, capped and forwarded, and retries do not multiply", () => {
  it.live("one beyond the limit is forwarded to the client, and no provider is called before", () =>
    Effect.gen(function* () {
      const { address, state } = yield* answering(429, failure, { ...json, "retry-after": "7" })
      const url = yield* serve(
        settingsOf(address, undefined, "policies: { retry: { times: 2, retryAfterLimit: 1s }, wait: 1s }")
      )
      for (const [path, body] of [
        ["/v1/chat/completions", { model: "m", messages }],
        ["/v1/messages", { model: "m", messages, max_tokens: 9 }]
      ] as const) {
        const { headers, status } = yield* post(url + path, body)
        assert.strictEqual(status, 429)
        assert.isAtLeast(Number(headers["retry-after"]), 1)
        assert.isAtMost(Number(headers["retry-after"]), 7)
        assert.notStrictEqual(headers["x-should-retry"], "true")
      }
      // A wait that is longer than the limit is the client's, and until then nobody calls.
      assert.strictEqual(state.calls, 1)
    })
  )

  it.live("a short one is waited for, and one bound applies to retries and deployments together", () =>
    Effect.gen(function* () {
      const a = yield* answering(500, failure, { ...json, "retry-after": "0" })
      const b = yield* answering(500, failure)
      const policies = "policies: { retry: { times: 3, base: 1ms, cap: 2ms }, attempts: 4 }"
      const url = yield* serve(settingsOf(a.address, b.address, policies))
      const { headers, status } = yield* post(`${url}/v1/chat/completions`, { model: "m", messages })
      assert.strictEqual(status, 500)
      assert.strictEqual(headers["x-effect-llm-attempts"], "4")
      assert.strictEqual(headers["x-should-retry"], "false")
      assert.strictEqual(a.state.calls + b.state.calls, 4)
    })
  )
})

describe("one bad call takes a deployment out for no one", () => {
  it.live("a 400, 404 or 401 is passed on, the next call goes to the provider, and health names the credential", () =>
    Effect.gen(function* () {
      const state = { status: 400, calls: 0 }
      const address = yield* upstream((_, outgoing) => {
        state.calls++
        outgoing.writeHead(state.status, json).end(state.status === 200 ? completion : failure)
      })
      const url = yield* serve(settingsOf(address, undefined, ""))
      for (const status of [400, 404, 401, 401, 401, 401, 200]) {
        state.status = status
        assert.strictEqual((yield* post(`${url}/v1/chat/completions`, { model: "m", messages })).status, status)
      }
      assert.strictEqual(state.calls, 7)
      const { providers } = yield* Effect.promise(async () => (await fetch(`${url}/admin/providers`)).json())
      const [{ deployments, provider }] = providers
      assert.strictEqual(provider, "a")
      assert.include(deployments[0].errors, { AuthenticationError: 4, InvalidRequestError: 1 })
    })
  )
})

describe("what is retried and what falls back is documented", () => {
  it.live("by `explain`, with the order of deployments, without a call", () =>
    Effect.gen(function* () {
      const { address, state } = yield* answering(500, failure)
      const url = yield* serve(settingsOf(address, address, ""))
      const plan = yield* Effect.promise(async () => (await fetch(`${url}/admin/explain?model=m`)).json())
      assert.deepStrictEqual(
        plan.deployments.map(({ deployment }: { deployment: string }) => deployment),
        ["a/acme", "b/acme"]
      )
      assert.deepInclude(plan.errors, {
        AuthenticationError: { retry: false, fallback: "always" },
        InvalidRequestError: { retry: false, fallback: "once" },
        ContentPolicyError: { retry: false, fallback: "never" },
        ContextWindowExceededError: { retry: false, fallback: "larger-window" },
        ServerError: { retry: true, fallback: "always" }
      })
      assert.strictEqual(state.calls, 0)
    })
  )
})

describe("a failed or cut stream never looks like a success", () => {
  const stream = (url: string, path: string, more: object = {}) =>
    post(url + path, { model: "m", messages, stream: true, ...more })

  it.live("one that fails before its first content falls back, and begins once", () =>
    Effect.gen(function* () {
      const a = yield* answering(
        200,
        `${chunk({ choices: [] })}data: {"error":{"message":"overloaded","code":503}}\n\n`,
        sse
      )
      const b = yield* answering(200, whole, sse)
      const url = yield* serve(settingsOf(a.address, b.address, ""))
      const { text } = yield* stream(url, "/v1/messages", { max_tokens: 9 })
      assert.lengthOf(text.match(/event: message_start/g) ?? [], 1)
      assert.include(text, "from b")
      assert.match(text, /event: message_stop/)
      assert.deepStrictEqual([a.state.calls, b.state.calls], [1, 1])
    })
  )

  it.live("one that is cut after its first content ends with an error, and is not continued unless configured", () =>
    Effect.gen(function* () {
      const a = yield* answering(200, piece("from a"), sse)
      const b = yield* answering(200, whole, sse)
      const url = yield* serve(settingsOf(a.address, b.address, ""))
      const cut = yield* stream(url, "/v1/chat/completions")
      assert.include(cut.text, "from a")
      assert.match(cut.text, /data: \{"error":/)
      assert.notInclude(cut.text, "[DONE]")
      const messages = yield* stream(url, "/v1/messages", { max_tokens: 9 })
      assert.match(messages.text, /event: error/)
      assert.notInclude(messages.text, "message_stop")
      assert.strictEqual(b.state.calls, 0)
    })
  )
})
