/** Whose responses are kept, and who finds them. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Redacted } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { serve, upstream } from "../calls/upstream.ts"
import { gateway } from "../gateway.ts"
import { holder, type Json } from "./http.ts"
import * as OpenApi from "./openApi.ts"

const settings = `
models:
  chat: openai/sim-healthy
  claude: anthropic/sim-healthy
keys:
  ann: { key: key-of-ann-0815-4711 }
  bob: { key: key-of-bob-0815-4711 }
`

const native = `
models:
  native: { deployments: [{ model: responses/sim-healthy, name: one }, { model: responses/sim-reasoning, name: two }], strategy: round-robin }
  other: { deployments: [{ model: responses/sim-healthy, name: three }] }
  claude: anthropic/sim-healthy
keys:
  ann: { key: key-of-ann-0815-4711 }
  bob: { key: key-of-bob-0815-4711 }
`

const keep = 'storeResponses: { keys: ["*"] }\n'

const both = (url: string) => ({
  ann: holder(url, "key-of-ann-0815-4711"),
  bob: holder(url, "key-of-bob-0815-4711")
})

const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped()).pipe(
  Effect.provide(NodeServices.layer)
)

/** Everything in the files of a folder. */
const contents = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => readFileSync(`${parentPath}/${name}`).toString("latin1"))
    .join("\n")

const isRefused = ({ body, status }: { readonly status: number; readonly body: Json }, expected: number) => {
  assert.strictEqual(status, expected, JSON.stringify(body))
  OpenApi.checkError(body)
  return String(body.error.message)
}

describe("prompts and responses are stored only if configured", () => {
  it.live("by default nothing of them is in the database, and errors say how to store them", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const database = Redacted.make(`${folder}/gateway.db`)
      const { url } = yield* gateway(settings, { gateway: { database } })
      const { ann } = both(url)
      const { body: made } = yield* ann("POST", "/v1/responses", { model: "chat", input: "my secret is plover" })
      assert.strictEqual(made.status, "completed")
      assert.isFalse(made.store)
      const input = "and now"
      const refused = [
        yield* ann("GET", `/v1/responses/${made.id}`),
        yield* ann("POST", "/v1/responses", { model: "chat", input, previous_response_id: made.id }),
        yield* ann("POST", "/v1/responses", {
          model: "chat",
          input: [{ type: "item_reference", id: made.output[0].id }]
        })
      ].map((answer) => isRefused(answer, 404))
      refused.push(isRefused(yield* ann("POST", "/v1/responses", { model: "chat", input, background: true }), 400))
      for (const message of refused) assert.include(message, "storeResponses")
      assert.notInclude(contents(folder), "plover")
      assert.notInclude(contents(folder), made.output[0].content[0].text)
    })
  )

  it.live("for the keys in the settings, unless the key or the request overrides that", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway(
        `${settings}  eve: { key: key-of-eve-0815-4711, storeResponses: true }
  max: { key: key-of-max-0815-4711, storeResponses: false }
storeResponses: { keys: [ann, max] }
`
      )
      const statuses = yield* Effect.forEach(["ann", "bob", "eve", "max"], (name) =>
        Effect.gen(function* () {
          const call = holder(url, `key-of-${name}-0815-4711`)
          const { body } = yield* call("POST", "/v1/responses", { model: "chat", input: "Hello" })
          return (yield* call("GET", `/v1/responses/${body.id}`)).status
        })
      )
      assert.deepStrictEqual(statuses, [200, 404, 200, 404])
    })
  )

  it.live("redacted, unless turned off", () =>
    Effect.gen(function* () {
      const input = "I am ann@example.com, my card is 4111 1111 1111 1111"
      const stored = Effect.fnUntraced(function* (choice: string) {
        const { simulator, url } = yield* gateway(`${settings}storeResponses: { keys: ["*"]${choice} }\n`)
        const { ann } = both(url)
        const { body } = yield* ann("POST", "/v1/responses", {
          model: "chat",
          input,
          instructions: "Be ann@example.com"
        })
        // The provider is sent what the client has sent.
        assert.include(JSON.stringify((yield* simulator.requests)[0]?.body), "4111")
        const items = yield* ann("GET", `/v1/responses/${body.id}/input_items`)
        const again = yield* ann("GET", `/v1/responses/${body.id}`)
        assert.strictEqual(again.body.id, body.id)
        assert.strictEqual(again.body.output[0].id, body.output[0].id)
        return JSON.stringify([items.body, again.body])
      })
      assert.notMatch(yield* stored(""), /ann@example|4111/)
      assert.match(yield* stored(", redact: false"), /ann@example.*4111|4111.*ann@example/)
    })
  )
})

