import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { FetchHttpClient } from "effect/http"
import * as AdminApi from "../../../src/gateway/AdminApi.ts"
import { gateway } from "../gateway.ts"

const models = `
models: { fast: openai/sim-healthy, down: anthropic/sim-503 }
ledger: { retention: 30d }
`
const messages = [{ role: "user", content: "Hello" }]

const served = Effect.gen(function* () {
  const { send, url } = yield* gateway(models)
  const admin = yield* Effect.provide(AdminApi.client({ url }), FetchHttpClient.layer)
  return { admin, call: (model: string) => send("/v1/chat/completions", { model, messages }), send, url }
})

describe("the admin API", () => {
  it.live("reports the health of providers from past calls, without making any", () =>
    Effect.gen(function* () {
      const { admin, call } = yield* served
      const health = Effect.map(admin.operation.providers(), ({ providers }) =>
        Object.fromEntries(providers.map(({ provider, status }) => [provider, status]))
      )
      assert.deepStrictEqual(yield* health, { openai: "unknown", anthropic: "unknown" })
      yield* call("fast")
      for (let times = 0; times < 5; times++) yield* call("down")
      const after = yield* health
      assert.strictEqual(after.openai, "healthy")
      assert.include(["degraded", "down"], after.anthropic)
    })
  )

  it.live("explains what would happen, lists models, and shows settings without secrets", () =>
    Effect.gen(function* () {
      const { admin, url } = yield* served
      const plan = yield* admin.operation.explain({ query: { model: "fast", prompt: "Hello" } })
      assert.deepStrictEqual(
        plan,
        yield* admin.operation.explainPrompt({ payload: { model: "fast", prompt: "Hello" } })
      )
      assert.strictEqual(plan.deployments[0]?.model, "openai/sim-healthy")
      const missing = yield* Effect.flip(admin.operation.explain({ query: { model: "fats" } }))
      assert.strictEqual(missing._tag, "NotFound")
      assert.deepStrictEqual(
        (yield* admin.operation.models()).models.map(({ id }) => id),
        ["fast", "down"]
      )
      const text = yield* Effect.promise(async () => (await fetch(`${url}/admin/settings`)).text())
      assert.include(text, '"key":"<redacted>"')
      assert.include(text, '"retention":"30d"')
      assert.notInclude(text, "sk-upstream")
    })
  )

  it.live("shows the caller, and rejects a reload of settings without a file", () =>
    Effect.gen(function* () {
      const { admin } = yield* served
      assert.include(yield* admin.self.me(), { id: "anonymous", isAdmin: true })
      assert.strictEqual((yield* Effect.flip(admin.operation.reload()))._tag, "Conflict")
      assert.deepStrictEqual(yield* admin.operation.state(), { waiting: 0, dropped: 0, isBehind: false })
    })
  )
})
