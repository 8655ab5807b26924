/** Prompt-cache affinity is not lost by balancing; what only one account can read goes back to it. */
import { assert, describe, it } from "@effect/vitest"
import { NodeRedis } from "@effect/platform-node"
import { Context, Effect, Layer, Redacted } from "effect"
import * as Redis from "effect/persistence/Redis"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { hasRedis, ownRedis } from "../../services/services.ts"
import { type Account, account, calledOf, conversation, gatewayOf, post, providersOf, serve } from "./accounts.ts"

const accounts = (...names: ReadonlyArray<string>) => Effect.forEach(names, account)

const inDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-llm-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true }))
)

/** The ways in which clients name a conversation. */
const named: { readonly [client: string]: (id: string) => { readonly headers?: {}; readonly body?: {} } } = {
  "Claude Code's header": (id) => ({ headers: { "x-claude-code-session-id": id } }),
  "Codex' header": (id) => ({ headers: { "session-id": id } }),
  "Codex' thread": (id) => ({ headers: { "thread-id": id } }),
  "opencode's header": (id) => ({ headers: { "x-session-affinity": id } }),
  "a session header": (id) => ({ headers: { "x-session-id": id } }),
  prompt_cache_key: (id) => ({ body: { prompt_cache_key: id } }),
  "the session in metadata.user_id": (id) => ({
    body: { metadata: { user_id: JSON.stringify({ device_id: "d", session_id: id }) } }
  }),
  "the older form of metadata.user_id": (id) => ({
    body: { metadata: { user_id: `user_1_account__session_${id}` } }
  })
}

/** Which accounts serve conversations of some turns each, in which every turn says who it is of. */
const served = Effect.fnUntraced(function* (
  url: string,
  all: ReadonlyArray<Account>,
  callOf: (id: string, turn: number) => { readonly headers?: {}; readonly body?: {} }
) {
  const sets: Array<ReadonlyArray<string>> = []
  for (let id = 0; id < 8; id++) {
    for (let turn = 1; turn <= 3; turn++) {
      const { body = {}, headers = {} } = callOf(`conversation ${id}`, turn)
      const { status } = yield* post(url, { model: "m", messages: [{ role: "user", content: "Hi" }], ...body }, headers)
      assert.strictEqual(status, 200)
    }
    sets.push([...new Set(calledOf(all))])
  }
  return sets
})

describe("prompt-cache affinity is not lost by balancing", () => {
  for (const [client, callOf] of Object.entries(named))
    it.live(`a conversation that is named by ${client} stays with its deployment, without any setting`, () =>
      Effect.gen(function* () {
        const all = yield* accounts("a", "b", "c")
        const url = `${yield* gatewayOf(all)}/v1/chat/completions`
        const sets = yield* served(url, all, callOf)
        for (const set of sets) assert.lengthOf(set, 1)
        assert.isAbove(new Set(sets.flat()).size, 1)
      })
    )

  it.live(
    "without a name, `sticky: session` groups conversations with the same beginning, and without the setting nothing is pinned",
    () =>
      Effect.gen(function* () {
        const all = yield* accounts("a", "b", "c")
        const unnamed = (id: string, turn: number) => ({ body: { messages: conversation(id, turn) } })
        const sticky = `${yield* gatewayOf(all, { more: "sticky: session" })}/v1/chat/completions`
        for (const set of yield* served(sticky, all, unnamed)) assert.lengthOf(set, 1)
        const free = `${yield* gatewayOf(all)}/v1/chat/completions`
        assert.isAbove(Math.max(...(yield* served(free, all, unnamed)).map(({ length }) => length)), 1)
      })
  )

  it.live("a conversation is pinned anew where its deployment fails, and stays there", () =>
    Effect.gen(function* () {
      const all = yield* accounts("a", "b")
      const url = `${yield* gatewayOf(all, { more: "policies: { retry: false }" })}/v1/chat/completions`
      const turn = post(url, { model: "m", messages: conversation("Hi"), prompt_cache_key: "k" })
      yield* turn
      const [first] = calledOf(all)
      const down = all.find(({ name }) => name === first)
      if (down === undefined) throw new Error("nobody was called")
      down.state.isDown = true
      yield* turn
      assert.lengthOf(calledOf(all), 2)
      down.state.isDown = false
      yield* turn
      assert.deepStrictEqual(
        calledOf(all),
        all.map(({ name }) => name).filter((name) => name !== first)
      )
    })
  )

  it.live("instances without a shared store choose alike", () =>
    Effect.gen(function* () {
      const all = yield* accounts("a", "b", "c")
      const urls = yield* Effect.all([gatewayOf(all), gatewayOf(all)])
      for (let id = 0; id < 12; id++) {
        for (const url of urls)
          yield* post(`${url}/v1/chat/completions`, {
            model: "m",
            messages: conversation("Hi"),
            prompt_cache_key: `k${id}`
          })
        assert.lengthOf(new Set(calledOf(all)), 1)
      }
    })
  )

  it.live.skipIf(!hasRedis)("instances over one Redis share pins, also those that a failure moved", () =>
    Effect.gen(function* () {
      const all = yield* accounts("a", "b")
      const { url: redis } = yield* ownRedis
      const client = Context.get(yield* Layer.build(NodeRedis.layer({ url: redis })), Redis.Redis)
      const pinned = client.send<ReadonlyArray<string>>("KEYS", "*pins*")
      const more = `strategy: round-robin\nstores: { redis: "${redis}" }`
      const [first, second] = yield* Effect.all([gatewayOf(all, { more }), gatewayOf(all, { more })])
      const turn = (url: string, id: string) =>
        post(`${url}/v1/chat/completions`, { model: "m", messages: conversation("Hi"), prompt_cache_key: id })
      for (let id = 0; id < 6; id++) {
        yield* turn(first, `k${id}`)
        const by = calledOf(all)[0] ?? "nobody"
        // Pins are written in the background.
        yield* Effect.repeat(pinned, { until: (keys) => keys.length > id })
        yield* turn(second, `k${id}`)
        assert.deepStrictEqual(calledOf(all), [by])
      }
    })
  )

  it.live("reports the hit rate of each deployment", () =>
    Effect.gen(function* () {
      const all = yield* accounts("a", "b")
      const url = yield* gatewayOf(all)
      for (let turn = 1; turn <= 4; turn++)
        yield* post(`${url}/v1/chat/completions`, {
          model: "m",
          messages: conversation("Hi", turn),
          prompt_cache_key: "k"
        })
      const { providers } = yield* Effect.promise(async () => (await fetch(`${url}/admin/providers`)).json())
      const rates = providers.flatMap(({ deployments }: { deployments: ReadonlyArray<{ cacheHitRate?: number }> }) =>
        deployments.flatMap(({ cacheHitRate }) => cacheHitRate ?? [])
      )
      assert.deepStrictEqual(rates, [0.675])
    })
  )
})

