import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import type { EmbeddingRequest, EmbeddingResponse } from "effect-llm/domain/Embedding"
import { Bytes, type CallProtocol, Form } from "effect-llm/protocols/Protocol"
import { BedrockEmbeddings } from "effect-llm/protocols/embeddings/BedrockEmbeddings"
import { CohereEmbed } from "effect-llm/protocols/embeddings/CohereEmbed"
import { GoogleEmbeddings, VertexEmbeddings } from "effect-llm/protocols/embeddings/GoogleEmbeddings"
import {
  JinaEmbeddings,
  MistralEmbeddings,
  OpenAiEmbeddings,
  OpenRouterEmbeddings,
  VoyageEmbeddings
} from "effect-llm/protocols/embeddings/CompatibleEmbeddings"
import { OllamaEmbed } from "effect-llm/protocols/embeddings/OllamaEmbed"
import { fromBase64, toBase64 } from "effect-llm/protocols/embeddings/EmbeddingCodec"

type Embeddings = CallProtocol<EmbeddingRequest, EmbeddingResponse>

const sent = (protocol: Embeddings, request: EmbeddingRequest, model = "m") => {
  const encoded = Result.getOrThrow(protocol.encodeRequest(request, { provider: "p", model }))
  assert.isFalse(encoded.body instanceof Form || encoded.body instanceof Bytes)
  return { ...encoded, json: encoded.body as Record<string, unknown> }
}

const refused = (protocol: Embeddings, request: EmbeddingRequest, model = "m") => {
  const encoded = protocol.encodeRequest(request, { provider: "p", model })
  return Result.isFailure(encoded) ? encoded.failure : assert.fail("it was encoded")
}

const answered = (protocol: Embeddings, body: unknown, request: EmbeddingRequest, model = "m", headers = {}) =>
  protocol.decodeResponse(body, { provider: "p", model, request, headers })

const json = (u: unknown): unknown => JSON.parse(JSON.stringify(u))

describe("vectors in Base64", () => {
  it.prop(
    "are decoded as 32-bit floats",
    [Schema.Array(Schema.Finite)],
    ([numbers]) => {
      const floats = numbers.map(Math.fround).filter(Number.isFinite)
      assert.deepStrictEqual(fromBase64(toBase64(floats)), floats)
    },
    { arbitrary: { runs: 200 } }
  )

  it("are decoded as bytes for int8 and ubinary", () => {
    assert.deepStrictEqual(fromBase64("AH+A/w==", "int8"), [0, 127, -128, -1])
    assert.deepStrictEqual(fromBase64("AH+A/w==", "ubinary"), [0, 127, 128, 255])
    assert.isUndefined(fromBase64("AH+A/wA="))
    assert.isUndefined(fromBase64("no base64!"))
  })
})

