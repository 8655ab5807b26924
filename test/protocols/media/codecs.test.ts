import { assert, describe, it } from "@effect/vitest"
import { DateTime, Result } from "effect"
import * as Cost from "../../../src/catalog/Cost.ts"
import * as Price from "../../../src/catalog/Price.ts"
import type { ImageRequest } from "../../../src/domain/Image.ts"
import type { SpeechRequest } from "../../../src/domain/Speech.ts"
import type { TranscriptionRequest } from "../../../src/domain/Transcription.ts"
import { Bytes, type EncodedCall, Form } from "../../../src/protocols/Protocol.ts"
import { GoogleImages } from "../../../src/protocols/images/GoogleImages.ts"
import { OpenAiImages, XaiImages } from "../../../src/protocols/images/OpenAiImages.ts"
import { DeepgramSpeak, ElevenLabsSpeech, OpenAiSpeech } from "../../../src/protocols/speech/Speech.ts"
import { DeepgramListen } from "../../../src/protocols/transcription/DeepgramListen.ts"
import { ElevenLabsTranscription } from "../../../src/protocols/transcription/ElevenLabsTranscription.ts"
import { GroqTranscription, OpenAiTranscription } from "../../../src/protocols/transcription/OpenAiTranscription.ts"

const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0])
const wav = Uint8Array.from([0x52, 0x49, 0x46, 0x46, 0, 0, 0, 0, 0x57, 0x41, 0x56, 0x45])

type Encoded = Result.Result<EncodedCall, { readonly _tag: string }>

const written = (encoded: Encoded) => Result.getOrThrow(encoded)

const jsonOf = (encoded: Encoded) => {
  const { body } = written(encoded)
  return body === undefined || body instanceof Form || body instanceof Bytes ? assert.fail("no JSON") : body
}

const formOf = (encoded: Encoded) => {
  const { body } = written(encoded)
  if (!(body instanceof Form)) return assert.fail("no form")
  return body.parts.map((part) => [part.name, "value" in part ? part.value : `${part.fileName} ${part.mediaType}`])
}

const queryOf = (encoded: Encoded) => Object.fromEntries(new URL(`http://x${written(encoded).path}`).searchParams)

/** The parameters that are refused, one by one. */
const refused = <Request extends object>(
  encode: (request: Request) => Encoded,
  base: Request,
  more: Partial<Request>
) =>
  Object.entries(more).flatMap(([name, value]) => {
    const encoded = encode({ ...base, [name]: value })
    return Result.isFailure(encoded) && encoded.failure._tag === "UnsupportedParameterError" ? [name] : []
  })

