/** Callers may send any characters: what a database keeps none of is their mistake, and not its absence. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { hasPostgres } from "../../services/services.ts"
import { post, serve, upstream } from "../calls/upstream.ts"
import { postgresDatabase, sqliteFile } from "../ledger/ledger.ts"

const databases = [
  { name: "SQLite", database: sqliteFile, isThere: true },
  { name: "Postgres", database: postgresDatabase, isThere: hasPostgres }
]

const key = "sk-a-caller-0123456789abcdef"
const asCaller = { authorization: `Bearer ${key}` }
const answer = {
  id: "resp_1",
  object: "response",
  created_at: 1,
  status: "completed",
  model: "acme",
  output: [
    {
      id: "msg_1",
      type: "message",
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", text: "He\0llo \ud800", annotations: [] }]
    }
  ],
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 }
}

describe.each(databases)("characters of callers, with $name", ({ database, isThere }) => {
  it.live.skipIf(!isThere)(
    "are accepted and stored in texts, and rejected with 4xx in the names of stored objects",
    () =>
      Effect.gen(function* () {
        const address = yield* upstream((_, outgoing) =>
          outgoing.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer))
        )
        const url =
          yield* serve(`providers: { o: { provider: openai-responses, key: sk-upstream, baseUrl: "${address}" } }
models: { m: o/acme }
prices: { "*": { input: 1, output: 1 } }
stores: { sql: "${yield* database}" }
storeResponses: { keys: ["*"], redact: false }
ledger: { texts: { keys: ["*"], redact: false } }
keys: { bot: { key: ${key}, budgets: [own] } }
budgets: { own: { usd: 1, each: user } }`)
        const get = (path: string) =>
          Effect.promise(() => fetch(`${url}${path}`, { headers: asCaller }).then(({ status }) => status))
        const respond = (body: object) => post(`${url}/v1/responses`, { model: "m", ...body }, asCaller)

        const made = yield* respond({ input: "Hi \0 \ud800", user: "u\ud800" })
        assert.strictEqual(made.status, 200, made.text)
        assert.strictEqual(yield* get(`/v1/responses/${JSON.parse(made.text).id}`), 200)
        for (const path of ["/v1/responses/a%00b", "/v1/files/a%00b", "/v1/batches/a%00b"])
          assert.include([400, 404], yield* get(path), path)
        for (const body of [
          { input: "x", previous_response_id: "resp_\0" },
          { input: [{ type: "item_reference", id: "msg_\0" }] }
        ]) {
          const { status, text } = yield* respond(body)
          assert.include([400, 404], status, text)
        }
      })
  )
})
