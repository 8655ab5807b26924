import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { cli, temporary } from "../../cli/cli.ts"
import { gateway } from "../gateway.ts"

const adminKey = "an-administrator-of-this-test"
const models = `
server: { adminKey: ${adminKey} }
models: { fast: openai/sim-healthy, own: openai/sim-reasoning }
prices: { openai/sim-healthy: { input: 2, output: 4 } }
`
const messages = [{ role: "user", content: "Hello" }]

describe("the commands for a gateway", () => {
  it.live("create a working key, rotate, block and delete it, and show what it spent", () =>
    Effect.gen(function* () {
      const home = yield* temporary
      const { send, url } = yield* gateway(models)
      const env = { EFFECT_LLM_URL: url, EFFECT_LLM_ADMIN_KEY: adminKey }
      const run = (...args: ReadonlyArray<string>) => cli(args, { home, env, live: true })
      const status = (secret: string) =>
        Effect.map(
          send("/v1/chat/completions", { model: "fast", messages }, { authorization: `Bearer ${secret.trim()}` }),
          ({ status }) => status
        )

      assert.include((yield* run("health")).out, "is ready")
      assert.strictEqual((yield* run("teams", "create", "support", "--usd", "20", "--every", "month")).code, 0)
      assert.strictEqual((yield* run("users", "create", "ann", "--team", "support")).code, 0)
      assert.include((yield* run("users", "list")).out, "ann")
      assert.include((yield* run("teams", "list")).out, "$20 every month")

      const { out: secret } = yield* run(
        "keys",
        "create",
        "bot",
        "--user",
        "ann",
        "--models",
        "fast",
        "--objects",
        "vs_1,vs_2",
        "--routes",
        "/chat/completions,/models*",
        "--requests",
        "1k",
        "--concurrency",
        "8"
      )
      assert.strictEqual(yield* status(secret), 200)
      const { keys } = JSON.parse((yield* run("keys", "list", "--json")).out)
      assert.notInclude(JSON.stringify(keys), secret.trim())
      const id: string = keys[0].id
      assert.deepStrictEqual(keys[0].objects, ["vs_1", "vs_2"])
      assert.deepStrictEqual(keys[0].routes, ["/chat/completions", "/models*"])
      assert.deepStrictEqual(keys[0].limits, [{ requests: 1000, concurrency: 8 }])
      const mistyped = yield* run("keys", "create", "bot", "--models", "fsat")
      assert.deepStrictEqual([mistyped.code, mistyped.out], [1, ""])
      assert.include(mistyped.err, "did you mean fast?")
      const { out: other } = yield* run("keys", "rotate", id, "--overlap", "1h")
      assert.deepStrictEqual([yield* status(secret), yield* status(other)], [200, 200])
      yield* run("keys", "block", "bot")
      assert.strictEqual(yield* status(other), 401)
      yield* run("keys", "unblock", id)
      assert.strictEqual(yield* status(other), 200)
      yield* run("keys", "create", "bot")
      const twice = yield* run("keys", "block", "bot")
      assert.deepStrictEqual([twice.code, twice.err.includes("several keys have the name bot")], [2, true])

      const spent = JSON.parse((yield* run("spend", "--by", "user", "--json")).out)
      assert.strictEqual(spent.groups[0].user, "ann")
      // No price is known, which is not a price of 0.
      yield* send("/v1/chat/completions", { model: "own", messages }, { authorization: `Bearer ${adminKey}` })
      const table = (yield* run("spend")).out
      assert.match(table, /^fast +4 .* \$0\.\d+$/m)
      assert.match(table, /^own +1 .* unpriced$/m)
      assert.match(table, /^all +5 .* \$0\.\d+ and more$/m)
      assert.strictEqual((yield* run("keys", "delete", id)).code, 0)
      assert.strictEqual(yield* status(other), 401)
    })
  )

  it.live("print JSON whose amounts are those of the admin API", () =>
    Effect.gen(function* () {
      const home = yield* temporary
      const { url } = yield* gateway(models)
      const env = { EFFECT_LLM_URL: url, EFFECT_LLM_ADMIN_KEY: adminKey }
      const run = (...args: ReadonlyArray<string>) =>
        Effect.map(cli([...args, "--json"], { home, env, live: true }), ({ out }): unknown => JSON.parse(out))
      const sent = (path: string): Effect.Effect<unknown> =>
        Effect.promise(async () =>
          (await fetch(`${url}/admin${path}`, { headers: { authorization: `Bearer ${adminKey}` } })).json()
        )
      const usd = ["--usd", "0.0000001", "--every", "day"]
      const budgets = [{ usd: "0.0000001", every: "day" }]
      assert.deepInclude(yield* run("teams", "create", "core", ...usd), { budgets })
      assert.deepInclude(yield* run("users", "create", "ann", "--team", "core", ...usd), { budgets })
      const issued = (yield* run("keys", "create", "bot", ...usd)) as {
        readonly key: { readonly id: string; readonly budgets: unknown }
      }
      assert.deepInclude(issued.key, { budgets })
      for (const of of ["teams", "users", "keys"]) assert.deepStrictEqual(yield* run(of, "list"), yield* sent(`/${of}`))
      assert.deepStrictEqual(yield* run("keys", "delete", issued.key.id), { id: issued.key.id, deleted: true })
    })
  )

  it.live("list what a key may do, and until when", () =>
    Effect.gen(function* () {
      const home = yield* temporary
      const { send, url } = yield* gateway(models)
      const key = {
        name: "bot",
        admin: true,
        models: ["fast"],
        deny: ["own"],
        routes: ["/models"],
        expires: "9999-12-31",
        budgets: [
          { usd: "2.5", every: "month", raise: { to: "5", until: "9998-12-31" } },
          { tokens: 5_000_000, within: "1d", each: { tag: "project" } }
        ],
        limits: [{ requests: 1000, tokens: 20_000, per: "1h" }, { concurrency: 3 }]
      }
      assert.strictEqual((yield* send("/admin/keys", key, { authorization: `Bearer ${adminKey}` })).status, 201)
      const env = { EFFECT_LLM_URL: url, EFFECT_LLM_ADMIN_KEY: adminKey, COLUMNS: "400" }
      const { out } = yield* cli(["keys", "list"], { home, env, live: true })
      assert.match(out, / 9999-12-31 /)
      assert.include(
        out,
        "administrate, fast, not own, /models, $2.5 every month (raised until 9998-12-31), 5,000,000 tokens within 1d for each project, 1,000 requests per 1h, 20,000 tokens per 1h, 3 at once"
      )
    })
  )

  it.live("describe a mistake in one sentence", () =>
    Effect.gen(function* () {
      const home = yield* temporary
      const { url } = yield* gateway(models)
      const run = (...args: ReadonlyArray<string>) =>
        cli(args, { home, env: { EFFECT_LLM_URL: url, EFFECT_LLM_ADMIN_KEY: adminKey }, live: true })
      const missing = yield* run("keys", "block", "nope")
      assert.deepStrictEqual([missing.code, missing.err], [1, "effect-llm: there is no key nope\n"])
      const orphan = yield* run("keys", "create", "bot", "--team", "nope")
      assert.strictEqual(orphan.code, 1)
      assert.include(orphan.err, "there is no team nope: make it first")
      const window = yield* run("keys", "create", "bot", "--every", "day")
      assert.deepStrictEqual([window.code, window.err], [2, "effect-llm: --every needs --usd or --tokens\n"])
      const overlap = yield* run("keys", "rotate", "nope", "--overlap", "soon")
      assert.deepStrictEqual(
        [overlap.code, overlap.err],
        [2, "effect-llm: --overlap must be a duration with its unit, such as 1h, not soon\n"]
      )
      const over = yield* run("keys", "create", "bot", "--expires", "2020-01-01")
      assert.deepStrictEqual([over.code, over.err.split(".")[0]], [1, "effect-llm: expires: 2020-01-01 is over"])
      const noDay = yield* run("spend", "--from", "2026-02-31")
      assert.deepStrictEqual([noDay.code, noDay.err], [2, "effect-llm: from: expected a day, such as 2026-11-30\n"])
      const { err } = yield* cli(["keys", "list"], { home, env: { EFFECT_LLM_URL: url }, live: true })
      assert.include(err, "EFFECT_LLM_ADMIN_KEY")
      const nowhere = yield* cli(["users", "list"], { home, env: { EFFECT_LLM_URL: "http://127.0.0.1:1" }, live: true })
      assert.deepStrictEqual(
        [nowhere.code, nowhere.err],
        [
          1,
          "effect-llm: there is no gateway at http://127.0.0.1:1: start it with effect-llm serve, or say where it is with --url\n"
        ]
      )
    })
  )
})
