/** The budgets of `effect-llm serve`, through the death of its process. */
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Context, Effect, Layer } from "effect"
import { writeFileSync } from "node:fs"
import { Simulator } from "../../../src/testing/Simulator.ts"
import { folder } from "../ledger/ledger.ts"
import { served } from "../operations/process.ts"

const key = "sk-caller-0a1b2c3d4e5f60718293a4b5c6d7e8f9"
const adminKey = "sk-admin-9f8e7d6c5b4a39281706f5e4d3c2b1a0"
const limit = "0.02"

const settings = (upstream: string) => `
providers: { openai: { key: sk-upstream, baseUrl: "${upstream}" } }
models: { fast: openai/sim-healthy, hung: openai/sim-hang }
prices: { openai/sim-healthy: { input: 2, output: 4 }, openai/sim-hang: { input: 2, output: 4 } }
server: { port: 0, adminKey: "${adminKey}" }
keys: { caller: { key: ${key}, budgets: [all] } }
budgets: { all: { usd: ${limit} } }
`

interface State {
  readonly spent: string
  readonly reserved: string
}

const stateAt = (url: string) =>
  Effect.promise(async () => {
    const response = await fetch(`${url}/admin/budgets`, { headers: { authorization: `Bearer ${adminKey}` } })
    const { budgets } = (await response.json()) as { readonly budgets: readonly [State] }
    return budgets[0]
  })

const decimal = BigDecimal.fromStringUnsafe

describe("the budgets of a gateway", () => {
  it.live(
    "lose no settled call and no open one when the process is killed under load, and are not overspent after it",
    () =>
      Effect.gen(function* () {
        const simulator = Context.get(yield* Layer.build(Simulator.layer()), Simulator)
        const cwd = yield* folder
        writeFileSync(`${cwd}/settings.yaml`, settings(simulator.openAiUrl))
        let known = decimal("0")
        let ended = 0
        const call = (url: string, model = "fast") =>
          Effect.promise(async () => {
            const response = await fetch(`${url}/v1/chat/completions`, {
              method: "POST",
              headers: { authorization: `Bearer ${key}` },
              body: JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }], max_tokens: 40 })
            }).catch(() => undefined)
            const text = await response?.text().catch(() => undefined)
            if (response?.status !== 200 || text === undefined) return response?.status
            ended++
            known = BigDecimal.sum(known, decimal(response.headers.get("x-effect-llm-cost") ?? ""))
            return 200
          })
        const killed = yield* served([], { cwd })
        const hanging = yield* Effect.forkChild(
          Effect.all([call(killed.url, "hung"), call(killed.url, "hung")], { concurrency: 2 })
        )
        const caller = Effect.gen(function* () {
          while ((yield* call(killed.url)) === 200) if (ended >= 40) killed.signal("SIGKILL")
        })
        yield* Effect.all(
          Array.from({ length: 6 }, () => caller),
          { concurrency: "unbounded" }
        )
        yield* Effect.promise(() => killed.exit)
        yield* hanging.pipe((fiber) => Effect.promise(() => new Promise((done) => fiber.addObserver(done))))
        const atDeath = known
        assert.isAbove(ended, 39)

        const next = yield* served([], { cwd })
        const before = yield* stateAt(next.url)
        assert.isTrue(BigDecimal.isGreaterThanOrEqualTo(decimal(before.spent), atDeath))
        // What was open still is, until it is charged.
        assert.isTrue(BigDecimal.isPositive(decimal(before.reserved)))
        while ((yield* call(next.url)) === 200);
        const after = yield* stateAt(next.url)
        const all = BigDecimal.sum(decimal(after.spent), decimal(after.reserved))
        assert.isTrue(BigDecimal.isLessThanOrEqualTo(all, decimal(limit)), `${BigDecimal.format(all)} of ${limit}`)
        assert.isTrue(BigDecimal.isLessThanOrEqualTo(known, decimal(after.spent)))

        // The counter of the database, once the process has ended.
        next.signal("SIGTERM")
        yield* Effect.promise(() => next.exit)
        const last = yield* served([], { cwd })
        assert.deepStrictEqual(yield* stateAt(last.url), after)
      }),
    // Three processes start one after another.
    120_000
  )
})
