import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { post, serve, upstream } from "./upstream.ts"

interface Kind {
  readonly provider: string
  readonly path: string
  readonly body: object
  readonly said: string
}

const usage = '"usage":{"prompt_tokens":1,"total_tokens":1}'

/** What a provider says of each kind, with fields and numbers that nobody here writes. */
const kinds: { readonly [kind: string]: Kind } = {
  embedding: {
    provider: "openai",
    path: "/v1/embeddings",
    body: { input: "Hi" },
    said: `{"object":"list","data":[{"index":0,"embedding":[0.10,1E-7],"acme":1}],"model":"a",${usage},"acme":1.0}`
  },
  "embedding ": {
    provider: "google",
    path: "/v1beta/models/m:batchEmbedContents",
    body: { requests: [{ model: "models/m", content: { parts: [{ text: "Hi" }] } }] },
    said: '{"embeddings":[{"values":[0.10]}],"acme":1.0}'
  },
  "embedding  ": {
    provider: "ollama",
    path: "/api/embed",
    body: { input: "Hi" },
    said: '{"model":"a","embeddings":[[0.10]],"total_duration":5,"acme":1.0}'
  },
  image: {
    provider: "openai",
    path: "/v1/images/generations",
    body: { prompt: "Hi" },
    said: '{"created":1,"data":[{"b64_json":"aGk=","acme":1}],"acme":1.0}'
  },
  moderation: {
    provider: "openai",
    path: "/v1/moderations",
    body: { input: "Hi" },
    said: '{"id":"m","model":"a","results":[{"flagged":true,"categories":{"acme/new":true},"category_scores":{"acme/new":0.90}}]}'
  },
  rerank: {
    provider: "cohere",
    path: "/v2/rerank",
    body: { query: "q", documents: ["a", "b"] },
    said: '{"id":"r","results":[{"index":1,"relevance_score":0.90}],"meta":{"acme":1.0}}'
  }
}

/** The same where a client wants a format that the provider was not asked for. */
const formats: ReadonlyArray<Kind> = [
  {
    provider: "google",
    path: "/v1beta/models/m:embedContent",
    body: { content: { parts: [{ text: "Hi" }] } },
    said: '{"embeddings":[{"values":[0.10]}],"acme":1.0}'
  },
  {
    provider: "cohere",
    path: "/v1/rerank",
    body: { query: "q", documents: ["a", "b"], return_documents: true },
    said: '{"id":"r","results":[{"index":1,"relevance_score":0.90}],"meta":{"acme":1.0}}'
  }
]

const served = Effect.fnUntraced(function* (kind: string, { body, path, provider, said }: Kind) {
  const address = yield* upstream((_, outgoing) => {
    outgoing.writeHead(200, { "content-type": "application/json" }).end(said)
  })
  const url = yield* serve(
    `providers: { ${provider}: { key: sk-upstream-secret-1234567890, baseUrl: "${address}" } }
models: { m: { kind: ${kind.trim()}, deployments: [${provider}/acme] } }`
  )
  return yield* post(url + path, { model: "m", ...body })
})

describe("within one dialect", () => {
  for (const [kind, tried] of Object.entries(kinds))
    it.live(`a response of ${kind.trim()} is the provider's, byte for byte, at ${tried.path}`, () =>
      Effect.gen(function* () {
        const { headers, status, text } = yield* served(kind, tried)
        assert.strictEqual(status, 200, text)
        assert.strictEqual(text, tried.said)
        assert.match(headers["content-type"] ?? "", /^application\/json/)
        assert.isDefined(headers["x-effect-llm-cost"])
      })
    )

  it.live("a client that wants another format has that", () =>
    Effect.gen(function* () {
      const [single, withDocuments] = formats
      assert.deepStrictEqual(JSON.parse((yield* served("embedding", single ?? assert.fail())).text), {
        embedding: { values: [0.1] }
      })
      assert.deepStrictEqual(JSON.parse((yield* served("rerank", withDocuments ?? assert.fail())).text).results, [
        { index: 1, relevance_score: 0.9, document: { text: "b" } }
      ])
    })
  )
})
