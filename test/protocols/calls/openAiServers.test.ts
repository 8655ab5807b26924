/** The server halves of what is no chat: what a client wrote is read as it was meant, and what is written is read by clients. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import type { CallRequest } from "../../../src/domain/CallRequest.ts"
import type { CallResponse } from "../../../src/domain/CallResponse.ts"
import type { ImageRequest } from "../../../src/domain/Image.ts"
import type { RerankRequest } from "../../../src/domain/Rerank.ts"
import type { SpeechRequest } from "../../../src/domain/Speech.ts"
import { makeFold, toEvents } from "../../../src/domain/SpeechEvent.ts"
import type { TranscriptionRequest, TranscriptionResponse } from "../../../src/domain/Transcription.ts"
import * as Usage from "../../../src/domain/Usage.ts"
import { OpenAiEmbeddings } from "../../../src/protocols/embeddings/CompatibleEmbeddings.ts"
import { OpenAiImages } from "../../../src/protocols/images/OpenAiImages.ts"
import { OpenAiModerations } from "../../../src/protocols/moderation/Moderations.ts"
import * as Multipart from "../../../src/protocols/Multipart.ts"
import { Bytes, type CallProtocol, type CallServer, Form } from "../../../src/protocols/Protocol.ts"
import { CohereRerank } from "../../../src/protocols/rerank/Rerank.ts"
import { OpenAiSpeech } from "../../../src/protocols/speech/OpenAiSpeech.ts"
import { OpenAiTranscription } from "../../../src/protocols/transcription/OpenAiTranscription.ts"

type Both<Request extends CallRequest, Response extends CallResponse> = CallProtocol<Request, Response> &
  CallServer<Request, Response>

const json = (u: unknown): unknown => JSON.parse(JSON.stringify(u))

const runs = { arbitrary: { runs: 60 } }

/** The request as the server half reads what the client half wrote. */
const received = <Request extends CallRequest>(
  protocol: Pick<CallProtocol<Request, CallResponse>, "encodeRequest"> & {
    readonly decodeRequest: CallServer<Request, CallResponse>["decodeRequest"]
  },
  request: Request,
  model = "m"
) => {
  const { body } = Result.getOrThrow(protocol.encodeRequest(request, { provider: "p", model }))
  assert.isFalse(body instanceof Bytes)
  return Result.getOrThrow(protocol.decodeRequest(body instanceof Form ? body : json(body)))
}

/** The response as the client half reads what the server half wrote. */
const returned = <Request extends CallRequest, Response extends CallResponse>(
  protocol: Both<Request, Response>,
  request: Request,
  response: Response,
  format?: string
): Response => {
  const encoded = protocol.encodeResponse(response, { model: "m", request, format, created: 7, id: "id" })
  const body = encoded instanceof Bytes ? encoded.bytes : json(encoded)
  const mediaType = encoded instanceof Bytes ? encoded.mediaType : "application/json"
  const options = { provider: "p", model: "m", request, headers: {}, mediaType }
  return Result.getOrThrow(protocol.decodeResponse(body, options))
}

