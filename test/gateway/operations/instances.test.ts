import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Logger, Schedule } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Simulator } from "../../../src/testing/Simulator.ts"
import { temporary } from "../../cli/cli.ts"
import { hasPostgres, hasRedis, postgresUrl, redisUrl } from "../../services/services.ts"
import { gateway } from "../gateway.ts"
import { served } from "./process.ts"

interface Options {
  readonly method?: string
  readonly body?: unknown
  readonly key?: string | undefined
}

const request = (
  url: string,
  path: string,
  { body, key, method = body === undefined ? "GET" : "POST" }: Options = {}
) =>
  Effect.promise(async () => {
    const response = await fetch(url + path, {
      method,
      headers: {
        connection: "close",
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(key !== undefined && { authorization: `Bearer ${key}` })
      },
      ...(body !== undefined && { body: JSON.stringify(body) })
    })
    const text = await response.text()
    const id = response.headers.get("x-request-id") ?? ""
    return { status: response.status, id, body: text === "" ? undefined : JSON.parse(text) }
  })

const messages = [{ role: "user", content: "Hello" }]

const call = (url: string, key?: string) =>
  request(url, "/v1/chat/completions", { body: { model: "fast", messages }, key })

/** The live log as it is read: the ids of calls so far. */
const live = (url: string, key?: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(async () => {
        const abort = new AbortController()
        const headers = { connection: "close", ...(key !== undefined && { authorization: `Bearer ${key}` }) }
        const response = await fetch(`${url}/admin/calls/live`, { headers, signal: abort.signal })
        let text = ""
        void (async () => {
          for await (const chunk of response.body ?? []) text += new TextDecoder().decode(chunk)
        })().catch(() => {})
        return { abort, ids: () => [...text.matchAll(/^data: .*"id":"(req_\w+)"/gm)].map(([, id = ""]) => id) }
      }),
      ({ abort }) => Effect.sync(() => abort.abort())
    ),
    ({ ids }) => ids
  )

/** Waits until something is so; a live log that has just begun is heard of in a moment, so calls may be made again. */
const until = <A>(effect: Effect.Effect<A>, isSo: (value: A) => boolean) =>
  Effect.repeat(effect, { until: isSo, schedule: Schedule.spaced("20 millis") }).pipe(Effect.timeout("30 seconds"))

describe("two instances", () => {
  const law = (name: string, store: Effect.Effect<string>) =>
    it.live(name, () =>
      Effect.gen(function* () {
        const settings = `models: { fast: openai/sim-healthy, slow: openai/sim-stall }
storeResponses: { keys: ["*"] }
server: { adminKey: "the-key-of-the-administrator" }
stores: ${yield* store}
`
        const key = "the-key-of-the-administrator"
        const [one, other] = [yield* gateway(settings), yield* gateway(settings)]
        const ids = yield* live(one.url, key)
        yield* until(call(other.url, key), () => ids().length > 0)
        const before = ids().length
        const made = yield* Effect.forEach(Array.from({ length: 5 }), () => call(other.url, key))
        const mine = yield* call(one.url, key)
        const wanted = [...made.map(({ id }) => id), mine.id].toSorted()
        yield* until(Effect.sync(ids), (all) => wanted.every((id) => all.includes(id)))
        // Each is shown once.
        assert.strictEqual(new Set(ids()).size, ids().length)
        assert.isAtLeast(ids().length, before + 6)

        const { body: key1 } = yield* request(one.url, "/admin/keys", { body: { name: "one" }, key })
        assert.strictEqual((yield* call(other.url, key1.secret)).status, 200)
        yield* request(one.url, `/admin/keys/${key1.key.id}/block`, { method: "POST", key })
        yield* until(call(other.url, key1.secret), ({ status }) => status === 401)

        const background = { model: "slow", input: "Hello", background: true, store: true }
        const begun = yield* request(other.url, "/v1/responses", { body: background, key })
        yield* other.simulator.awaitRequest()
        const canceled = yield* request(one.url, `/v1/responses/${begun.body.id}/cancel`, { method: "POST", key })
        assert.strictEqual(canceled.body.status, "cancelled")
        yield* until(
          Effect.map(other.simulator.requests, (all) => all.some(({ outcome }) => outcome === "client-closed")),
          (isClosed) => isClosed
        )
      }).pipe(Effect.provide(Logger.layer([])))
    )
  if (hasRedis && hasPostgres)
    law(
      "over a Redis show each other's calls in the live log, forget keys together, and cancel each other's responses",
      Effect.zipWith(redisUrl, postgresUrl, (redis, sql) => `{ redis: "${redis}", sql: "${sql}", prefix: instances }`)
    )
  if (hasPostgres)
    law(
      "over a Postgres alone do the same",
      Effect.map(postgresUrl, (sql) => `{ sql: "${sql}" }`)
    )
})

describe("workers", () => {
  it.live(
    "are all closed by the first key, forget a blocked one at once, show all calls in one log, and read settings together",
    () =>
      Effect.gen(function* () {
        const cwd = yield* temporary
        const { openAiUrl } = Context.get(yield* Layer.build(Simulator.layer()), Simulator)
        const file = join(cwd, "settings.yaml")
        const settings = `providers: { openai: { baseUrl: "${openAiUrl}", key: "\${KEY}" } }
models: { fast: openai/sim-healthy }
server: { port: 0 }
`
        writeFileSync(file, settings)
        const env = { KEY: "sk-upstream-0123456789" }
        const { output, url } = yield* served(["--workers", "2"], { cwd, env })
        const all = (key?: string) =>
          Effect.map(
            Effect.forEach(Array.from({ length: 6 }), () => request(url, "/v1/models", { key }), { concurrency: 4 }),
            (responses) => [...new Set(responses.map(({ status }) => status))]
          )
        assert.deepStrictEqual(yield* all(), [200])
        const { body } = yield* request(url, "/admin/keys", { body: { name: "first", admin: true } })
        assert.deepStrictEqual(yield* all(), [401])
        const { secret } = body
        assert.deepStrictEqual(yield* all(secret), [200])
        const second = yield* request(url, "/admin/keys", { body: { name: "second" }, key: secret })
        assert.deepStrictEqual(yield* all(second.body.secret), [200])
        yield* request(url, `/admin/keys/${second.body.key.id}/block`, { method: "POST", key: secret })
        assert.deepStrictEqual(yield* all(second.body.secret), [401])
        const ids = yield* live(url, secret)
        yield* until(call(url, secret), () => ids().length > 0)
        const made = yield* Effect.forEach(Array.from({ length: 24 }), () => call(url, secret), { concurrency: 4 })
        yield* until(Effect.sync(ids), (all) => made.every(({ id }) => all.includes(id)))
        assert.isAbove(new Set(made.map(({ id }) => id.slice(13, 18))).size, 1)
        assert.strictEqual(new Set(ids()).size, ids().length)
        yield* request(url, "/admin/reload", { method: "POST", key: secret })
        assert.notInclude(output(), secret)
      }),
    120_000
  )
})
