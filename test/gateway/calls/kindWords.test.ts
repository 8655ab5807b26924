/** What a provider does not take of a request that is no chat is named to a client as it has sent it, or left out by choice. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gateway } from "../gateway.ts"

const models = `
models:
  vectors: { kind: embedding, deployments: [openai/sim-healthy] }
  local: { kind: embedding, deployments: [ollama/sim-healthy] }
  painter: { kind: image, deployments: [openai/sim-healthy] }
  scribe: { kind: transcription, deployments: [openai/gpt-4o-transcribe] }
`

const recording = (fields: { readonly [name: string]: string }): FormData => {
  const form = new FormData()
  form.append("model", "scribe")
  form.append("file", new Blob([new Uint8Array(64)], { type: "audio/wav" }), "a.wav")
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  return form
}

const cases: ReadonlyArray<readonly [path: string, body: object, word: string, isDropped: boolean]> = [
  ["/v1/embeddings", { model: "local", input: [[1, 2, 3]] }, "input", false],
  ["/api/embed", { model: "vectors", input: "a", truncate: true }, "truncate", true],
  [
    "/v1beta/models/vectors:embedContent",
    { content: { parts: [{ text: "a" }] }, taskType: "CLUSTERING" },
    "taskType",
    true
  ],
  ["/v1/images/generations", { model: "painter", prompt: "a", response_format: "url" }, "response_format", true],
  ["/v1/images/edits", { model: "painter", prompt: "a", mask: { file_id: "f" } }, "mask", true],
  [
    "/v1/audio/transcriptions",
    recording({ response_format: "verbose_json", "timestamp_granularities[]": "word" }),
    "timestamp_granularities[]",
    true
  ],
  ["/v1/audio/translations", recording({ language: "de" }), "language", true]
]

const ours = /inputs|inputType|responseFormat|`timestamps`/

const served = Effect.gen(function* () {
  const { url } = yield* gateway(models)
  return (path: string, body: object, headers: { readonly [name: string]: string } = {}) =>
    Effect.promise(async () => {
      const response = await fetch(url + path, {
        method: "POST",
        headers: body instanceof FormData ? headers : { "content-type": "application/json", ...headers },
        body: body instanceof FormData ? body : JSON.stringify(body)
      })
      return {
        status: response.status,
        warning: response.headers.get("x-effect-llm-warning"),
        text: await response.text()
      }
    })
})

describe("an unsupported parameter of a model other than chat", () => {
  for (const [path, body, word, isDropped] of cases)
    it.live(`is called ${word} at ${path}${isDropped ? ", and dropped with a warning if configured" : ""}`, () =>
      Effect.gen(function* () {
        const call = yield* served
        const { status, text } = yield* call(path, body)
        assert.strictEqual(status, 400, text)
        assert.include(text, `\`${word}\``)
        assert.notMatch(text, ours)
        if (path.startsWith("/v1/")) assert.strictEqual(JSON.parse(text).error.param, word)
        const dropped = yield* call(path, body, { "x-effect-llm-unsupported": "drop" })
        assert.strictEqual(dropped.status, isDropped ? 200 : 400, dropped.text)
        if (isDropped) assert.isString(dropped.warning)
      })
    )
})
