import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gateway } from "../gateway.ts"

const adminKey = "the-key-of-the-administrator"

const settings = `models: { fast: openai/sim-healthy, slow: openai/sim-healthy }
prices: { openai/sim-healthy: { input: 2, output: 4 } }
server: { adminKey: ${adminKey} }
`

describe("what callers can see", () => {
  it.live("is only their own spend, calls, keys and limits, whatever they query", () =>
    Effect.gen(function* () {
      const { send, url } = yield* gateway(settings)
      const get = (path: string, key: string) =>
        Effect.promise(async () => {
          const response = await fetch(url + path, { headers: { authorization: `Bearer ${key}` } })
          return { status: response.status, body: await response.json() }
        })
      const make = (path: string, body: unknown) =>
        Effect.map(send(path, body, { authorization: `Bearer ${adminKey}` }), ({ text }) => JSON.parse(text))
      yield* make("/admin/teams", { id: "research", budgets: [{ usd: "9", every: "month" }] })
      yield* make("/admin/users", { id: "ann", team: "research", limits: [{ requests: 60 }] })
      const laptop = yield* make("/admin/keys", { name: "laptop", user: "ann", budgets: [{ usd: "5", every: "day" }] })
      const phone = yield* make("/admin/keys", { name: "phone", user: "ann" })
      const bot = yield* make("/admin/keys", { name: "bot", team: "research" })
      const call = (key: string, model: string) =>
        send(
          "/v1/chat/completions",
          { model, messages: [{ role: "user", content: "Hello" }] },
          { authorization: `Bearer ${key}` }
        )
      yield* call(laptop.secret, "fast")
      yield* call(phone.secret, "fast")
      for (let count = 0; count < 3; count++) yield* call(bot.secret, "slow")

      const spend = yield* get("/admin/me/spend?by=key,model&user=&key=" + bot.key.id, laptop.secret)
      assert.strictEqual(spend.body.total.calls, 2)
      assert.deepStrictEqual(
        spend.body.groups.map(({ key, model }: { key: string; model: string }) => [key, model]).toSorted(),
        [laptop.key.id, phone.key.id].toSorted().map((key) => [key, "fast"])
      )
      const calls = yield* get(`/admin/me/calls?user=bob&key=${bot.key.id}&team=research`, phone.secret)
      assert.deepStrictEqual(
        calls.body.calls.map(({ user }: { user: string }) => user),
        ["ann", "ann"]
      )
      // A key without a user stands for itself, also within a team.
      const own = yield* get("/admin/me/calls", bot.secret)
      assert.deepStrictEqual([...new Set(own.body.calls.map(({ key }: { key: string }) => key))], [bot.key.id])

      yield* call(adminKey, "fast")
      const ofAdmin = yield* get("/admin/me/calls", adminKey)
      assert.deepStrictEqual(
        ofAdmin.body.calls.map(({ key }: { key: string }) => key),
        ["admin"]
      )

      const { body: access } = yield* get("/admin/me/access", laptop.secret)
      assert.deepStrictEqual(access.keys.map(({ name }: { name: string }) => name).toSorted(), ["laptop", "phone"])
      assert.strictEqual(access.user.limits[0].requests, 60)
      assert.deepStrictEqual(
        access.budgets.map(({ budget, of }: { budget: string; of: string }) => `${of} ${budget}`).toSorted(),
        ["key day", "team month"]
      )
      const { body: ofBot } = yield* get("/admin/me/access", bot.secret)
      assert.deepStrictEqual(
        ofBot.keys.map(({ name }: { name: string }) => name),
        ["bot"]
      )
      assert.notProperty(ofBot, "user")
      assert.notInclude(JSON.stringify([access, ofBot]), laptop.secret)
      for (const path of ["/admin/spend", "/admin/calls", "/admin/calls/live", "/admin/keys", "/admin/budgets"])
        assert.strictEqual((yield* get(path, laptop.secret)).status, 403, path)
      assert.strictEqual((yield* get("/admin/me/nothing", laptop.secret)).status, 404)
    })
  )
})
