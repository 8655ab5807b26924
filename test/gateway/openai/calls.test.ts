/** Everything of OpenAI's that is no chat, on real sockets. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { fromBase64 } from "effect-llm/protocols/embeddings/EmbeddingCodec"
import { gzipSync } from "node:zlib"
import { gateway } from "../gateway.ts"
import * as OpenApi from "./openApi.ts"

const models = `
models:
  chat: openai/sim-healthy
  vectors: { kind: embedding, deployments: [openai/sim-healthy] }
  pictures: { kind: image, deployments: [openai/sim-healthy] }
  voice: { kind: speech, deployments: [openai/gpt-4o-mini-tts] }
  broken-voice: { kind: speech, deployments: [openai/sim-cut-reset] }
  ears: { kind: transcription, deployments: [openai/whisper-1] }
  judge: { kind: moderation, deployments: [openai/sim-healthy] }
  order: { kind: rerank, deployments: [cohere/sim-healthy] }
prices: { openai/sim-healthy: { input: 1, output: 2 } }
`

const form = (url: string, path: string, fields: { readonly [name: string]: string | Blob }) =>
  Effect.promise(async (signal) => {
    const body = new FormData()
    for (const [name, value] of Object.entries(fields)) {
      if (typeof value === "string") body.append(name, value)
      else body.append(name, value, "file.wav")
    }
    const response = await fetch(url + path, { method: "POST", body, signal })
    return { status: response.status, headers: response.headers, text: await response.text() }
  })

/** The bytes of a response. */
const bytes = (url: string, path: string, body: unknown) =>
  Effect.promise(async (signal) => {
    const response = await fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal
    })
    return { headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) }
  })

describe("embeddings", () => {
  it.live("are lists of numbers, or 32-bit floats in Base64, with their cost", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      const input = ["the quick fox", "the slow fox"]
      const plain = yield* send("/v1/embeddings", { model: "vectors", input, dimensions: 16 })
      assert.strictEqual(plain.status, 200)
      assert.isAbove(Number(plain.headers.get("x-effect-llm-cost")), 0)
      const list = JSON.parse(plain.text)
      OpenApi.checkResponse("post /embeddings", list)
      const packed = JSON.parse(
        (yield* send("/openai/deployments/vectors/embeddings", { input, dimensions: 16, encoding_format: "base64" }))
          .text
      )
      assert.lengthOf(list.data, 2)
      assert.lengthOf(list.data[0].embedding, 16)
      assert.deepStrictEqual(fromBase64(packed.data[1].embedding), list.data[1].embedding)
      assert.strictEqual(list.usage.prompt_tokens, list.usage.total_tokens)
    })
  )

  it.live("of tokens go to a provider that accepts them, and an invalid input is a 400 that names the field", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* gateway(models)
      assert.strictEqual((yield* send("/embeddings", { model: "vectors", input: [1, 2, 3] })).status, 200)
      const { body } = yield* simulator.awaitClosed(({ path }) => path === "/v1/embeddings")
      assert.deepStrictEqual((body as { input: unknown }).input, [[1, 2, 3]])
      for (const input of [[], [[]], [1, "a"], 7, undefined]) {
        const refused = yield* send("/embeddings", { model: "vectors", input })
        assert.strictEqual(refused.status, 400)
        OpenApi.checkError(JSON.parse(refused.text))
        assert.strictEqual(JSON.parse(refused.text).error.param, "input")
      }
      const format = yield* send("/embeddings", { model: "vectors", input: "a", encoding_format: "hex" })
      assert.strictEqual(JSON.parse(format.text).error.param, "encoding_format")
    })
  )

  it.live("of a model of another kind are a 404", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      const { status, text } = yield* send("/v1/embeddings", { model: "chat", input: "a" })
      assert.strictEqual(status, 404)
      OpenApi.checkError(JSON.parse(text))
    })
  )

  it.live("may be requested compressed, within the limit of bodies", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway(models)
      const post = (body: Uint8Array<ArrayBuffer>, coding: string) =>
        Effect.promise((signal) =>
          fetch(`${url}/v1/embeddings`, { method: "POST", headers: { "content-encoding": coding }, body, signal })
        )
      const small = Uint8Array.from(gzipSync(JSON.stringify({ model: "vectors", input: "a" })))
      assert.strictEqual((yield* post(small, "gzip")).status, 200)
      const bomb = Uint8Array.from(gzipSync(Buffer.alloc(40 * 1024 * 1024, 0x20)))
      assert.isBelow(bomb.length, 100_000)
      assert.strictEqual((yield* post(bomb, "gzip")).status, 413)
      assert.strictEqual((yield* post(small, "br")).status, 400)
      assert.strictEqual((yield* post(small, "compress")).status, 415)
    })
  )
})