describe("images", () => {
  const openai = (request: ImageRequest, model = "gpt-image-1") =>
    OpenAiImages.encodeRequest(request, { provider: "openai", model })

  it("upload an image to edit as a form, or send its address", () => {
    const image = { data: png }
    assert.deepStrictEqual(formOf(openai({ prompt: "p", images: [image], mask: image, n: 2 })), [
      ["model", "gpt-image-1"],
      ["prompt", "p"],
      ["n", "2"],
      ["image", "image.png image/png"],
      ["mask", "mask.png image/png"]
    ])
    assert.deepStrictEqual(
      formOf(openai({ prompt: "p", images: [image, image] })).map(([name]) => name),
      ["model", "prompt", "image[]", "image[]"]
    )
    const there = openai({ prompt: "p", images: [{ data: "https://x/a.png" }, { data: { fileId: "f" } }] })
    assert.strictEqual(written(there).path, "/images/edits")
    assert.deepEqual(jsonOf(there), {
      model: "gpt-image-1",
      prompt: "p",
      images: [{ image_url: "https://x/a.png" }, { file_id: "f" }]
    })
  })

  it("reject parameters that the API lacks", () => {
    const base: ImageRequest = { prompt: "p" }
    const more: Partial<ImageRequest> = {
      negativePrompt: "n",
      aspectRatio: "1:1",
      seed: 1,
      mask: { data: png },
      responseFormat: "url",
      mediaType: "image/gif",
      size: "1024x1024",
      quality: "high",
      style: "vivid",
      compression: 50
    }
    assert.deepStrictEqual(
      refused((request) => openai(request), base, more),
      ["negativePrompt", "aspectRatio", "seed", "mask", "responseFormat", "mediaType"]
    )
    const xai = (request: ImageRequest) => XaiImages.encodeRequest(request, { provider: "xai", model: "grok" })
    assert.notIncludeMembers(refused(xai, base, more), ["aspectRatio", "responseFormat"])
    assert.includeMembers(refused(xai, base, more), ["seed", "size", "quality", "style"])
    const imagen = (request: ImageRequest) =>
      GoogleImages.encodeRequest(request, { provider: "google", model: "imagen-4.0-generate-001" })
    assert.deepStrictEqual(refused(imagen, base, { ...more, mediaType: "image/png", images: [{ data: png }] }), [
      "mask",
      "responseFormat",
      "size",
      "quality",
      "style",
      "images"
    ])
  })

  it("leave out droppable parameters with a warning, and accept provider options", () => {
    const request = {
      prompt: "p",
      seed: 1,
      onUnsupported: "drop",
      providerOptions: { openai: { moderation: "low" } }
    } as const
    const { warnings } = written(openai(request))
    assert.deepStrictEqual(
      warnings.map(({ parameter }) => parameter),
      ["seed"]
    )
    assert.deepEqual(jsonOf(openai(request)), { model: "gpt-image-1", prompt: "p", moderation: "low" })
  })

  it("call predict for Imagen, and a chat for Gemini", () => {
    const imagen = GoogleImages.encodeRequest(
      { prompt: "p", n: 2, aspectRatio: "16:9", size: "2k" },
      { provider: "google", model: "imagen-4.0-generate-001" }
    )
    assert.strictEqual(written(imagen).path, "/models/imagen-4.0-generate-001:predict")
    assert.deepEqual(jsonOf(imagen), {
      instances: [{ prompt: "p" }],
      parameters: { sampleCount: 2, aspectRatio: "16:9", sampleImageSize: "2K" }
    })
    const gemini = GoogleImages.encodeRequest(
      { prompt: "p", images: [{ data: png, mediaType: "image/png" }], aspectRatio: "1:1" },
      { provider: "google", model: "gemini-2.5-flash-image" }
    )
    assert.strictEqual(written(gemini).path, "/models/gemini-2.5-flash-image:generateContent")
    assert.deepNestedInclude(jsonOf(gemini), {
      "generationConfig.responseModalities": ["TEXT", "IMAGE"],
      "generationConfig.imageConfig": { aspectRatio: "1:1" }
    })
  })

  it("decode the same with counts written as strings, and with a blank error", () => {
    const options = { provider: "openai", model: "gpt-image-1", request: { prompt: "p" }, headers: {} }
    const [one, other] = [Number, String].map((number) => {
      const body = {
        data: [{ b64_json: "iVBORw==" }],
        usage: {
          input_tokens: number(5),
          output_tokens: number(7),
          input_tokens_details: { image_tokens: number(2), cached_tokens: number(1) }
        },
        ...(number === String && { error: { code: 0, message: "" } })
      }
      const { images, usage } = Result.getOrThrow(OpenAiImages.decodeResponse(body, options))
      return { images, usage: { ...usage, raw: undefined } }
    })
    assert.strictEqual(one?.usage.outputTokens.image, 7)
    assert.deepStrictEqual(other, one)
  })

  it("are read from Google, and a withheld one is a failure", () => {
    const options = { provider: "google", model: "imagen-4.0-generate-001", request: { prompt: "p" }, headers: {} }
    const one = { bytesBase64Encoded: "iVBORw==", mimeType: "image/png" }
    const withheld = { raiFilteredReason: "58061214" }
    const some = Result.getOrThrow(GoogleImages.decodeResponse({ predictions: [one, withheld] }, options))
    assert.strictEqual(some.images[0]?.mediaType, "image/png")
    assert.lengthOf(some.warnings, 1)
    assert.deepStrictEqual(some.usage.units, { outputImages: 1 })
    for (const body of [{ predictions: [withheld] }, {}, { deployedModelId: "1", model: "imagen", metadata: {} }]) {
      const none = GoogleImages.decodeResponse(body, options)
      assert.isTrue(
        Result.isFailure(none) && none.failure._tag === "ProviderFailure" && none.failure.type === "RESPONSE_BLOCKED"
      )
    }
    const other = GoogleImages.decodeResponse({ message: "a page of a proxy" }, options)
    assert.isTrue(Result.isFailure(other) && other.failure._tag === "ResponseParseError")
    const body = {
      candidates: [
        {
          content: {
            role: "model",
            parts: [{ text: "Here." }, { inlineData: { mimeType: "image/png", data: "iVBORw==" } }]
          },
          finishReason: "STOP"
        }
      ],
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 1290, totalTokenCount: 1293 }
    }
    const gemini = Result.getOrThrow(GoogleImages.decodeResponse(body, { ...options, model: "gemini-2.5-flash-image" }))
    assert.strictEqual(gemini.text, "Here.")
    assert.deepStrictEqual(gemini.images[0]?.data, Uint8Array.from([0x89, 0x50, 0x4e, 0x47]))
    assert.strictEqual(gemini.usage.outputTokens.total, 1290)
    const empty = { candidates: [{ content: {}, finishReason: "NO_IMAGE" }], usageMetadata: { promptTokenCount: 3 } }
    const nothing = GoogleImages.decodeResponse(empty, { ...options, model: "gemini-2.5-flash-image" })
    assert.isTrue(
      Result.isFailure(nothing) && nothing.failure._tag === "ProviderFailure" && nothing.failure.type === "INTERNAL"
    )
  })
})

