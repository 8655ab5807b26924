import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { temporary } from "../../cli/cli.ts"
import { gateway } from "../gateway.ts"
import { served } from "./process.ts"

const request = (url: string, path: string, { body, key }: { readonly body?: unknown; readonly key?: string } = {}) =>
  Effect.promise(async () => {
    const response = await fetch(url + path, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        connection: "close",
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(key !== undefined && { authorization: `Bearer ${key}` })
      },
      ...(body !== undefined && { body: JSON.stringify(body) })
    })
    return { status: response.status, body: await response.json() }
  })

const models = "/v1/models"

describe("a gateway without keys", () => {
  it.live("is open until the first key is made, and closed at once from then on, also when that is removed", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway("models: { fast: openai/sim-healthy }\n")
      assert.strictEqual((yield* request(url, models)).status, 200)
      const made = yield* request(url, "/admin/keys", { body: { name: "first", admin: true } })
      assert.strictEqual(made.status, 201)
      assert.strictEqual(made.body.notice, "Callers need a key from now on.")
      const { key, secret } = made.body
      assert.strictEqual((yield* request(url, models)).status, 401)
      assert.strictEqual((yield* request(url, "/admin/keys")).status, 401)
      assert.strictEqual((yield* request(url, models, { key: "sk-of-a-provider" })).status, 401)
      assert.strictEqual((yield* request(url, models, { key: secret })).status, 200)
      const second = yield* request(url, "/admin/keys", { body: { name: "second" }, key: secret })
      assert.notProperty(second.body, "notice")
      const removed = yield* Effect.promise(() =>
        fetch(`${url}/admin/keys/${key.id}`, { method: "DELETE", headers: { authorization: `Bearer ${secret}` } })
      )
      assert.strictEqual(removed.status, 204)
      assert.strictEqual((yield* request(url, models)).status, 401)
    })
  )

  it.live("tells how it is administered after a first key without admin rights", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway("models: { fast: openai/sim-healthy }\n")
      const { body } = yield* request(url, "/admin/keys", { body: { name: "first" } })
      assert.include(body.notice, "EFFECT_LLM_ADMIN_KEY")
      assert.strictEqual((yield* request(url, "/admin/keys", { key: body.secret })).status, 403)
    })
  )

  it.live(
    "is closed by settings that name keys, as soon as these are read",
    () =>
      Effect.gen(function* () {
        const cwd = yield* temporary
        const file = join(cwd, "settings.yaml")
        const settings = "models: { fast: openai/gpt-6-luna }\n"
        writeFileSync(file, `${settings}server: { port: 0 }\n`)
        const env = { OPENAI_API_KEY: "sk-upstream-0123456789", OWN: "a-secret-of-the-administrator" }
        const { output, until, url } = yield* served([], { cwd, env })
        assert.include(output(), "Callers need no key, until the first one is created")
        assert.strictEqual((yield* request(url, models)).status, 200)
        writeFileSync(file, `${settings}server: { port: 0, adminKey: "\${OWN}" }\n`)
        yield* until(/server\.adminKey: added/)
        assert.strictEqual((yield* request(url, models)).status, 401)
        assert.strictEqual((yield* request(url, "/admin/keys", { key: env.OWN })).status, 200)
        assert.notInclude(output(), env.OWN)
      }),
    120_000
  )
})
