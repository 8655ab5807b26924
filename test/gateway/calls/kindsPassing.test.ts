import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { post, recorder, serve } from "./upstream.ts"

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
  "embedding   ": {
    provider: "openai",
    path: "/v1/embeddings",
    body: { input: "Hi", encoding_format: "base64" },
    said: `{"object":"list","data":[{"index":0,"embedding":"AACAPwAAAEA=","acme":1}],"model":"a",${usage},"acme":1.0}`
  },
  "image ": {
    provider: "openai",
    path: "/v1/images/generations",
    body: { prompt: "Hi", response_format: "b64_json" },
    said: '{"created":1.0,"data":[{"b64_json":"aGk=","acme":1}],"acme":1.0}'
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
  const { address } = yield* recorder(200, said)
  const url = yield* serve(
    `providers: { ${provider}: { key: sk-upstream-secret-1234567890, baseUrl: "${address}" } }
models: { m: { kind: ${kind.trim()}, deployments: [${provider}/acme] } }`
  )
  return yield* post(url + path, { model: "m", ...body })
})

/** The fields that every kind is sent with, and how they are to arrive. */
const acme = '"acme":{"9":1,"1":2,"n":1.0,"id":12345678901234567890}'

/** What a client wants written down, in a format. */
const recording = (format: string): string =>
  Object.entries({ model: "m", response_format: format, 'file"; filename="a.wav': "RIFF" })
    .map(([name, value]) => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join("") + "--b--\r\n"

const written = Effect.fnUntraced(function* (format: string, said: string) {
  const { address } = yield* recorder(200, said)
  const url = yield* serve(`
providers: { openai: { key: sk-upstream-secret-1234567890, baseUrl: "${address}" } }
models: { m: { kind: transcription, deployments: [openai/acme] } }`)
  const headers = { "content-type": "multipart/form-data; boundary=b" }
  return yield* post(`${url}/v1/audio/transcriptions`, recording(format), headers)
})

describe("speech as events", () => {
  const delta = 'event: speech.audio.delta\ndata: {"acme":1.0,"type":"speech.audio.delta","audio":"AQID"}\n\n'
  const done =
    'data: {"type":"speech.audio.done","usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3},"acme":1.0}\n\n'
  const spoken = Effect.fnUntraced(function* (said: string) {
    const { address } = yield* recorder(200, said, "text/event-stream")
    const url = yield* serve(`
providers: { openai: { key: sk-upstream-secret-1234567890, baseUrl: "${address}" } }
models: { m: { kind: speech, deployments: [openai/acme] } }`)
    return yield* post(`${url}/v1/audio/speech`, { model: "m", input: "Hi", voice: "alloy", stream_format: "sse" })
  })

  it.live("are the provider's, byte for byte", () =>
    Effect.gen(function* () {
      const said = `: a comment\n\n${delta}${delta}${done}`
      const { headers, text } = yield* spoken(said)
      assert.strictEqual(text, said)
      assert.match(headers["content-type"] ?? "", /^text\/event-stream/)
    })
  )

  it.live("end with an error where the provider's do not end", () =>
    Effect.gen(function* () {
      const { text } = yield* spoken(delta)
      assert.isTrue(text.startsWith(delta), text)
      assert.match(text, /^event: error\ndata: \{"error":/m)
    })
  )
})

const timed =
  '{"task":"transcribe","language":"en","duration":3.10,"text":"Hi","segments":[{"id":0,"start":0.0,"end":1.50,"text":"Hi","acme":1}],"acme":1.0}'

describe("a transcription by a server of any name", () => {
  for (const [format, said] of [
    ["json", '{"text":"Hi","acme":1.0,"usage":{"type":"duration","seconds":3}}'],
    ["verbose_json", timed]
  ] as const)
    it.live(`is the provider's, byte for byte, as ${format}`, () =>
      Effect.gen(function* () {
        const { status, text } = yield* written(format, said)
        assert.strictEqual(text, said)
        assert.strictEqual(status, 200)
      })
    )

  it.live("has times, so that it can be subtitles", () =>
    Effect.gen(function* () {
      assert.include((yield* written("srt", timed)).text, "00:00:00,000 --> 00:00:01,500\nHi")
    })
  )
})

const counts: { readonly [path: string]: readonly [provider: string, body: object, said: string] } = {
  "/v1/messages/count_tokens": [
    "anthropic",
    { messages: [{ role: "user", content: "Hi" }] },
    '{"input_tokens":7,"acme":1.0}'
  ],
  "/v1/responses/input_tokens": ["openai", { input: "Hi" }, '{"object":"response.input_tokens","input_tokens":7.0}'],
  "/v1beta/models/m:countTokens": [
    "google",
    { contents: [{ parts: [{ text: "Hi" }] }] },
    '{"totalTokens":7,"promptTokensDetails":[{"modality":"TEXT","tokenCount":7}],"acme":1.0}'
  ]
}

describe("a count of tokens", () => {
  for (const [path, [provider, body, said]] of Object.entries(counts))
    it.live(`is the provider's, byte for byte, of all fields that it was sent, at ${path}`, () =>
      Effect.gen(function* () {
        const { address, seen } = yield* recorder(200, said)
        const url = yield* serve(`
providers: { ${provider}: { key: sk-upstream-secret-1234567890, baseUrl: "${address}" } }
models: { m: ${provider}/acme }`)
        const sent = JSON.stringify({ model: "m", ...body, acme: { a: 1 } })
        const { headers, text } = yield* post(url + path, sent)
        assert.strictEqual(text, said)
        assert.strictEqual(headers["x-effect-llm-token-counter"], "provider")
        assert.include(seen(), '"acme":{"a":1}')
      })
    )
})

describe("within one dialect", () => {
  for (const [kind, { body, path, provider, said }] of Object.entries(kinds))
    // Google's have all of that once more for each text.
    if (provider !== "google")
      it.live(`numbers and keys of a request of ${kind.trim()} arrive as they are written, at ${path}`, () =>
        Effect.gen(function* () {
          const { address, seen } = yield* recorder(200, said)
          const url = yield* serve(`
providers: { ${provider}: { key: sk-upstream-secret-1234567890, baseUrl: "${address}" } }
models: { m: { kind: ${kind.trim()}, deployments: [${provider}/acme] } }`)
          const { status, text } = yield* post(
            url + path,
            JSON.stringify({ acme: 0, ...body, model: "m" }).replace('"acme":0', acme)
          )
          assert.strictEqual(status, 200, text)
          assert.isTrue(seen().startsWith(`{${acme},`), seen())
          assert.include(seen(), '"model":"acme"')
        })
      )

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

describe("across dialects", () => {
  it.live("a field that only the client's protocol has is left out and named, and a format that all have is not", () =>
    Effect.gen(function* () {
      const { headers, status, text } = yield* served("embedding", {
        provider: "cohere",
        path: "/v1/embeddings",
        body: { input: "Hi", encoding_format: "float", acme: 1 },
        said: '{"id":"x","embeddings":{"float":[[0.1]]},"meta":{"billed_units":{"input_tokens":1}}}'
      })
      assert.strictEqual(status, 200, text)
      assert.include(headers["x-effect-llm-warning"], "acme is known to openai-embeddings only, and was left out")
      assert.notInclude(headers["x-effect-llm-warning"], "encoding_format")
    })
  )
})