describe("requests for embeddings", () => {
  const texts = Schema.NonEmptyArray(Schema.String)
  const dimensions = Schema.optional(Schema.Int.check(Schema.isGreaterThan(0)))
  const cases: ReadonlyArray<readonly [string, Embeddings, ReadonlyArray<string>, ReadonlyArray<string>]> = [
    ["openai", OpenAiEmbeddings, [], []],
    ["mistral", MistralEmbeddings, [], []],
    ["voyage", VoyageEmbeddings, ["query", "document"], ["none", "end"]],
    [
      "jina",
      JinaEmbeddings,
      ["query", "document", "similarity", "classification", "clustering", "code-query"],
      ["none", "end"]
    ],
    ["cohere", CohereEmbed, ["query", "document", "classification", "clustering"], ["none", "start", "end"]],
    ["google", GoogleEmbeddings, ["query", "document", "similarity", "question-answering", "fact-verification"], []],
    ["vertex", VertexEmbeddings, ["query", "document", "code-query"], ["none", "end"]],
    ["ollama", OllamaEmbed, [], ["none", "end"]]
  ]
  for (const [name, protocol, inputTypes, truncations] of cases) {
    it.prop(
      `survive the wire: ${name}`,
      {
        inputs: texts,
        dimensions: Schema.Struct({ dimensions }),
        inputType: Schema.Struct({ inputType: Schema.optional(Schema.Literals(["query", ...inputTypes])) }),
        truncate: Schema.Struct({ truncate: Schema.optional(Schema.Literals(["none", ...truncations])) })
      },
      (given) => {
        const request = {
          inputs: given.inputs,
          ...given.dimensions,
          ...(inputTypes.length === 0 ? {} : given.inputType),
          ...(truncations.length === 0 ? {} : given.truncate)
        } as EmbeddingRequest
        // Cohere and Bedrock want to be told what the vectors are for.
        const expected = name === "cohere" ? { ...request, inputType: request.inputType ?? "document" } : request
        const { json: body } = sent(protocol, request)
        const { format: _, ...decoded } = Result.getOrThrow(protocol.decodeRequest!(json(body), "m"))
        assert.deepStrictEqual(json(decoded), json({ model: "m", request: expected }))
      },
      { arbitrary: { runs: 30 } }
    )
  }

  it("may be token lists and images where the wire has fields for them", () => {
    const tokens = { inputs: [{ tokens: [1, 2] }, { tokens: [3] }] }
    assert.deepStrictEqual(sent(OpenAiEmbeddings, tokens).json.input, [[1, 2], [3]])
    const image = { type: "image" as const, data: new Uint8Array([1, 2]), mediaType: "image/png" }
    const seen = { inputs: [{ content: [{ type: "text" as const, text: "a logo" }, image] }] }
    assert.deepStrictEqual(sent(CohereEmbed, seen).json.inputs, [
      {
        content: [
          { type: "text", text: "a logo" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AQI=" } }
        ]
      }
    ])
    assert.deepStrictEqual(sent(GoogleEmbeddings, seen).json.requests, [
      {
        model: "models/m",
        content: { parts: [{ text: "a logo" }, { inlineData: { mimeType: "image/png", data: "AQI=" } }] }
      }
    ])
    assert.deepStrictEqual(sent(BedrockEmbeddings, seen, "amazon.titan-embed-image-v1").json, {
      inputText: "a logo",
      inputImage: "AQI="
    })
    assert.deepStrictEqual(
      sent(BedrockEmbeddings, { inputs: [{ content: [image] }] }, "amazon.nova-2-multimodal-embeddings-v1:0").json,
      {
        taskType: "SINGLE_EMBEDDING",
        singleEmbeddingParams: {
          embeddingPurpose: "GENERIC_INDEX",
          image: { format: "png", source: { bytes: "AQI=" } }
        }
      }
    )
    const nova = "amazon.nova-2-multimodal-embeddings-v1:0"
    const heard = {
      inputs: [{ content: [{ type: "audio" as const, data: new Uint8Array([1]), mediaType: "audio/mpeg" }] }]
    }
    const { json: body } = sent(BedrockEmbeddings, heard, nova)
    assert.deepInclude(body.singleEmbeddingParams, { audio: { format: "mp3", source: { bytes: "AQ==" } } })
    const decoded = Result.getOrThrow(BedrockEmbeddings.decodeRequest!(body, nova)).request
    assert.deepStrictEqual(sent(BedrockEmbeddings, decoded, nova).json, body)
    const voyage = sent(VoyageEmbeddings, { inputs: ["t", ...seen.inputs] }, "voyage-multimodal-3.5")
    assert.strictEqual(voyage.path, "/multimodalembeddings")
    assert.deepStrictEqual(voyage.json.inputs, [
      { content: [{ type: "text", text: "t" }] },
      {
        content: [
          { type: "text", text: "a logo" },
          { type: "image_base64", image_base64: "data:image/png;base64,AQI=" }
        ]
      }
    ])
    const again = Result.getOrThrow(VoyageEmbeddings.decodeRequest!(voyage.json)).request
    assert.deepStrictEqual(sent(VoyageEmbeddings, again, "voyage-multimodal-3.5").json, voyage.json)
    assert.deepStrictEqual(sent(OpenRouterEmbeddings, seen).json.input, sent(CohereEmbed, seen).json.inputs)
    assert.strictEqual(refused(VoyageEmbeddings, seen, "voyage-4")._tag, "UnsupportedParameterError")
    assert.deepStrictEqual(sent(JinaEmbeddings, { inputs: [{ content: [image] }] }).json.input, [{ image: "AQI=" }])
  })

  it("fail with the name of an unsupported parameter, or drop it with a warning", () => {
    const request: EmbeddingRequest = { inputs: ["a"], inputType: "query", dimensions: 3 }
    const error = refused(OpenAiEmbeddings, request)
    assert.strictEqual(error._tag, "UnsupportedParameterError")
    assert.deepInclude(json(error), { parameter: "inputType", provider: "p", model: "m" })
    const { json: body, warnings } = sent(OpenAiEmbeddings, { ...request, onUnsupported: "drop" })
    assert.deepStrictEqual(
      warnings.map(({ parameter }) => parameter),
      ["inputType"]
    )
    assert.deepStrictEqual(body, { model: "m", input: ["a"], dimensions: 3, encoding_format: "base64" })
    assert.deepInclude(json(refused(VoyageEmbeddings, { inputs: ["a"], inputType: "clustering" })), {
      _tag: "UnsupportedParameterError",
      parameter: "inputType"
    })
    assert.deepInclude(json(refused(OllamaEmbed, { inputs: [{ tokens: [1] }] })), { parameter: "inputs" })
    assert.deepInclude(json(refused(OllamaEmbed, { inputs: ["a"], truncate: "start" })), { parameter: "truncate" })
    assert.deepInclude(json(refused(GoogleEmbeddings, { inputs: ["a"], encoding: "int8" })), { parameter: "encoding" })
    assert.strictEqual(refused(CohereEmbed, { inputs: [] })._tag, "InvalidRequestError")
    assert.strictEqual(
      refused(BedrockEmbeddings, { inputs: ["a", "b"] }, "amazon.titan-embed-text-v2:0")._tag,
      "InvalidRequestError"
    )
  })

  it("carry the caller's own fields", () => {
    const own = { inputs: ["a"], providerOptions: { p: { truncate: true }, "ollama-embed": { keep_alive: "1h" } } }
    assert.deepStrictEqual(sent(OllamaEmbed, own).json, { model: "m", input: ["a"], truncate: true, keep_alive: "1h" })
    const titled = { inputs: ["a", "b"], providerOptions: { "google-embed-content": { title: "T" } } }
    assert.deepStrictEqual(
      (sent(GoogleEmbeddings, titled).json.requests as Array<{ title: string }>).map(({ title }) => title),
      ["T", "T"]
    )
  })

  it("are kept where they differ between inputs", () => {
    const ask = (...titles: ReadonlyArray<string>) =>
      GoogleEmbeddings.decodeRequest!(
        { requests: titles.map((title) => ({ content: { parts: [{ text: "a" }] }, title })) },
        "m"
      )
    assert.isTrue(Result.isSuccess(ask("T", "T")))
    assert.deepInclude(json(Result.getOrThrow(Result.flip(ask("T", "U")))), {
      _tag: "InvalidRequestError",
      at: "requests[1]"
    })
  })
})

describe("provider fields outside the domain model", () => {
  const again = (protocol: Embeddings, body: object, model: string) => {
    const { request } = Result.getOrThrow(protocol.decodeRequest!(body, model))
    return { json: json(sent(protocol, request, model).json), request }
  }
  const nova = "amazon.nova-2-multimodal-embeddings-v1:0"
  const ofNova = (singleEmbeddingParams: object) => ({ taskType: "SINGLE_EMBEDDING", singleEmbeddingParams })
  const bodies: ReadonlyArray<readonly [string, Embeddings, object, string]> = [
    [
      "places in S3",
      BedrockEmbeddings,
      ofNova({
        embeddingPurpose: "GENERIC_INDEX",
        text: { truncationMode: "END", source: { s3Location: { uri: "s3://shelf/book.txt" } } }
      }),
      nova
    ],
    [
      "another purpose, and how a video is seen",
      BedrockEmbeddings,
      ofNova({
        embeddingPurpose: "VIDEO_RETRIEVAL",
        video: {
          embeddingMode: "AUDIO_VIDEO_SEPARATE",
          format: "mp4",
          source: { s3Location: { uri: "s3://shelf/film.mp4", bucketOwner: "7" } }
        }
      }),
      nova
    ],
    [
      "several encodings of Titan",
      BedrockEmbeddings,
      { inputText: "a", normalize: false, embeddingTypes: ["binary", "float"] },
      "amazon.titan-embed-text-v2:0"
    ],
    [
      "several encodings of Cohere",
      CohereEmbed,
      { model: "m", input_type: "search_query", embedding_types: ["int8", "float"], texts: ["a"], max_tokens: 9 },
      "m"
    ],
    [
      "one image of Cohere",
      CohereEmbed,
      { model: "m", input_type: "image", embedding_types: ["float"], images: ["data:image/png;base64,AQI="] },
      "m"
    ],
    [
      "titles on Vertex",
      VertexEmbeddings,
      {
        instances: [{ content: "a", task_type: "RETRIEVAL_DOCUMENT", title: "A" }, { content: "b" }],
        parameters: { autoTruncate: true, other: 1 }
      },
      "m"
    ],
    ["texts and images of Jina", JinaEmbeddings, { model: "m", input: [{ text: "a" }, { image: "AQI=" }] }, "m"],
    [
      "files of Google",
      GoogleEmbeddings,
      {
        requests: [
          {
            model: "models/m",
            content: { parts: [{ fileData: { mimeType: "video/mp4", fileUri: "https://files.example/1" } }] }
          }
        ]
      },
      "m"
    ]
  ]
  for (const [name, protocol, body, model] of bodies) {
    it(`survives a request: ${name}`, () => assert.deepStrictEqual(again(protocol, body, model).json, body))
  }

  it("does not turn other inputs into text", () => {
    const decoded = VertexEmbeddings.decodeRequest!({ instances: [{ image: { gcsUri: "gs://a" } }] }, "m")
    assert.isTrue(Result.isFailure(decoded))
    const { request } = again(BedrockEmbeddings, { texts: ["a"], input_type: "clustering" }, "us.cohere.embed-v4:0")
    assert.strictEqual(request.inputType, "clustering")
    const profile = "arn:aws:bedrock:us-east-1:1:application-inference-profile/x"
    const named = Result.getOrThrow(BedrockEmbeddings.decodeRequest!({ texts: ["a", "b"] }, profile))
    assert.deepStrictEqual(named.request.inputs, ["a", "b"])
  })
})

describe("responses with embeddings", () => {
  it("are put in the order of the inputs", () => {
    const body = {
      data: [
        { index: 1, embedding: [2] },
        { index: 0, embedding: "AACAPw==" }
      ]
    }
    const answer = Result.getOrThrow(answered(OpenAiEmbeddings, body, { inputs: ["a", "b"] }))
    assert.deepStrictEqual(answer.embeddings, [[1], [2]])
  })

  it("fail if a vector is missing or unreadable", () => {
    for (const data of [[], [{ embedding: [1] }], [{ embedding: [1] }, { embedding: ["x"] }], "x", undefined]) {
      const answer = answered(OpenAiEmbeddings, { data }, { inputs: ["a", "b"] })
      assert.isTrue(Result.isFailure(answer) && answer.failure._tag === "ResponseParseError")
    }
    const failed = answered(OpenAiEmbeddings, { error: { message: "no", code: 429 } }, { inputs: ["a"] })
    assert.isTrue(Result.isFailure(failed) && failed.failure._tag === "ProviderFailure")
    for (const protocol of [CohereEmbed, GoogleEmbeddings, OllamaEmbed, VertexEmbeddings, BedrockEmbeddings]) {
      for (const body of [null, [], {}, { embeddings: null }, { embeddings: [[1], [2]] }, "x"]) {
        const answer = answered(protocol, body, { inputs: ["a"] })
        assert.isTrue(Result.isFailure(answer), `${protocol.id}: ${JSON.stringify(body)}`)
      }
    }
  })

  it("fail if vectors are empty, too many or of different lengths", () => {
    const detailOf = (...vectors: ReadonlyArray<ReadonlyArray<number> | string>) => {
      const body = { data: vectors.map((embedding) => ({ embedding })) }
      const answer = answered(OpenAiEmbeddings, body, { inputs: ["a", "b"] })
      return Result.isFailure(answer) && answer.failure._tag === "ResponseParseError"
        ? answer.failure.detail
        : undefined
    }
    assert.strictEqual(detailOf([1], [2]), undefined)
    assert.strictEqual(detailOf([1], []), "2 embeddings were requested, but only 1 could be read")
    assert.strictEqual(detailOf("", [1]), "2 embeddings were requested, but only 1 could be read")
    assert.strictEqual(detailOf([1], [2], [3]), "2 embeddings were requested, but 3 returned")
    assert.strictEqual(detailOf([1, 2], [3]), "the embeddings are of different lengths")
  })

  it("have the usage: input tokens, no output, and the provider's charge", () => {
    const usage = { prompt_tokens: 7, total_tokens: 7, cost: 1.4e-7 }
    const answer = Result.getOrThrow(
      answered(OpenAiEmbeddings, { data: [{ embedding: [1] }], usage }, { inputs: ["a"] })
    )
    assert.deepInclude(answer.usage.inputTokens, { total: 7, uncached: 7 })
    assert.strictEqual(answer.usage.outputTokens.total, 0)
    assert.strictEqual(answer.usage.reportedCost, "0.00000014")
    const titan = { embedding: [1], inputTextTokenCount: 4, embeddingsByType: { float: [1], binary: [0] } }
    const request: EmbeddingRequest = { inputs: ["a"], encoding: "binary" }
    const bits = Result.getOrThrow(answered(BedrockEmbeddings, titan, request, "amazon.titan-embed-text-v2:0"))
    assert.deepStrictEqual(bits.embeddings, [[0]])
    assert.strictEqual(bits.usage.inputTokens.total, 4)
    const inHead = { "x-amzn-bedrock-input-token-count": "5" }
    const cohere = Result.getOrThrow(
      answered(BedrockEmbeddings, { embeddings: [[1]] }, { inputs: ["a"] }, "cohere.embed-english-v3", inHead)
    )
    assert.strictEqual(cohere.usage.inputTokens.total, 5)
    const unknown = Result.getOrThrow(answered(OllamaEmbed, { embedding: [1] }, { inputs: ["a"] }))
    assert.isUndefined(unknown.usage.inputTokens.total)
  })
})
