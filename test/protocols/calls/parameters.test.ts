import { assert, describe, it } from "@effect/vitest"
import { Bytes, type CallProtocol, type EncodedCall, Form } from "effect-llm/protocols/Protocol"
import { Result } from "effect"
import type { CallRequest } from "effect-llm/domain/CallRequest"
import * as Embeddings from "../../../src/protocols/embeddings/Embeddings.ts"
import { GoogleImages } from "../../../src/protocols/images/GoogleImages.ts"
import * as OpenAiForm from "../../../src/protocols/images/OpenAiImages.ts"
import * as Moderations from "../../../src/protocols/moderation/Moderations.ts"
import * as Rerank from "../../../src/protocols/rerank/Rerank.ts"
import * as Speech from "../../../src/protocols/speech/Speech.ts"
import * as Transcriptions from "../../../src/protocols/transcription/Transcriptions.ts"
import type { EmbeddingRequest } from "../../../src/domain/Embedding.ts"
import type { ImageRequest } from "../../../src/domain/Image.ts"
import type { Json } from "../../../src/domain/Json.ts"
import type { ModerationRequest } from "../../../src/domain/Moderation.ts"
import type { RerankRequest } from "../../../src/domain/Rerank.ts"
import type { SpeechRequest } from "../../../src/domain/Speech.ts"
import type { TranscriptionRequest } from "../../../src/domain/Transcription.ts"
import type { CallParameters } from "../../../src/protocols/wire/CallCodec.ts"
import { assertSame, json } from "../halves.ts"
import { changeOf, mergePatch } from "../mergePatch.ts"

const isRaw = (body: unknown): body is Form | Bytes => body instanceof Form || body instanceof Bytes

/** A request with nothing but what it must have, and a value of every other parameter with what it needs beside it. */
interface Capability<Request extends CallRequest> {
  readonly bare: Request
  readonly examples: { readonly [P in keyof CallParameters<Request>]-?: Partial<Request> }
}

const own = { user: { user: "u" }, serviceTier: { serviceTier: "flex" } }
const image = { data: new Uint8Array([1]), mediaType: "image/png" }

const embedding: Capability<EmbeddingRequest> = {
  bare: { inputs: ["a"] },
  examples: {
    inputs: { inputs: ["b"] },
    dimensions: { dimensions: 8 },
    inputType: { inputType: "query" },
    truncate: { truncate: "end" },
    encoding: { encoding: "binary" },
    ...own
  }
}
const images: Capability<ImageRequest> = {
  bare: { prompt: "a" },
  examples: {
    prompt: { prompt: "b" },
    images: { images: [image] },
    mask: { mask: image, images: [image] },
    negativePrompt: { negativePrompt: "c" },
    n: { n: 2 },
    size: { size: "2K" },
    aspectRatio: { aspectRatio: "16:9" },
    quality: { quality: "high" },
    style: { style: "vivid" },
    background: { background: "opaque" },
    mediaType: { mediaType: "image/webp" },
    compression: { compression: 50 },
    seed: { seed: 1 },
    responseFormat: { responseFormat: "url" },
    ...own
  }
}
const moderation: Capability<ModerationRequest> = {
  bare: { inputs: ["a"] },
  examples: { inputs: { inputs: ["b"] }, ...own }
}
const rerank: Capability<RerankRequest> = {
  bare: { query: "a", documents: ["b"] },
  examples: {
    query: { query: "c" },
    documents: { documents: ["d"] },
    topN: { topN: 1 },
    maxTokensPerDocument: { maxTokensPerDocument: 9 },
    returnDocuments: { returnDocuments: true },
    truncate: { truncate: "end" },
    ...own
  }
}
const speech: Capability<SpeechRequest> = {
  bare: { text: "a" },
  examples: {
    text: { text: "b" },
    voice: { voice: "v" },
    instructions: { instructions: "softly" },
    format: { format: "wav" },
    sampleRate: { sampleRate: 8000, format: "wav" },
    speed: { speed: 1.5 },
    language: { language: "fr" },
    seed: { seed: 1 },
    ...own
  }
}
const transcription: Capability<TranscriptionRequest> = {
  bare: { audio: new Uint8Array([1]) },
  examples: {
    audio: { audio: new Uint8Array([2]) },
    mediaType: { mediaType: "audio/flac" },
    fileName: { fileName: "a.flac" },
    language: { language: "fr" },
    prompt: { prompt: "names" },
    temperature: { temperature: 0.3 },
    timestamps: { timestamps: ["segment"] },
    diarize: { diarize: true },
    translate: { translate: true },
    ...own
  }
}