describe("a response that its provider stores", () => {
  it.live("is continued by the deployment that made it, without storing its texts here", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const database = Redacted.make(`${folder}/gateway.db`)
      const { simulator, url } = yield* gateway(native, { gateway: { database } })
      const { ann, bob } = both(url)
      for (const stream of [false, true, false, true]) {
        const first = yield* ann("POST", "/v1/responses", { model: "native", input: "my secret is plover", stream })
        const id = stream ? JSON.parse(OpenApi.eventsIn(first.body).at(-1)?.data ?? "").response.id : first.body.id
        for (let turn = 0; turn < 2; turn++) {
          const next = yield* ann("POST", "/v1/responses", { model: "native", input: "more", previous_response_id: id })
          assert.strictEqual(next.status, 200, JSON.stringify(next.body))
          assert.strictEqual(next.headers.get("x-effect-llm-deployment"), first.headers.get("x-effect-llm-deployment"))
          const sent = (yield* simulator.requests).at(-1)?.body as Json
          assert.strictEqual(sent.previous_response_id, id)
          assert.notInclude(JSON.stringify(sent), "plover")
        }
        const continued = { input: "more", previous_response_id: id }
        assert.include(isRefused(yield* bob("POST", "/v1/responses", { model: "native", ...continued }), 404), id)
        for (const model of ["claude", "other"]) {
          const message = isRefused(yield* ann("POST", "/v1/responses", { model, ...continued }), 400)
          assert.include(message, "native")
          assert.include(message, "storeResponses")
        }
      }
      assert.notInclude(contents(folder), "plover")
    })
  )

  it.live("has items that its key can refer to by their ids", () =>
    Effect.gen(function* () {
      const { simulator, url } = yield* gateway(native)
      const { ann, bob } = both(url)
      const { body } = yield* ann("POST", "/v1/responses", { model: "other", input: "Hello" })
      const input = [
        { type: "item_reference", id: body.output[0].id },
        { role: "user", content: "more" }
      ]
      const requests = (yield* simulator.requests).length
      isRefused(yield* bob("POST", "/v1/responses", { model: "other", input }), 404)
      isRefused(yield* ann("POST", "/v1/responses", { model: "claude", input }), 400)
      assert.lengthOf(yield* simulator.requests, requests)
      yield* ann("POST", "/v1/responses", { model: "other", input })
      const sent = (yield* simulator.requests).at(-1)?.body as Json
      assert.deepStrictEqual(sent.input[0], input[0])
    })
  )

  it.live("is not remembered with store: false", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway(native)
      const { ann } = both(url)
      const { body } = yield* ann("POST", "/v1/responses", { model: "native", input: "Hello", store: false })
      isRefused(
        yield* ann("POST", "/v1/responses", { model: "native", input: "more", previous_response_id: body.id }),
        404
      )
    })
  )
})

describe("a query about a response that its provider stores", () => {
  it.live("goes to the account that made it, and returns the response unchanged; for other keys it goes nowhere", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const kept = (name: string) =>
        upstream((incoming, outgoing) => {
          const { method = "", url = "" } = incoming
          if (url !== "/v1/responses") asked.push(`${name} ${method} ${url}`)
          const isGone = url.includes("/cancel")
          outgoing.writeHead(isGone ? 400 : 200, { "content-type": "application/json" })
          if (isGone) return void outgoing.end('{"error":{"message":"not in the background","type":"x","code":null}}')
          if (method !== "POST") return void outgoing.end(`{ "id" : "resp_${name}", "new_field":1.50 }`)
          const content = [{ type: "output_text", text: "Hi", annotations: [] }]
          const output = [{ type: "message", id: `msg_${name}`, role: "assistant", status: "completed", content }]
          const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 }
          outgoing.end(
            JSON.stringify({
              id: `resp_${name}`,
              object: "response",
              created_at: 1,
              status: "completed",
              model: "acme",
              output,
              usage
            })
          )
        })
      const url = yield* serve(`
providers:
  east: { provider: openai-responses, key: sk-east-0123456789, baseUrl: "${yield* kept("east")}/v1" }
  west: { provider: openai-responses, key: sk-west-0123456789, baseUrl: "${yield* kept("west")}/v1" }
models: { east: east/acme, west: west/acme }
keys: { ann: { key: key-of-ann-0815-4711 }, bob: { key: key-of-bob-0815-4711 } }
`)
      const { ann, bob } = both(url)
      for (const model of ["east", "west"]) yield* ann("POST", "/v1/responses", { model, input: "Hello" })
      for (const at of ["", "/cancel", "/input_items"]) {
        const method = at === "/cancel" ? "POST" : "GET"
        isRefused(yield* bob(method, `/v1/responses/resp_west${at}`), 404)
        isRefused(yield* ann(method, `/v1/responses/resp_of_nobody${at}`), 404)
      }
      isRefused(yield* bob("DELETE", "/v1/responses/resp_west"), 404)
      isRefused(yield* ann("GET", "/v1/responses/resp_west?stream=true"), 400)
      assert.deepStrictEqual(asked, [])
      const found = yield* Effect.promise(() =>
        fetch(`${url}/v1/responses/resp_west?include[]=reasoning.encrypted_content`, {
          headers: { authorization: "Bearer key-of-ann-0815-4711" }
        }).then((response) => response.text())
      )
      assert.strictEqual(found, '{ "id" : "resp_west", "new_field":1.50 }')
      assert.strictEqual((yield* ann("GET", "/v1/responses/resp_east/input_items?limit=3")).status, 200)
      assert.include(isRefused(yield* ann("POST", "/v1/responses/resp_east/cancel"), 400), "not in the background")
      assert.strictEqual((yield* ann("DELETE", "/v1/responses/resp_east")).status, 200)
      isRefused(yield* ann("GET", "/v1/responses/resp_east"), 404)
      assert.deepStrictEqual(asked, [
        "west GET /v1/responses/resp_west?include%5B%5D=reasoning.encrypted_content",
        "east GET /v1/responses/resp_east/input_items?limit=3",
        "east POST /v1/responses/resp_east/cancel",
        "east DELETE /v1/responses/resp_east"
      ])
    })
  )
})

