import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { decodePage } from "effect-llm/protocols/ModelList"
import { recordingsExist, recordingsOf } from "../providers/recordings.ts"

const protocols = [
  "openai-models",
  "anthropic-models",
  "google-models",
  "mistral-models",
  "ollama-tags",
  "bedrock-models"
]

const models = (body: unknown) => Result.getOrThrow(decodePage(body)).models.map(({ raw: _, ...model }) => model)

describe("a list of models", () => {
  it.skipIf(!recordingsExist)("is read completely from every recorded server", () => {
    let lists = 0
    for (const { file, response } of protocols.flatMap(recordingsOf)) {
      const body = (typeof response.body === "string" ? JSON.parse(response.body) : response.body) as Record<
        string,
        Array<unknown>
      >
      const rows = body.data ?? body.models ?? body.modelSummaries ?? []
      const { models } = Result.getOrThrow(decodePage(body))
      assert.strictEqual(models.length, rows.length, file)
      assert.isAbove(models.length, 0, file)
      for (const { id } of models) assert.notInclude(id, "models/", file)
      lists++
    }
    assert.strictEqual(lists, 9)
  })

  it("reads the details of models of OpenRouter, Mistral, Google, Groq and Cohere", () => {
    assert.deepStrictEqual(
      models({
        data: [
          {
            id: "a/b",
            name: "A: B",
            created: 1_733_961_600,
            context_length: 1000,
            top_provider: { max_completion_tokens: 50 },
            supported_parameters: ["tools", "seed", "structured_outputs"],
            architecture: { input_modalities: ["text", "image"] }
          }
        ]
      }),
      [
        {
          id: "a/b",
          name: "A: B",
          created: "2024-12-12",
          contextWindow: 1000,
          maxOutputTokens: 50,
          capabilities: ["tools", "structuredOutput", "vision"]
        }
      ]
    )
    assert.deepStrictEqual(
      models([{ id: "m", capabilities: { function_calling: true, vision: false }, max_context_length: 8 }]),
      [{ id: "m", contextWindow: 8, capabilities: ["tools"] }]
    )
    assert.deepStrictEqual(
      models({ models: [{ name: "models/g", displayName: "G", inputTokenLimit: 9, outputTokenLimit: 2 }] }),
      [{ id: "g", name: "G", contextWindow: 9, maxOutputTokens: 2 }]
    )
    assert.deepStrictEqual(models({ data: [{ id: "q", context_window: 7, max_completion_tokens: 3, created: 0 }] }), [
      { id: "q", contextWindow: 7, maxOutputTokens: 3 }
    ])
    assert.deepStrictEqual(models({ models: [{ name: "command", context_length: 5, features: ["tools"] }] }), [
      { id: "command", contextWindow: 5, capabilities: ["tools"] }
    ])
  })

  it("names the next page, if there is one", () => {
    const next = (body: object) => Result.getOrThrow(decodePage({ data: [], ...body })).next
    assert.strictEqual(next({ has_more: true, last_id: "x" }), "x")
    assert.isUndefined(next({ has_more: false, last_id: "x" }))
    assert.strictEqual(next({ nextPageToken: "t" }), "t")
    assert.strictEqual(next({ next_page_token: "t" }), "t")
  })

  it("of another form is an error that says so, and a row without an id is left out", () => {
    for (const body of [null, "<html>", { data: 1 }, 3]) assert.isTrue(Result.isFailure(decodePage(body)))
    assert.deepStrictEqual(models({ data: [{}, null, 1, { id: "x" }] }), [{ id: "x" }])
  })
})
