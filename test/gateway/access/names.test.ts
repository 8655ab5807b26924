import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, Schema } from "effect"
import { matcher, overlap } from "../../../src/gateway/access/Patterns.ts"
import { gateway } from "../gateway.ts"

const adminKey = "sk-of-the-administrator-91"

const administered = Effect.fnUntraced(function* (models: string) {
  const { url } = yield* gateway(`${models}\nserver: { adminKey: ${adminKey} }`)
  return (method: string, path: string, body: unknown) =>
    Effect.promise(async () => {
      const response = await fetch(url + path, {
        method,
        headers: { "x-api-key": adminKey, "content-type": "application/json" },
        body: JSON.stringify(body)
      })
      const found: { readonly detail?: string; readonly key?: { readonly id: string } } = await response.json()
      return { ...found, status: response.status }
    })
})

const named = `
models: { fast: openai/sim-healthy, smart: anthropic/sim-healthy, "google/*": "google/*" }
aliases: { default: fast }`

describe("the names that a key, a user or a team is given", () => {
  it.live("must be names of models: a mistyped one is rejected with a suggestion", () =>
    Effect.gen(function* () {
      const send = yield* administered(named)
      for (const [path, more] of [
        ["/admin/keys", { name: "bot" }],
        ["/admin/users", { id: "ann" }],
        ["/admin/teams", { id: "core" }]
      ] as const)
        for (const list of ["models", "deny"]) {
          const refused = yield* send("POST", path, { ...more, [list]: ["smart", "fsat"] })
          assert.strictEqual(refused.status, 422, path)
          assert.include(refused.detail, `${list}: no model is called fsat; did you mean fast?`)
        }
      const models = ["fast", "default", "google/gemini-9", "openai/*", "next-*"]
      assert.strictEqual((yield* send("POST", "/admin/keys", { name: "bot", models, deny: ["smart"] })).status, 201)
      assert.strictEqual((yield* send("POST", "/admin/keys", { name: "bot", models: ["gogle/gemini-9"] })).status, 422)
    })
  )

  it.live("may be a known provider's where provider names may be called", () =>
    Effect.gen(function* () {
      const send = yield* administered(`unlisted: provider\nmodels: { "openai/*": "openai/*" }`)
      const create = (model: string) => send("POST", "/admin/keys", { name: "bot", models: [model] })
      assert.strictEqual((yield* create("openai/gpt-9")).status, 201)
      assert.strictEqual((yield* create("anthropic/claude-9")).status, 201)
      const refused = yield* create("antropic/claude-9")
      assert.strictEqual(refused.status, 422)
      assert.include(refused.detail, "did you mean anthropic/claude-9?")
      assert.strictEqual((yield* create("gpt-9")).status, 422)
    })
  )

  it.live("are paths that are served, with and without their version", () =>
    Effect.gen(function* () {
      const send = yield* administered(named)
      const create = (...routes: ReadonlyArray<string>) => send("POST", "/admin/keys", { name: "bot", routes })
      const refused = yield* create("/chat/completions", "/chat/completion")
      assert.strictEqual(refused.status, 422)
      assert.include(refused.detail, "nothing is served at /chat/completion; did you mean /chat/completions?")
      const served = ["/v1/chat/completions", "/messages*", "/models/*", "/models/fast:generateContent", "/llm/*", "*"]
      assert.strictEqual((yield* create(...served)).status, 201)
    })
  )

  it.live("are logged where settings name a path that is not served", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ message }) => void lines.push(String(message)))
      const keys = "keys: { bot: { key: key-of-bot-0815-4711, routes: [/v1/messages, /chat/completion] } }"
      yield* Effect.provide(gateway(`${named}\n${keys}`), Logger.layer([logger]))
      assert.deepStrictEqual(
        lines.filter((line) => line.includes("routes")),
        ["keys.bot.routes: nothing is served at /chat/completion; did you mean /chat/completions?"]
      )
    })
  )

  it.live("may stay unchanged in an update, even if their model was removed", () =>
    Effect.gen(function* () {
      const send = yield* administered(named)
      const { key } = yield* send("POST", "/admin/keys", { name: "bot", models: ["fast"] })
      const path = `/admin/keys/${key?.id}`
      assert.strictEqual((yield* send("PATCH", path, { models: ["fast", "smrat"] })).status, 422)
      assert.strictEqual((yield* send("PATCH", path, { models: ["fast", "smart"], name: "other" })).status, 200)
      assert.strictEqual((yield* send("PATCH", path, { models: null })).status, 200)
    })
  )
})

const Letters = Schema.Array(Schema.Literals(["a", "b", "*"])).check(Schema.isMaxLength(6))

describe("two patterns", () => {
  it.prop("overlap if a text fits both", [Letters, Letters], ([one, other]) => {
    const [a, b] = [one.join(""), other.join("")]
    assert.strictEqual(overlap(a, b), overlap(b, a))
    assert.isTrue(overlap(a, a))
    const isShared = texts.some((text) => matcher([a])(text) && matcher([b])(text))
    if (isShared) assert.isTrue(overlap(a, b), `${a} and ${b}`)
    // A text that is not shared by short ones is by none, where a pattern has no star.
    else if (!a.includes("*") || !b.includes("*")) assert.isFalse(overlap(a, b), `${a} and ${b}`)
  })
})

/** Every text of up to six letters. */
const texts = Array.from({ length: 7 }, (_, length) =>
  Array.from({ length: 2 ** length }, (_, index) =>
    length === 0 ? "" : index.toString(2).padStart(length, "0").replaceAll("0", "a").replaceAll("1", "b")
  )
).flat()
