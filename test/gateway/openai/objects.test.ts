/** What is kept at an account, under ids that every key of the account could name. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gateway } from "../gateway.ts"
import { holder } from "./http.ts"

const settings = `
models:
  chat: { deployments: [responses/sim-healthy] }
  batched: openai/sim-healthy
  claude: anthropic/sim-healthy
  gemini: google/sim-healthy
  painter: { kind: image, deployments: [openai/sim-healthy] }
sharedObjects: [vs_everybody]
teams: { support: { objects: ["vs_team_*"] } }
server: { adminKey: key-of-admin-0815-4711 }
keys:
  plain: { key: key-of-plain-0815-4711 }
  ann: { key: key-of-ann-0815-4711, team: support, objects: [pmpt_ann] }
  any: { key: key-of-any-0815-4711, objects: ["*"] }
`

const messages = [{ role: "user", content: "Hello" }]

const searching = (...ids: ReadonlyArray<string>) => ({
  model: "chat",
  input: "Hello",
  tools: [{ type: "file_search", vector_store_ids: ids }]
})

/** Requests that name an object, as the clients of each vendor do. */
const requests: { readonly [name: string]: readonly [path: string, body: object, id: string] } = {
  "a vector store": ["/v1/responses", searching("vs_1"), "vs_1"],
  "a stored prompt": ["/v1/responses", { model: "chat", input: "Hello", prompt: { id: "pmpt_1" } }, "pmpt_1"],
  "a vector store of chat completions": [
    "/v1/chat/completions",
    { model: "batched", messages, tools: [{ type: "file_search", file_search: { vector_store_ids: ["vs_2"] } }] },
    "vs_2"
  ],
  "a skill": [
    "/v1/messages",
    { model: "claude", max_tokens: 9, messages, container: { skills: [{ type: "custom", skill_id: "skill_1" }] } },
    "skill_1"
  ],
  "a cached content": [
    "/v1beta/models/gemini:generateContent",
    { contents: [{ role: "user", parts: [{ text: "Hello" }] }], cachedContent: "cachedContents/1" },
    "cachedContents/1"
  ],
  "a file search store": [
    "/v1beta/models/gemini:generateContent",
    {
      contents: [{ role: "user", parts: [{ text: "Hello" }] }],
      tools: [{ fileSearch: { fileSearchStoreNames: ["fileSearchStores/1"] } }]
    },
    "fileSearchStores/1"
  ]
}

const set = Effect.gen(function* () {
  const { simulator, url } = yield* gateway(settings)
  const call = (name: string) => holder(url, `key-of-${name}-0815-4711`)
  return { simulator, plain: call("plain"), ann: call("ann"), any: call("any"), admin: call("admin") }
})

