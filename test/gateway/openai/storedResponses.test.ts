/** Responses that are kept, continued, listed, deleted and made in the background, over providers that keep nothing. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, FileSystem, Layer, Redacted, Schedule } from "effect"
import { ResponseStore, type StoredResponse } from "../../../src/gateway/responses/ResponseStore.ts"
import { Store } from "../../../src/gateway/store/Store.ts"
import { Scenario } from "../../../src/testing/Scenario.ts"
import { hasPostgres, postgresUrl } from "../../services/services.ts"
import { gateway } from "../gateway.ts"
import * as OpenApi from "./openApi.ts"

const models = `
models:
  chat: openai/sim-healthy
  claude: anthropic/sim-healthy
  tools: anthropic/sim-tools
  native: responses/sim-reasoning
  slow: openai/hanging
  failing: openai/sim-401
  cut: openai/sim-cut
storeResponses: { keys: ["*"] }
`

const simulated = { simulator: { models: { hanging: Scenario.hang } } }

type Json = ReturnType<typeof JSON.parse>

/** Sends any request; responds with its JSON. */
const request = (url: string, method: string, path: string, body?: unknown) =>
  Effect.promise(async (signal): Promise<{ status: number; body: Json }> => {
    const init = { method, signal, headers: { "content-type": "application/json" } }
    const response = await fetch(url + path, body === undefined ? init : { ...init, body: JSON.stringify(body) })
    return { status: response.status, body: JSON.parse(await response.text()) }
  })

const userTexts = (body: Json): ReadonlyArray<string> =>
  body.messages.flatMap(({ content, role }: Json) =>
    role !== "user" ? [] : typeof content === "string" ? [content] : content.map(({ text }: Json) => text)
  )

