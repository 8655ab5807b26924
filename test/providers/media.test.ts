import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schedule, Stream } from "effect"
import * as Model from "../../src/policies/Model.ts"
import { Deepgram } from "../../src/providers/Deepgram.ts"
import { ElevenLabs } from "../../src/providers/ElevenLabs.ts"
import { OpenAi } from "../../src/providers/OpenAi.ts"
import { serve } from "./server.ts"

const apiKey = Redacted.make("key-1")
const providers = (url: string) =>
  Layer.mergeAll(
    OpenAi.layer({ apiKey, baseUrl: url }),
    Deepgram.layer({ apiKey, baseUrl: url }),
    ElevenLabs.layer({ apiKey, baseUrl: url })
  ).pipe(Layer.provide(NodeHttpClient.layerUndici))

const sse = (events: ReadonlyArray<object>) => events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("")

describe("speech over a socket", () => {
  it.live(
    "is returned whole, with the fields of the response's head",
    Effect.fnUntraced(function* () {
      const server = yield* serve((response) => {
        response.writeHead(200, { "content-type": "audio/mpeg", "dg-char-count": "2", "dg-request-id": "r-1" })
        response.end(Buffer.from([1, 2, 3]))
      })
      const answer = yield* Effect.provide(
        Deepgram.speechModel("aura-2-thalia-en").generate("Hi"),
        providers(server.url)
      )
      assert.deepStrictEqual(answer.audio, Uint8Array.from([1, 2, 3]))
      assert.deepInclude(answer, { mediaType: "audio/mpeg", provider: "deepgram", id: "r-1" })
      const { body, request } = yield* server.arrived
      assert.strictEqual(request.headers.authorization, "Token key-1")
      assert.strictEqual(request.headers["content-type"], "application/json")
      assert.strictEqual(request.url, "/speak?model=aura-2-thalia-en")
      assert.strictEqual(body, '{"text":"Hi"}')
    }, Effect.scoped)
  )

  it.live(
    "arrives while it is generated",
    Effect.fnUntraced(function* () {
      let end = (): void => {}
      const server = yield* serve((response) => {
        response.writeHead(200, { "content-type": "audio/mpeg" })
        response.write(Buffer.from([1, 2]))
        end = () => response.end(Buffer.from([3]))
      })
      // The server ends its answer only when the beginning has been heard.
      const heard = ElevenLabs.speechModel("eleven_v3")
        .stream("Hi")
        .pipe(Stream.tap(({ type }) => (type === "audio" ? Effect.sync(() => end()) : Effect.void)))
      const events = yield* Stream.runCollect(heard).pipe(Effect.provide(providers(server.url)))
      assert.strictEqual(events[0]?.type, "response-start")
      assert.strictEqual(events.at(-1)?.type, "finish")
      assert.deepStrictEqual(
        events.flatMap((event) => (event.type === "audio" ? [...event.data] : [])),
        [1, 2, 3]
      )
      assert.isAtLeast(events.filter(({ type }) => type === "audio").length, 2)
      const { request } = yield* server.arrived
      assert.strictEqual(request.headers["xi-api-key"], "key-1")
      assert.include(request.url ?? "", "/stream")
    }, Effect.scoped)
  )

  it.live(
    "has usage if it arrives as events",
    Effect.fnUntraced(function* () {
      const server = yield* serve((response) => {
        response.writeHead(200, { "content-type": "text/event-stream" })
        const usage = { input_tokens: 5, output_tokens: 100, total_tokens: 105 }
        response.end(
          sse([
            { type: "speech.audio.delta", audio: "AQID" },
            { type: "speech.audio.done", usage }
          ])
        )
      })
      const events = yield* Stream.runCollect(OpenAi.speechModel("gpt-4o-mini-tts").stream("Hi")).pipe(
        Effect.provide(providers(server.url))
      )
      assert.deepStrictEqual(
        events.map(({ type }) => type),
        ["response-start", "audio", "finish"]
      )
      const finish = events[2]
      if (finish?.type !== "finish") return assert.fail("no finish")
      assert.strictEqual(finish.usage.outputTokens.audio, 100)
      assert.strictEqual(finish.attempts?.[0]?.model, "openai/gpt-4o-mini-tts")
      assert.deepInclude(JSON.parse((yield* server.arrived).body) as object, { stream_format: "sse", voice: "alloy" })
    }, Effect.scoped)
  )

  it.live(
    "that breaks off fails with the partial audio; an error in it is the provider's",
    Effect.fnUntraced(function* () {
      const cut = yield* serve((response) => {
        response.writeHead(200, { "content-type": "text/event-stream" })
        response.end(sse([{ type: "speech.audio.delta", audio: "AQID" }]))
      })
      const model = OpenAi.speechModel("gpt-4o-mini-tts")
      const interrupted = yield* Effect.flip(Effect.provide(Stream.runDrain(model.stream("Hi")), providers(cut.url)))
      if (interrupted._tag !== "StreamInterruptedError") return assert.fail(interrupted._tag)
      assert.deepInclude(interrupted.partial.content[0], { type: "audio", data: Uint8Array.from([1, 2, 3]) })
      const broken = yield* serve((response) => {
        response.writeHead(200, { "content-type": "text/event-stream" })
        response.end(sse([{ type: "error", error: { type: "server_error", message: "Sorry" } }]))
      })
      const error = yield* Effect.flip(Effect.provide(Stream.runDrain(model.stream("Hi")), providers(broken.url)))
      assert.deepInclude(error, { _tag: "ServerError", detail: "Sorry" })
    }, Effect.scoped)
  )

  it.live(
    "with an unreadable piece fails with the partial audio, as does an error in the middle",
    Effect.fnUntraced(function* () {
      const ending = (last: object) =>
        Effect.gen(function* () {
          const server = yield* serve((response) => {
            response.writeHead(200, { "content-type": "text/event-stream" })
            const done = { type: "speech.audio.done", usage: {} }
            response.end(sse([{ type: "speech.audio.delta", audio: "AQID" }, last, done]))
          })
          const model = OpenAi.speechModel("gpt-4o-mini-tts")
          return yield* Effect.flip(Effect.provide(Stream.runDrain(model.stream("Hi")), providers(server.url)))
        })
      const heard = { type: "audio" as const, data: Uint8Array.from([1, 2, 3]) }
      for (const audio of [7, "?", ["AQID"]]) {
        const error = yield* ending({ type: "speech.audio.delta", audio })
        if (error._tag !== "StreamInterruptedError") return assert.fail(error._tag)
        assert.deepInclude(error.partial.content[0], heard)
        assert.include(error.message, "could not be read")
      }
      const error = yield* ending({ type: "error", error: { type: "server_error", message: "Sorry" } })
      if (error._tag !== "ServerError") return assert.fail(error._tag)
      assert.deepInclude(error.partial?.content[0], heard)
    }, Effect.scoped)
  )

  it.live(
    "is retried when the provider was overloaded",
    Effect.fnUntraced(function* () {
      let asked = 0
      const server = yield* serve((response) => {
        asked++
        response.writeHead(asked === 1 ? 503 : 200, { "content-type": asked === 1 ? "application/json" : "audio/mpeg" })
        response.end(asked === 1 ? "{}" : Buffer.from([1]))
      })
      const model = Model.retry(OpenAi.speechModel("tts-1"), Schedule.recurs(1))
      const whole = yield* Effect.provide(model.generate("Hi"), providers(server.url))
      assert.lengthOf(whole.attempts, 2)
      asked = 0
      const events = yield* Effect.provide(Stream.runCollect(model.stream("Hi")), providers(server.url))
      assert.strictEqual(events.at(-1)?.attempts?.length, 2)
    }, Effect.scoped)
  )
})

