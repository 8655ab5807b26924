/** What keys share, and what they do not: cached responses by choice, and a rotation that every instance knows of. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schedule } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { account, calledOf, conversation, post, providersOf, serve } from "./accounts.ts"

const [ann, bob, admin] = [
  "sk-of-ann-1234567890-abcdef",
  "sk-of-bob-1234567890-abcdef",
  "admin-0123456789abcdef0123456789"
]

describe("cached responses are shared between keys by choice only", () => {
  const url = (cache: string) =>
    Effect.gen(function* () {
      const all = [yield* account("a")]
      const gateway = yield* serve(`${providersOf(all)}models: { m: a/acme }
policies: { cache: ${cache} }
users: { ann: {} }
keys:
  one: { key: ${ann}, user: ann }
  two: { key: ${bob}, user: ann }`)
      const calls = (key: string, more: object = {}) =>
        Effect.map(
          post(
            `${gateway}/v1/chat/completions`,
            { model: "m", messages: conversation("Hi"), ...more },
            { authorization: `Bearer ${key}` }
          ),
          ({ headers, status }) => {
            assert.strictEqual(status, 200)
            return [headers["x-effect-llm-cache"], calledOf(all).length] as const
          }
        )
      return calls
    })

  it.live("by default not even two keys of one user share any, nor two users whom the requests of a key name", () =>
    Effect.gen(function* () {
      const call = yield* url("1h")
      assert.deepStrictEqual(yield* call(ann), ["miss", 1])
      assert.deepStrictEqual(yield* call(ann), ["hit", 0])
      assert.deepStrictEqual(yield* call(bob), ["miss", 1])
      assert.deepStrictEqual(yield* call(ann, { user: "customer 1" }), ["miss", 1])
      assert.deepStrictEqual(yield* call(ann, { user: "customer 2" }), ["miss", 1])
    })
  )

  it.live("with `tenant: user` the keys of a user do", () =>
    Effect.gen(function* () {
      const call = yield* url("{ ttl: 1h, tenant: user }")
      assert.deepStrictEqual(yield* call(ann), ["miss", 1])
      assert.deepStrictEqual(yield* call(bob), ["hit", 0])
    })
  )
})

const inDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-llm-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true }))
)

describe("keys are rotated with an overlap, on every instance", () => {
  it.live("both secrets work until it ends, and then the older one is rejected everywhere", () =>
    Effect.gen(function* () {
      const all = [yield* account("a")]
      const database = Redacted.make(join(yield* inDirectory, "gateway.db"))
      const settings = `${providersOf(all)}models: { m: a/acme }\nserver: { adminKey: ${admin} }`
      const urls = [yield* serve(settings, { database }), yield* serve(settings, { database })]
      const [first = "", second = ""] = urls
      const administer = (path: string, body: object) =>
        Effect.map(post(`${first}/admin${path}`, body, { authorization: `Bearer ${admin}` }), ({ text }) =>
          JSON.parse(text)
        )
      const statuses = (secret: string) =>
        Effect.forEach(urls, (url) =>
          Effect.map(
            post(
              `${url}/v1/chat/completions`,
              { model: "m", messages: conversation("Hi") },
              { authorization: `Bearer ${secret}` }
            ),
            ({ status }) => status
          )
        )
      const created = yield* administer("/keys", { name: "bot" })
      assert.deepStrictEqual(yield* statuses(created.secret), [200, 200])
      const rotated = yield* administer(`/keys/${created.key.id}/rotate`, { overlap: "1h" })
      assert.notStrictEqual(rotated.secret, created.secret)
      assert.deepStrictEqual(yield* statuses(created.secret), [200, 200])
      assert.deepStrictEqual(yield* statuses(rotated.secret), [200, 200])
      const last = yield* administer(`/keys/${created.key.id}/rotate`, { overlap: "0s" })
      assert.notStrictEqual(second, "")
      yield* Effect.repeat(statuses(rotated.secret), {
        schedule: Schedule.spaced("100 millis"),
        until: (all) => all.every((status) => status === 401)
      })
      assert.deepStrictEqual(yield* statuses(last.secret), [200, 200])
    })
  )
})
