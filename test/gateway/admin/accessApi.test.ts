import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"
import * as AdminApi from "../../../src/gateway/AdminApi.ts"
import { gateway } from "../gateway.ts"

const adminKey = "sk-of-the-administrator-91"
const models = `
models: { fast: openai/sim-healthy }
prices: { openai/sim-healthy: { input: 2, output: 4 } }
budgets: { all: { usd: 100 } }
policies: { budgets: [all] }
server: { adminKey: ${adminKey} }
`
const messages = [{ role: "user", content: "Hello" }]

const served = Effect.gen(function* () {
  const { send, url } = yield* gateway(models)
  const client = (key: string) =>
    Effect.provide(AdminApi.client({ url, key: Redacted.make(key) }), FetchHttpClient.layer)
  const call = (key: string) =>
    send("/v1/chat/completions", { model: "fast", messages }, { authorization: `Bearer ${key}` })
  return { admin: yield* client(adminKey), call, client, url }
})

describe("the admin API", () => {
  it.live("creates a key that can call, is charged, rotated, blocked and removed", () =>
    Effect.gen(function* () {
      const { admin, call } = yield* served
      yield* admin.teams.createTeam({ payload: { id: "support" } })
      yield* admin.users.createUser({ payload: { id: "ann", team: "support" } })
      const issued = yield* admin.keys.createKey({
        payload: { name: "bot", user: "ann", team: "support", tags: ["t"] }
      })
      const { id } = issued.key
      const secret = Redacted.value(issued.secret)
      const response = yield* call(secret)
      assert.strictEqual(response.status, 200)
      const cost = response.headers.get("x-effect-llm-cost")
      const { groups } = yield* admin.ledger.spend({ query: { by: "key,user,team" } })
      assert.deepStrictEqual(
        groups.map(({ calls, cost, key, team, user }) => ({ calls, cost, key, team, user })),
        [{ calls: 1, cost: cost ?? "", key: id, user: "ann", team: "support" }]
      )
      // One number: what budgets have counted is what the ledger has.
      const { budgets } = yield* admin.budgets.budgets({ query: {} })
      assert.deepStrictEqual(
        budgets.map(({ budget, spent }) => [budget, spent]),
        [["all", cost ?? ""]]
      )
      const rotated = yield* admin.keys.rotateKey({ params: { id }, payload: {} })
      assert.strictEqual((yield* call(Redacted.value(rotated.secret))).status, 200)
      assert.strictEqual((yield* call(secret)).status, 200)
      assert.strictEqual((yield* admin.keys.blockKey({ params: { id } })).status, "blocked")
      assert.strictEqual((yield* call(secret)).status, 401)
      assert.strictEqual((yield* admin.keys.unblockKey({ params: { id } })).status, "active")
      assert.strictEqual(
        (yield* admin.keys.updateKey({ params: { id }, payload: { models: ["none*"] } })).status,
        "active"
      )
      assert.strictEqual((yield* call(secret)).status, 403)
      assert.deepStrictEqual(
        (yield* admin.keys.listKeys({ query: { user: "ann" } })).keys.map((key) => key.id),
        [id]
      )
      yield* admin.keys.removeKey({ params: { id } })
      assert.strictEqual((yield* call(secret)).status, 401)
      assert.strictEqual((yield* Effect.flip(admin.keys.getKey({ params: { id } })))._tag, "NotFound")
    })
  )

  it.live("is for administrators, and shows every key its owner", () =>
    Effect.gen(function* () {
      const { admin, client, url } = yield* served
      const { secret } = yield* admin.keys.createKey({ payload: { name: "bot", tags: ["t"] } })
      const own = yield* client(Redacted.value(secret))
      assert.deepInclude(yield* own.self.me(), { name: "bot", isAdmin: false, via: "key", tags: ["t"] })
      const get = (path: string, key?: string) =>
        Effect.promise(async () => {
          const response = await fetch(url + path, { headers: key === undefined ? {} : { "x-api-key": key } })
          return { status: response.status, body: JSON.parse(await response.text()) }
        })
      assert.strictEqual((yield* get("/admin/me")).status, 401)
      assert.strictEqual((yield* get("/admin/keys")).status, 401)
      const forbidden = yield* get("/admin/keys", Redacted.value(secret))
      assert.strictEqual(forbidden.status, 403)
      assert.include(forbidden.body, { type: "about:blank", status: 403, title: "Forbidden" })
      assert.strictEqual((yield* get("/admin/keys", adminKey)).status, 200)
    })
  )

  it.live("accepts JSON of any content type, as curl sends it, and names the invalid field", () =>
    Effect.gen(function* () {
      const { url } = yield* served
      const post = (body: string, type: string | undefined, headers: { readonly [name: string]: string }) =>
        Effect.promise(async () => {
          const own = { ...headers, ...(type !== undefined && { "content-type": type }) }
          const response = await fetch(`${url}/admin/keys`, { method: "POST", headers: own, body })
          return { status: response.status, type: response.headers.get("content-type"), text: await response.text() }
        })
      const bearer = { authorization: `Bearer ${adminKey}` }
      for (const type of ["application/x-www-form-urlencoded", "text/plain", undefined]) {
        assert.strictEqual((yield* post('{"name":"bot"}', type, bearer)).status, 201, type)
        const wrong = yield* post("name=bot", type, bearer)
        assert.deepInclude(wrong, { status: 400, type: "application/problem+json" }, `${type}: ${wrong.text}`)
      }
      assert.strictEqual((yield* post('{"name":"bot"}', "text/plain", {})).status, 401)
    })
  )

  it.live("rejects invalid changes, reports conflicts, and shows no secret twice", () =>
    Effect.gen(function* () {
      const { admin, url } = yield* served
      const send = (method: string, path: string, body?: unknown) =>
        Effect.promise(async () => {
          const response = await fetch(url + path, {
            method,
            headers: { "x-api-key": adminKey, "content-type": "application/json" },
            body: body === undefined ? null : JSON.stringify(body)
          })
          return { status: response.status, text: await response.text() }
        })
      const wrong = yield* send("POST", "/admin/keys", { name: "bot", budgets: [{ usd: "much" }] })
      assert.strictEqual(wrong.status, 400)
      assert.include(wrong.text, "budgets.0.usd: expected an")
      const created = yield* send("POST", "/admin/keys", { name: "bot" })
      assert.strictEqual(created.status, 201)
      const { key, secret } = JSON.parse(created.text)
      assert.notInclude((yield* send("GET", `/admin/keys/${key.id}`)).text, secret)
      // A body that has nothing to say may be left out.
      assert.strictEqual((yield* send("POST", `/admin/keys/${key.id}/rotate`)).status, 200)
      yield* admin.teams.createTeam({ payload: { id: "one" } })
      assert.strictEqual((yield* Effect.flip(admin.teams.createTeam({ payload: { id: "one" } })))._tag, "Conflict")
      // Removal would lift the limits of what it limits.
      yield* admin.users.createUser({ payload: { id: "ann", team: "one" } })
      const held = yield* send("DELETE", "/admin/teams/one")
      assert.deepStrictEqual([held.status, held.text.includes("the team one limits the user ann")], [409, true])
      yield* admin.users.updateUser({ params: { id: "ann" }, payload: { team: null } })
      assert.strictEqual((yield* send("DELETE", "/admin/teams/one")).status, 204)
      assert.strictEqual((yield* send("DELETE", "/admin/teams/one")).status, 404)
    })
  )
})
