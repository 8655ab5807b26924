import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { Base64 } from "effect/encoding"
import type { CallResponse } from "../../../src/domain/CallResponse.ts"
import type { CallRequest } from "../../../src/domain/CallRequest.ts"
import { type CallProtocol, Form } from "../../../src/protocols/Protocol.ts"
import { OpenAiImages, XaiImages } from "../../../src/protocols/images/OpenAiImages.ts"
import { DeepgramSpeak, MistralSpeech, OpenAiSpeech } from "../../../src/protocols/speech/Speech.ts"
import { DeepgramListen } from "../../../src/protocols/transcription/DeepgramListen.ts"
import { MistralTranscription, OpenAiTranscription } from "../../../src/protocols/transcription/OpenAiTranscription.ts"
import { type Recording, recordingsExist, recordingsOf } from "../../providers/recordings.ts"

interface Exchange extends Recording {
  readonly request: {
    readonly url: string
    readonly body?: { readonly [key: string]: unknown } | null
    readonly multipart?: ReadonlyArray<{ readonly name: string; readonly value?: string }> | null
  }
  readonly response: Recording["response"] & { readonly bodyEncoding: "utf8" | "base64" }
}

const exchanges = (protocol: string): ReadonlyArray<Exchange> => recordingsOf(protocol) as ReadonlyArray<Exchange>

const bodyOf = ({ response }: Exchange): unknown => {
  const text = String(response.body)
  if (response.bodyEncoding === "base64") return Result.getOrThrow(Base64.decode(text))
  return typeof response.body === "string" ? (JSON.parse(text) as unknown) : response.body
}

const decode = <Request extends CallRequest, Response extends CallResponse>(
  protocol: Pick<CallProtocol<Request, Response>, "decodeResponse">,
  exchange: Exchange,
  request: Request,
  model: string
) => {
  const { headers } = exchange.response
  const mediaType = headers["content-type"]?.split(";")[0]
  const options = { provider: exchange.provider, model, request, mediaType, headers }
  return protocol.decodeResponse(bodyOf(exchange), options)
}

const options = { provider: "test" }

describe.skipIf(!recordingsExist)("recorded images", () => {
  for (const exchange of exchanges("openai-images")) {
    it(`${exchange.file}`, () => {
      const { body } = exchange.request
      const protocol = exchange.provider === "xai" ? XaiImages : OpenAiImages
      const request = {
        prompt: String(body?.prompt ?? ""),
        n: body?.n as number | undefined,
        size: body?.size as string | undefined,
        quality: body?.quality as string | undefined,
        images: (body?.images as ReadonlyArray<{ image_url: string }> | undefined)?.map(({ image_url }) => ({
          data: image_url
        }))
      }
      if (body !== undefined && body !== null) {
        const model = String(body.model)
        const encoded = Result.getOrThrow(protocol.encodeRequest(request, { ...options, model }))
        assert.isTrue(exchange.request.url.endsWith(encoded.path))
        assert.deepEqual(encoded.body, body)
      }
      if (exchange.response.status !== 200) {
        const failure = protocol.decodeError(bodyOf(exchange))
        assert.isString(failure.message)
        assert.isString(failure.param)
        return
      }
      const decoded = decode(protocol, exchange, request, String(body?.model ?? "gpt-image-1"))
      // The recorder took the bytes of one image out.
      const withoutBytes = JSON.stringify(exchange.response.body).includes("BASE64_IMAGE_DATA")
      if (withoutBytes) {
        assert.strictEqual(Result.isFailure(decoded) && decoded.failure._tag, "ResponseParseError")
        return
      }
      const answer = Result.getOrThrow(decoded)
      assert.lengthOf(answer.images, 1)
      if (exchange.provider === "xai") {
        assert.strictEqual(answer.usage.reportedCost, "0.02")
        assert.strictEqual(answer.images[0]?.mediaType, "image/jpeg")
      } else if (withoutBytes) {
        assert.strictEqual(answer.usage.inputTokens.image, 194)
        assert.strictEqual(answer.usage.outputTokens.image, 1056)
      } else {
        assert.isString(answer.images[0]?.revisedPrompt)
        assert.deepStrictEqual(answer.usage.units, { "outputImages:1024x1024": 1 })
      }
    })
  }
})