describe("speech", () => {
  it("writes the format as each API requires", () => {
    const eleven = (request: SpeechRequest, stream = false) =>
      ElevenLabsSpeech.encodeRequest(request, { provider: "elevenlabs", model: "eleven_v3", stream })
    assert.strictEqual(
      written(eleven({ text: "Hi", voice: "v/1", format: "pcm", sampleRate: 16000 }, true)).path,
      "/v1/text-to-speech/v%2F1/stream?output_format=pcm_16000"
    )
    assert.deepEqual(jsonOf(eleven({ text: "Hi", speed: 1.1, language: "en" })), {
      text: "Hi",
      model_id: "eleven_v3",
      language_code: "en",
      voice_settings: { speed: 1.1 }
    })
    const deepgram = (request: SpeechRequest, model = "aura-2") =>
      DeepgramSpeak.encodeRequest(request, { provider: "deepgram", model })
    assert.deepEqual(queryOf(deepgram({ text: "Hi", voice: "thalia", format: "wav", sampleRate: 24000 })), {
      model: "aura-2-thalia-en",
      encoding: "linear16",
      container: "wav",
      sample_rate: "24000"
    })
    const own = { text: "Hi", voice: "thalia", providerOptions: { deepgram: { mip_opt_out: true } } }
    assert.strictEqual(queryOf(deepgram(own)).mip_opt_out, "true")
    assert.deepStrictEqual(
      refused<SpeechRequest>(
        (request) => deepgram(request, "aura-2-thalia-en"),
        { text: "Hi" },
        {
          voice: "x",
          instructions: "x",
          format: "x"
        }
      ),
      ["voice", "instructions", "format"]
    )
  })

  it("that is no recording is a parse error", () => {
    const options = { provider: "openai", model: "tts-1", request: { text: "Hi" }, headers: {} }
    for (const [body, mediaType] of [
      [new Uint8Array(), "audio/mpeg"],
      [new TextEncoder().encode("{}"), "application/json"]
    ] as const) {
      const decoded = OpenAiSpeech.decodeResponse(body, { ...options, mediaType })
      assert.isTrue(Result.isFailure(decoded) && decoded.failure._tag === "ResponseParseError")
    }
  })
})

