/** Keys of providers that callers bring. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Redacted, Schedule } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import type { IncomingMessage } from "node:http"
import { serve, upstream } from "../calls/upstream.ts"
import { holder, type Json } from "../openai/http.ts"

const completion = (model: string) =>
  JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model,
    choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
    usage: { prompt_tokens: 1000, completion_tokens: 1000, total_tokens: 2000 }
  })

const secret = "sk-own-of-ann-123456"

const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped()).pipe(
  Effect.provide(NodeServices.layer)
)

/** A gateway whose provider takes one key of its own and that of a caller, and notes what it was sent. */
const setUp = Effect.fnUntraced(function* (more = "", policies = "") {
  const seen: Array<{ readonly headers: IncomingMessage["headers"]; readonly path: string | undefined }> = []
  let refuses = ""
  const url = yield* upstream((incoming, outgoing, body) => {
    seen.push({ headers: incoming.headers, path: incoming.url })
    const key = incoming.headers.authorization ?? String(incoming.headers["x-api-key"])
    const isRefused = key.includes(refuses) && refuses !== ""
    outgoing.writeHead(isRefused ? 401 : 200, { "content-type": "application/json" })
    const error = {
      message: `Incorrect API key provided: ${key}`,
      type: "invalid_request_error",
      code: "invalid_api_key"
    }
    outgoing.end(isRefused ? JSON.stringify({ error }) : completion(JSON.parse(body).model))
  })
  const folder = yield* temporary
  const gateway = yield* serve(
    `providers:
  openai: { key: sk-of-the-gateway-1234, baseUrl: "${url}/v1", options: { organization: org-of-the-gateway } }
  second: { provider: openai, key: sk-of-the-second-1234, baseUrl: "${url}/second" }
  vertex: { provider: google-vertex, key: sk-of-vertex-1234, options: { project: p, location: l } }
models:
  chat: { deployments: [second/model-b, openai/model-a], fallbacks: { any: [spare] } }
  spare: second/model-b
  any/*: openai/*
aliases: { nick: chat, other-nick: spare }
policies: { ${policies}cache: { ttl: 1h, tenant: all }, circuitBreaker: { failures: 1 }, attempts: 3 }
prices: { openai/model-a: { input: 1, output: 1 }, second/model-b: { input: 1, output: 1 } }
budgets: { little: { usd: 0.001 }, models: { usd: 5 } }
keys:
  ann: { key: key-of-ann-0815-4711, ownProviderKeys: true, budgets: [little] }
  bob: { key: key-of-bob-0815-4711 }
ledger: { headers: { tags: x-tags } }
server: { adminKey: the-admin-of-the-gateway-4711 }
${more}`,
    { database: Redacted.make(`${folder}/gateway.db`) }
  )
  const own = (provider = "openai", key = secret) => ({ [`x-effect-llm-key-${provider}`]: key })
  return {
    seen,
    own,
    folder,
    refuse: (key: string) => {
      refuses = key
    },
    ann: (headers: { readonly [name: string]: string } = {}) => holder(gateway, "key-of-ann-0815-4711", headers),
    bob: (headers: { readonly [name: string]: string } = {}) => holder(gateway, "key-of-bob-0815-4711", headers),
    admin: holder(gateway, "the-admin-of-the-gateway-4711")
  }
})

const chat = (model = "chat", more: object = {}) => ({ model, messages: [{ role: "user", content: "Hello" }], ...more })
const at = "/v1/chat/completions"

