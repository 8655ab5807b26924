import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Redacted, type Scope } from "effect"
import { NodeServices } from "@effect/platform-node"
import * as Calls from "../../../src/gateway/ledger/Calls.ts"
import * as Spend from "../../../src/gateway/ledger/Spend.ts"
import * as Tables from "../../../src/gateway/ledger/Tables.ts"
import { gateway } from "../gateway.ts"
import { sqliteFile, storeAt, using } from "./ledger.ts"

const models = `
models: { fast: openai/sim-healthy, claude: anthropic/sim-healthy, cut: openai/sim-cut, slow: openai/sim-slow, unknown: openai/sim-reasoning }
prices: { openai/sim-healthy: { input: 2, output: 4 }, anthropic/sim-healthy: { input: 3, output: 7 } }
`
const messages = [{ role: "user", content: `My key is sk-proj-${"abcdefghij".repeat(4)}` }]

/** What the ledger has after some requests to a gateway, which then ended. */
const after = <A>(
  settings: string,
  requests: (gateway: Effect.Success<ReturnType<typeof gatewayOf>>) => Effect.Effect<A, unknown, Scope.Scope>
) =>
  Effect.gen(function* () {
    const file = yield* sqliteFile
    const responses = yield* Effect.scoped(Effect.flatMap(gatewayOf(settings, file), requests))
    const fs = yield* FileSystem.FileSystem
    const spool = yield* fs.readDirectory(`${file}-spool`)
    assert.deepStrictEqual(
      spool.filter((name) => name.endsWith(".ndjson")),
      []
    )
    const store = yield* Layer.build(storeAt(file))
    return yield* Effect.gen(function* () {
      const { calls } = yield* using(Calls.page({ limit: 100 }))
      const texts = yield* Effect.forEach(calls, ({ id }) => Effect.map(using(Calls.find(id)), (found) => found?.texts))
      const [day] = yield* using(Tables.daysOf("calls"))
      const spend = (by: ReadonlyArray<Spend.Dimension>) => using(Spend.spend({ by, from: 0, to: (day ?? 0) + 2 }))
      return { responses, calls, texts, byModel: yield* spend(["model"]), byTag: yield* spend(["tag"]) }
    }).pipe(Effect.provideContext(store))
  }).pipe(Effect.provide(NodeServices.layer))

const gatewayOf = (settings: string, file: string) =>
  gateway(models + settings, { gateway: { database: Redacted.make(file) } })

/** The ways in which clients name a conversation. */
const sessions: { readonly [way: string]: (id: string) => { readonly headers?: {}; readonly body?: {} } } = {
  "the header of the settings": (id) => ({ headers: { "x-chat": id, "x-session-id": "other" } }),
  "Claude Code": (id) => ({ headers: { "x-claude-code-session-id": id } }),
  opencode: (id) => ({ headers: { "x-session-affinity": id } }),
  "a session header": (id) => ({ headers: { "x-session-id": id } }),
  Codex: (id) => ({ headers: { "session-id": id, "thread-id": "thread" } }),
  "Codex' thread": (id) => ({ headers: { "thread-id": id } }),
  prompt_cache_key: (id) => ({ body: { prompt_cache_key: id } }),
  "metadata.user_id": (id) => ({ body: { metadata: { user_id: JSON.stringify({ device_id: "d", session_id: id }) } } }),
  "the older metadata.user_id": (id) => ({ body: { metadata: { user_id: `user_1_account__session_${id}` } } })
}

