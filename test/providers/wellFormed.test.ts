/**
 * Whatever strings an application, a model or a tool wrote, what is sent decodes to well-formed text: of every protocol
 * and of every other capability.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import { ConfigProvider, Effect, Result } from "effect"
import type * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import type { ChatRequest } from "../../src/domain/ChatRequest.ts"
import type { Exchange } from "../../src/domain/Capability.ts"
import type { Protocol } from "../../src/protocols/Protocol.ts"
import { OpenAiBatches } from "../../src/protocols/batches/OpenAiBatches.ts"
import { AnthropicBatches } from "../../src/protocols/batches/AnthropicBatches.ts"
import * as Embeddings from "../../src/protocols/embeddings/Embeddings.ts"
import { OpenAiEmbeddings } from "../../src/protocols/embeddings/CompatibleEmbeddings.ts"
import { OpenAiFiles } from "../../src/protocols/files/OpenAiFiles.ts"
import { GoogleFiles } from "../../src/protocols/files/GoogleFiles.ts"
import { OpenAiImages, XaiImages } from "../../src/protocols/images/OpenAiImages.ts"
import { GoogleImages } from "../../src/protocols/images/GoogleImages.ts"
import { MistralModerations, OpenAiModerations } from "../../src/protocols/moderation/Moderations.ts"
import { CohereRerank, JinaRerank, VoyageRerank } from "../../src/protocols/rerank/Rerank.ts"
import { MistralSpeech } from "../../src/protocols/speech/MistralSpeech.ts"
import { OpenAiSpeech } from "../../src/protocols/speech/OpenAiSpeech.ts"
import { DeepgramSpeak } from "../../src/protocols/speech/DeepgramSpeak.ts"
import { ElevenLabsSpeech } from "../../src/protocols/speech/ElevenLabsSpeech.ts"
import {
  AnthropicTokenCount,
  BedrockTokenCount,
  GoogleTokenCount,
  OpenAiTokenCount
} from "../../src/protocols/tokenCount/TokenCounts.ts"
import { DeepgramListen } from "../../src/protocols/transcription/DeepgramListen.ts"
import { ElevenLabsTranscription } from "../../src/protocols/transcription/ElevenLabsTranscription.ts"
import { OpenAiTranscription } from "../../src/protocols/transcription/OpenAiTranscription.ts"
import { knownProviders } from "../../src/providers/KnownProviders.ts"
import { OpenAi } from "../../src/providers/OpenAi.ts"
import { namesOf } from "../../src/client/ProviderDefinition.ts"
import { stringify, warning, wellFormed, wellFormedJson } from "../../src/protocols/wire/request/WellFormed.ts"
import * as Arb from "../domain/arbitraries.ts"

/** Halves of pairs, alone and side by side, among whole ones, escapes and texts that only look like escapes. */
const torn = Arbitrary.map(
  Arbitrary.array(Arb.literal("a", "\ud83d", "\udc4d", "\ud92c", "👍", "\\", '"', "\\ud83d", "\\\\udc4d", "{}", " "), {
    minLength: 1,
    maxLength: 8
  }),
  (parts) => parts.join("")
)

const torns = Arbitrary.array(torn, { minLength: 12, maxLength: 12 })

/** A conversation in which every place that can hold a string holds one of these. */
const requestOf = (strings: ReadonlyArray<string>): ChatRequest => {
  const s = (index: number) => strings[index % strings.length] ?? ""
  const input = { [s(3)]: s(4), list: [s(5), { deep: s(6) }] }
  const written = JSON.stringify(input)
  return {
    messages: [
      { role: "system", content: [{ type: "text", text: s(0) }] },
      { role: "user", content: [{ type: "text", text: `x${s(1)}` }] },
      {
        role: "assistant",
        content: [
          { type: "text", text: `x${s(2)}` },
          { type: "tool-call", id: "call1", name: "f", input },
          { type: "tool-call", id: "call2", name: "f", input, rawInput: written.replace("{", "{ ") },
          { type: "tool-call", id: "call3", name: "f", rawInput: `{ "cut": "\\ud83d ${s(7)}` }
        ]
      },
      {
        role: "tool",
        content: [
          { type: "tool-result", id: "call1", output: s(8) },
          { type: "tool-result", id: "call2", output: written },
          { type: "tool-result", id: "call3", output: [{ type: "text", text: `x${s(9)}` }] }
        ]
      }
    ],
    tools: [
      {
        name: "f",
        description: s(10),
        inputSchema: {
          type: "object",
          properties: { word: { type: "string", description: s(11), enum: [`x${s(0)}`] } }
        }
      }
    ],
    user: s(1),
    metadata: { name: s(2) },
    onUnsupported: "drop"
  }
}

