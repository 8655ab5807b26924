import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gateway } from "../gateway.ts"

const models = `
models:
  vectors: { kind: embedding, deployments: [openai/sim-healthy] }
  fast: openai/sim-healthy
  sim/*: ollama/sim-*
`

const content = (text: string) => ({ parts: [{ text }] })

describe("Embeddings", () => {
  it.live("of Google are served one by one and in batches", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      const one = yield* send("/v1beta/models/vectors:embedContent", { content: content("a"), outputDimensionality: 8 })
      assert.strictEqual(one.status, 200, one.text)
      const { embedding, usageMetadata } = JSON.parse(one.text)
      assert.lengthOf(embedding.values, 8)
      assert.isAbove(usageMetadata.promptTokenCount, 0)
      const requests = ["a", "b"].map((text) => ({
        model: "models/vectors",
        content: content(text),
        outputDimensionality: 8
      }))
      const many = JSON.parse((yield* send("/v1/models/vectors:batchEmbedContents", { requests })).text)
      assert.lengthOf(many.embeddings, 2)
      assert.deepStrictEqual(many.embeddings[0], embedding)
      for (const body of [{}, { requests: [] }, { requests: [{}] }, { requests: "a" }, { content: 1 }]) {
        const wrong = yield* send("/v1beta/models/vectors:batchEmbedContents", body)
        assert.deepStrictEqual([wrong.status, JSON.parse(wrong.text).error.status], [400, "INVALID_ARGUMENT"])
      }
    })
  )

  it.live("of Ollama are served in the current and the older form", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      const { embeddings, model } = JSON.parse(
        (yield* send("/api/embed", { model: "vectors", input: ["a", "b"] })).text
      )
      assert.strictEqual(model, "sim-healthy")
      assert.lengthOf(embeddings, 2)
      const one = JSON.parse((yield* send("/api/embed", { model: "vectors:latest", input: "a" })).text)
      assert.deepStrictEqual(one.embeddings, [embeddings[0]])
      const older = JSON.parse((yield* send("/api/embeddings", { model: "vectors", prompt: "a" })).text)
      assert.deepStrictEqual(older, { embedding: embeddings[0] })
      assert.strictEqual((yield* send("/api/embed", { model: "vectors" })).status, 400)
      assert.strictEqual((yield* send("/api/embed", { model: "fast", input: "a" })).status, 404)
    })
  )
})

describe("/api/generate", () => {
  const linesOf = (text: string) =>
    text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))

  it.live("completes a prompt, line by line unless `stream` is false", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* gateway(models)
      const body = { model: "sim/healthy", prompt: "Hi", system: "Be kind.", options: { num_ctx: 4096, seed: 1 } }
      const lines = linesOf((yield* send("/api/generate", body)).text)
      assert.isTrue(lines.at(-1).done)
      assert.strictEqual(lines.at(-1).done_reason, "stop")
      const whole = JSON.parse((yield* send("/api/generate", { ...body, stream: false })).text)
      assert.strictEqual(lines.map(({ response }) => response).join(""), whole.response)
      assert.isAbove(whole.eval_count, 0)
      // What only Ollama understands reaches Ollama.
      assert.deepInclude((yield* simulator.requests).at(-1)?.body, { options: { num_ctx: 4096, seed: 1 } })
      const thinking = JSON.parse(
        (yield* send("/api/generate", { model: "sim/reasoning", prompt: "Hi", think: true, stream: false })).text
      )
      assert.isNotEmpty(thinking.thinking)
      assert.isNotEmpty(thinking.response)
    })
  )

  it.live("without a prompt responds that the model is loaded, and calls no provider", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* gateway(models)
      for (const path of ["/api/generate", "/api/chat"]) {
        const [line] = linesOf((yield* send(path, { model: "fast:latest" })).text)
        assert.deepInclude(line, { model: "fast", done: true, done_reason: "load" })
        const unloaded = yield* send(path, { model: "fast", keep_alive: 0, stream: false })
        assert.strictEqual(JSON.parse(unloaded.text).done_reason, "unload")
        assert.strictEqual((yield* send(path, { model: "nobody" })).status, 404)
      }
      assert.lengthOf(yield* simulator.requests, 0)
    })
  )

  it.live("rejects by name what a chat does not support", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      for (const [field, value] of Object.entries({
        suffix: "}",
        raw: true,
        template: "{{ .Prompt }}",
        context: [1]
      })) {
        const { status, text } = yield* send("/api/generate", { model: "fast", prompt: "Hi", [field]: value })
        assert.strictEqual(status, 400)
        assert.include(JSON.parse(text).error, field)
      }
    })
  )

  it.live("a model of another kind is rejected with its kind, in every dialect", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(`models:
  fast: openai/sim-healthy
  vectors: { kind: embedding, deployments: [openai/sim-embedding] }
`)
      const messages = [{ role: "user", content: "Hello" }]
      const contents = [{ role: "user", parts: [{ text: "Hello" }] }]
      for (const [path, body] of [
        ["/v1/embeddings", { model: "fast", input: "Hello" }],
        ["/v1beta/models/fast:embedContent", { content: contents[0] }],
        ["/api/embed", { model: "fast", input: "Hello" }],
        ["/v1/images/generations", { model: "fast", prompt: "Hello" }],
        ["/v1/chat/completions", { model: "vectors", messages }],
        ["/v1/responses", { model: "vectors", input: "Hello" }],
        ["/v1/messages", { model: "vectors", max_tokens: 9, messages }],
        ["/v1beta/models/vectors:generateContent", { contents }],
        ["/api/chat", { model: "vectors", messages }]
      ] as const) {
        const { status, text } = yield* send(path, body)
        assert.strictEqual(status, 404, path)
        assert.match(text, /its kind in the settings is (chat|embedding), and this asks for a model of the kind/, path)
      }
    })
  )
})