describe("a response", () => {
  it.live("is retrieved, listed with its input, and deleted, whichever provider made it", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway(models)
      for (const model of ["chat", "claude", "native"]) {
        const { body: made } = yield* request(url, "POST", "/v1/responses", {
          model,
          input: "Hello",
          instructions: "Be brief.",
          metadata: { run: "7" }
        })
        OpenApi.checkSchema("Response", made)
        assert.match(made.id, /^resp_/)
        assert.strictEqual(made.instructions, "Be brief.")
        assert.deepStrictEqual(made.metadata, { run: "7" })
        const retrieved = yield* request(url, "GET", `/v1/responses/${made.id}`)
        assert.deepStrictEqual(retrieved.body, made)
        const items = yield* request(url, "GET", `/responses/${made.id}/input_items`)
        OpenApi.checkSchema("ResponseItemList", items.body)
        assert.deepInclude(items.body.data[0], { role: "user", content: [{ type: "input_text", text: "Hello" }] })
        const deleted = yield* request(url, "DELETE", `/v1/responses/${made.id}`)
        assert.deepStrictEqual(deleted.body, { id: made.id, object: "response", deleted: true })
        for (const method of ["GET", "DELETE"]) {
          const gone = yield* request(url, method, `/v1/responses/${made.id}`)
          assert.strictEqual(gone.status, 404)
          OpenApi.checkError(gone.body)
        }
      }
    })
  )

  it.live("is continued by its id, whole or streamed, with any other provider", () =>
    Effect.gen(function* () {
      const { simulator, url, send } = yield* gateway(models)
      const { body: first } = yield* request(url, "POST", "/v1/responses", { model: "chat", input: "One" })
      const streamed = yield* send("/v1/responses", {
        model: "claude",
        input: [{ role: "user", content: "Two" }],
        previous_response_id: first.id,
        stream: true
      })
      const second = JSON.parse(OpenApi.eventsIn(streamed.text).at(-1)?.data ?? "").response
      assert.strictEqual(second.previous_response_id, first.id)
      const { body: third } = yield* request(url, "POST", "/v1/responses", {
        model: "chat",
        input: "Three",
        previous_response_id: second.id
      })
      assert.strictEqual(third.status, "completed")
      const last = (yield* simulator.requests).at(-1)
      assert.deepStrictEqual(userTexts(last?.body), ["One", "Two", "Three"])
      assert.notProperty(last?.body, "previous_response_id")
      const { body: page } = yield* request(url, "GET", `/v1/responses/${third.id}/input_items?order=asc&limit=2`)
      assert.isTrue(page.has_more)
      assert.strictEqual(page.data[0].content[0].text, "One")
      assert.strictEqual(page.data[1].content[0].text, first.output[0].content[0].text)
      const after = `/v1/responses/${third.id}/input_items?order=asc&after=${page.last_id}`
      const { body: rest } = yield* request(url, "GET", after)
      OpenApi.checkSchema("ResponseItemList", rest)
      assert.deepStrictEqual(
        rest.data.map(({ role }: Json) => role),
        ["user", "assistant", "user"]
      )
      assert.isFalse(rest.has_more)
      yield* request(url, "DELETE", `/v1/responses/${first.id}`)
      const broken = yield* request(url, "POST", "/v1/responses", {
        model: "chat",
        input: "Four",
        previous_response_id: third.id
      })
      assert.strictEqual(broken.status, 404)
      assert.strictEqual(broken.body.error.param, "previous_response_id")
    })
  )

  it.live("accepts the results of its tool calls, and its own items by reference", () =>
    Effect.gen(function* () {
      const { simulator, url } = yield* gateway(models)
      const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] }
      const tools = [{ type: "function", name: "weather", parameters, strict: false }]
      const { body: called } = yield* request(url, "POST", "/v1/responses", { model: "tools", input: "Paris?", tools })
      const call = called.output.find(({ type }: Json) => type === "function_call")
      const result = { type: "function_call_output", call_id: call.call_id, output: "sunny" }
      const continued = { model: "tools", tools, previous_response_id: called.id, input: [result] }
      const { body: answered } = yield* request(url, "POST", "/v1/responses", continued)
      assert.include(answered.output[0].content[0].text, "sunny")
      const items = yield* request(url, "GET", `/v1/responses/${answered.id}/input_items`)
      OpenApi.checkSchema("ResponseItemList", items.body)
      const reference = [
        { role: "user", content: "Paris?" },
        { type: "item_reference", id: call.id },
        { ...result, output: "rainy" }
      ]
      const { body: referred } = yield* request(url, "POST", "/v1/responses", {
        model: "tools",
        tools,
        input: reference
      })
      assert.include(referred.output[0].content[0].text, "rainy")
      assert.isUndefined((yield* simulator.requests).find(({ status }) => status !== 200))
      const unknown = [{ type: "item_reference", id: "fc_nobody" }]
      const refused = yield* request(url, "POST", "/v1/responses", { model: "tools", tools, input: unknown })
      assert.strictEqual(refused.status, 404)
    })
  )

  it.live("is not stored if its request says so, or if it has no end", () =>
    Effect.gen(function* () {
      const { send, url } = yield* gateway(models)
      const { body } = yield* request(url, "POST", "/v1/responses", { model: "chat", input: "Hello", store: false })
      assert.strictEqual((yield* request(url, "GET", `/v1/responses/${body.id}`)).status, 404)
      const cut = yield* send("/v1/responses", { model: "cut", input: "Hello", stream: true })
      const { response } = JSON.parse(OpenApi.eventsIn(cut.text)[0]?.data ?? "")
      assert.strictEqual((yield* request(url, "GET", `/v1/responses/${response.id}`)).status, 404)
    })
  )

  it.live("of a conversation that is stored elsewhere is rejected by name", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway(models)
      for (const [field, value] of [
        ["conversation", "conv_1"],
        ["previous_response_id", "resp_of_somebody_else"],
        ["previous_response_id", 7]
      ] as const) {
        const { body, status } = yield* request(url, "POST", "/v1/responses", {
          model: "native",
          input: "Hello",
          [field]: value
        })
        assert.isTrue(status === 400 || status === 404)
        OpenApi.checkError(body)
        assert.strictEqual(body.error.param, field)
      }
    })
  )
})