describe("forms over a socket", () => {
  it.live(
    "returns subtitles if the caller's provider option requests them",
    Effect.fnUntraced(function* () {
      const subtitles = "WEBVTT\n\n00:00.000 --> 00:01.000\nHi\n"
      const server = yield* serve((response) => {
        response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end(subtitles)
      })
      const asked = { audio: new Uint8Array([1]), providerOptions: { openai: { response_format: "vtt" } } }
      const answer = yield* Effect.provide(
        OpenAi.transcriptionModel("whisper-1").generate(asked),
        providers(server.url)
      )
      assert.strictEqual(answer.text, subtitles)
    }, Effect.scoped)
  )

  it.live(
    "carry the recording",
    Effect.fnUntraced(function* () {
      const server = yield* serve((response) => {
        response.writeHead(200, { "content-type": "application/json" })
        response.end(JSON.stringify({ text: "Hi", usage: { type: "duration", seconds: 2 } }))
      })
      const audio = new TextEncoder().encode("RIFFsizeWAVEdata")
      const answer = yield* Effect.provide(
        OpenAi.transcriptionModel("whisper-1").generate({ audio, language: "en" }),
        providers(server.url)
      )
      assert.strictEqual(answer.text, "Hi")
      assert.deepStrictEqual(answer.usage.units, { inputSeconds: 2 })
      const { body, request } = yield* server.arrived
      assert.match(request.headers["content-type"] ?? "", /^multipart\/form-data; boundary=/)
      assert.include(body, 'name="file"; filename="audio.wav"\r\nContent-Type: audio/wav\r\n\r\nRIFFsizeWAVEdata')
      assert.include(body, 'name="language"\r\n\r\nen')
    }, Effect.scoped)
  )
})
