import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, Schedule } from "effect"
import { gate } from "../../services/gate.ts"
import { hasPostgres, hasRedis, postgresUrl, redisUrl } from "../../services/services.ts"
import { gateway } from "../gateway.ts"

const ready = (url: string) =>
  Effect.promise(async () => {
    const response = await fetch(`${url}/health/ready`)
    return { status: response.status, body: await response.json() }
  })

/** Asks until it is as it should be. */
const readyAs = (url: string, status: number) =>
  Effect.repeat(ready(url), { until: (state) => state.status === status, schedule: Schedule.spaced("20 millis") }).pipe(
    Effect.timeout("30 seconds"),
    Effect.map(({ body }) => body)
  )

const models = "models: { fast: openai/sim-healthy }\n"

const send = (url: string) =>
  Effect.promise(async () => {
    const body = JSON.stringify({ model: "fast", messages: [{ role: "user", content: "Hello" }] })
    const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", body })
    await response.text()
    return response.status
  })

describe.skipIf(!hasRedis)("while its Redis is away, a gateway", () => {
  const law = (name: string, policy: string, isReady: boolean) =>
    it.live(name, () =>
      Effect.gen(function* () {
        const redis = yield* gate(yield* redisUrl)
        const stores = `stores: { redis: "${redis.url}", prefix: readiness-${crypto.randomUUID()}${policy} }\n`
        const { url } = yield* gateway(models + stores)
        const isWhole = Effect.repeat(ready(url), {
          until: ({ body }) => body.status === "ready" && body.without === undefined,
          schedule: Schedule.spaced("20 millis")
        }).pipe(Effect.timeout("30 seconds"))
        yield* isWhole
        redis.shut()
        if (isReady) {
          yield* Effect.repeat(ready(url), {
            until: ({ body }) => body.without !== undefined,
            schedule: Schedule.spaced("20 millis")
          })
          assert.deepStrictEqual(yield* ready(url), { status: 200, body: { status: "ready", without: ["redis"] } })
          assert.strictEqual(yield* send(url), 200)
        } else assert.deepStrictEqual(yield* readyAs(url, 503), { status: "unready", reasons: ["redis"] })
        yield* Effect.promise(redis.open)
        yield* isWhole
      }).pipe(Effect.provide(Logger.layer([])))
    )
  law("is not ready where budgets are kept there", "", false)
  law("is not ready where calls fail without it", ", sql: ':memory:', whenDown: fail", false)
  law("is ready where limits alone are kept there", ", sql: ':memory:'", true)
  law("is ready where calls go on without it", ", whenDown: allow", true)
})

describe.skipIf(!hasPostgres)("while its database is away, a gateway", () => {
  it.live("is not ready, until it is back", () =>
    Effect.gen(function* () {
      const postgres = yield* gate(yield* postgresUrl)
      const { url } = yield* gateway(`${models}stores: { sql: "${postgres.url}" }\n`)
      yield* readyAs(url, 200)
      postgres.shut()
      assert.deepStrictEqual(yield* readyAs(url, 503), { status: "unready", reasons: ["database"] })
      assert.strictEqual((yield* Effect.promise(() => fetch(`${url}/health/live`))).status, 200)
      yield* Effect.promise(postgres.open)
      yield* readyAs(url, 200)
    }).pipe(Effect.provide(Logger.layer([])))
  )
})
