import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, Schedule } from "effect"
import { gate } from "../../services/gate.ts"
import { hasPostgres, postgresUrl } from "../../services/services.ts"
import { gateway } from "../gateway.ts"
import { access, models, secretOf } from "./access.ts"

describe.skipIf(!hasPostgres)("a database that is away", () => {
  it.live("rejects no key: those in use keep working, and others get a 503 until it is back", () =>
    Effect.gen(function* () {
      const { open, shut, url } = yield* gate(yield* postgresUrl)
      const { keys, withKey } = yield* access(
        `${models}stores: { sql: "\${SQL}" }\nkeys: { ci: { key: "\${CI}" } }\n`,
        { env: { SQL: url, CI: "the-secret-of-the-settings" } }
      )
      const used = secretOf(yield* keys.create({ name: "used" }))
      const unused = secretOf(yield* keys.create({ name: "unused" }))
      yield* withKey(used)
      shut()
      yield* withKey(used)
      yield* withKey("the-secret-of-the-settings")
      const refused = yield* Effect.flip(withKey(unused))
      assert.strictEqual(refused.status, 503)
      assert.strictEqual(refused.headers?.["retry-after"], "2")
      yield* Effect.promise(open)
      yield* withKey(unused).pipe(Effect.retry(Schedule.spaced("20 millis")), Effect.timeout("30 seconds"))
    }).pipe(Effect.provide(Logger.layer([])))
  )
})

describe("the keys of providers", () => {
  it.live("are in no response to any request", () =>
    Effect.gen(function* () {
      const { send, url } = yield* gateway("models: { a: openai/gpt-5.4-mini, b: anthropic/claude-haiku-5-5 }")
      const paths = [
        "/v1/models",
        "/admin/me",
        "/admin/settings",
        "/admin/providers",
        "/admin/explain",
        "/openapi.json",
        "/metrics",
        "/"
      ]
      for (const path of paths) {
        const text = yield* Effect.promise(async () => (await fetch(url + path)).text())
        assert.notInclude(text, "sk-upstream", path)
      }
      for (const model of ["a", "b", "unknown"]) {
        const { headers, text } = yield* send("/v1/chat/completions", {
          model,
          messages: [{ role: "user", content: "Hi" }]
        })
        assert.notInclude(text + JSON.stringify([...headers]), "sk-upstream")
      }
    })
  )
})
