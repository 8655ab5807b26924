import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Redacted, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import * as AdminApi from "../../../src/gateway/AdminApi.ts"
import { gateway } from "../gateway.ts"

const models = `
models: { fast: openai/sim-healthy, claude: anthropic/sim-healthy }
prices: { openai/sim-healthy: { input: 2, output: 4 }, anthropic/sim-healthy: { input: 3, output: 7 } }
ledger: { headers: { user: x-user-id, session: x-session, tags: x-tags } }
`
const messages = [{ role: "user", content: "Hello" }]

/** A gateway that has served some calls, and a client of its admin API. */
const served = Effect.gen(function* () {
  const { send, url } = yield* gateway(models)
  const call = (model: string, headers: { readonly [name: string]: string } = {}) =>
    send("/v1/chat/completions", { model, messages }, headers)
  const get = (path: string) =>
    Effect.promise(async () => {
      const response = await fetch(url + path)
      return { status: response.status, type: response.headers.get("content-type"), text: await response.text() }
    })
  const admin = yield* AdminApi.client({ url, key: Redacted.make("sk-admin") }).pipe(
    Effect.provide(FetchHttpClient.layer)
  )
  return { call, get, admin, url }
})

describe("the admin API", () => {
  it.live("reports the cost of the response in the call, the list of calls and the spend", () =>
    Effect.gen(function* () {
      const { admin, call } = yield* served
      const response = yield* call("fast", { "x-user-id": "ann", "x-tags": "search" })
      const cost = response.headers.get("x-effect-llm-cost") ?? ""
      const { calls } = yield* admin.ledger.calls({ query: {} })
      assert.deepStrictEqual(
        calls.map((call) => [call.cost, call.user, call.tags]),
        [[cost, "ann", ["search"]]]
      )
      const found = yield* admin.ledger.call({ params: { id: response.headers.get("x-request-id") ?? "" } })
      assert.strictEqual(found.call.cost, cost)
      for (const by of ["day", "key", "user", "team", "model", "provider", "tag", "session", "run", ""]) {
        const { groups, total } = yield* admin.ledger.spend({ query: { by } })
        assert.deepStrictEqual([total.calls, total.cost], [1, cost], by)
        assert.deepStrictEqual(
          groups.map((group) => group.cost),
          [cost],
          by
        )
      }
    })
  )

  it.live("groups and filters spend, and counts what has no known cost", () =>
    Effect.gen(function* () {
      const { admin, call, get } = yield* served
      yield* call("fast", { "x-user-id": "ann", "x-tags": "a, b", "x-session": "s" })
      yield* call("claude", { "x-user-id": "ann" })
      yield* call("claude", { "x-user-id": "bob" })
      const spend = (query: Parameters<typeof admin.ledger.spend>[0]["query"]) =>
        Effect.map(admin.ledger.spend({ query }), ({ groups }) =>
          groups.map(({ calls, model, user }) => [user, model, calls])
        )
      assert.deepStrictEqual(yield* spend({ by: "user,model" }), [
        ["ann", "claude", 1],
        ["ann", "fast", 1],
        ["bob", "claude", 1]
      ])
      assert.deepStrictEqual(yield* spend({ by: "model", user: "ann", tag: "b" }), [[undefined, "fast", 1]])
      assert.deepStrictEqual(yield* spend({ by: "user", session: "s" }), [["ann", undefined, 1]])
      const unknown = yield* get("/admin/spend?by=colour")
      assert.deepInclude(unknown, { status: 422, type: "application/problem+json" })
      assert.include(JSON.parse(unknown.text).detail, "not colour")
      const badly = yield* get("/admin/spend?from=yesterday")
      assert.deepInclude(badly, { status: 400, type: "application/problem+json" })
      assert.deepInclude(JSON.parse(badly.text).errors[0], { path: ["query", "from"] })
      assert.deepInclude(yield* get("/admin/nothing"), { status: 404, type: "application/problem+json" })
      assert.deepInclude(yield* get("/admin/calls/req_none"), { status: 404, type: "application/problem+json" })
    })
  )

  it.live("rejects unknown filters by name, rather than return everybody's spend", () =>
    Effect.gen(function* () {
      const { get } = yield* served
      for (const [path, name] of [
        ["/admin/spend?by=model&usr=ann", "usr"],
        ["/admin/spend.csv?form=2026-11-01", "form"],
        ["/admin/calls?limt=1", "limt"],
        ["/admin/calls?outcome=banana", "outcome"],
        ["/admin/calls.ndjson?outcom=error", "outcom"],
        ["/admin/keys?usr=ann", "usr"],
        ["/admin/budgets?keys=key_1", "keys"]
      ] as const) {
        const { status, text } = yield* get(path)
        assert.include([400, 422], status, path)
        assert.include(text, name, path)
      }
    })
  )

  it.live("takes an administrator's key in the query for that, and beside one in a header for a filter", () =>
    Effect.gen(function* () {
      const adminKey = "adm-0123456789abcdef01234567"
      const { send, url } = yield* gateway(`${models}server: { adminKey: ${adminKey} }\n`)
      const bearer = { authorization: `Bearer ${adminKey}` }
      yield* send("/v1/chat/completions", { model: "fast", messages }, bearer)
      const total = (path: string, headers = {}) =>
        Effect.promise(async () => {
          const response = await fetch(url + path, { headers })
          const body = (await response.json()) as { readonly total?: { readonly calls: number } }
          return body.total?.calls ?? response.status
        })
      assert.strictEqual(yield* total(`/admin/spend?key=${adminKey}`), 1)
      assert.strictEqual(yield* total("/admin/spend?key=key_other", bearer), 0)
      assert.strictEqual(yield* total(`/admin/keys?key=${adminKey}`), 200)
    })
  )

  it.live("pages and filters calls", () =>
    Effect.gen(function* () {
      const { admin, call } = yield* served
      const ids: Array<string> = []
      for (const [model, user] of [
        ["fast", "ann"],
        ["claude", "ann"],
        ["claude", "bob"],
        ["fast", "ann"]
      ] as const)
        ids.unshift((yield* call(model, { "x-user-id": user })).headers.get("x-request-id") ?? "")
      const first = yield* admin.ledger.calls({ query: { limit: 3 } })
      const second = yield* admin.ledger.calls({ query: { limit: 3, after: first.next ?? "" } })
      assert.deepStrictEqual(
        [...first.calls, ...second.calls].map(({ id }) => id),
        ids
      )
      assert.isUndefined(second.next)
      const ofAnn = yield* admin.ledger.calls({ query: { user: "ann", model: "fast", outcome: "success" } })
      assert.deepStrictEqual(
        ofAnn.calls.map(({ id }) => id),
        [ids[0], ids[3]]
      )
      assert.deepStrictEqual((yield* admin.ledger.calls({ query: { to: "2020-01-01" } })).calls, [])
      assert.strictEqual((yield* admin.ledger.calls({ query: { from: "2020-01-01" } })).calls.length, 4)
    })
  )

  it.live("shows calls as they end", () =>
    Effect.gen(function* () {
      const { admin, call, url } = yield* served
      const { body, headers } = yield* Effect.promise(() => fetch(`${url}/admin/calls/live`))
      assert.include(headers.get("content-type") ?? "", "text/event-stream")
      yield* Effect.promise(async () => body?.cancel())
      const live = yield* admin.ledger.liveCalls()
      const two = yield* Effect.forkChild(Stream.runCollect(Stream.take(live, 2)))
      // The stream has begun when its response has; what ends from then on is in it.
      yield* call("fast")
      yield* call("claude")
      assert.deepStrictEqual(
        (yield* Fiber.join(two)).map(({ model }) => model),
        ["fast", "claude"]
      )
    })
  )

  it.live("exports calls and spend as tables in which no name is a formula, and as lines of JSON", () =>
    Effect.gen(function* () {
      const { call, get } = yield* served
      yield* call("fast", { "x-user-id": '=HYPERLINK("x")', "x-tags": "+1, @b" })
      const calls = yield* get("/admin/calls.csv")
      assert.deepInclude(calls, { status: 200, type: "text/csv; charset=utf-8" })
      const [head = "", row = ""] = calls.text.split("\r\n")
      assert.include(head, "id,at,millis")
      assert.include(row, `"'=HYPERLINK(""x"")"`)
      const spend = yield* get("/admin/spend.csv?by=tag,user")
      assert.include(spend.text, `'+1,"'=HYPERLINK(""x"")",1,`)
      const lines = yield* get("/admin/calls.ndjson")
      assert.strictEqual(lines.type, "application/x-ndjson")
      assert.strictEqual(JSON.parse(lines.text).user, '=HYPERLINK("x")')
    })
  )
})
