import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Redacted, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as Arbitrary from "effect/Arbitrary"
import { matcher } from "../../../src/gateway/access/Patterns.ts"
import { Key } from "../../../src/gateway/access/records/Records.ts"
import { access, messageOf, models, secretOf } from "./access.ts"

const budget = (usd: string) => ({ usd, every: "month" as const })
const decodeBudgets = (budgets: ReadonlyArray<object>) => Schema.decodeUnknownSync(Key.fields.budgets.schema)(budgets)

describe("a virtual key", () => {
  it.effect("is shown once, and stored as a hash", () =>
    Effect.gen(function* () {
      const { keys, store, withKey } = yield* access()
      const issued = yield* keys.create({ name: "ci" })
      const secret = secretOf(issued)
      assert.match(secret, /^sk-ellm-[\w-]{43}$/)
      assert.strictEqual((yield* withKey(secret)).id, issued.key.id)
      const listed = yield* keys.list()
      assert.deepStrictEqual(listed, [issued.key])
      const tables = ["effect_llm_keys", "effect_llm_secrets", "effect_llm_access_changes"]
      const rows = yield* store.use(
        Effect.forEach(tables, (table) => store.sql<object>`SELECT * FROM ${store.sql(table)}`)
      )
      assert.notInclude(JSON.stringify([listed, rows]), secret.slice(0, 20))
      assert.notInclude(String(issued.secret), secret)
    })
  )

  it.effect("that is unknown gets 401 with advice", () =>
    Effect.gen(function* () {
      const { keys, withKey } = yield* access()
      yield* keys.create({ name: "other" })
      const again = yield* access(models, { env: { EFFECT_LLM_ADMIN_KEY: "an-administrator-of-this-test" } })
      const refused = yield* Effect.flip(again.withKey("sk-nobody"))
      assert.strictEqual(refused.status, 401)
      assert.include(refused.message, "effect-llm keys create")
      assert.include(yield* messageOf(again.withKey(undefined)), "No key was sent")
      assert.include(yield* messageOf(withKey("sk-ellm-nobody")), "not known")
    })
  )

  it.effect("works until it expires, is blocked, or is removed", () =>
    Effect.gen(function* () {
      const { keys, withKey } = yield* access()
      const issued = yield* keys.create({ name: "short", expires: "1970-01-02" })
      const { id } = issued.key
      const secret = secretOf(issued)
      yield* withKey(secret)
      yield* keys.block(id)
      assert.include(yield* messageOf(withKey(secret)), "blocked")
      yield* keys.unblock(id)
      yield* withKey(secret)
      yield* TestClock.adjust("1 day")
      assert.include(yield* messageOf(withKey(secret)), "expired")
      assert.strictEqual((yield* keys.get(id)).status, "expired")
      yield* keys.update(id, { expires: null })
      yield* withKey(secret)
      yield* keys.remove(id)
      assert.include(yield* messageOf(withKey(secret)), "not known")
      assert.strictEqual((yield* Effect.flip(keys.get(id)))._tag, "RecordNotFoundError")
    })
  )

  it.effect.prop(
    "has two valid secrets from a rotation until its overlap ends, and never a third",
    [
      Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 }))),
      Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 })))
    ],
    ([overlap, elapsed]) =>
      Effect.gen(function* () {
        const { keys, withKey } = yield* access()
        const first = yield* keys.create({ name: "rotating" })
        const { id } = first.key
        const second = yield* keys.rotate(id, { overlap: Duration.seconds(overlap) })
        yield* TestClock.adjust(Duration.seconds(elapsed))
        const holds = (secret: string) => Effect.isSuccess(withKey(secret))
        assert.isTrue(yield* holds(secretOf(second)))
        assert.strictEqual(yield* holds(secretOf(first)), elapsed < overlap)
        const third = yield* keys.rotate(id, { overlap: Duration.zero })
        assert.deepStrictEqual(yield* Effect.forEach([first, second, third].map(secretOf), holds), [false, false, true])
        assert.strictEqual((yield* keys.get(id)).secrets.length, 1)
      }),
    { arbitrary: { runs: 6 } }
  )

  it.effect("of the settings has the secret before its rotation until a day", () =>
    Effect.gen(function* () {
      const text = `${models}keys: { ci: { key: "\${NEW}", previous: { key: "\${OLD}", until: 1970-01-02 } } }\n`
      const { isOpen, keys, withKey } = yield* access(text, {
        env: { NEW: "the-newer-secret-of-ci", OLD: "the-older-secret-of-ci" }
      })
      assert.isFalse(isOpen())
      for (const secret of ["the-newer-secret-of-ci", "the-older-secret-of-ci"])
        assert.strictEqual((yield* withKey(secret)).id, "ci")
      yield* TestClock.adjust("1 day")
      assert.include(yield* messageOf(withKey("the-older-secret-of-ci")), "newer secret")
      yield* withKey("the-newer-secret-of-ci")
      assert.strictEqual((yield* Effect.flip(keys.block("ci")))._tag, "RecordConflictError")
    })
  )

  it.effect("may call what its models, its user's and its team's all name, and none that one of them denies", () =>
    Effect.gen(function* () {
      const { keys, teams, users, withKey } = yield* access(`${models}aliases: { alias: b }\n`)
      yield* teams.create({ id: "core", deny: ["b"] })
      yield* users.create({ id: "ann", team: "core", models: ["a*", "b"] })
      const { key, secret } = yield* keys.create({ name: "ann", user: "ann" })
      const permitted = Effect.map(withKey(Redacted.value(secret)), ({ permits }) =>
        ["a", "ab", "b", "alias", "c"].filter(permits)
      )
      assert.deepStrictEqual(yield* permitted, ["a", "ab"])
      yield* teams.update("core", { deny: null })
      assert.deepStrictEqual(yield* permitted, ["a", "ab", "b", "alias"])
      yield* keys.update(key.id, { models: ["alias"] })
      assert.deepStrictEqual(yield* permitted, ["alias"])
      assert.strictEqual((yield* withKey(Redacted.value(secret))).team, "core")
    })
  )

  it.effect("must name an existing user and team, of the database or the settings; a user must too", () =>
    Effect.gen(function* () {
      const { keys, teams, users } = yield* access(`${models}teams: { written: {} }
users: { eve: {} }
`)
      const refusal = <A, E extends { readonly message: string }>(effect: Effect.Effect<A, E>) =>
        Effect.map(Effect.flip(effect), ({ message }) => message)
      assert.include(yield* refusal(keys.create({ name: "a", team: "nobody" })), "there is no team nobody")
      assert.include(yield* refusal(keys.create({ name: "a", user: "nobody" })), "there is no user nobody")
      assert.include(yield* refusal(users.create({ id: "ann", team: "nobody" })), "there is no team nobody")
      assert.deepStrictEqual((yield* keys.list()).length, 0)
      yield* teams.create({ id: "made" })
      yield* users.create({ id: "ann", team: "written" })
      const { key } = yield* keys.create({ name: "a", user: "ann", team: "made" })
      yield* keys.create({ name: "b", user: "eve" })
      const wrong = yield* Effect.flip(keys.update(key.id, { team: "nobody" }))
      assert.strictEqual(wrong._tag, "RecordInvalidError")
      assert.include(yield* refusal(users.update("ann", { team: "nobody" })), "there is no team nobody")
      assert.strictEqual((yield* keys.update(key.id, { team: null })).team, undefined)
      assert.strictEqual((yield* users.update("ann", { team: "made" })).team, "made")
    })
  )

  it.effect("may use the paths that it names, with their version and without", () =>
    Effect.gen(function* () {
      const { keys, withKey } = yield* access()
      const secret = secretOf(yield* keys.create({ name: "chat", routes: ["/v1/chat/*", "/models"] }))
      for (const path of ["/v1/chat/completions", "/chat/completions", "/openai/v1/chat/completions", "/v1/models"])
        yield* withKey(secret, path)
      const refused = yield* Effect.flip(withKey(secret, "/v1/embeddings"))
      assert.strictEqual(refused.status, 403)
      assert.include(refused.message, "/v1/embeddings")
    })
  )

  it.effect("cannot have a budget that would not be enforced", () =>
    Effect.gen(function* () {
      const { keys } = yield* access()
      const detail = (budgets: ReadonlyArray<object>) =>
        messageOf(keys.create({ name: "no", budgets: decodeBudgets(budgets) }))
      assert.include(yield* detail([{ ...budget("1"), zone: "Nowhere/At all" }]), "time zone")
      assert.include(yield* detail([{ every: "day" }]), "needs usd or tokens")
      assert.include(yield* detail([budget("1"), budget("2")]), "name of its own")
      assert.include(yield* messageOf(keys.create({ name: "no", limits: [{}] })), "needs requests")
      assert.include(yield* messageOf(keys.create({ name: "no", expires: "2026-13-41" })), "2026-13-41")
    })
  )
})

describe("patterns", () => {
  it.prop(
    "match the same texts as the equivalent regular expressions",
    [
      Arbitrary.schema(Schema.Array(Schema.Literals(["a", "b", "*", "/"])).check(Schema.isMaxLength(6))),
      Arbitrary.schema(Schema.Array(Schema.Literals(["a", "b", "/"])).check(Schema.isMaxLength(8)))
    ],
    ([pattern, text]) => {
      const source = pattern.map((part) => (part === "*" ? ".*" : part)).join("")
      assert.strictEqual(matcher([pattern.join("")])(text.join("")), new RegExp(`^${source}$`).test(text.join("")))
    },
    { arbitrary: { runs: 2000 } }
  )
})