const common = { warnings: [], attempts: [] }
const usage = Usage.make({ input: 7, output: 0 })
const words = Schema.NonEmptyArray(Schema.NonEmptyString)
/** JSON.parse of Node 24 confuses keys of one escaped character: after an object with a key of that shape, a tab is a backslash. */
const names = Schema.NonEmptyString.check(Schema.isPattern(/^[^"\\\p{Cc}\p{Cs}]+$/u))
const file = Uint8Array.from([0x52, 0x49, 0x46, 0x46, 0, 0, 0, 0, 0x57, 0x41, 0x56, 0x45])
const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

describe("embeddings", () => {
  it.prop(
    "return lists and Base64",
    [words, Schema.Array(Schema.Finite)],
    ([inputs, numbers]) => {
      const vector = [1, ...numbers.map(Math.fround).filter(Number.isFinite)]
      const response = { ...common, embeddings: inputs.map(() => vector), usage }
      for (const format of ["float", "base64"]) {
        const { embeddings, model, usage } = returned(OpenAiEmbeddings, { inputs }, response, format)
        // JSON has no negative zero.
        assert.deepStrictEqual(json(embeddings), json(response.embeddings))
        assert.strictEqual(model, "m")
        assert.strictEqual(usage.inputTokens.total, 7)
      }
    },
    runs
  )
})

describe("moderations", () => {
  it.prop(
    "return a result for each input",
    [words, Schema.Record(names, Schema.Boolean)],
    ([inputs, categories]) => {
      const scores = Object.fromEntries(Object.keys(categories).map((name) => [name, 0.5]))
      const result = { flagged: Object.values(categories).some(Boolean), categories, scores }
      const { results } = returned(
        OpenAiModerations,
        { inputs },
        { ...common, results: inputs.map(() => result), usage }
      )
      assert.lengthOf(results, inputs.length)
      for (const one of results) {
        assert.strictEqual(one.flagged, result.flagged)
        for (const [name, value] of Object.entries(categories)) assert.strictEqual(one.categories[name], value)
      }
      assert.deepStrictEqual(received(OpenAiModerations, { inputs }).request, { inputs })
    },
    runs
  )
})

describe("rerank", () => {
  it.prop(
    "returns results by score, with the documents if requested",
    [words, Schema.NonEmptyString],
    ([documents, query]) => {
      const request: RerankRequest = { query, documents, topN: 2 }
      assert.deepStrictEqual(json(received(CohereRerank, request)), { model: "m", request })
      const results = documents.map((_, index) => ({ index, relevanceScore: 1 / (index + 2) }))
      const response = { ...common, results, usage: Usage.make({ output: 0 }, { units: { requests: 1 } }) }
      const plain = returned(CohereRerank, request, response)
      assert.deepStrictEqual(plain.results, results)
      assert.strictEqual(plain.usage.units?.requests, 1)
      const shown = returned(CohereRerank, request, response, "documents").results
      assert.deepStrictEqual(
        shown.map(({ document }) => String(document)),
        [...documents]
      )
    },
    runs
  )
})

describe("images", () => {
  const fields = Schema.Struct({
    n: Schema.optional(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10 }))),
    size: Schema.optional(Schema.NonEmptyString),
    quality: Schema.optional(Schema.NonEmptyString),
    background: Schema.optional(Schema.Literals(["auto", "opaque", "transparent"])),
    compression: Schema.optional(Schema.Int),
    mediaType: Schema.optional(Schema.Literals(["image/png", "image/jpeg", "image/webp"])),
    user: Schema.optional(Schema.NonEmptyString)
  })

  it.prop(
    "are requested and edited, as JSON and as a form",
    [Schema.NonEmptyString, fields, Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 }))],
    ([prompt, fields, count]) => {
      const image = { data: png, mediaType: "image/png", fileName: "a.png" }
      const edited = count === 0 ? {} : { images: Array.from({ length: count }, () => image), mask: image }
      const request: ImageRequest = { prompt, ...fields, ...edited }
      assert.deepStrictEqual(json(received(OpenAiImages, request).request), json(request))
    },
    runs
  )

  it("return bytes or addresses, with their tokens", () => {
    const counted = Usage.make({ input: 5, inputImage: 2, output: 9, outputImage: 9 })
    const images = [{ data: png, mediaType: "image/png", revisedPrompt: "better" }, { data: "https://x.example/a" }]
    const back = returned(OpenAiImages, { prompt: "a" }, { ...common, images, usage: counted })
    assert.deepStrictEqual(json(back.images), json(images))
    assert.deepStrictEqual(json(back.usage.inputTokens), json(counted.inputTokens))
    assert.strictEqual(back.created, 7)
  })
})

describe("speech", () => {
  it.prop(
    "returns bytes or events",
    [Schema.NonEmptyString, Schema.Struct({ voice: Schema.NonEmptyString, speed: Schema.optional(Schema.Finite) })],
    ([text, fields]) => {
      const request: SpeechRequest = { text, ...fields, format: "wav" }
      const decoded = received(OpenAiSpeech, request)
      assert.deepStrictEqual(json(decoded.request), json(request))
      const response = { ...common, audio: file, mediaType: "audio/wav", usage: Usage.make({ input: 3, output: 4 }) }
      const options = { model: "m", request, created: 7, id: "id" }
      const encoded = OpenAiSpeech.encodeResponse(response, options)
      assert.deepStrictEqual(encoded, new Bytes(file, "audio/wav"))
      for (const format of ["audio", "sse"]) {
        const encoder = OpenAiSpeech.makeEncoder?.({ ...options, format })
        const mediaType = format === "sse" ? "text/event-stream" : "audio/wav"
        const decoder = OpenAiSpeech.makeDecoder?.({ provider: "p", model: "m", request, headers: {}, mediaType })
        if (encoder === undefined || decoder === undefined) return assert.fail("it does not stream")
        const fold = makeFold()
        if (decoder.start !== undefined) fold.add(decoder.start)
        const events: Array<Parameters<typeof fold.add>[0]> = []
        for (const piece of toEvents(response).flatMap((event) => encoder.encode(event))) {
          if (piece instanceof Uint8Array) decoder.decodeBytes?.(piece, events)
          else decoder.decode(piece, events)
        }
        assert.isTrue(decoder.end(events))
        events.forEach(fold.add)
        assert.deepStrictEqual(fold.response()?.audio, file)
        if (format === "sse") assert.strictEqual(fold.response()?.usage.outputTokens.total, 4)
      }
    },
    runs
  )
})