const options = { provider: "acme", model: "some-model" }

/** Parameters of files, which have no place where the bytes go as they are. */
const ofFiles = new Set(["fileName", "mediaType"])

const said = ({ body, headers, path }: EncodedCall): string =>
  JSON.stringify([path, headers, body], (_key, value: unknown) => (value instanceof Uint8Array ? [...value] : value))

const check = <Request extends CallRequest>(
  name: string,
  protocol: CallProtocol<Request, never, never> | Pick<CallProtocol<Request, never, never>, "id" | "encodeRequest">,
  { bare, examples }: Capability<Request>,
  model = options.model
) => {
  const encode = (request: Request) => protocol.encodeRequest(request, { ...options, model })

  it(`sends, rejects or warns of each parameter: ${name}`, () => {
    for (const [parameter, example] of Object.entries<Partial<Request>>(examples)) {
      const request = { ...bare, ...example }
      const sent = encode(request)
      if (Result.isFailure(sent)) {
        assert.include(Object.keys(example), (sent.failure as { readonly parameter?: string }).parameter)
        const { warnings } = Result.getOrThrow(encode({ ...request, onUnsupported: "drop" }))
        assert.include(
          warnings.map((warning) => warning.parameter),
          parameter
        )
      } else {
        const without = Result.getOrThrow(encode({ ...request, [parameter]: bare[parameter as keyof Request] }))
        const isCarried = said(sent.success) !== said(without)
        const isWarned = sent.success.warnings.some((warning) => warning.parameter === parameter)
        assert.isTrue(isCarried || isWarned || ofFiles.has(parameter), parameter)
      }
    }
  })

  it(`treats an empty list as absent: ${name}`, () => {
    for (const parameter of ["images", "timestamps"].filter((one) => one in examples)) {
      assert.deepStrictEqual(encode({ ...bare, [parameter]: [] }), encode(bare))
    }
    assert.deepStrictEqual(encode({ ...bare, providerOptions: {}, headers: {} }), encode(bare))
  })

  const first = Result.getOrThrow(encode({ ...bare, onUnsupported: "drop" }))
  const base = first.body !== undefined && !isRaw(first.body) && !("requests" in first.body) ? first.body : undefined
  if (base === undefined) return
  it.prop(
    `sends the body with the provider's options merged into it: ${name}`,
    [changeOf(json(base) as Json, ["stream"])],
    ([change]) => {
      for (const id of [options.provider, protocol.id]) {
        const { body } = Result.getOrThrow(encode({ ...bare, providerOptions: { [id]: change } }))
        assertSame(body !== undefined && !isRaw(body) && json(body), mergePatch(json(base) as Json, change))
      }
    },
    { arbitrary: { runs: 20 } }
  )
}