describe("an object of an account that was not created here", () => {
  it.live("may be named only by the key, user or team that has it, or by all where it is shared", () =>
    Effect.gen(function* () {
      const { ann, any, plain, simulator } = yield* set
      for (const [name, [path, body, id]] of Object.entries(requests)) {
        const before = (yield* simulator.requests).length
        for (const caller of [plain, ann]) {
          const refused = yield* caller("POST", path, body)
          assert.strictEqual(refused.status, 403, name)
          assert.include(JSON.stringify(refused.body), id)
        }
        assert.lengthOf(yield* simulator.requests, before)
        assert.notStrictEqual((yield* any("POST", path, body)).status, 403, name)
        assert.isAbove((yield* simulator.requests).length, before, name)
      }
      const status = (caller: typeof ann, ...ids: ReadonlyArray<string>) =>
        Effect.map(caller("POST", "/v1/responses", searching(...ids)), ({ status }) => status)
      assert.strictEqual(yield* status(plain, "vs_everybody"), 200)
      assert.strictEqual(yield* status(plain, "vs_everybody", "vs_team_1"), 403)
      assert.strictEqual(yield* status(ann, "vs_everybody", "vs_team_1"), 200)
      const prompted = { model: "chat", input: "Hello", prompt: { id: "pmpt_ann" } }
      assert.strictEqual((yield* ann("POST", "/v1/responses", prompted)).status, 200)
    })
  )

  it.live("is no field of the client's own functions, texts and labels, and no skill of the vendor's", () =>
    Effect.gen(function* () {
      const { plain } = yield* set
      const parameters = { type: "object", properties: { skill_id: { type: "string", default: "x" } }, agent_id: "y" }
      const tool = { type: "function", function: { name: "f", parameters: { ...parameters, vector_store_ids: ["z"] } } }
      const metadata = { vector_store_id: "vs_1" }
      const chat = { model: "batched", messages, tools: [tool], metadata }
      assert.strictEqual((yield* plain("POST", "/v1/chat/completions", chat)).status, 200)
      const input_schema = { type: "object", skill_id: "x" }
      const message = {
        model: "claude",
        max_tokens: 9,
        messages,
        tools: [{ name: "f", input_schema }],
        container: { skills: [{ type: "anthropic", skill_id: "pptx", version: "latest" }] }
      }
      assert.strictEqual((yield* plain("POST", "/v1/messages", message)).status, 200)
    })
  )

  it.live("is not reached by the requests of a batch, and neither is a file of another key", () =>
    Effect.gen(function* () {
      const { ann, any, plain } = yield* set
      const upload = (caller: typeof ann, purpose: string, content: string) => {
        const form = new FormData()
        form.append("purpose", purpose)
        form.append("file", new Blob([content]), "batch.jsonl")
        return caller("POST", "/v1/files?provider=openai", form)
      }
      const line = (body: object) =>
        JSON.stringify({
          custom_id: "1",
          method: "POST",
          url: "/v1/chat/completions",
          body: { model: "batched", ...body }
        })
      const tools = [{ type: "file_search", file_search: { vector_store_ids: ["vs_2"] } }]
      assert.strictEqual((yield* upload(plain, "batch", line({ messages, tools }))).status, 403)
      assert.strictEqual((yield* upload(any, "batch", line({ messages, tools }))).status, 200)
      const { body: file } = yield* upload(ann, "user_data", "my notes")
      const content = [{ type: "file", file: { file_id: file.id } }]
      const reading = line({ messages: [{ role: "user", content }] })
      assert.strictEqual((yield* upload(plain, "batch", reading)).status, 404)
      assert.strictEqual((yield* upload(ann, "batch", reading)).status, 200)
    })
  )

  it.live("is a file too that was not uploaded here, wherever a request names it", () =>
    Effect.gen(function* () {
      const { admin, any, plain, simulator } = yield* set
      const part = { type: "file", file: { file_id: "file-elsewhere" } }
      const image = { data: { fileData: { fileUri: "gs://bucket/secret.pdf", mimeType: "application/pdf" } } }
      const named: { readonly [name: string]: readonly [path: string, body: object] } = {
        "chat completions": [
          "/v1/chat/completions",
          { model: "batched", messages: [{ role: "user", content: [part] }] }
        ],
        responses: [
          "/v1/responses",
          { model: "chat", input: [{ role: "user", content: [{ type: "input_file", file_id: "file-elsewhere" }] }] }
        ],
        "code that is run": [
          "/v1/responses",
          {
            model: "chat",
            input: "Hello",
            tools: [{ type: "code_interpreter", container: { type: "auto", file_ids: ["file-elsewhere"] } }]
          }
        ],
        "an image to edit": [
          "/v1/images/edits",
          { model: "painter", prompt: "Brighter", images: [{ file_id: "file-elsewhere" }] }
        ],
        "a bucket": [
          "/v1beta/models/gemini:generateContent",
          { contents: [{ role: "user", parts: [{ text: "Hello" }, image.data] }] }
        ],
        "a count of tokens": [
          "/v1beta/models/gemini:countTokens",
          { contents: [{ role: "user", parts: [{ text: "Hello" }, image.data] }] }
        ]
      }
      for (const [name, [path, body]] of Object.entries(named)) {
        const before = (yield* simulator.requests).length
        const refused = yield* plain("POST", path, body)
        assert.strictEqual(refused.status, 404, `${name}: ${JSON.stringify(refused.body)}`)
        assert.include(JSON.stringify(refused.body), "sharedObjects", name)
        assert.lengthOf(yield* simulator.requests, before)
        for (const caller of [any, admin]) assert.notStrictEqual((yield* caller("POST", path, body)).status, 404, name)
      }
      // What is on the web is at no account, and what the provider said of its own files is only said again.
      const web = { fileData: { fileUri: "https://www.youtube.com/watch?v=1", mimeType: "video/mp4" } }
      const gemini = { contents: [{ role: "user", parts: [{ text: "Hello" }, web] }] }
      assert.notStrictEqual((yield* plain("POST", "/v1beta/models/gemini:generateContent", gemini)).status, 404)
      const result = {
        type: "bash_code_execution_tool_result",
        tool_use_id: "srvtoolu_1",
        content: {
          type: "bash_code_execution_result",
          stdout: "",
          stderr: "",
          return_code: 0,
          content: [{ type: "bash_code_execution_output", file_id: "file_of_the_call" }]
        }
      }
      const turns = [
        { role: "user", content: "Draw" },
        { role: "assistant", content: [{ type: "text", text: "Here" }, result] },
        { role: "user", content: "Thanks" }
      ]
      const claude = yield* plain("POST", "/v1/messages", { model: "claude", max_tokens: 9, messages: turns })
      assert.strictEqual(claude.status, 200, JSON.stringify(claude.body))
    })
  )

  it.live("is never a file that another key has uploaded, even for a key that may name everything", () =>
    Effect.gen(function* () {
      const { admin, ann, any, plain } = yield* set
      const form = new FormData()
      form.append("purpose", "user_data")
      form.append("file", new Blob(["my notes"]), "notes.txt")
      const { body: file } = yield* ann("POST", "/v1/files?provider=openai", form)
      for (const caller of [plain, any, admin]) {
        const edit = { model: "painter", prompt: "Brighter", images: [{ file_id: file.id }] }
        assert.strictEqual((yield* caller("POST", "/v1/images/edits", edit)).status, 404)
        for (const path of [`/v1/files/${file.id}`, `/v1/files/${file.id}/content`])
          assert.strictEqual((yield* caller("GET", path)).status, 404)
        assert.strictEqual((yield* caller("GET", "/v1/batches/batch_elsewhere")).status, 404)
      }
      assert.strictEqual((yield* ann("GET", `/v1/files/${file.id}`)).status, 200)
    })
  )
})