/** The places at which a value, or JSON within it, holds a lone surrogate. */
const tornPlaces = (value: unknown, at = "$"): ReadonlyArray<string> => {
  if (typeof value === "string") {
    if (!value.isWellFormed()) return [at]
    const inner = /^\s*[{[]/.test(value)
      ? Result.getOrUndefined(Result.try(() => JSON.parse(value) as unknown))
      : undefined
    // What a tool said in JSON of its own is a text to the provider.
    return inner === undefined || !/\.(arguments|input|schema)$/.test(at) ? [] : tornPlaces(inner, `${at}~`)
  }
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value)
    .flatMap(([key, inner]) => [key.isWellFormed() ? [] : [`${at}.${key}`], tornPlaces(inner, `${at}.${key}`)])
    .flat()
}

const bytesOf = (body: HttpBody.HttpBody): Effect.Effect<string> => {
  const read = (bytes: Uint8Array | ArrayBuffer) => new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  switch (body._tag) {
    case "Uint8Array":
      return Effect.succeed(read(body.body))
    case "FormData":
      return Effect.map(
        Effect.promise(() => new Response(body.formData).arrayBuffer()),
        read
      )
    default:
      return Effect.succeed("")
  }
}

/** A service at an address of which nothing is known. */
const serviceWith = (maker: (typeof knownProviders)[number]) =>
  Effect.provide(
    maker.make,
    ConfigProvider.layer(
      ConfigProvider.fromUnknown({
        [namesOf(maker.definition).keyNames[0]]: "key-0123456789",
        [namesOf(maker.definition).baseUrl]: "http://127.0.0.1:1",
        WATSONX_TOKEN: "token-0123456789",
        WATSONX_PROJECT_ID: "project",
        GOOGLE_VERTEX_ACCESS_TOKEN: "token-0123456789",
        GOOGLE_VERTEX_PROJECT: "p"
      })
    )
  )

/** The JSON objects and arrays in a body: the whole of it, or lines of it. A form's text may itself look like JSON. */
const jsonIn = (body: string): ReadonlyArray<unknown> =>
  body
    .split("\n")
    .filter((line) => /^[[{]/.test(line))
    .flatMap((line) =>
      Result.getOrElse(
        Result.try((): Array<unknown> => [JSON.parse(line)]),
        () => []
      )
    )

/** One provider of each protocol. */
const chats = new Set([
  "openai",
  "openai-responses",
  "anthropic",
  "google",
  "bedrock",
  "bedrock-anthropic",
  "cohere",
  "mistral",
  "ollama",
  "watsonx",
  "google-vertex-anthropic"
])

/** What is asked beside chats, with these strings wherever there is place for one. */
const asked = (s: (index: number) => string): ReadonlyArray<readonly [Protocol<Exchange>, object]> => {
  const chat = requestOf(Array.from({ length: 12 }, (_, index) => s(index)))
  const bytes = Uint8Array.from([1, 2, 3])
  return [
    [OpenAiEmbeddings, { inputs: [s(0), s(1)], user: s(2) }],
    ...[
      Embeddings.CohereEmbed,
      Embeddings.GoogleEmbeddings,
      Embeddings.JinaEmbeddings,
      Embeddings.MistralEmbeddings,
      Embeddings.NvidiaEmbeddings,
      Embeddings.OllamaEmbed,
      Embeddings.VertexEmbeddings,
      Embeddings.VoyageEmbeddings
    ].map((protocol) => [protocol, { inputs: [`x${s(0)}`, `x${s(1)}`] }]),
    [Embeddings.BedrockEmbeddings, { inputs: [`x${s(0)}`] }],
    [CohereRerank, { query: s(0), documents: [s(1), s(2)] }],
    [JinaRerank, { query: s(0), documents: [s(1), s(2)] }],
    [VoyageRerank, { query: s(0), documents: [s(1), s(2)] }],
    [OpenAiModerations, { inputs: [s(0)] }],
    [MistralModerations, { inputs: [s(0)] }],
    [MistralSpeech, { text: s(0), voice: s(1) }],
    [ElevenLabsTranscription, { audio: bytes, fileName: `${s(0)}.mp3`, language: s(1) }],
    [DeepgramListen, { audio: bytes, language: s(0) }],
    [XaiImages, { prompt: s(0), user: s(1) }],
    [GoogleImages, { prompt: s(0) }],
    [GoogleTokenCount, chat],
    [OpenAiTokenCount, chat],
    [BedrockTokenCount, chat],
    [OpenAiSpeech, { text: s(0), voice: s(1), instructions: s(2) }],
    [ElevenLabsSpeech, { text: s(0), voice: s(1) }],
    [DeepgramSpeak, { text: s(0) }],
    [OpenAiTranscription, { audio: bytes, fileName: `${s(0)}.mp3`, prompt: s(1) }],
    [OpenAiImages, { prompt: s(0), user: s(1) }],
    [OpenAiImages, { prompt: s(0), images: [{ data: bytes, fileName: s(1) }] }],
    [OpenAiFiles.upload, { data: bytes, name: s(0), purpose: "batch" }],
    [GoogleFiles.upload, { data: bytes, name: s(0), mediaType: "text/plain" }],
    [OpenAiBatches.upload, { items: [{ customId: s(0), request: chat }] }],
    [AnthropicBatches.create, { items: [{ customId: s(0), request: chat }] }],
    [AnthropicTokenCount, chat]
  ] as ReadonlyArray<readonly [unknown, object]> as ReadonlyArray<readonly [Protocol<Exchange>, object]>
}

describe("a sent request", () => {
  const sent: Array<string> = []
  const client = HttpClient.make((request) =>
    Effect.map(bytesOf(request.body), (text) => {
      sent.push(text)
      return HttpClientResponse.fromWeb(request, new Response("{}", { status: 500 }))
    })
  )
  const serviceOf = (maker: (typeof knownProviders)[number]) =>
    Effect.provideService(serviceWith(maker), HttpClient.HttpClient, client)

  for (const maker of knownProviders.filter(({ definition: { id } }) => chats.has(id))) {
    it.effect.prop(
      `is well-formed in every chat of ${maker.definition.id}`,
      [torns],
      Effect.fnUntraced(function* ([strings]) {
        const service = yield* serviceOf(maker)
        sent.length = 0
        const error = yield* Effect.flip(service.generate("m", requestOf(strings)))
        assert.strictEqual(error._tag, "ServerError", error.message)
        for (const text of sent) assert.deepStrictEqual(tornPlaces(JSON.parse(text)), [], text)
      }),
      { arbitrary: { runs: 15 } }
    )
  }

  it.effect.prop(
    "is well-formed in every other call",
    [torns],
    Effect.fnUntraced(function* ([strings]) {
      const service = yield* serviceOf(OpenAi)
      for (const [protocol, request] of asked((index) => strings[index % strings.length] ?? "")) {
        sent.length = 0
        const error = yield* Effect.flip(
          service.using?.(protocol).generate("m", request) ?? Effect.die("it only chats")
        )
        assert.strictEqual(error._tag, "ServerError", `${protocol.id}: ${error.message}`)
        assert.lengthOf(sent, 1)
        for (const json of jsonIn(sent[0] ?? "")) assert.deepStrictEqual(tornPlaces(json), [], protocol.id)
      }
    }),
    { arbitrary: { runs: 15 } }
  )

  it.effect("is rejected if the model's name is malformed, since it may be part of the path", () =>
    Effect.gen(function* () {
      for (const maker of knownProviders.filter(({ definition: { id } }) => chats.has(id))) {
        const service = yield* serviceOf(maker)
        const error = yield* Effect.flip(service.generate("m\ud83d", requestOf(["x"])))
        assert.strictEqual(error._tag === "InvalidRequestError" && error.at, "model")
      }
    })
  )

  it.effect("warns that a text was changed", () =>
    Effect.gen(function* () {
      const answering = HttpClient.make((request) =>
        Effect.succeed(
          HttpClientResponse.fromWeb(request, Response.json({ choices: [{ message: { content: "ok" } }] }))
        )
      )
      const service = yield* Effect.provideService(serviceWith(OpenAi), HttpClient.HttpClient, answering)
      const warningsOf = (text: string) =>
        Effect.map(
          service.generate("m", { messages: [{ role: "user", content: [{ type: "text", text }] }] }),
          (answer) => answer.warnings.map(({ message }) => message)
        )
      assert.deepStrictEqual(yield* warningsOf("cut \ud83d here"), [warning])
      assert.deepStrictEqual(yield* warningsOf('whole 👍 and "\\ud83d" in words'), [])
    })
  )
})

describe("making text well-formed", () => {
  it.prop("changes nothing but malformed text", [torn], ([text]) => {
    const request = { text, list: [text, { [text]: 1 }] }
    const mended = wellFormed(request)
    assert.strictEqual(mended === request, text.isWellFormed())
    assert.deepStrictEqual(mended, {
      text: text.toWellFormed(),
      list: [text.toWellFormed(), { [text.toWellFormed()]: 1 }]
    })
    assert.deepStrictEqual(JSON.parse(stringify(request)), mended)
  })

  it.prop("reads the escapes of JSON as JSON does", [torn], ([text]) => {
    assert.deepStrictEqual(JSON.parse(wellFormedJson(JSON.stringify(text))), text.toWellFormed())
  })

  it("leaves bytes and other non-plain objects alone", () => {
    const request = { bytes: Uint8Array.of(1), when: new Date(0) }
    assert.strictEqual(wellFormed(request), request)
  })
})