describe("transcription", () => {
  const openai = (request: TranscriptionRequest, model = "whisper-1") =>
    OpenAiTranscription.encodeRequest(request, { provider: "openai", model })

  it("requests timestamps, speakers and translation where the model supports them", () => {
    assert.deepStrictEqual(formOf(openai({ audio: wav, timestamps: ["segment", "word"], prompt: "Ruby" })), [
      ["model", "whisper-1"],
      ["file", "audio.wav audio/wav"],
      ["prompt", "Ruby"],
      ["response_format", "verbose_json"],
      ["timestamp_granularities[]", "segment"],
      ["timestamp_granularities[]", "word"]
    ])
    assert.strictEqual(written(openai({ audio: wav, translate: true })).path, "/audio/translations")
    const more: Partial<TranscriptionRequest> = { diarize: true, timestamps: ["word"], audio: "https://x/a.wav" }
    assert.deepStrictEqual(
      refused((request: TranscriptionRequest) => openai(request, "gpt-4o-transcribe"), { audio: wav }, more),
      ["diarize", "timestamps", "audio"]
    )
    const groq = (request: TranscriptionRequest) =>
      GroqTranscription.encodeRequest(request, { provider: "groq", model: "whisper-large-v3" })
    assert.deepStrictEqual(formOf(groq({ audio: "https://x/a.wav" })), [
      ["model", "whisper-large-v3"],
      ["url", "https://x/a.wav"],
      ["response_format", "json"]
    ])
  })

  it("counts tokens or seconds as the server does, and leaves other usage unknown", () => {
    const perToken = Price.make({ input: 2.5, output: 10 })
    const perSecond = Price.make({ inputSeconds: 0.36 })
    const at = DateTime.makeUnsafe("2026-12-01T00:00:00Z")
    const options = { provider: "openai", model: "gpt-4o-transcribe", request: { audio: wav }, headers: {} }
    const costs = (body: object) => {
      const answer = Result.getOrThrow(OpenAiTranscription.decodeResponse({ text: "Hi", error: {}, ...body }, options))
      return [perToken, perSecond].map((price) => Cost.of(answer.usage, price, { at })._tag)
    }
    for (const usage of [undefined, null, {}, [], { type: "tokens" }, { input_tokens: "x", output_tokens: "y" }]) {
      assert.deepStrictEqual(costs({ usage }), ["Unpriced", "Unpriced"])
    }
    for (const counts of [
      { input_tokens: 5, output_tokens: 7 },
      { prompt_tokens: "5", completion_tokens: "7" }
    ]) {
      assert.deepStrictEqual(costs({ usage: counts }), ["Priced", "Unpriced"])
    }
    assert.deepStrictEqual(costs({ usage: { type: "duration", seconds: 3 } }), ["Unpriced", "Priced"])
    assert.deepStrictEqual(costs({ duration: 3 }), ["Unpriced", "Priced"])
  })

  it("reads timestamps and the duration from a verbose response", () => {
    const body = {
      task: "transcribe",
      language: "english",
      duration: 3.5,
      text: "Hi there",
      segments: [{ id: 0, start: 0, end: 3.5, text: "Hi there", avg_logprob: -0.1 }],
      words: [
        { word: "Hi", start: 0, end: 1 },
        { word: "there", start: "1.5", end: 2 }
      ]
    }
    const options = { provider: "openai", model: "whisper-1", request: { audio: wav }, headers: {} }
    const answer = Result.getOrThrow(OpenAiTranscription.decodeResponse(body, options))
    assert.deepStrictEqual(answer.words?.[1], { text: "there", start: 1.5, end: 2 })
    assert.deepStrictEqual(answer.usage.units, { inputSeconds: 3.5 })
    assert.strictEqual(answer.language, "english")
    const subtitles = "1\n00:00:00,000 --> 00:00:01,000\nHi there\n"
    assert.strictEqual(Result.getOrThrow(OpenAiTranscription.decodeResponse(subtitles, options)).text, subtitles)
    const none = OpenAiTranscription.decodeResponse({}, options)
    assert.isTrue(Result.isFailure(none) && none.failure._tag === "ResponseParseError")
  })

  it("sends Deepgram an address as JSON and a recording as bytes", () => {
    const encode = (request: TranscriptionRequest) =>
      DeepgramListen.encodeRequest(request, { provider: "deepgram", model: "nova-3" })
    const there = written(encode({ audio: "https://x/a.wav" })).body
    const address = new TextEncoder().encode('{"url":"https://x/a.wav"}')
    assert.deepStrictEqual(there, new Bytes(address, "application/json"))
    assert.deepStrictEqual(written(encode({ audio: wav })).body, new Bytes(wav, "audio/wav"))
    assert.strictEqual(queryOf(encode({ audio: wav })).detect_language, "true")
    const failure = DeepgramListen.decodeError({
      err_code: "INVALID_AUTH",
      err_msg: "Invalid credentials.",
      request_id: "r"
    })
    assert.deepInclude(failure, { code: "INVALID_AUTH", message: "Invalid credentials.", requestId: "r" })
  })

  it("reads the words of ElevenLabs without the spaces between them", () => {
    const body = {
      language_code: "en",
      text: "Hi there",
      words: [
        { text: "Hi", start: 0, end: 0.4, type: "word", speaker_id: "speaker_0", logprob: 0 },
        { text: " ", start: 0.4, end: 0.5, type: "spacing" },
        { text: "there", start: 0.5, end: 1, type: "word", speaker_id: "speaker_0" }
      ]
    }
    const options = { provider: "elevenlabs", model: "scribe_v2", request: { audio: wav }, headers: {} }
    const answer = Result.getOrThrow(ElevenLabsTranscription.decodeResponse(body, options))
    assert.deepStrictEqual(answer.words?.[0], { text: "Hi", start: 0, end: 0.4, speaker: "speaker_0", confidence: 1 })
    assert.lengthOf(answer.words ?? [], 2)
    assert.strictEqual(answer.duration, 1)
    const failure = ElevenLabsTranscription.decodeError({
      detail: { status: "quota_exceeded", message: "No credits." }
    })
    assert.deepInclude(failure, { code: "quota_exceeded", message: "No credits." })
  })
})
