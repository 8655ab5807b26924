/** Two gateways in processes of their own, over one Postgres and one Redis, while everything around them fails. */
import { NodeServices } from "@effect/platform-node"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Schedule, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { mkdirSync, writeFileSync } from "node:fs"
import * as Calls from "../../../src/gateway/ledger/Calls.ts"
import { gate } from "../../services/gate.ts"

import { startRedis } from "../../services/servers.ts"
import { hasPostgres, hasRedis, ownRedis } from "../../services/services.ts"
import { upstream } from "../calls/upstream.ts"
import { folder, postgresDatabase, storeAt, usd, using } from "../ledger/ledger.ts"
import { served } from "../operations/process.ts"

const usage = { prompt_tokens: 9, completion_tokens: 50, total_tokens: 59 }
const cost = 0.000418
const chunk = (fields: object) =>
  `data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", created: 1, model: "acme", ...fields })}\n\n`

/** While it holds its streams, none of them ends. */
let holdsStreams = false

/** A provider whose streams take two seconds, or as long as they are held. */
const provider = upstream((_, outgoing, body) => {
  const { model, stream } = JSON.parse(body) as { readonly model: string; readonly stream?: boolean }
  if (stream !== true) {
    const message = { role: "assistant", content: "Hi" }
    const choices = [{ index: 0, message, finish_reason: "stop" }]
    outgoing.writeHead(200, { "content-type": "application/json" })
    outgoing.end(JSON.stringify({ id: "c1", object: "chat.completion", created: 1, model, choices, usage }))
    return
  }
  outgoing.writeHead(200, { "content-type": "text/event-stream" })
  let sent = 0
  const next = setInterval(() => {
    if (holdsStreams && sent === 79) return
    outgoing.write(chunk({ choices: [{ index: 0, delta: { content: `word${sent} ` }, finish_reason: null }] }))
    if (++sent < 80) return
    clearInterval(next)
    outgoing.write(chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }))
    outgoing.end(`${chunk({ choices: [], usage })}data: [DONE]\n\n`)
  }, 25)
  outgoing.on("close", () => clearInterval(next))
})

const settings = (providerUrl: string, redis: string, sql: string) =>
  JSON.stringify({
    providers: { openai: { key: "sk-upstream", baseUrl: providerUrl } },
    models: { fast: "openai/acme" },
    prices: { "openai/acme": { input: 2, output: 8 } },
    stores: { redis, sql, prefix: `wall${process.pid}` },
    keys: {
      plain: { key: "key-plain-0123456789" },
      budgeted: { key: "key-budgeted-0123456789", budgets: ["small"] },
      limited: { key: "key-limited-0123456789", limits: { requests: 40, per: "1h" } },
      relimited: { key: "key-relimited-0123456789", limits: { requests: 5, per: "1h" } },
      spender: { key: "key-spender-0123456789", budgets: ["large"] }
    },
    budgets: { small: { usd: 0.02 }, large: { usd: 1000 } },
    server: { port: 0, adminKey: "key-admin-0123456789abcdef" }
  })

interface Answer {
  readonly status: number
  readonly id: string
  readonly text: string
}

