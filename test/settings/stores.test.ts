/** Stores of settings: each `built` stands for a process of its own, with its own connection. */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Logger, Redacted, Schedule } from "effect"
import { type Built, build, SettingsError } from "../../src/settings/Settings.ts"
import { hasPostgres, hasRedis, ownRedis, postgresUrl, redisUrl } from "../services/services.ts"
import { load, mistakesIn } from "./load.ts"
import { serve } from "./server.ts"

let prefixes = 0
const prefix = () => `settings-${process.pid}-${++prefixes}`

const built = Effect.fnUntraced(function* (text: string, env: { readonly [name: string]: string } = {}) {
  const { settings, variables } = yield* load({ "settings.yaml": text }, { OPENAI_API_KEY: "sk-openai", ...env })
  const server = serve()
  const models = yield* build(settings, variables).pipe(Effect.provide([server.layer, NodeServices.layer]))
  return { models, server, ask: (user?: string) => asked(models, user) }
})

const asked = (models: Built, user = "ann") =>
  Effect.flatMap(models.model("chat", "a"), (model) => model.generate({ messages: "Hello", user }))

const mistakesOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), (error) =>
    (error instanceof SettingsError ? error.mistakes : []).map(({ message, path }) => `${path.join(".")}: ${message}`)
  )

const models = "models: { a: openai/x }\nprices: { openai/x: { input: 2, output: 4 } }\n"

/** A call costs 6 dollars. The names tell tests apart where a store has no prefix. */
const sharing = (stores: string, name: string) =>
  `${models}policies: { budgets: [${name}], cache: 1h }\nbudgets: { ${name}: { usd: 6 } }\nstores: ${stores}`

const sharesBudgetsAndResponses = (stores: string, name: string, env: { readonly [name: string]: string }) =>
  Effect.gen(function* () {
    const here = yield* built(sharing(stores, name), env)
    const there = yield* built(sharing(stores, name), env)
    yield* here.ask()
    // Nothing waits until a response is kept; before that the budget refuses.
    assert.isDefined((yield* Effect.retry(there.ask(), Schedule.spaced("20 millis"))).cached)
    assert.include((yield* Effect.flip(there.ask("bob"))).message, `budget "${name}"`)
    assert.strictEqual(here.server.calls.length + there.server.calls.length, 1)
  })

const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped()).pipe(
  Effect.provide(NodeServices.layer)
)

describe.skipIf(!hasRedis)("in Redis", () => {
  it.live("budgets and cached responses are shared by all processes", () =>
    Effect.gen(function* () {
      const name = prefix()
      yield* sharesBudgetsAndResponses(`{ redis: "\${REDIS_URL}", prefix: ${name} }`, "team", {
        REDIS_URL: yield* redisUrl
      })
    })
  )

  it.effect("rate limits are shared by all processes", () =>
    Effect.gen(function* () {
      const text = `${models}policies: { limits: { requests: 1, per: 1h, wait: 0s } }\nstores: { redis: "\${REDIS_URL}", prefix: ${prefix()} }`
      const env = { REDIS_URL: yield* redisUrl }
      const here = yield* built(text, env)
      const there = yield* built(text, env)
      yield* here.ask()
      assert.include((yield* Effect.flip(there.ask())).message, "limit")
      assert.strictEqual(there.server.calls.length, 0)
    })
  )

  it.effect("a circuit that one process opens is open in all", () =>
    Effect.gen(function* () {
      const text = `${models}policies: { circuitBreaker: { failures: 1, open: 1h }, attempts: 1 }\nstores: { redis: "\${REDIS_URL}", prefix: ${prefix()} }`
      const env = { REDIS_URL: yield* redisUrl }
      const here = yield* built(text, env)
      const there = yield* built(text, env)
      here.server.respond = () => Effect.succeed(500)
      yield* Effect.flip(here.ask())
      yield* Effect.flip(there.ask())
      assert.strictEqual(there.server.calls.length, 0)
    })
  )

  it.live("changed settings move to it, and share nothing under another name", () =>
    Effect.gen(function* () {
      const env = { OPENAI_API_KEY: "sk-openai", REDIS_URL: yield* redisUrl }
      const inRedis = sharing(`{ redis: "\${REDIS_URL}", prefix: ${prefix()} }`, "team")
      const here = yield* built(sharing("{}", "team"), env)
      yield* here.ask()
      const { settings, variables } = yield* load({ "settings.yaml": inRedis }, env)
      yield* here.models.replace(settings, variables)
      assert.isUndefined((yield* here.ask()).cached)
      const there = yield* built(inRedis, env)
      yield* Effect.flip(there.ask("bob"))
      assert.strictEqual(there.server.calls.length, 0)
    })
  )

  for (const [whenDown, expected] of [
    ["fail", 0],
    ["allow", 1]
  ] as const) {
    it.live(`calls while it is down: ${whenDown}`, () =>
      Effect.gen(function* () {
        const redis = yield* ownRedis
        const url = `redis://127.0.0.1:${redis.port}`
        const text = `${models}policies: { limits: { requests: 9 }, circuitBreaker: {}, budgets: [team], cache: 1h }\nbudgets: { team: { usd: 99 } }\nstores: { redis: "${url}", whenDown: ${whenDown} }`
        const { ask, server } = yield* built(text)
        yield* Effect.promise(() => redis.stop())
        const exit = yield* Effect.exit(Effect.timeout(ask(), "3 seconds"))
        assert.strictEqual(exit._tag, whenDown === "allow" ? "Success" : "Failure")
        assert.strictEqual(server.calls.length, expected)
      }).pipe(Effect.provide(Logger.layer([])))
    )
  }
})