describe.skipIf(!recordingsExist)("recorded speech", () => {
  for (const exchange of [...exchanges("openai-speech"), ...exchanges("mistral-speech")]) {
    it(`${exchange.file}`, () => {
      const body = exchange.request.body ?? {}
      const protocol = exchange.provider === "mistral" ? MistralSpeech : OpenAiSpeech
      const request = { text: String(body.input), voice: String(body.voice) }
      const model = String(body.model)
      const encoded = Result.getOrThrow(protocol.encodeRequest(request, { ...options, model }))
      assert.isTrue(exchange.request.url.endsWith(encoded.path))
      // Mistral's documentation has since named the field `voice_id`.
      const voice = exchange.provider === "mistral" ? { voice_id: body.voice } : { voice: body.voice }
      assert.deepEqual(encoded.body, { model, input: body.input, ...voice })
      const answer = Result.getOrThrow(decode(protocol, exchange, request, model))
      assert.isAbove(answer.audio.length, 1000)
      assert.strictEqual(answer.mediaType, "audio/mpeg")
    })
  }

  for (const exchange of exchanges("deepgram-speak")) {
    it(`${exchange.file}`, () => {
      const request = { text: String(exchange.request.body?.text), format: "mp3" }
      const model = "aura-2-thalia-en"
      const encoded = Result.getOrThrow(DeepgramSpeak.encodeRequest(request, { ...options, model }))
      const sent = new URL(exchange.request.url).searchParams
      assert.deepEqual(Object.fromEntries(new URL(`http://x${encoded.path}`).searchParams), Object.fromEntries(sent))
      const answer = Result.getOrThrow(decode(DeepgramSpeak, exchange, request, model))
      assert.deepStrictEqual(answer.usage.units, { inputCharacters: 64 })
      assert.isString(answer.id)
    })
  }
})

const said = "Ruby is a programming language designed for developer happiness."

describe.skipIf(!recordingsExist)("recorded transcriptions", () => {
  for (const exchange of [...exchanges("openai-transcription"), ...exchanges("mistral-transcription")]) {
    it(`${exchange.file}`, () => {
      const parts = exchange.request.multipart ?? []
      const field = (name: string) => parts.find((part) => part.name === name)?.value
      const protocol = exchange.provider === "mistral" ? MistralTranscription : OpenAiTranscription
      const model = String(field("model"))
      const diarize = field("diarize") === "true" || field("response_format") === "diarized_json"
      const granularity = field("timestamp_granularities[]")
      const request = {
        audio: new Uint8Array([0x52]),
        fileName: "ruby.wav",
        language: field("language"),
        diarize: diarize ? true : undefined,
        timestamps: granularity === undefined ? undefined : (["segment"] as const)
      }
      const encoded = Result.getOrThrow(protocol.encodeRequest(request, { ...options, model }))
      assert.isTrue(exchange.request.url.endsWith(encoded.path))
      if (!(encoded.body instanceof Form)) return assert.fail("no form")
      const written = Object.fromEntries(
        encoded.body.parts.map((part) => [part.name, "value" in part ? part.value : part.fileName])
      )
      // Its streamed answers are not asked for: whole ones are, as JSON.
      const expected = Object.fromEntries(
        parts.filter(({ name }) => name !== "stream").map(({ name, value }) => [name, value ?? "ruby.wav"])
      )
      if (field("stream") === "true") return assert.deepEqual(written, { ...expected, response_format: "json" })
      assert.deepEqual(written, expected)
      const answer = Result.getOrThrow(decode(protocol, exchange, request, model))
      assert.isTrue(said.startsWith(answer.text))
      assert.isString(answer.segments?.[0]?.speaker)
      assert.isNumber(answer.segments?.[0]?.end)
      assert.isAtLeast(answer.usage.inputTokens.total ?? 0, answer.usage.inputTokens.audio ?? 0)
    })
  }

  for (const exchange of exchanges("deepgram-listen")) {
    it(`${exchange.file}`, () => {
      const request = { audio: new Uint8Array([0x52]), mediaType: "audio/wav", diarize: true, language: "en" }
      const model = "nova-3-general"
      const encoded = Result.getOrThrow(DeepgramListen.encodeRequest(request, { ...options, model }))
      const sent = Object.fromEntries(new URL(exchange.request.url).searchParams)
      assert.deepEqual(
        { ...Object.fromEntries(new URL(`http://x${encoded.path}`).searchParams), diarize_model: "latest" },
        { ...sent, diarize: "true" }
      )
      const answer = Result.getOrThrow(decode(DeepgramListen, exchange, request, model))
      assert.strictEqual(answer.text, said)
      assert.strictEqual(answer.words?.length, 9)
      assert.strictEqual(answer.words?.[8]?.text, "happiness.")
      assert.strictEqual(answer.words?.[0]?.speaker, "0")
      assert.strictEqual(answer.segments?.[0]?.text, said)
      assert.closeTo(answer.usage.units?.inputSeconds ?? 0, 3.7, 0.01)
    })
  }
})
