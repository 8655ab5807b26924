/** Files and batches of OpenAI's dialect, each of which only the key sees that has them, at the account that keeps them. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { gateway } from "../gateway.ts"
import { holder, type Json, type Responded } from "./http.ts"
import * as OpenApi from "./openApi.ts"

const settings = (url: string) => `
  second: { provider: openai, key: sk-second, baseUrl: "${url}" }
  same: { provider: openai-responses, key: sk-upstream, baseUrl: "${url}" }
models:
  chat: openai/sim-healthy
  more: openai/another-model
  failing: openai/sim-401
  elsewhere: second/sim-healthy
  both: { deployments: [{ model: openai/sim-healthy, name: first }, { model: second/sim-healthy, name: second }], strategy: round-robin }
  claude: anthropic/sim-healthy
  thinking: same/sim-healthy
  vectors: { kind: embedding, deployments: [openai/sim-healthy] }
  unpriced: openai/sim-unpriced
prices:
  openai/sim-healthy: { input: 2, output: 8 }
  openai/another-model: { input: 4, output: 16 }
  openai/sim-401: { input: 4, output: 16 }
  second/sim-healthy: { input: 2, output: 8 }
budgets:
  some: { usd: 1 }
  little: { usd: 0.0001 }
keys:
  ann: { key: key-of-ann-0815-4711 }
  bob: { key: key-of-bob-0815-4711 }
  eve: { key: key-of-eve-0815-4711, budgets: [some] }
  max: { key: key-of-max-0815-4711, budgets: [little] }
  tom: { key: key-of-tom-0815-4711, models: [claude] }
server: { adminKey: the-admin-of-the-gateway-4711 }
`

const accounts = Effect.gen(function* () {
  const { simulator, url } = yield* gateway(settings)
  const call = (name: string) => holder(url, `key-of-${name}-0815-4711`)
  return {
    simulator,
    ann: call("ann"),
    bob: call("bob"),
    eve: call("eve"),
    max: call("max"),
    tom: call("tom"),
    admin: holder(url, "the-admin-of-the-gateway-4711")
  }
})

type Holder = ReturnType<typeof holder>

const form = (content: string, fields: { readonly [name: string]: string }): FormData => {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) data.append(name, value)
  data.append("file", new Blob([content], { type: "text/plain" }), "notes.txt")
  return data
}

const refusal = ({ body, status }: Responded, expected: number) => {
  assert.strictEqual(status, expected, JSON.stringify(body))
  OpenApi.checkError(body)
  return String(body.error.message)
}

const ok = ({ body, status }: Responded): Json => {
  assert.strictEqual(status, 200, JSON.stringify(body))
  return body
}

const keep = (holder: Holder, provider = "openai") =>
  Effect.map(holder("POST", "/v1/files", form("my notes", { purpose: "user_data", provider })), ok)

const lines = (...models: ReadonlyArray<string>): string =>
  models
    .map((model, index) => {
      const url = model === "vectors" ? "/v1/embeddings" : "/v1/chat/completions"
      const body =
        model === "vectors"
          ? { model, input: "Hello" }
          : { model, messages: [{ role: "user", content: `Hello ${index}` }], max_tokens: 20, unknown_field: index }
      return JSON.stringify({ custom_id: `line-${index}`, method: "POST", url, body })
    })
    .join("\n")

const begin = Effect.fnUntraced(function* (holder: Holder, input: string, endpoint = "/v1/chat/completions") {
  const file = ok(yield* holder("POST", "/v1/files", form(input, { purpose: "batch" })))
  const batch = ok(
    yield* holder("POST", "/v1/batches", {
      input_file_id: file.id,
      endpoint,
      completion_window: "24h",
      metadata: { run: "7" }
    })
  )
  return { file, batch }
})

describe("a file", () => {
  it.live("is uploaded, retrieved, read, listed and deleted, with and without the version", () =>
    Effect.gen(function* () {
      const { ann } = yield* accounts
      for (const prefix of ["/v1", "", "/openai/v1"]) {
        const made = ok(
          yield* ann(
            "POST",
            `${prefix}/files?provider=openai`,
            form("my notes", {
              purpose: "user_data",
              "expires_after[anchor]": "created_at",
              "expires_after[seconds]": "3600"
            })
          )
        )
        OpenApi.checkResponse("post /files", made)
        assert.deepInclude(made, { object: "file", bytes: 8, filename: "notes.txt", purpose: "user_data" })
        assert.strictEqual(made.expires_at, made.created_at + 3600)
        const again = ok(yield* ann("GET", `${prefix}/files/${made.id}`))
        OpenApi.checkResponse("get /files/{file_id}", again)
        assert.deepStrictEqual(again, made)
        assert.strictEqual(ok(yield* ann("GET", `${prefix}/files/${made.id}/content`)), "my notes")
        const listed = ok(yield* ann("GET", `${prefix}/files`))
        OpenApi.checkResponse("get /files", listed)
        assert.deepStrictEqual(listed.data, [made])
        const gone = ok(yield* ann("DELETE", `${prefix}/files/${made.id}`))
        OpenApi.checkResponse("delete /files/{file_id}", gone)
        refusal(yield* ann("GET", `${prefix}/files/${made.id}`), 404)
        assert.deepStrictEqual(ok(yield* ann("GET", `${prefix}/files`)).data, [])
      }
    })
  )

  it.live("is listed page by page, by its purpose, in either order", () =>
    Effect.gen(function* () {
      const { ann } = yield* accounts
      const ids: Array<string> = []
      for (const purpose of ["user_data", "vision", "user_data"])
        ids.push(ok(yield* ann("POST", "/v1/files", form("a", { purpose, provider: "openai" }))).id)
      const page = Effect.fnUntraced(function* (query: string) {
        const { data, has_more } = ok(yield* ann("GET", `/v1/files?${query}`))
        return [data.map(({ id }: Json) => ids.indexOf(id)), has_more]
      })
      assert.deepStrictEqual(yield* page("order=asc&limit=2"), [[0, 1], true])
      assert.deepStrictEqual(yield* page(`order=asc&limit=2&after=${ids[1]}`), [[2], false])
      assert.deepStrictEqual(yield* page("limit=1"), [[2], true])
      assert.deepStrictEqual(yield* page(`limit=2&after=${ids[2]}`), [[1, 0], false])
      assert.deepStrictEqual(yield* page("purpose=vision"), [[1], false])
      refusal(yield* ann("GET", "/v1/files?limit=0"), 400)
      refusal(yield* ann("GET", "/v1/files?order=up"), 400)
    })
  )

  it.live("of another key is found by no other key, nor by the administrator", () =>
    Effect.gen(function* () {
      const { admin, ann, bob, simulator } = yield* accounts
      const { id } = yield* keep(ann)
      const before = (yield* simulator.requests).length
      for (const other of [bob, admin]) {
        refusal(yield* other("GET", `/v1/files/${id}`), 404)
        refusal(yield* other("GET", `/v1/files/${id}/content`), 404)
        refusal(yield* other("DELETE", `/v1/files/${id}`), 404)
        assert.deepStrictEqual(ok(yield* other("GET", "/v1/files")).data, [])
        const chat = { model: "chat", messages: [{ role: "user", content: [{ type: "file", file: { file_id: id } }] }] }
        assert.include(refusal(yield* other("POST", "/v1/chat/completions", chat), 404), id)
        const input = [{ role: "user", content: [{ type: "input_file", file_id: id }] }]
        refusal(yield* other("POST", "/v1/responses", { model: "chat", input }), 404)
        for (const tool of [
          { type: "code_interpreter", container: { type: "auto", file_ids: [id] } },
          { type: "image_generation", input_image_mask: { file_id: id } }
        ])
          refusal(yield* other("POST", "/v1/responses", { model: "chat", input: "Hello", tools: [tool] }), 404)
        const message = { role: "user", content: [{ type: "container_upload", file_id: id }] }
        const { status } = yield* other("POST", "/v1/messages", {
          model: "chat",
          max_tokens: 9,
          messages: [message]
        })
        assert.strictEqual(status, 404)
        const batch = { input_file_id: id, endpoint: "/v1/chat/completions", completion_window: "24h" }
        refusal(yield* other("POST", "/v1/batches", batch), 404)
      }
      assert.lengthOf(yield* simulator.requests, before)
      ok(yield* ann("GET", `/v1/files/${id}`))
    })
  )

  it.live("is at the account that it was uploaded to, and a chat with it goes there", () =>
    Effect.gen(function* () {
      const { ann } = yield* accounts
      const names = { openai: "first", second: "second" } as const
      for (const provider of ["openai", "second"] as const) {
        const { id } = yield* keep(ann, provider)
        assert.strictEqual(ok(yield* ann("GET", `/v1/files/${id}/content`)), "my notes")
        const content = [{ type: "file", file: { file_id: id } }]
        for (let turn = 0; turn < 3; turn++) {
          const chat = { model: "both", messages: [{ role: "user", content }] }
          const { headers, status } = yield* ann("POST", "/v1/chat/completions", chat)
          assert.strictEqual(status, 200)
          assert.strictEqual(headers.get("x-effect-llm-deployment"), names[provider])
        }
        const input = [{ role: "user", content: [{ type: "input_file", file_id: id }] }]
        // The same key at the same address is the same account, whatever API is spoken.
        const { status } = yield* ann("POST", "/v1/responses", { model: "thinking", input })
        assert.strictEqual(status, provider === "openai" ? 200 : 400)
        const chat = { model: "claude", messages: [{ role: "user", content }] }
        assert.include(refusal(yield* ann("POST", "/v1/chat/completions", chat), 400), provider)
        ok(yield* ann("DELETE", `/v1/files/${id}`))
      }
    })
  )

  it.live("goes to an account that the request names, of those that have files and models for the key", () =>
    Effect.gen(function* () {
      const { ann, tom } = yield* accounts
      const several = refusal(yield* ann("POST", "/v1/files", form("a", { purpose: "user_data" })), 400)
      assert.include(several, "openai")
      assert.include(several, "second")
      const cohere = refusal(
        yield* ann("POST", "/v1/files", form("a", { purpose: "user_data", provider: "cohere" })),
        400
      )
      assert.include(cohere, "cohere keeps no files")
      refusal(yield* tom("POST", "/v1/files", form("a", { purpose: "user_data", provider: "openai" })), 400)
      refusal(yield* ann("POST", "/v1/files", form("a", {})), 400)
      refusal(yield* ann("POST", "/v1/files", { purpose: "user_data" }), 400)
    })
  )
})

describe("a batch", () => {
  it.live("is made of a file with names of the gateway, and its results are its key's", () =>
    Effect.gen(function* () {
      const { ann, bob, simulator } = yield* accounts
      const { batch, file } = yield* begin(ann, lines("chat", "more", "failing"))
      OpenApi.checkResponse("post /batches", batch)
      assert.deepInclude(batch, { object: "batch", input_file_id: file.id, metadata: { run: "7" } })
      const sent = ok(yield* ann("GET", `/v1/files/${file.id}/content`))
        .trim()
        .split("\n")
        .map((line: string) => JSON.parse(line).body)
      assert.deepStrictEqual(
        sent.map(({ model, unknown_field }: Json) => [model, unknown_field]),
        [
          ["sim-healthy", 0],
          ["another-model", 1],
          ["sim-401", 2]
        ]
      )
      const done = ok(yield* ann("GET", `/v1/batches/${batch.id}`))
      OpenApi.checkResponse("get /batches/{batch_id}", done)
      assert.deepInclude(done, { status: "completed", request_counts: { total: 3, completed: 2, failed: 1 } })
      for (const id of [done.output_file_id, done.error_file_id]) {
        refusal(yield* bob("GET", `/v1/files/${id}/content`), 404)
        assert.strictEqual(ok(yield* ann("GET", `/v1/files/${id}`)).purpose, "batch_output")
      }
      const results = ok(yield* ann("GET", `/v1/files/${done.output_file_id}/content`))
        .trim()
        .split("\n")
      assert.strictEqual(JSON.parse(results[0]).custom_id, "line-0")
      assert.isString(JSON.parse(results[0]).response.body.choices[0].message.content)
      const listed = ok(yield* ann("GET", "/v1/batches?limit=1"))
      OpenApi.checkResponse("get /batches", listed)
      assert.deepStrictEqual(listed.data, [done])
      const before = (yield* simulator.requests).length
      refusal(yield* bob("GET", `/v1/batches/${batch.id}`), 404)
      refusal(yield* bob("POST", `/v1/batches/${batch.id}/cancel`), 404)
      assert.deepStrictEqual(ok(yield* bob("GET", "/v1/batches")).data, [])
      assert.lengthOf(yield* simulator.requests, before)
    })
  )

  it.live("is canceled, at the account that has it", () =>
    Effect.gen(function* () {
      const { ann } = yield* accounts
      const { batch } = yield* begin(ann, lines("elsewhere"))
      const canceled = ok(yield* ann("POST", `/v1/batches/${batch.id}/cancel`))
      OpenApi.checkResponse("post /batches/{batch_id}/cancel", canceled)
      assert.strictEqual(canceled.status, "cancelling")
      assert.strictEqual(ok(yield* ann("GET", `/v1/batches/${batch.id}`)).status, "cancelled")
    })
  )

  it.live("has only readable lines, with models that its key may call at one account with batches", () =>
    Effect.gen(function* () {
      const { ann, simulator, tom } = yield* accounts
      const upload = (holder: Holder, input: string) => holder("POST", "/v1/files", form(input, { purpose: "batch" }))
      refusal(yield* upload(tom, lines("chat")), 403)
      assert.include(refusal(yield* upload(ann, lines("chat", "elsewhere")), 400), "line 2")
      refusal(yield* upload(ann, lines("nobody")), 404)
      assert.include(refusal(yield* upload(ann, `${lines("chat")}\n{`), 400), "line 2")
      assert.include(refusal(yield* upload(ann, '{"url":"/v1/chat/completions","body":{}}'), 400), "model")
      assert.include(refusal(yield* upload(ann, '{"url":"/v1/audio","body":{"model":"chat"}}'), 400), "/v1/audio")
      refusal(yield* upload(ann, "\n"), 400)
      assert.lengthOf(yield* simulator.requests, 0)
      const { id } = yield* keep(ann)
      const endpoint = "/v1/chat/completions"
      refusal(yield* ann("POST", "/v1/batches", { input_file_id: id, endpoint, completion_window: "24h" }), 400)
      refusal(yield* ann("POST", "/v1/batches", { endpoint, completion_window: "24h" }), 400)
    })
  )
})

describe("a guard", () => {
  it.live("cannot be bypassed: no batch is created for a model with one, or with redaction", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway(`
models:
  open: openai/sim-healthy
  guarded: { deployments: [openai/sim-healthy], policies: { guards: { secrets: { detect: [keys] } } } }
  "gpt-*": { deployments: ["openai/sim-*"], policies: { redact: true } }
aliases: { other: guarded }
`)
      const anybody = holder(url, "nobody")
      const upload = (model: string) =>
        anybody("POST", "/v1/files", form(lines(model), { purpose: "batch", provider: "openai" }))
      ok(yield* upload("open"))
      assert.include(refusal(yield* upload("guarded"), 400), "secrets")
      assert.include(refusal(yield* upload("other"), 400), "secrets")
      assert.include(refusal(yield* upload("gpt-healthy"), 400), "redaction")
    })
  )
})

describe("the cost of a batch", () => {
  const spent = (admin: Holder, budget: string) =>
    Effect.map(admin("GET", "/admin/budgets"), (answer) => ok(answer).budgets.find((one: Json) => one.id === budget))

  /** So many calls of eve's with a cost, once they are in the ledger. */
  const charged = (admin: Holder, count: number) =>
    Effect.map(admin("GET", "/admin/calls?capability=batch&key=eve"), (answer): ReadonlyArray<Json> =>
      ok(answer).calls.filter(({ cost }: Json) => cost !== undefined)
    ).pipe(Effect.repeat({ until: (calls) => calls.length >= count, schedule: Schedule.spaced("20 millis") }))

  it.live("is reserved when it is created, and recorded once, at batch rates, when it has ended", () =>
    Effect.gen(function* () {
      const { admin, eve } = yield* accounts
      const { batch } = yield* begin(eve, lines("chat", "chat", "more"))
      assert.isAbove(Number((yield* spent(admin, "some")).reserved), 0)
      const done = ok(yield* eve("GET", `/v1/batches/${batch.id}`))
      const results = ok(yield* eve("GET", `/v1/files/${done.output_file_id}/content`))
        .trim()
        .split("\n")
      ok(yield* eve("GET", `/v1/batches/${batch.id}`))
      ok(yield* eve("GET", "/v1/batches"))
      let expected = 0
      for (const line of results) {
        const { model, usage } = JSON.parse(line).response.body
        const rate = model === "sim-healthy" ? 1 : 2
        expected += (rate * (2 * usage.prompt_tokens + 8 * usage.completion_tokens)) / 1e6
      }
      const costs = yield* charged(admin, 2)
      assert.deepStrictEqual(costs.map(({ model }: Json) => model).toSorted(), ["chat", "more"])
      const cost = costs.reduce((sum: number, { cost }: Json) => sum + Number(cost), 0)
      assert.closeTo(cost, expected, 1e-12)
      const budget = yield* spent(admin, "some")
      assert.strictEqual(Number(budget.reserved), 0)
      assert.closeTo(Number(budget.spent), cost, 1e-12)
    })
  )

  it.live("prevents its creation if the budget of the key is too small, or a price is unknown", () =>
    Effect.gen(function* () {
      const { admin, ann, eve, max, simulator } = yield* accounts
      const many = lines(...Array.from({ length: 40 }, () => "chat"))
      const batch = { endpoint: "/v1/chat/completions", completion_window: "24h" }
      const before = Effect.map(simulator.requests, (seen) => seen.filter(({ path }) => path === "/v1/batches").length)
      for (const [holder, input] of [
        [max, many],
        [eve, lines("chat", "unpriced")]
      ] as const) {
        const file = ok(yield* holder("POST", "/v1/files", form(input, { purpose: "batch" })))
        const refused = yield* holder("POST", "/v1/batches", { ...batch, input_file_id: file.id })
        refusal(refused, 402)
        assert.strictEqual(refused.body.error.code, "insufficient_quota")
      }
      assert.strictEqual(yield* before, 0)
      assert.strictEqual(Number((yield* spent(admin, "little")).reserved), 0)
      yield* begin(ann, lines("unpriced"))
    })
  )

  it.live("is known for embeddings too", () =>
    Effect.gen(function* () {
      const { admin, eve } = yield* accounts
      const { batch } = yield* begin(eve, lines("vectors"), "/v1/embeddings")
      const done = ok(yield* eve("GET", `/v1/batches/${batch.id}`))
      assert.strictEqual(done.status, "completed")
      const [call] = yield* charged(admin, 1)
      assert.isAbove(Number(call.cost), 0)
    })
  )
})