const call = (url: string, key: string, stream = false, onBegun?: () => void): Effect.Effect<Answer> =>
  Effect.promise(async (signal) => {
    try {
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer key-${key}-0123456789` },
        body: JSON.stringify({
          model: "fast",
          messages: [{ role: "user", content: "Hello" }],
          max_tokens: 100,
          stream
        }),
        signal
      })
      if (response.status === 200) onBegun?.()
      const id = response.headers.get("x-request-id") ?? ""
      return {
        status: response.status,
        id,
        text: await response.text().catch((error: Error) => `(cut) ${error.message}`)
      }
    } catch {
      return { status: 0, id: "", text: "" }
    }
  })

/** Tries again where a busy database has refused it. */
const served200 = (call: Effect.Effect<Answer>): Effect.Effect<Answer> =>
  Effect.repeat(call, {
    until: ({ status }) => status !== 503,
    schedule: Schedule.upTo(Schedule.spaced("100 millis"), { duration: "30 seconds" })
  })

const isWhole = ({ status, text }: Answer): boolean =>
  status === 200 && (text.includes("[DONE]") || text.includes('"chat.completion"'))

const start = Effect.gen(function* () {
  const scope = yield* Scope.make()
  return yield* Effect.gen(function* () {
    const database = yield* postgresDatabase
    const sql = yield* gate(database)
    const redis = yield* ownRedis
    const text = settings(yield* provider, redis.url, sql.url)
    const [first, second] = yield* Effect.forEach(
      ["first", "second"],
      (name) =>
        Effect.gen(function* () {
          const cwd = `${yield* folder}/${name}`
          mkdirSync(cwd)
          writeFileSync(`${cwd}/settings.yaml`, text)
          return { cwd, process: yield* served([], { cwd }) }
        }),
      { concurrency: 2 }
    )
    assert(first !== undefined && second !== undefined)
    const store = yield* Layer.build(storeAt(database))
    return { scope, sql, redis, first, second, store }
  }).pipe(Effect.provideService(Scope.Scope, scope), Effect.provide(NodeServices.layer))
})

const eventually = <E>(holds: Effect.Effect<boolean, E>) =>
  Effect.repeat(holds, { until: (isSo) => isSo, schedule: Schedule.spaced("20 millis") }).pipe(
    Effect.timeout("40 seconds")
  )

describe.skipIf(!hasPostgres || !hasRedis)("two gateways over one Postgres and one Redis", () => {
  let world: Effect.Success<typeof start> | undefined
  const here = Effect.suspend(() => (world === undefined ? Effect.die("it did not start") : Effect.succeed(world)))
  beforeAll(async () => {
    world = await Effect.runPromise(start)
  }, 120_000)
  afterAll(() => world && Effect.runPromise(Scope.close(world.scope, Exit.void)), 30_000)

  /** Things that tests start live as long as the others. */
  const inWorld = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) =>
    Effect.flatMap(here, ({ scope }) => Effect.provideService(effect, Scope.Scope, scope))

  /** What the ledger has, once it has all of these. */
  const ledgerWith = (ids: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const { store } = yield* here
      const all = Effect.map(Effect.provideContext(using(Calls.page({ limit: 100_000 })), store), ({ calls }) => calls)
      yield* eventually(
        Effect.map(all, (calls) => {
          const known = new Set(calls.map(({ id }) => id))
          return ids.every((id) => known.has(id))
        })
      )
      return yield* all
    })

  const budget = (name: string) =>
    Effect.gen(function* () {
      const { store } = yield* here
      return yield* Effect.provideContext(
        using(
          SqlClient.SqlClient.use(
            (sql) =>
              sql<{
                readonly total: string
              }>`SELECT total FROM effect_llm_budget_accounts WHERE account = ${`usd:${name}`}`
          )
        ),
        store
      )
    }).pipe(Effect.map(([row]) => Number(row?.total ?? 0)))

  it.live(
    "do not exceed a budget, and admit exactly what a limit permits",
    () =>
      Effect.gen(function* () {
        const { first, second } = yield* here
        const urls = [first.process.url, second.process.url]
        const urlOf = (index: number) => urls[index % 2] ?? ""
        const all = (key: string, everyStream: number) =>
          Effect.forEach(
            Array.from({ length: 80 }, (_, index) => index),
            (index) => served200(call(urlOf(index), key, index % everyStream === 1)),
            { concurrency: 8 }
          )
        const [limited, budgeted] = yield* Effect.all([all("limited", 7), all("budgeted", 1)], { concurrency: 2 })
        const statuses = (answers: ReadonlyArray<Answer>) =>
          [...new Set(answers.map(({ status }) => status))].toSorted()
        assert.deepStrictEqual(statuses(limited), [200, 429])
        assert.strictEqual(limited.filter(isWhole).length, 40)
        assert.deepStrictEqual(statuses(budgeted), [200, 402])
        const served = budgeted.filter(isWhole)
        assert.isAtMost(served.length * cost, 0.02)
        // What was reserved and not used is there again: the budget is used to its end.
        const more: Array<Answer> = []
        do more.push(yield* served200(call(urlOf(more.length), "budgeted")))
        while (more.at(-1)?.status === 200)
        const calls = yield* ledgerWith([...budgeted, ...more].map(({ id }) => id))
        const spent = Number(usd(calls.filter(({ key }) => key === "budgeted").map(({ cost }) => cost)))
        assert.isAtMost(spent, 0.02)
        assert.isAbove(spent, 0.02 - 3 * cost)
        yield* eventually(Effect.map(budget("small"), (charged) => charged === spent))
      }),
    120_000
  )

  it.live(
    "lose only the streams of the one that is killed; its settled calls are in the ledger once, and its reservations are charged",
    () =>
      Effect.gen(function* () {
        const { first, second, store } = yield* here
        const ended: Array<Answer> = []
        const keep = (answer: Answer) => void (isWhole(answer) && ended.push(answer))
        const load = (url: string) =>
          Effect.forever(Effect.map(call(url, "spender"), keep)).pipe(
            Effect.timeoutOption("2 seconds"),
            Effect.replicateEffect(3, { concurrency: "unbounded" })
          )
        let begun = 0
        const streams = (url: string) =>
          Effect.forEach([0, 1, 2], () => served200(call(url, "spender", true, () => begun++)), {
            concurrency: "unbounded"
          })
        // All six are under way.
        holdsStreams = true
        const kill = Effect.map(eventually(Effect.sync(() => begun === 6)), () => {
          first.process.signal("SIGKILL")
          holdsStreams = false
        })
        const [dying, living] = yield* Effect.all(
          [
            streams(first.process.url),
            streams(second.process.url),
            load(first.process.url),
            load(second.process.url),
            kill
          ],
          { concurrency: "unbounded" }
        )
        for (const stream of living) keep(stream)
        assert.isTrue(living.every(isWhole))
        assert.isFalse(dying.some(isWhole))
        yield* Effect.promise(() => first.process.exit)
        // The next process in its place takes its spool over.
        const next = yield* served([], { cwd: first.cwd })
        const calls = yield* ledgerWith(ended.map(({ id }) => id))
        const ids = calls.map(({ id }) => id)
        assert.strictEqual(new Set(ids).size, ids.length)
        // Nobody renews the reservations of the dead: as time goes by they end.
        const sql = <A, E>(use: (sql: SqlClient.SqlClient) => Effect.Effect<A, E>) =>
          Effect.provideContext(using(SqlClient.SqlClient.use(use)), store)
        const open = sql(
          (sql) => sql<{
            readonly id: string
            readonly amount: string
          }>`SELECT id, amount FROM effect_llm_budget_reservations
            WHERE status = 'open' AND account = 'usd:large'`
        )
        const abandoned = yield* open
        assert.isAtLeast(abandoned.length, 1)
        yield* sql((sql) => sql`UPDATE effect_llm_budget_reservations SET expires_at = 1 WHERE status = 'open'`)
        assert.isTrue(isWhole(yield* served200(call(next.url, "spender"))))
        yield* eventually(Effect.map(open, (rows) => rows.length === 0))
        const settled = calls.filter(({ key }) => key === "spender").map(({ cost }) => cost)
        const most = Number(usd([...settled, ...abandoned.map(({ amount }) => amount)]))
        const charged = yield* budget("large")
        assert.isAtLeast(charged, Number(usd(settled)))
        // Besides: the last call, and six that the end of the load may have caught between their charge and their row.
        assert.isAtMost(charged, most + cost + 6 * 0.000818)
        world = { ...(yield* here), first: { cwd: first.cwd, process: next } }
      }).pipe(inWorld),
    120_000
  )

  it.live(
    "continue without Redis or Postgres as documented, reject no valid key, and need no restart afterwards",
    () =>
      Effect.gen(function* () {
        const { first, redis, second, sql } = yield* here
        const urls = [first.process.url, second.process.url]
        const all = (key: string) => Effect.forEach(urls, (url) => call(url, key))
        const statusesOf = (key: string) => Effect.map(all(key), (answers) => answers.map(({ status }) => status))
        const isReady = (url: string) => Effect.promise(async () => (await fetch(`${url}/health/ready`)).status === 200)

        // Without Redis: limits let calls pass, and nothing else changes.
        yield* Effect.promise(() => redis.stop("SIGKILL"))
        yield* eventually(Effect.map(statusesOf("relimited"), (statuses) => statuses.every((status) => status === 200)))
        for (let time = 0; time < 4; time++) assert.deepStrictEqual(yield* statusesOf("relimited"), [200, 200])
        const spent = yield* Effect.forEach(urls, (url) => served200(call(url, "spender")))
        assert.deepStrictEqual(spent.map(isWhole), [true, true])
        const again = yield* Effect.promise(() => startRedis(redis.port))
        yield* Effect.addFinalizer(() => Effect.promise(() => again.stop("SIGKILL")))
        // Limits hold again, together and by themselves, once each process has found Redis.
        yield* eventually(Effect.map(statusesOf("relimited"), (statuses) => statuses.every((status) => status === 429)))

        // Without Postgres: known keys go on, budgets refuse, and no key is called wrong.
        assert.deepStrictEqual(yield* statusesOf("plain"), [200, 200])
        sql.shut()
        const queued = [...(yield* all("plain")), ...(yield* all("plain"))]
        assert.deepStrictEqual([...new Set(queued.map(({ status }) => status))], [200])
        assert.deepStrictEqual(yield* statusesOf("spender"), [503, 503])
        const unknown = yield* call(urls[0] ?? "", "nobody")
        assert.strictEqual(unknown.status, 503)
        assert.deepStrictEqual(yield* Effect.forEach(urls, isReady), [false, false])
        yield* Effect.promise(sql.open)
        yield* eventually(Effect.map(Effect.forEach(urls, isReady), (ready) => ready.every((isSo) => isSo)))
        const answers = yield* Effect.forEach(urls, (url) => served200(call(url, "spender")))
        assert.deepStrictEqual(answers.map(isWhole), [true, true])
        assert.strictEqual((yield* served200(call(urls[0] ?? "", "nobody"))).status, 401)
        // What was called meanwhile arrives.
        yield* ledgerWith(queued.map(({ id }) => id))
        for (const { exit, pid } of [first.process, second.process]) {
          assert.isAbove(pid, 0)
          assert.strictEqual(yield* Effect.promise(() => Promise.race([exit, Promise.resolve("lives")])), "lives")
        }
      }).pipe(inWorld),
    120_000
  )
})