describe("in SQL", () => {
  it.live("budgets and cached responses in a SQLite file are shared by all processes", () =>
    Effect.gen(function* () {
      yield* sharesBudgetsAndResponses(`{ sql: "${yield* temporary}/llm.db" }`, "team", {})
    })
  )

  it.live.skipIf(!hasPostgres)("budgets and cached responses in Postgres are shared by all processes", () =>
    Effect.gen(function* () {
      const env = { DATABASE_URL: yield* postgresUrl }
      const name = prefix()
      yield* sharesBudgetsAndResponses('{ sql: "${DATABASE_URL}" }', name, env)
    })
  )

  it.live.skipIf(!hasRedis)("budgets are in the database even with a Redis, and outlive its data", () =>
    Effect.gen(function* () {
      const sql = `sql: "${yield* temporary}/llm.db"`
      const redis = yield* redisUrl
      const text = (prefix: string) => sharing(`{ ${sql}, redis: "${redis}", prefix: ${prefix} }`, "team")
      yield* (yield* built(text(prefix()))).ask()
      const later = yield* built(text(prefix()))
      assert.include((yield* Effect.flip(later.ask())).message, 'budget "team"')
    })
  )
})

describe("a store that cannot be used", () => {
  for (const [stores, expected] of [
    ['{ redis: "redis://:hunter2hunter2@127.0.0.1:1" }', "stores.redis: cannot be used: "],
    ['{ sql: "/nowhere/at/all.db" }', "stores.sql: cannot be used: "],
    ['{ sql: "postgres://llm:hunter2hunter2@127.0.0.1:1/llm" }', "stores.sql: cannot be used: "]
  ] as const) {
    it.live(`is a mistake in its place, without its password: ${stores}`, () =>
      Effect.gen(function* () {
        const [mistake = "", ...others] = yield* mistakesOf(built(`${models}stores: ${stores}`))
        assert.isTrue(mistake.startsWith(expected) && mistake.length > expected.length, mistake)
        assert.notInclude(mistake, "hunter2")
        assert.deepStrictEqual(others, [])
      }).pipe(Effect.provide(Logger.layer([])))
    )
  }

  it.live("leaves settings as they are", () =>
    Effect.gen(function* () {
      const { ask, models: current, server } = yield* built(models)
      const { settings, variables } = yield* load({ "settings.yaml": models }, { OPENAI_API_KEY: "sk-openai" })
      const redis = Redacted.make("redis://127.0.0.1:1")
      yield* Effect.flip(current.replace({ ...settings, stores: { redis } }, variables))
      yield* ask()
      assert.strictEqual(server.calls.length, 1)
    }).pipe(Effect.provide(Logger.layer([])))
  )

  it.live("without its package says which one to install", () =>
    Effect.gen(function* () {
      const { stdout } = yield* Effect.promise(() =>
        promisify(execFile)(process.execPath, [join(import.meta.dirname, "withoutClients.ts")])
      )
      assert.deepStrictEqual(stdout.trim().split("\n"), [
        `stores.redis: needs the package redis: install it beside effect-llm-gateway, with "npm install redis"`,
        `stores.sql: needs the package @effect/sql-pg: install it beside effect-llm-gateway, with "npm install @effect/sql-pg"`
      ])
    })
  )

  it.effect("is found in the file, with what would be right", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* mistakesIn(`${models}stores: { redis: "localhost:6379", sql: "mysql://a:hunter2@b", whenDown: maybe }`),
        [
          '3:18: stores.redis: must be an address such as "redis://localhost:6379"',
          '3:41: stores.sql: must be a file such as "budgets.db", or an address such as "postgres://localhost/llm"',
          "3:41: warning: stores.sql: a secret is written in the file: move it to the environment or the .env file, and write ${NAME} here",
          '3:74: stores.whenDown: must be "allow" or "fail", not "maybe"'
        ]
      )
      // Before some of these characters, what looks like a port is the beginning of a password.
      for (const password of ["a#b", "12#b", "a/b", "12/b", "a?b", "12?b"])
        assert.deepStrictEqual(
          yield* mistakesIn(
            `${models}stores: { redis: "redis://:${password}@localhost:6379", sql: "postgres://llm:${password}@localhost/llm" }`
          ),
          [
            "3:18: stores.redis: is not an address: write it as redis://USER:PASSWORD@HOST:PORT, and in the password %23 for #, %25 for %, %2F for /, %3F for ?, %40 for @",
            `3:${51 + password.length}: stores.sql: is not an address: write it as postgres://USER:PASSWORD@HOST/DATABASE, and in the password %23 for #, %25 for %, %2F for /, %3F for ?, %40 for @`
          ],
          password
        )
      const right =
        '"redis://u:a%23b@localhost:6379/0", sql: "postgresql://llm:a%40b@localhost:5432/llm?sslmode=require"'
      assert.deepStrictEqual(
        (yield* mistakesIn(`${models}stores: { redis: ${right} }`)).filter((line) => !line.includes("warning")),
        []
      )
    })
  )
})