describe("transcriptions", () => {
  const fields = Schema.Struct({
    language: Schema.optional(Schema.NonEmptyString),
    prompt: Schema.optional(Schema.NonEmptyString),
    temperature: Schema.optional(Schema.Finite),
    timestamps: Schema.optional(Schema.NonEmptyArray(Schema.Literals(["segment", "word"])))
  })

  it.prop(
    "are requested by a form",
    [fields],
    ([fields]) => {
      const request: TranscriptionRequest = { audio: file, mediaType: "audio/wav", fileName: "a.wav", ...fields }
      assert.deepStrictEqual(json(received(OpenAiTranscription, request, "whisper-1").request), json(request))
    },
    runs
  )

  it.prop(
    "are returned in the most detailed formats",
    [Schema.String, Schema.NonEmptyArray(Schema.NonEmptyString)],
    ([text, pieces]) => {
      const request: TranscriptionRequest = { audio: file }
      const segments = pieces.map((piece, index) => ({ text: piece, start: index, end: index + 1 }))
      const response: TranscriptionResponse = {
        ...common,
        text,
        segments,
        words: segments,
        language: "en",
        duration: pieces.length,
        usage: Usage.make({ input: 0, output: 0 }, { units: { inputSeconds: pieces.length } })
      }
      assert.strictEqual(returned(OpenAiTranscription, request, response, "json").text, text)
      const verbose = returned(OpenAiTranscription, request, response, "verbose_json")
      const { raw: _, usage, ...rest } = verbose
      const { usage: __, ...expected } = response
      assert.deepStrictEqual(json(rest), json(expected))
      assert.strictEqual(usage.units?.inputSeconds, pieces.length)
    },
    runs
  )
})

describe("forms", () => {
  it.effect.prop(
    "are decoded into their parts",
    [
      Schema.Array(
        Schema.Struct({
          name: Schema.Literals(["model", "file", "image[]"]),
          value: Schema.String,
          isFile: Schema.Boolean
        })
      )
    ],
    Effect.fnUntraced(function* ([parts]) {
      const form = new FormData()
      for (const { isFile, name, value } of parts) {
        if (isFile) form.append(name, new Blob([value], { type: "audio/wav" }), "a.wav")
        else form.append(name, value)
      }
      const sent = new Response(form)
      const contentType = sent.headers.get("content-type") ?? ""
      const bytes = new Uint8Array(yield* Effect.promise(() => sent.arrayBuffer()))
      const { parts: read } = Result.getOrThrow(Multipart.decode(bytes, contentType))
      const text = new TextDecoder()
      // Forms have line ends of their own.
      const plain = (value: string) => value.replaceAll(/\r\n|\r|\n/g, "\n").toWellFormed()
      assert.deepStrictEqual(
        read.map((part) => ("value" in part ? plain(part.value) : text.decode(part.bytes))),
        parts.map(({ isFile, value }) => (isFile ? value.toWellFormed() : plain(value)))
      )
    }),
    { arbitrary: { runs: 40 } }
  )

  it("that are cut anywhere are rejected", () => {
    const whole = new TextEncoder().encode(
      '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n--x\r\ncontent-disposition: form-data; name="f"; filename="f"\r\n\r\ncc\r\n--x--'
    )
    assert.isTrue(Result.isSuccess(Multipart.decode(whole, "multipart/form-data; boundary=x")))
    for (let length = 0; length < whole.length; length++) {
      const cut = Multipart.decode(whole.subarray(0, length), "multipart/form-data; boundary=x")
      assert.isTrue(Result.isFailure(cut), `${length} bytes`)
    }
  })
})