describe("every protocol of a call", () => {
  for (const [name, protocol] of Object.entries(Embeddings)) check(name, protocol as never, embedding)
  check("BedrockEmbeddings with nova", Embeddings.BedrockEmbeddings as never, embedding, "amazon.nova-2-embed-v1:0")
  check("BedrockEmbeddings with cohere", Embeddings.BedrockEmbeddings as never, embedding, "cohere.embed-v4:0")
  for (const [name, protocol] of Object.entries({ ...OpenAiForm, GoogleImages })) check(name, protocol as never, images)
  check("GoogleImages with gemini", GoogleImages as never, images, "gemini-3-flash-image")
  check("GoogleImages with imagen", GoogleImages as never, images, "imagen-4.0-generate-001")
  check("OpenAiImages with DALL·E", OpenAiForm.OpenAiImages as never, images, "dall-e-3")
  for (const [name, protocol] of Object.entries(Moderations)) check(name, protocol as never, moderation)
  for (const [name, protocol] of Object.entries(Rerank)) check(name, protocol as never, rerank)
  for (const [name, protocol] of Object.entries(Speech)) check(name, protocol as never, speech)
  check(
    "DeepgramSpeak with a family",
    Speech.DeepgramSpeak as never,
    { ...speech, bare: { text: "a", voice: "b" } },
    "aura-2"
  )
  for (const [name, protocol] of Object.entries(Transcriptions)) check(name, protocol as never, transcription)
})

describe("options of a call", () => {
  it("go into each request of a Gemini batch, and null removes a field", () => {
    const { body } = Result.getOrThrow(
      Embeddings.GoogleEmbeddings.encodeRequest(
        {
          inputs: ["a", "b"],
          inputType: "query",
          dimensions: 5,
          providerOptions: { acme: { taskType: null, title: "t", content: { role: "user" } } }
        },
        options
      )
    )
    const one = (text: string) => ({
      model: "models/some-model",
      content: { parts: [{ text }], role: "user" },
      outputDimensionality: 5,
      title: "t"
    })
    assert.deepStrictEqual(json(body), { requests: [one("a"), one("b")] })
  })
})

describe("embeddings of Vertex AI", () => {
  const sent = (model: string, request: EmbeddingRequest) => {
    const { body, path } = Result.getOrThrow(
      Embeddings.VertexEmbeddings.encodeRequest(request, { provider: "google-vertex", model })
    )
    return { path, body: json(isRaw(body) ? undefined : body) as Json }
  }

  it("use embedContent for models without predict", () => {
    for (const model of ["gemini-embedding-2", "gemini-embedding-2-preview", "intfloat/multilingual-e5-small-maas"]) {
      assert.deepStrictEqual(sent(model, { inputs: ["Hello"] }), {
        path: `/models/${model}:embedContent`,
        body: { content: { parts: [{ text: "Hello" }] } }
      })
      assert.strictEqual(Embeddings.VertexEmbeddings.limits?.(model).inputs, 1)
    }
    for (const model of ["gemini-embedding-001", "text-embedding-005", "text-multilingual-embedding-002"]) {
      assert.strictEqual(sent(model, { inputs: ["Hello"] }).path, `/models/${model}:predict`)
    }
  })

  it("have their parameters within embedContentConfig, and survive the wire", () => {
    const request: EmbeddingRequest = { inputs: ["a"], dimensions: 768, inputType: "query", truncate: "none" }
    const { body } = sent("gemini-embedding-2", request)
    assert.deepStrictEqual(body, {
      content: { parts: [{ text: "a" }] },
      embedContentConfig: { outputDimensionality: 768, taskType: "RETRIEVAL_QUERY", autoTruncate: false }
    })
    const decoded = Result.getOrThrow(Embeddings.VertexEmbeddings.decodeRequest!(body, "gemini-embedding-2"))
    assert.deepStrictEqual(json(decoded.request), request)
  })

  it("of one call are one input, and the response is read", () => {
    const options = { provider: "google-vertex", model: "gemini-embedding-2" }
    const two = Embeddings.VertexEmbeddings.encodeRequest({ inputs: ["a", "b"] }, options)
    assert.isTrue(Result.isFailure(two))
    const answer = Embeddings.VertexEmbeddings.decodeResponse(
      { embedding: { values: [0.1, 0.2] }, usageMetadata: { promptTokenCount: 11 } },
      { ...options, request: { inputs: ["a"] }, headers: {} }
    )
    const { embeddings, usage } = Result.getOrThrow(answer)
    assert.deepStrictEqual(embeddings, [[0.1, 0.2]])
    assert.strictEqual(usage.inputTokens.total, 11)
  })
})
