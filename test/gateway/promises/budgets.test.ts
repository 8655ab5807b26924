/** Budgets by whom and what calls are for, with a raise that ends, models that are denied, and windows that reset when they say. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { account, type Account, post, providersOf, serve } from "./accounts.ts"

const headers = "ledger: { headers: { run: x-run, session: x-conversation, tags: x-tags, user: x-user } }"

/** A gateway whose calls cost a dollar each: two of them use up a budget of a dollar and a half. */
const priced = (accounts: ReadonlyArray<Account>, more: string) =>
  serve(`${providersOf(accounts)}models: { m: a/acme, other: a/acme, embed: { kind: embedding, deployments: [a/embedder] } }
prices: { a/acme: { input: 10000, output: 0.001 }, a/embedder: { input: 10000 } }
${headers}
server: { adminKey: ${adminKey} }
${more}`)

type Json = ReturnType<typeof JSON.parse>

const adminKey = "sk-the-administrator-of-this-1234567890"
const key = "sk-the-key-of-a-caller-1234567890"

/** How many of some calls are made, in a row. */
const made = Effect.fnUntraced(function* (
  url: string,
  sent: { readonly [header: string]: string },
  { body = {}, calls = 3 }: { readonly calls?: number; readonly body?: object } = {}
) {
  let count = 0
  for (let call = 0; call < calls; call++) {
    const { status, text } = yield* post(
      `${url}/v1/chat/completions`,
      { model: "m", messages: [{ role: "user", content: "Hi" }], max_tokens: 5, ...body },
      { authorization: `Bearer ${key}`, ...sent }
    )
    if (status === 200) count++
    else assert.include(text, "budget")
  }
  return count
})

const keyWith = (fields: string) => `keys: { bot: { key: ${key}, ${fields} } }`

describe("who used it: a budget for each session, run, user or tag", () => {
  for (const [each, header] of [
    ["session", "x-conversation"],
    ["run", "x-run"],
    ["user", "x-user"],
    ["tag", "x-tags"]
  ] as const)
    it.live(`each ${each} of a key has a budget of its own, and calls without one share one`, () =>
      Effect.gen(function* () {
        const a = yield* account("a")
        const url = yield* priced([a], `budgets: { own: { usd: 1.5, each: ${each} } }\n${keyWith("budgets: [own]")}`)
        assert.strictEqual(yield* made(url, { [header]: "one" }), 2)
        assert.strictEqual(yield* made(url, { [header]: "two" }), 2)
        assert.strictEqual(yield* made(url, {}), 2)
        assert.strictEqual(yield* made(url, { [header]: "one" }), 0)
        assert.lengthOf(a.calls, 6)
        // Those that called last are shown, with what each has spent.
        const standing = yield* Effect.promise(async () => {
          const response = await fetch(`${url}/admin/budgets`, { headers: { authorization: `Bearer ${adminKey}` } })
          return ((await response.json()) as { readonly budgets: ReadonlyArray<Json> }).budgets
        }).pipe(Effect.repeat({ until: (all) => all.length === 3, schedule: Schedule.spaced("20 millis") }))
        assert.sameDeepMembers(
          standing.map(({ budget, each, limit, name, spent }) => [
            budget,
            each,
            limit,
            name,
            Math.round(Number(spent))
          ]),
          ["one", "two", ""].map((name) => ["own", each, "1.5", name, 2])
        )
      })
    )

  it.live("each value of one tag, whatever other tags there are", () =>
    Effect.gen(function* () {
      const a = yield* account("a")
      const url = yield* priced(
        [a],
        `budgets: { own: { usd: 1.5, each: { tag: project } } }\n${keyWith("budgets: [own]")}`
      )
      assert.strictEqual(yield* made(url, { "x-tags": "project=apollo, nightly" }), 2)
      assert.strictEqual(yield* made(url, { "x-tags": "project=apollo, daily" }), 0)
      assert.strictEqual(yield* made(url, { "x-tags": "project=gemini" }), 2)
    })
  )

  it.live("coding agents name their session without any setting, and a model may have such budgets too", () =>
    Effect.gen(function* () {
      const a = yield* account("a")
      const url =
        yield* serve(`${providersOf([a])}models: { m: { deployments: [a/acme], policies: { budgets: [own] } } }
prices: { a/acme: { input: 10000, output: 0.001 } }
budgets: { own: { usd: 1.5, each: session } }
${keyWith("admin: false")}`)
      assert.strictEqual(yield* made(url, { "x-claude-code-session-id": "one" }), 2)
      assert.strictEqual(yield* made(url, { "session-id": "two" }), 2)
      assert.strictEqual(yield* made(url, {}, { body: { prompt_cache_key: "three" } }), 2)
      assert.strictEqual(yield* made(url, { "x-claude-code-session-id": "three" }), 0)
    })
  )

  it.live("for streams and other kinds of models too", () =>
    Effect.gen(function* () {
      const a = yield* account("a")
      const url = yield* priced([a], `budgets: { own: { usd: 1.5, each: run } }\n${keyWith("budgets: [own]")}`)
      assert.strictEqual(yield* made(url, { "x-run": "one" }, { body: { stream: true } }), 2)
      const embed = post(
        `${url}/v1/embeddings`,
        { model: "embed", input: "Hi" },
        { authorization: `Bearer ${key}`, "x-run": "one" }
      )
      assert.strictEqual((yield* embed).status, 402)
    })
  )
})

describe("overrides of a key", () => {
  const raised = (until: string) =>
    keyWith("budgets: [own]") + `\nbudgets: { own: { usd: 1.5, raise: { to: 3.5, until: "${until}" } } }`

  it.live("a budget is raised for a time, and no longer", () =>
    Effect.gen(function* () {
      const a = yield* account("a")
      assert.strictEqual(yield* made(yield* priced([a], raised("2999-01-01")), {}, { calls: 5 }), 4)
      assert.strictEqual(yield* made(yield* priced([a], raised("2000-01-01")), {}, { calls: 5 }), 2)
    })
  )

  it.live("a model is denied to one key, by its alias and by its pattern too", () =>
    Effect.gen(function* () {
      const a = yield* account("a")
      const url = yield* serve(`${providersOf([a])}models: { m: a/acme, other: a/acme, m-preview: a/acme }
aliases: { clever: other }
keys: { bot: { key: ${key}, deny: [other, "*-preview"] } }`)
      const status = (model: string) =>
        Effect.map(
          post(
            `${url}/v1/chat/completions`,
            { model, messages: [{ role: "user", content: "Hi" }] },
            { authorization: `Bearer ${key}` }
          ),
          ({ status }) => status
        )
      assert.deepStrictEqual(yield* Effect.forEach(["m", "other", "clever", "m-preview"], status), [200, 403, 403, 403])
    })
  )
})