describe("a conversation", () => {
  it.live("is one session of the ledger and stays with one deployment, however its client names it", () =>
    Effect.gen(function* () {
      const settings = `ledger: { headers: { session: x-chat } }`
      const both = models.replace("models: {", "models: { both: [openai/sim-healthy, anthropic/sim-healthy],")
      const file = yield* sqliteFile
      const ways = Object.entries(sessions)
      const deployments = yield* Effect.scoped(
        Effect.gen(function* () {
          const { send } = yield* gateway(both + settings, { gateway: { database: Redacted.make(file) } })
          return yield* Effect.forEach(ways, ([way, callOf]) => {
            const { body = {}, headers = {} } = callOf(`of ${way}`)
            const turn = Effect.map(
              send("/v1/chat/completions", { model: "both", messages, ...body }, headers),
              ({ headers }) => headers.get("x-effect-llm-deployment")
            )
            return Effect.all([turn, turn, turn])
          })
        })
      )
      const store = yield* Layer.build(storeAt(file))
      const { calls } = yield* Effect.provideContext(using(Calls.page({ limit: 100 })), store)
      for (const [index, [way]] of ways.entries()) {
        assert.lengthOf(new Set(deployments[index]), 1, way)
        assert.lengthOf(
          calls.filter(({ session }) => session === `of ${way}`),
          3,
          way
        )
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

describe("the ledger", () => {
  it.live("has each call with who made it, by headers that the settings name and by fields of dialects", () =>
    Effect.gen(function* () {
      const headers = "ledger: { headers: { user: x-user-id, session: x-chat, run: x-run, tags: x-tags } }"
      const { byTag, calls, responses } = yield* after(headers, ({ send }) =>
        Effect.all([
          send(
            "/v1/chat/completions",
            { model: "fast", messages, user: "field" },
            { "x-user-id": "ann", "x-chat": "s-1", "x-run": "r-1", "x-tags": "search, env=prod" }
          ),
          send("/v1/chat/completions", { model: "fast", messages, user: "field", stream: true }),
          send("/v1/chat/completions", { model: "claude", messages, safety_identifier: "hash" })
        ])
      )
      const ids = responses.map(({ headers }) => headers.get("x-request-id") ?? "")
      const [claude, streamed, whole] = calls
      assert.deepStrictEqual(calls.map(({ id }) => id).toReversed(), ids)
      assert.include(whole, { user: "ann", endUser: "field", session: "s-1", run: "r-1", model: "fast" })
      assert.include(whole, { provider: "openai", outcome: "success", streamed: false, capability: "chat" })
      assert.deepStrictEqual(whole?.tags, ["search", "env=prod"])
      assert.include(streamed, { user: "field", streamed: true, outcome: "success" })
      assert.include(claude, { user: "hash", provider: "anthropic" })
      assert.deepStrictEqual(
        byTag.groups.map(({ calls, tag }) => [tag, calls]),
        [
          ["env=prod", 1],
          ["search", 1]
        ]
      )
      assert.strictEqual(byTag.total.calls, 3)
    })
  )

  it.live("has exactly the cost of the response, or the reason for none", () =>
    Effect.gen(function* () {
      const { byModel, calls, responses } = yield* after("", ({ send }) =>
        Effect.all(["fast", "claude", "unknown"].map((model) => send("/v1/chat/completions", { model, messages })))
      )
      const costs = responses.map(({ headers }) => headers.get("x-effect-llm-cost"))
      assert.deepStrictEqual(
        calls.toReversed().map(({ cost }) => cost),
        [...costs.slice(0, 2), undefined]
      )
      assert.isDefined(calls[0]?.unpriced)
      const spent = Object.fromEntries(byModel.groups.map(({ cost, model, unpriced }) => [model, [cost, unpriced]]))
      assert.deepStrictEqual(spent, { fast: [costs[0], 0], claude: [costs[1], 0], unknown: ["0", 1] })
    })
  )

  it.live("has the estimated cost of a stream that broke off, whatever its provider had reported by then", () =>
    Effect.gen(function* () {
      for (const provider of ["openai", "anthropic"]) {
        const own = models
          .replace("models: {", `models: { broken: ${provider}/sim-cut,`)
          .replace("prices: {", `prices: { ${provider}/sim-cut: { input: 2, output: 4 },`)
        const file = yield* sqliteFile
        yield* Effect.scoped(
          Effect.flatMap(gateway(own, { gateway: { database: Redacted.make(file) } }), ({ send }) =>
            send("/v1/chat/completions", { model: "broken", messages, stream: true })
          )
        )
        const store = yield* Layer.build(storeAt(file))
        const { calls } = yield* Effect.provideContext(using(Calls.page({ limit: 1 })), store)
        assert.include(calls[0], { outcome: "error", estimated: true }, provider)
        assert.isAbove(Number(calls[0]?.cost), 0, provider)
        assert.isUndefined(calls[0]?.unpriced)
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("has calls that a budget refused, that failed, and that their caller left", () =>
    Effect.gen(function* () {
      const budget = "policies: { budgets: [tiny] }\nbudgets: { tiny: { usd: 0.000001, unpriced: allow } }"
      const refused = yield* after(budget, ({ send }) => send("/v1/chat/completions", { model: "fast", messages }))
      assert.strictEqual(refused.responses.status, 402)
      assert.strictEqual(refused.calls[0]?.outcome, "refused")
      assert.include(refused.byModel.groups[0], { calls: 1, refused: 1, failed: 0, cost: "0" })

      const own = yield* after("", ({ send }) => send("/v1/batches", {}))
      assert.deepStrictEqual([own.responses.status, own.calls[0]?.outcome], [400, "refused"])

      const failed = yield* after("", ({ send }) =>
        send("/v1/chat/completions", { model: "cut", messages, stream: true })
      )
      assert.strictEqual(failed.calls[0]?.outcome, "error")

      const left = yield* after("", ({ simulator, url }) =>
        Effect.gen(function* () {
          const call = yield* Effect.forkChild(
            Effect.tryPromise((signal) =>
              fetch(`${url}/v1/chat/completions`, {
                method: "POST",
                body: JSON.stringify({ model: "slow", messages, stream: true }),
                signal
              })
            )
          )
          yield* simulator.awaitRequest(({ model }) => model === "sim-slow")
          yield* Effect.sync(() => call.interruptUnsafe())
          yield* simulator.awaitClosed(({ model }) => model === "sim-slow")
        })
      )
      const [call] = left.calls
      assert.strictEqual(call?.outcome, "interrupted")
      assert.deepInclude(call, { provider: "openai", servedModel: "sim-slow", estimated: true, outputTokens: 0 })
      assert.isAbove(call?.inputTokens ?? 0, 0)
    })
  )

  it.live("stores texts only for the keys in the settings, redacted, in a separate table", () =>
    Effect.gen(function* () {
      const without = yield* after("", ({ send }) =>
        send("/v1/chat/completions", { model: "fast", messages }, { "x-no-log": "true", "x-effect-llm-texts": "1" })
      )
      assert.deepStrictEqual(without.texts, [undefined])
      const kept = yield* after('ledger: { texts: { keys: ["*"] } }', ({ send }) =>
        send("/v1/chat/completions", { model: "fast", messages })
      )
      const text = JSON.stringify(kept.texts)
      assert.include(text, "My key is [KEY]")
      assert.notInclude(text, "sk-proj")
      assert.notInclude(JSON.stringify(kept.calls), "My key")
    })
  )
})