describe("a key of a provider that its caller brings", () => {
  it.live("replaces the gateway's, with all settings of the account, whatever the name of the model", () =>
    Effect.gen(function* () {
      const { ann, own, seen } = yield* setUp()
      for (const [model, called] of [
        ["chat", "model-a"],
        ["nick", "model-a"],
        ["any/thing", "thing"]
      ] as const) {
        const { body, headers, status } = yield* ann(own())("POST", at, chat(model))
        assert.strictEqual(status, 200, JSON.stringify(body))
        assert.strictEqual(body.model, called)
        assert.strictEqual(headers.get("x-effect-llm-provider"), "openai")
      }
      assert.lengthOf(seen, 3)
      for (const { headers } of seen) {
        assert.strictEqual(headers.authorization, `Bearer ${secret}`)
        assert.isUndefined(headers["openai-organization"])
        assert.deepStrictEqual(
          Object.keys(headers).filter((name) => name.startsWith("x-effect-llm")),
          []
        )
      }
    })
  )

  it.live("is used alone: if the provider rejects it, no other key is tried, and other callers are unaffected", () =>
    Effect.gen(function* () {
      const { ann, bob, own, refuse, seen } = yield* setUp()
      refuse(secret)
      for (let turn = 0; turn < 3; turn++) {
        const { body, status } = yield* ann(own())("POST", at, chat())
        assert.strictEqual(status, 401)
        assert.notInclude(JSON.stringify(body), secret)
      }
      assert.isTrue(seen.every(({ headers }) => headers.authorization === `Bearer ${secret}`))
      const before = seen.length
      const { headers, status } = yield* bob()("POST", at, chat("any/model-a"))
      assert.strictEqual(status, 200)
      assert.strictEqual(headers.get("x-effect-llm-provider"), "openai")
      assert.strictEqual(seen[before]?.headers.authorization, "Bearer sk-of-the-gateway-1234")
    })
  )

  it.live("shares no cached response with others", () =>
    Effect.gen(function* () {
      const { ann, bob, own, seen } = yield* setUp()
      yield* bob()("POST", at, chat("any/model-a"))
      yield* bob()("POST", at, chat("any/model-a"))
      assert.lengthOf(seen, 1)
      yield* ann(own())("POST", at, chat("any/model-a"))
      yield* ann(own("openai", "sk-another-of-ann-123"))("POST", at, chat("any/model-a"))
      assert.deepStrictEqual(
        seen.map(({ headers }) => headers.authorization),
        ["Bearer sk-of-the-gateway-1234", `Bearer ${secret}`, "Bearer sk-another-of-ann-123"]
      )
    })
  )

  it.live("is charged to no budget, is marked in the ledger, and is stored and logged nowhere", () =>
    Effect.gen(function* () {
      const { admin, ann, folder, own, seen } = yield* setUp()
      for (let turn = 0; turn < 3; turn++) {
        const { headers, status } = yield* ann(own())("POST", at, chat("chat", { seed: turn }))
        assert.strictEqual(status, 200)
        assert.strictEqual(headers.get("x-effect-llm-cost"), "0.002")
      }
      assert.lengthOf(seen, 3)
      const { body } = yield* admin("GET", "/admin/budgets")
      assert.strictEqual(body.budgets.find(({ id }: Json) => id === "little").spent, "0")
      const calls = yield* Effect.map(
        admin("GET", "/admin/calls?key=ann"),
        (answer): ReadonlyArray<Json> => answer.body.calls
      ).pipe(Effect.repeat({ until: (calls) => calls.length === 3, schedule: Schedule.spaced("20 millis") }))
      for (const call of calls) {
        assert.deepInclude(call, { tags: ["provider-key=own"], unpriced: "the caller's own key" })
        assert.isUndefined(call.cost)
      }
      const files = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name, parentPath }) => readFileSync(`${parentPath}/${name}`).toString("latin1"))
      assert.notInclude(files.join(), secret)
    })
  )

  it.live("leaves calls of other providers to the gateway's keys, which are charged", () =>
    Effect.gen(function* () {
      const { ann, own, seen } = yield* setUp()
      const tags = { "x-tags": "provider-key=own" }
      assert.strictEqual((yield* ann({ ...own(), ...tags })("POST", at, chat("spare"))).status, 402)
      assert.lengthOf(seen, 0)
    })
  )

  it.live(
    "is rejected from callers without permission, for unknown providers, for those that take none, and for files",
    () =>
      Effect.gen(function* () {
        const { ann, bob, own, seen } = yield* setUp()
        const refused = yield* bob(own())("POST", at, chat())
        assert.strictEqual(refused.status, 403)
        assert.include(refused.body.error.message, "ownProviderKeys")
        for (const provider of ["opemai", "vertex"]) {
          const { body, status } = yield* ann(own(provider))("POST", at, chat())
          assert.strictEqual(status, 400)
          assert.include(body.error.message, provider)
        }
        assert.strictEqual((yield* ann(own("openai", " "))("POST", at, chat())).status, 400)
        const batch = { input_file_id: "file-1", endpoint: at, completion_window: "24h" }
        assert.strictEqual((yield* ann(own())("POST", "/v1/batches", batch)).status, 400)
        assert.lengthOf(seen, 0)
      })
  )

  it.live("does not get around the guards of the settings", () =>
    Effect.gen(function* () {
      const { ann, own, seen } = yield* setUp("", "guards: { no-plovers: { patterns: { plover: plover } } }, ")
      const messages = [{ role: "user", content: "Where is the plover?" }]
      const refused = yield* ann(own())("POST", at, { model: "chat", messages })
      assert.strictEqual(refused.status, 400, JSON.stringify(refused.body))
      assert.lengthOf(seen, 0)
    })
  )
})