describe("encrypted reasoning goes back to the account that made it", () => {
  const ask = (url: string, input: unknown, more: object = {}) =>
    post(`${url}/v1/responses`, { model: "m", input, store: false, include: ["reasoning.encrypted_content"], ...more })

  /** The items of a response, and one more of the user. */
  const next = (text: string) => [...JSON.parse(text).output, { type: "message", role: "user", content: "And then?" }]

  for (const stream of [false, true])
    it.live(`${stream ? "streamed" : "whole"}, with every strategy`, () =>
      Effect.gen(function* () {
        const all = yield* accounts("a", "b", "c")
        const url = yield* gatewayOf(all, { provider: "openai-responses", more: "strategy: round-robin" })
        for (let run = 0; run < 4; run++) {
          const first = yield* ask(url, "Hi", { stream })
          const by = calledOf(all)[0] ?? "nobody"
          const event = /data: (\{"type":"response\.completed".*)/.exec(first.text)?.[1]
          const text = stream ? JSON.stringify(JSON.parse(event ?? "").response) : first.text
          for (let turn = 0; turn < 3; turn++) {
            const { status } = yield* ask(url, next(text))
            assert.strictEqual(status, 200)
          }
          assert.deepStrictEqual(calledOf(all), [by, by, by])
        }
      })
    )

  it.live("also after a restart, and by another name of the model", () =>
    Effect.gen(function* () {
      const all = yield* accounts("a", "b", "c")
      const database = Redacted.make(join(yield* inDirectory, "gateway.db"))
      const settings = `${providersOf(all, "openai-responses")}strategy: round-robin
models: { m: [a/acme, b/acme, c/acme], other: [a/next, b/next, c/next] }`
      const first = yield* Effect.scoped(
        Effect.flatMap(serve(settings, { database, drain: 0 }), (url) => ask(url, "Hi"))
      )
      const by = calledOf(all)[0] ?? "nobody"
      const url = yield* serve(settings, { database })
      for (const model of ["m", "other", "m", "other"]) yield* ask(url, next(first.text), { model })
      assert.deepStrictEqual(calledOf(all), [by, by, by, by])
    })
  )

  it.live("when that account is gone, the call fails at once with the reason, and no other account is called", () =>
    Effect.gen(function* () {
      const all = yield* accounts("a", "b")
      const database = Redacted.make(join(yield* inDirectory, "gateway.db"))
      const withModels = (models: string) => `${providersOf(all, "openai-responses")}models: { m: [${models}] }`
      const first = yield* Effect.scoped(
        Effect.flatMap(serve(withModels("a/acme"), { database, drain: 0 }), (url) => ask(url, "Hi"))
      )
      assert.deepStrictEqual(calledOf(all), ["a"])
      const url = yield* serve(withModels("b/acme, b/next"), { database })
      const { status, text } = yield* ask(url, next(first.text))
      assert.strictEqual(status, 400)
      assert.include(JSON.parse(text).error.message, "encrypted for a")
      assert.deepStrictEqual(calledOf(all), [])
    })
  )
})

describe("previous_response_id goes back to the deployment that made the response", () => {
  it.live("without a session, also after a restart", () =>
    Effect.gen(function* () {
      const all = yield* accounts("a", "b", "c")
      const database = Redacted.make(join(yield* inDirectory, "gateway.db"))
      const settings = `${providersOf(all)}strategy: round-robin
models: { m: [a/acme, b/acme, c/acme] }
storeResponses: { keys: ["*"] }`
      const ask = (url: string, more: object) =>
        Effect.map(
          post(`${url}/v1/responses`, { model: "m", input: "Hi", ...more }),
          ({ text }): string => JSON.parse(text).id
        )
      const previous_response_id = yield* Effect.scoped(
        Effect.flatMap(serve(settings, { database, drain: 0 }), (url) => ask(url, {}))
      )
      const by = calledOf(all)[0] ?? "nobody"
      const url = yield* serve(settings, { database })
      for (let turn = 0; turn < 3; turn++) yield* ask(url, { previous_response_id })
      assert.deepStrictEqual(calledOf(all), [by, by, by])
    })
  )
})