describe("images", () => {
  it.live("are made whole or as the one event of a stream, and edited from a form", () =>
    Effect.gen(function* () {
      const { send, simulator, url } = yield* gateway(models)
      const made = yield* send("/v1/images/generations", { model: "pictures", prompt: "a red square", n: 2 })
      const { data, usage } = JSON.parse(made.text)
      OpenApi.checkResponse("post /images/generations", JSON.parse(made.text))
      assert.lengthOf(data, 2)
      assert.isTrue(Buffer.from(data[0].b64_json, "base64").subarray(1, 4).equals(Buffer.from("PNG")))
      assert.isAbove(usage.total_tokens, 0)
      const streamed = yield* send("/images/generations", { model: "pictures", prompt: "a square", stream: true })
      const [event, ...others] = OpenApi.eventsIn(streamed.text)
      assert.deepStrictEqual(others, [])
      OpenApi.checkEvent("ImageGenStreamEvent", JSON.parse(event?.data ?? ""))
      const image = new Blob([Buffer.from(data[0].b64_json, "base64")], { type: "image/png" })
      const edited = yield* form(url, "/v1/images/edits", { model: "pictures", prompt: "bluer", n: "1", image })
      assert.strictEqual(edited.status, 200)
      OpenApi.checkResponse("post /images/edits", JSON.parse(edited.text))
      const { body } = yield* simulator.awaitClosed(({ path }) => path === "/v1/images/edits")
      assert.deepInclude(body as Array<unknown>, { name: "n", value: "1" })
    })
  )
})

