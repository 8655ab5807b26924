import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gateway } from "../gateway.ts"

const adminKey = "sk-of-the-administrator-91"

const served = Effect.gen(function* () {
  const { url } = yield* gateway(`models: { fast: openai/sim-healthy }\nserver: { adminKey: ${adminKey} }\n`)
  return (method: string, path: string, body?: object) =>
    Effect.promise(async () => {
      const init = body === undefined ? {} : { body: JSON.stringify(body) }
      const response = await fetch(`${url}/admin${path}`, {
        method,
        headers: { authorization: `Bearer ${adminKey}` },
        ...init
      })
      return { status: response.status, type: response.headers.get("content-type"), text: await response.text() }
    })
})

const usd = { usd: 5 }

describe("the admin API rejects a request for what is not there", () => {
  const laws: ReadonlyArray<readonly [string, string, number, string]> = [
    ["GET", "/keyz", 404, "there is no /admin/keyz."],
    ["POST", "/spend", 405, "/admin/spend takes GET, not POST."],
    ["PUT", "/keys", 405, "/admin/keys takes GET, POST, not PUT."],
    ["POST", "/keys/key_1", 405, "/admin/keys/key_1 takes GET, PATCH, DELETE, not POST."],
    ["OPTIONS", "/keys", 405, "/admin/keys takes GET, POST, PATCH, PUT, DELETE, not OPTIONS."]
  ]
  it.live("as a problem with the status of its response, and the methods that there are", () =>
    Effect.gen(function* () {
      const send = yield* served
      for (const [method, path, status, detail] of laws) {
        const { status: received, text, type } = yield* send(method, path)
        assert.strictEqual(received, status, path)
        assert.strictEqual(type, "application/problem+json", path)
        assert.deepInclude(JSON.parse(text), { status, detail })
      }
    })
  )
})

describe("the admin API rejects invalid input", () => {
  const keys: ReadonlyArray<readonly [string, object, string]> = [
    ["a key that is over", { expires: "2020-01-01" }, "is over"],
    ["a day that is not in the calendar", { expires: "2027-02-31" }, "a day that there is"],
    ["a limit below one", { limits: [{ requests: -1 }] }, "above 0"],
    ["a limit of nothing", { limits: [{}] }, "needs requests"],
    ["a window of no time", { limits: [{ requests: 5, per: "0s" }] }, "a duration above 0"],
    ["a window of nothing", { limits: [{ concurrency: 5, per: "1m" }] }, "`per` says nothing"],
    ["a budget below zero", { budgets: [{ usd: -1 }] }, "0 or more"],
    ["a budget of nothing", { budgets: [{}] }, "needs usd or tokens"],
    ["two budgets of one name", { budgets: [usd, usd] }, "a name of its own"],
    ["two windows", { budgets: [{ ...usd, every: "day", within: "1h" }] }, "give it one"],
    ["an unknown time zone", { budgets: [{ ...usd, every: "day", zone: "Mars/Base" }] }, "time zone"],
    ["a time zone of nothing", { budgets: [{ ...usd, zone: "UTC" }] }, "says nothing without"],
    ["an empty name", { name: "" }, "a name"],
    ["a name of spaces", { name: "  " }, "a name"],
    ["a name of megabytes", { name: "x".repeat(2_000_000) }, "at most 1000 characters"],
    ["a name that no database stores", { name: "a\u0000b" }, "a name"],
    ["half a character", { name: "a\ud800b" }, "a name"],
    ["somebody unknown", { user: "nobody" }, "there is no user nobody"],
    ["a field that there is not", { nmae: "a" }, "nmae"]
  ]

  it.live("with the place and the reason", () =>
    Effect.gen(function* () {
      const send = yield* served
      const refused = (method: string, path: string, body?: object) =>
        Effect.map(send(method, path, body), ({ status, text }) => {
          assert.strictEqual(status, 400, text)
          return JSON.parse(text)
        })
      assert.deepInclude(yield* refused("GET", "/calls?tagg=x"), {
        detail: "tagg: there is no such field",
        errors: [{ path: ["query", "tagg"], message: "there is no such field" }]
      })
      const limit = yield* refused("GET", "/calls?limit=abc")
      assert.lengthOf(limit.errors, 1)
      assert.match(limit.detail, /^limit: expected /)
      const { detail } = yield* refused("POST", "/keys", { name: 1, nmae: "a", limits: [{ requests: "many" }] })
      assert.match(detail, /(?:^|; )name: expected /)
      assert.match(detail, /(?:^|; )nmae: there is no such field/)
      assert.match(detail, /(?:^|; )limits\.0\.requests: expected /)
    })
  )

  it.live("of keys", () =>
    Effect.gen(function* () {
      const send = yield* served
      for (const [what, fields, words] of keys) {
        const { status, text } = yield* send("POST", "/keys", { name: "a", ...fields })
        assert.include([400, 422], status, `${what}: ${text.slice(0, 200)}`)
        assert.include(text, words, what)
      }
      const { text } = yield* send("POST", "/keys", { name: "a", expires: "2999-01-01" })
      const { id } = (JSON.parse(text) as { readonly key: { readonly id: string } }).key
      assert.strictEqual((yield* send("PATCH", `/keys/${id}`, { expires: "2020-01-01" })).status, 422)
      assert.strictEqual((yield* send("PATCH", `/keys/${id}`, { expires: null })).status, 200)
    })
  )

  it.live("of users, teams and queries", () =>
    Effect.gen(function* () {
      const send = yield* served
      for (const id of ["", ".", "..", " u ", "\u0000", "x".repeat(2000)])
        for (const kind of ["/users", "/teams"])
          assert.strictEqual((yield* send("POST", kind, { id })).status, 400, JSON.stringify(id.slice(0, 9)))
      for (const path of [
        ...["keys", "users", "teams", "calls"].map((kind) => `/${kind}/%00`),
        "/keys?after=%00",
        "/users?team=%00",
        "/calls?key=%00",
        "/calls?from=x",
        "/calls?from=2026-02-31",
        "/calls?from=2027-01-02&to=2026-01-01",
        "/spend?from=2026-02-31",
        "/spend?from=2027-01-02&to=2026-01-01",
        "/spend?by=nothing",
        "/shadows?from=x"
      ])
        assert.include([400, 422], (yield* send("GET", path)).status, path)
    })
  )
})
