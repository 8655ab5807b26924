/** Images, recordings and documents as applications, browsers and tools give them. */
import { assert, describe, it } from "@effect/vitest"
import { Form } from "../../../src/protocols/Protocol.ts"
import { Result } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import type { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import type { ImagePart } from "../../../src/domain/ContentPart.ts"
import * as MediaType from "../../../src/domain/MediaType.ts"
import { AnthropicMessages } from "../../../src/protocols/AnthropicMessages.ts"
import { BedrockConverse } from "../../../src/protocols/BedrockConverse.ts"
import type { ChatProtocol } from "../../../src/protocols/ChatProtocol.ts"
import { CohereChat } from "../../../src/protocols/CohereChat.ts"
import { GoogleGenerateContent } from "../../../src/protocols/GoogleGenerateContent.ts"
import { OpenAiImages } from "../../../src/protocols/images/OpenAiImages.ts"
import { MistralChat } from "../../../src/protocols/MistralChat.ts"
import { OllamaChat } from "../../../src/protocols/OllamaChat.ts"
import { OpenAiChat } from "../../../src/protocols/OpenAiChat.ts"
import { OpenAiResponses } from "../../../src/protocols/OpenAiResponses.ts"
import { DeepgramListen } from "../../../src/protocols/transcription/DeepgramListen.ts"
import { GroqTranscription, OpenAiTranscription } from "../../../src/protocols/transcription/OpenAiTranscription.ts"
import * as MediaFile from "../../../src/protocols/wire/request/MediaFile.ts"
import { canonical, canonicalCall } from "../../../src/protocols/wire/request/MediaInput.ts"
import * as Arb from "../../domain/arbitraries.ts"

const protocols = [
  OpenAiChat,
  OpenAiResponses,
  AnthropicMessages,
  GoogleGenerateContent,
  BedrockConverse,
  MistralChat,
  CohereChat,
  OllamaChat
] as ReadonlyArray<ChatProtocol>

const encode = (protocol: ChatProtocol, image: ImagePart) => {
  const request: ChatRequest = { messages: [{ role: "user", content: [{ type: "text", text: "Look:" }, image] }] }
  return protocol.encodeRequest(request, { provider: "any", model: "m", stream: false })
}

const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const jpegUrl = "data:image/jpeg;base64,/9j/4AAQ"

describe("an image in a chat", () => {
  const alike: ReadonlyArray<readonly [string, ImagePart]> = [
    ["image/jpg", { type: "image", data: "data:image/jpg;base64,/9j/4AAQ" }],
    ["upper case", { type: "image", data: "data:IMAGE/JPEG;base64,/9j/4AAQ" }],
    ["parameters", { type: "image", data: "data:image/jpeg;name=a.jpg;base64,/9j/4AAQ" }],
    ["line breaks", { type: "image", data: "data:image/jpeg;base64,/9j/\r\n4AAQ\n" }],
    ["the alphabet of URLs", { type: "image", data: "data:image/jpeg;base64,_9j_4AAQ" }],
    ["no type but its first bytes", { type: "image", data: "data:;base64,/9j/4AAQ" }]
  ]
  for (const protocol of protocols) {
    it(`means the same to ${protocol.id}, however it is spelled`, () => {
      const expected = Result.getOrThrow(encode(protocol, { type: "image", data: jpegUrl })).body
      for (const [name, image] of alike) {
        assert.deepStrictEqual(Result.getOrThrow(encode(protocol, image)).body, expected, name)
      }
      const bytes = Result.getOrThrow(encode(protocol, { type: "image", data: png }))
      assert.deepStrictEqual(
        bytes,
        Result.getOrThrow(encode(protocol, { type: "image", data: png, mediaType: "image/png" }))
      )
    })

    it(`is rejected by ${protocol.id} if it is neither bytes nor an address`, () => {
      for (const data of ["iVBORw0KGgo=", "data:image/png;base64", "data:image/png;base64,?!", "photo.png", ""]) {
        const encoded = encode(protocol, { type: "image", data, mediaType: "image/png" })
        assert.isTrue(Result.isFailure(encoded), data)
        if (Result.isFailure(encoded)) {
          assert.deepInclude(encoded.failure, { _tag: "InvalidRequestError", at: "messages[0].content[1]" }, data)
        }
      }
    })
  }

  it("of a type that the provider does not accept is rejected before it is sent", () => {
    const takesHeic = new Set<string>([GoogleGenerateContent.id, OllamaChat.id])
    for (const protocol of protocols) {
      const encoded = encode(protocol, { type: "image", data: png, mediaType: "image/heic" })
      assert.strictEqual(Result.isSuccess(encoded), takesHeic.has(protocol.id), protocol.id)
      if (Result.isFailure(encoded)) assert.strictEqual(encoded.failure._tag, "UnsupportedParameterError")
    }
  })
})

describe("a media type", () => {
  it.prop(
    "has one name, in any case and with any parameters",
    [
      Arb.literal("image/png", "image/jpeg", "audio/webm", "application/pdf", "video/mp4"),
      Arb.literal("", ";codecs=opus", "; charset=binary", " ;a=b;c=d"),
      Arb.literal(true, false)
    ],
    ([type, parameters, isUpper]) => {
      const written = `${isUpper ? type.toUpperCase() : type}${parameters}`
      assert.strictEqual(MediaType.canonical(written), type)
      assert.strictEqual(MediaType.canonical(MediaType.canonical(written)), type)
    }
  )

  it.prop(
    "that is canonical leaves the part unchanged",
    [Arb.oneOf(Arb.imageUrlPart, Arb.imageDataUriPart, Arb.imageBytesPart)],
    ([part]) => {
      assert.strictEqual(Result.getOrThrow(canonical(part)), part)
    }
  )

  it.prop(
    "is detected from the first bytes, in any form",
    [Arbitrary.array(Arb.nonNegativeInt(255), { maxLength: 20 })],
    ([rest]) => {
      const bytes = Uint8Array.from([...png, ...rest])
      assert.strictEqual(MediaType.sniff(bytes), "image/png")
      assert.strictEqual(MediaType.sniffBase64(Buffer.from(bytes).toString("base64")), "image/png")
    }
  )
})

describe("a recording", () => {
  const options = { provider: "any", model: "m" }
  const formOf = (encoded: ReturnType<typeof OpenAiTranscription.encodeRequest>) => {
    const { body } = Result.getOrThrow(encoded)
    return body instanceof Form
      ? body.parts.map((part) => ("value" in part ? [part.name, part.value] : [part.fileName, part.mediaType]))
      : []
  }

  it("is named by its type, since servers detect the type from the name", () => {
    const audio = Uint8Array.of(1, 2)
    const named = (mediaType: string, fileName?: string) => {
      const file = MediaFile.make(audio, { mediaType, fileName }, "audio")
      return `${file.fileName} ${file.mediaType}`
    }
    assert.strictEqual(named("audio/webm;codecs=opus"), "audio.webm audio/webm")
    assert.strictEqual(named("audio/mp4; codecs=mp4a.40.2", "voice memo"), "voice memo.m4a audio/mp4")
    assert.strictEqual(named("AUDIO/X-WAV"), "audio.wav audio/wav")
    assert.strictEqual(named("video/webm", "a.webm"), "a.webm video/webm")
    assert.strictEqual(named("audio/what"), "audio audio/what")
  })

  it("may be a data: URL, or an address where there is a field for one; anything else is rejected", () => {
    const audio = "data:audio/webm;codecs=opus;base64,AQI="
    assert.deepInclude(formOf(OpenAiTranscription.encodeRequest({ audio }, options)), ["audio.webm", "audio/webm"])
    assert.deepInclude(formOf(GroqTranscription.encodeRequest({ audio: "https://x/a.mp3" }, options)), [
      "url",
      "https://x/a.mp3"
    ])
    for (const protocol of [OpenAiTranscription, GroqTranscription, DeepgramListen]) {
      const bare = protocol.encodeRequest({ audio: "AQID" }, options)
      assert.strictEqual(Result.isFailure(bare) && bare.failure._tag, "InvalidRequestError")
    }
  })
})

describe("an image to edit", () => {
  it("in a data: URL is uploaded as its bytes, and a bare string is rejected", () => {
    const encoded = OpenAiImages.encodeRequest(
      { prompt: "p", images: [{ data: "data:image/jpg;base64,/9j/4AAQ" }] },
      { provider: "any", model: "m" }
    )
    const { body } = Result.getOrThrow(encoded)
    const files = body instanceof Form ? body.parts.flatMap((part) => ("value" in part ? [] : [part])) : []
    assert.deepStrictEqual(
      files.map(({ fileName, mediaType }) => [fileName, mediaType]),
      [["image.jpg", "image/jpeg"]]
    )
    const bare = OpenAiImages.encodeRequest(
      { prompt: "p", images: [{ data: "/9j/4AAQ" }] },
      { provider: "any", model: "m" }
    )
    assert.deepInclude(Result.isFailure(bare) ? bare.failure : {}, { _tag: "InvalidRequestError", at: "images[0]" })
  })
})

describe("media in other calls", () => {
  it("are accepted with their usual types, and rejected if neither bytes nor an address", () => {
    const image = (data: string, mediaType?: string) => ({ type: "image" as const, data, mediaType })
    const read = Result.getOrThrow(
      canonicalCall({
        inputs: ["text", { content: [{ type: "text", text: "a" }, image("data:image/jpg;base64,/9j/4AAQ")] }]
      })
    )
    assert.deepStrictEqual(read, {
      inputs: ["text", { content: [{ type: "text", text: "a" }, image("data:image/jpeg;base64,/9j/4AAQ")] }]
    })
    const clean = { prompt: "p", images: [{ data: png, mediaType: "image/png" }], mask: { data: { fileId: "f" } } }
    assert.strictEqual(Result.getOrThrow(canonicalCall(clean)), clean)
    const bad = canonicalCall({ inputs: [{ content: [image("iVBORw0KGgo=", "image/png")] }] })
    assert.strictEqual(Result.isFailure(bad) && bad.failure.at, "inputs[0].content[0]")
  })

  it("that are returned unreadable are an error, not a response without images", () => {
    const decoded = OpenAiImages.decodeResponse(
      { created: 1, data: [{ b64_json: "AQI=" }, { b64_json: "<html>" }] },
      { provider: "any", model: "m", request: { prompt: "p" }, headers: {} }
    )
    assert.strictEqual(Result.isFailure(decoded) && decoded.failure._tag, "ResponseParseError")
  })
})