describe("a response in the background", () => {
  const until = (url: string, id: string, isOver: (status: string) => boolean) =>
    request(url, "GET", `/v1/responses/${id}`).pipe(
      Effect.repeat({ until: ({ body }) => isOver(body.status), schedule: Schedule.spaced("5 millis") })
    )

  it.live("is queued at once, and completed or failed when it is retrieved later", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway(models, simulated)
      const begun = yield* request(url, "POST", "/v1/responses", { model: "claude", input: "Hello", background: true })
      assert.strictEqual(begun.body.status, "queued")
      OpenApi.checkSchema("Response", begun.body)
      const done = yield* until(url, begun.body.id, (status) => status !== "queued")
      assert.strictEqual(done.body.status, "completed")
      assert.strictEqual(done.body.id, begun.body.id)
      OpenApi.checkSchema("Response", done.body)
      const next = { model: "chat", input: "Again", previous_response_id: begun.body.id }
      assert.strictEqual((yield* request(url, "POST", "/v1/responses", next)).status, 200)
      const bad = yield* request(url, "POST", "/v1/responses", { model: "failing", input: "Hello", background: true })
      const failed = yield* until(url, bad.body.id, (status) => status !== "queued")
      assert.strictEqual(failed.body.status, "failed")
      assert.strictEqual(failed.body.error.code, "server_error")
      OpenApi.checkSchema("Response", failed.body)
    })
  )

  it.live("is canceled, which ends the call of its provider", () =>
    Effect.gen(function* () {
      const { simulator, url } = yield* gateway(models, simulated)
      const begun = yield* request(url, "POST", "/v1/responses", { model: "slow", input: "Hello", background: true })
      yield* simulator.awaitRequest()
      const canceled = yield* request(url, "POST", `/v1/responses/${begun.body.id}/cancel`)
      assert.strictEqual(canceled.body.status, "cancelled")
      OpenApi.checkSchema("Response", canceled.body)
      assert.strictEqual((yield* simulator.awaitClosed()).outcome, "client-closed")
      const again = yield* request(url, "GET", `/v1/responses/${begun.body.id}`)
      assert.strictEqual(again.body.status, "cancelled")
      const { body: whole } = yield* request(url, "POST", "/v1/responses", { model: "chat", input: "Hello" })
      assert.strictEqual((yield* request(url, "POST", `/v1/responses/${whole.id}/cancel`)).status, 400)
    })
  )
})

const response = (id: string, previous?: string, caller = "a"): StoredResponse => ({
  caller,
  id,
  previous,
  input: [{ role: "user", content: id }],
  document: { id, status: "completed", output: [{ id: `msg_${id}`, type: "message" }] }
})

const storeAt = (database: string) =>
  Effect.map(
    Layer.build(Layer.fresh(ResponseStore.layer.pipe(Layer.provide(Store.layer(undefined, Redacted.make(database)))))),
    Context.get(ResponseStore)
  )

const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped()).pipe(
  Effect.provide(NodeServices.layer)
)

describe("the store of responses", () => {
  const law = (database: string) =>
    Effect.gen(function* () {
      const store = yield* storeAt(database)
      const unique = crypto.randomUUID()
      const id = (name: string) => `${name}-${unique}`
      yield* store.save(response(id("1")), Duration.days(1))
      yield* store.save(response(id("2"), id("1")), Duration.days(1))
      yield* store.save(response(id("3"), id("2")), Duration.days(1))
      const other = yield* storeAt(database)
      const chain = yield* other.chain("a", id("3"))
      assert.deepStrictEqual(
        chain?.map((one) => one.id),
        [id("1"), id("2"), id("3")]
      )
      // Nobody finds what is another's.
      assert.isUndefined(yield* other.find("b", id("1")))
      assert.isUndefined(yield* other.chain("b", id("3")))
      assert.strictEqual((yield* other.items("b", [`msg_${id("1")}`])).size, 0)
      assert.isFalse(yield* other.remove("b", id("1")))
      assert.isTrue((yield* other.items("a", [`msg_${id("1")}`])).has(`msg_${id("1")}`))
      // What is over is not finished again.
      yield* other.finish({ ...response(id("2"), id("1")), document: { status: "failed" } })
      assert.deepInclude((yield* other.find("a", id("2")))?.document, { status: "completed" })
      assert.isTrue(yield* other.remove("a", id("1")))
      assert.isUndefined(yield* other.chain("a", id("3")))
      assert.strictEqual((yield* other.items("a", [`msg_${id("1")}`])).size, 0)
    })

  it.live("is shared by processes through a SQLite file", () =>
    Effect.flatMap(temporary, (folder) => law(`${folder}/gateway.db`))
  )

  it.live.skipIf(!hasPostgres)("is shared by processes through Postgres", () => Effect.flatMap(postgresUrl, law))
})
