/** A model beside the one that its calls are mirrored to, by the requests that both have had. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schedule } from "effect"
import { FetchHttpClient } from "effect/http"
import type { Call } from "../../../src/gateway/admin/api/LedgerApi.ts"
import * as AdminApi from "../../../src/gateway/AdminApi.ts"
import { hasPostgres } from "../../services/services.ts"
import { gateway } from "../gateway.ts"
import { postgresDatabase } from "./ledger.ts"

const adminKey = "sk-of-the-administrator-91"

const models = `
models:
  fast: { deployments: [openai/sim-healthy], shadow: { to: other, share: 1 } }
  risky: { deployments: [openai/sim-healthy], shadow: { to: broken, share: 1 } }
  other: { deployments: [anthropic/sim-healthy], shadow: { to: fast, share: 0 } }
  broken: openai/sim-401
prices: { openai/sim-healthy: { input: 2, output: 4 }, anthropic/sim-healthy: { input: 3, output: 7 } }
server: { adminKey: ${adminKey} }
`

const body = (model: string, more: object = {}) => ({ model, messages: [{ role: "user", content: "Hello" }], ...more })

const stores = [
  { name: "SQLite", address: Effect.succeed(":memory:"), isThere: true },
  { name: "Postgres", address: postgresDatabase, isThere: hasPostgres }
]

const served = Effect.fnUntraced(function* (address: Effect.Effect<string, unknown>) {
  const database = Redacted.make(yield* Effect.orDie(address))
  const { send, url } = yield* gateway(models, { gateway: { database } })
  const admin = yield* Effect.provide(AdminApi.client({ url, key: Redacted.make(adminKey) }), FetchHttpClient.layer)
  const call = (model: string, more?: object) =>
    send("/v1/chat/completions", body(model, more), { authorization: `Bearer ${adminKey}` })
  /** Nobody waits for shadows, so they are there a little later. */
  const shadows = (pairs: number, query: { readonly model?: string } = {}) =>
    admin.ledger.shadows({ query }).pipe(
      Effect.repeat({
        until: ({ comparisons }) => comparisons.reduce((sum, { pairs }) => sum + pairs, 0) >= pairs,
        schedule: Schedule.max([Schedule.spaced("10 millis"), Schedule.recurs(500)])
      })
    )
  return { admin, call, shadows }
})

describe.each(stores)("a shadow, over $name", ({ address, isThere }) => {
  it.live.skipIf(!isThere)(
    "is compared with its model: cost, tokens, durations and outcomes of the same requests",
    () =>
      Effect.gen(function* () {
        const { admin, call, shadows } = yield* served(address)
        const ids: Array<string> = []
        for (const more of [{}, { stream: true }, {}]) {
          const { headers, status } = yield* call("fast", more)
          assert.strictEqual(status, 200)
          ids.push(headers.get("x-request-id") ?? "")
        }
        assert.strictEqual((yield* call("risky")).status, 200)
        // Calls without a shadow are on neither side.
        assert.strictEqual((yield* call("other")).status, 200)
        const { comparisons } = yield* shadows(4)
        const [fast, risky] = comparisons
        assert.deepInclude(fast, { model: "fast", shadow: "other", pairs: 3 })
        assert.deepInclude(risky, { model: "risky", shadow: "broken", pairs: 1 })
        assert.deepStrictEqual(fast?.primary.outcomes, { success: 3 })
        assert.deepStrictEqual(risky?.mirrored.outcomes, { error: 1 })
        assert.strictEqual(risky?.mirrored.failed, 1)
        // They are the sums of the rows that the ledger has.
        const { calls } = yield* admin.ledger.calls({ query: {} })
        for (const [side, mark] of [
          ["primary", ""],
          ["mirrored", ".s"]
        ] as const) {
          const rows = ids.map((id) => calls.find((row) => row.id === `${id}${mark}`))
          assert.notInclude(rows, undefined)
          const sum = (of: (row: Call | undefined) => number) => rows.reduce((sum, row) => sum + of(row), 0)
          assert.strictEqual(
            fast?.[side].inputTokens,
            sum((row) => row?.inputTokens ?? 0)
          )
          assert.strictEqual(
            fast?.[side].outputTokens,
            sum((row) => row?.outputTokens ?? 0)
          )
          assert.closeTo(
            Number(fast?.[side].cost),
            sum((row) => Number(row?.cost)),
            1e-12
          )
          const millis = rows.map((row) => row?.millis ?? 0).toSorted((a, b) => a - b)
          assert.deepStrictEqual(fast?.[side].millis, { median: millis[1] ?? 0, p95: millis[2] ?? 0 })
          assert.isDefined(fast?.[side].firstTokenMillis)
        }
        assert.notStrictEqual(fast?.primary.cost, fast?.mirrored.cost)
      })
  )

  it.live.skipIf(!isThere)("is separate from those of other models, and from calls without one", () =>
    Effect.gen(function* () {
      const { admin, call, shadows } = yield* served(address)
      assert.deepStrictEqual((yield* admin.ledger.shadows({ query: {} })).comparisons, [])
      yield* call("fast")
      yield* call("risky")
      yield* shadows(2)
      const { comparisons } = yield* shadows(1, { model: "risky" })
      assert.deepStrictEqual(
        comparisons.map(({ model, pairs }) => [model, pairs]),
        [["risky", 1]]
      )
      const past = yield* admin.ledger.shadows({ query: { from: "2019-11-01", to: "2019-11-30" } })
      assert.deepStrictEqual(past.comparisons, [])
    })
  )
})