describe("a response that was not created here", () => {
  it.live("is retrieved from the only account, by keys that may name it", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const address = yield* upstream(({ method, url }, outgoing) => {
        asked.push(`${method} ${url}`)
        outgoing.writeHead(200, { "content-type": "application/json" }).end('{"id":"resp_1"}')
      })
      const account = `{ provider: openai-responses, key: sk-upstream-0123456789, baseUrl: "${address}/v1" }`
      const settings = (others: string) => `
providers: { east: ${account}, ${others} }
models: { m: east/acme }
keys: { ann: { key: key-of-ann-0815-4711, objects: ["resp_*"] }, bob: { key: key-of-bob-0815-4711 } }
`
      const { ann, bob } = both(yield* serve(settings("")))
      assert.deepStrictEqual((yield* ann("GET", "/v1/responses/resp_1")).body, { id: "resp_1" })
      isRefused(yield* bob("GET", "/v1/responses/resp_1"), 404)
      const several = both(yield* serve(settings(`west: ${account.replace("sk-upstream", "sk-other")}`)))
      isRefused(yield* several.ann("GET", "/v1/responses/resp_1"), 404)
      assert.deepStrictEqual(asked, ["GET /v1/responses/resp_1"])
    })
  )
})

describe("the response of another key", () => {
  it.live("is not found, however it is named", () =>
    Effect.gen(function* () {
      const { simulator, url } = yield* gateway(settings + keep)
      const { ann, bob } = both(url)
      const { body: made } = yield* ann("POST", "/v1/responses", { model: "chat", input: "my secret is plover" })
      const { body: running } = yield* ann("POST", "/v1/responses", { model: "claude", input: "Hi", background: true })
      const requests = (yield* simulator.requests).length
      for (const { id } of [made, running]) {
        isRefused(yield* bob("GET", `/v1/responses/${id}`), 404)
        isRefused(yield* bob("DELETE", `/v1/responses/${id}`), 404)
        isRefused(yield* bob("POST", `/v1/responses/${id}/cancel`), 404)
        isRefused(yield* bob("GET", `/v1/responses/${id}/input_items`), 404)
        const continued = { model: "chat", input: "go on", previous_response_id: id }
        isRefused(yield* bob("POST", "/v1/responses", continued), 404)
        isRefused(yield* bob("POST", "/v1/responses", { ...continued, stream: true }), 404)
        isRefused(yield* bob("POST", "/v1/responses", { ...continued, background: true }), 404)
      }
      const reference = [{ type: "item_reference", id: made.output[0].id }]
      isRefused(yield* bob("POST", "/v1/responses", { model: "chat", input: reference }), 404)
      assert.isAtMost((yield* simulator.requests).length, requests + 1)
      assert.strictEqual((yield* ann("GET", `/v1/responses/${made.id}`)).status, 200)
      assert.strictEqual((yield* ann("GET", `/v1/responses/${running.id}`)).status, 200)
    })
  )
})