describe("speech", () => {
  it.live("is sent as bytes or events, and can be transcribed again", () =>
    Effect.gen(function* () {
      const { send, url } = yield* gateway(models)
      const request = { model: "voice", input: "Good morning to everybody", voice: "alloy", response_format: "wav" }
      const spoken = yield* bytes(url, "/v1/audio/speech", request)
      assert.strictEqual(spoken.headers.get("content-type"), "audio/wav")
      const events = OpenApi.eventsIn((yield* send("/audio/speech", { ...request, stream_format: "sse" })).text)
      for (const { data } of events) OpenApi.checkEvent("CreateSpeechResponseStreamEvent", JSON.parse(data))
      const pieces = events.flatMap(({ data }) => {
        const { audio } = JSON.parse(data)
        return audio === undefined ? [] : [Buffer.from(audio, "base64")]
      })
      assert.isTrue(Buffer.concat(pieces).equals(spoken.bytes))
      const file = new Blob([Uint8Array.from(spoken.bytes)], { type: "audio/wav" })
      const heard = yield* form(url, "/v1/audio/transcriptions", { model: "ears", file })
      OpenApi.checkSchema("CreateTranscriptionResponseJson", JSON.parse(heard.text))
      assert.strictEqual(JSON.parse(heard.text).text, "Good morning to everybody")
      const formats = { response_format: "verbose_json", "timestamp_granularities[]": "word" }
      const verbose = JSON.parse((yield* form(url, "/audio/transcriptions", { model: "ears", file, ...formats })).text)
      OpenApi.checkSchema("CreateTranscriptionResponseVerboseJson", verbose)
      assert.deepInclude(verbose.words[0], { word: "Good", start: 0 })
      const subtitles = yield* form(url, "/audio/transcriptions", { model: "ears", file, response_format: "srt" })
      assert.strictEqual(subtitles.text, "1\n00:00:00,000 --> 00:00:00,040\nGood morning to everybody\n")
      const vtt = yield* form(url, "/audio/translations", { model: "ears", file, response_format: "vtt" })
      assert.strictEqual(vtt.text, "WEBVTT\n\n00:00:00.000 --> 00:00:00.040\nGood morning to everybody\n")
      const streamed = yield* form(url, "/audio/transcriptions", { model: "ears", file, stream: "true" })
      const told = OpenApi.eventsIn(streamed.text).map(({ data }) => JSON.parse(data))
      for (const event of told) OpenApi.checkEvent("CreateTranscriptionResponseStreamEvent", event)
      assert.strictEqual(told.at(-1).text, "Good morning to everybody")
    })
  )

  it.live("that breaks off breaks the connection", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway(models)
      const input = "One two three four five six seven eight nine ten eleven twelve"
      const outcome = yield* Effect.promise(async (signal) => {
        const response = await fetch(`${url}/v1/audio/speech`, {
          method: "POST",
          body: JSON.stringify({ model: "broken-voice", input, voice: "alloy" }),
          signal
        })
        return response.arrayBuffer().then(
          () => "whole",
          () => "broken"
        )
      })
      assert.strictEqual(outcome, "broken")
    })
  )
})

describe("forms", () => {
  it.live("that are malformed, or have too many parts, are refused", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway(models)
      const post = (body: string, contentType: string) =>
        Effect.promise(async (signal) => {
          const headers = { "content-type": contentType }
          const response = await fetch(`${url}/v1/audio/transcriptions`, { method: "POST", headers, body, signal })
          const text = await response.text()
          OpenApi.checkError(JSON.parse(text))
          return response.status
        })
      const part = '--x\r\ncontent-disposition: form-data; name="model"\r\n\r\nears\r\n'
      assert.strictEqual(yield* post(`${part}--x--\r\n`, "multipart/form-data; boundary=x"), 400)
      assert.strictEqual(yield* post(part, "multipart/form-data; boundary=x"), 400)
      assert.strictEqual(yield* post(part, "multipart/form-data"), 400)
      assert.strictEqual(yield* post(`${part.repeat(200)}--x--\r\n`, "multipart/form-data; boundary=x"), 413)
      assert.strictEqual(yield* post("{}", "application/json"), 400)
    })
  )
})

describe("moderation and rerank", () => {
  it.live("are responded to in OpenAI's and in Cohere's shape", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      const judged = yield* send("/v1/moderations", { model: "judge", input: ["violence", "peace"] })
      const { results } = JSON.parse(judged.text)
      OpenApi.checkResponse("post /moderations", JSON.parse(judged.text))
      assert.deepStrictEqual(
        results.map(({ flagged }: { flagged: boolean }) => flagged),
        [true, false]
      )
      const documents = ["cats and dogs", { text: "a red car" }, "red"]
      for (const path of ["/v1/rerank", "/v2/rerank", "/rerank"]) {
        const ranked = yield* send(path, {
          model: "order",
          query: "red car",
          documents,
          top_n: 2,
          return_documents: true
        })
        assert.strictEqual(ranked.status, 200, ranked.text)
        const { meta, results } = JSON.parse(ranked.text)
        assert.deepStrictEqual(results[0], { index: 1, relevance_score: 1, document: { text: "a red car" } })
        assert.lengthOf(results, 2)
        assert.strictEqual(meta.billed_units.search_units, 1)
      }
      assert.strictEqual((yield* send("/v2/rerank", { model: "order", query: "a", documents: [7] })).status, 400)
    })
  )
})
