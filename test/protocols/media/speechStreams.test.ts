/** A stream of speech from which a piece may be missing is none that ended well. */
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { ArrivedAudio } from "../../../src/domain/ArrivedAudio.ts"
import type { SpeechEvent } from "../../../src/domain/SpeechEvent.ts"
import type { SpeechProtocol, StreamDecoder } from "../../../src/protocols/Protocol.ts"
import { ElevenLabsSpeech, MistralSpeech, OpenAiSpeech } from "../../../src/protocols/speech/Speech.ts"

const decoderOf = (protocol: SpeechProtocol, mediaType: string) => {
  const decoder = protocol.makeDecoder?.({
    provider: "any",
    model: "gpt-4o-mini-tts",
    request: { text: "Hi", voice: "v" },
    headers: {},
    mediaType
  })
  return decoder ?? assert.fail("it does not stream")
}

/** What a decoder says of frames: its failure, or the events with those of the end. */
const read = (decoder: StreamDecoder<SpeechEvent>, frames: ReadonlyArray<unknown>) => {
  const events: Array<SpeechEvent> = []
  for (const frame of frames) {
    const failure = decoder.decode({ data: typeof frame === "string" ? frame : JSON.stringify(frame) }, events)
    if (failure !== undefined) return failure
  }
  decoder.end(events)
  return events.map(({ type }) => type)
}

for (const [protocol, field] of [
  [OpenAiSpeech, "audio"],
  [MistralSpeech, "audio_data"]
] as const) {
  describe(`speech by ${protocol.id}`, () => {
    const delta = { type: "speech.audio.delta", [field]: "AAAA" }
    const done = { type: "speech.audio.done", usage: {} }
    const decoder = () => decoderOf(protocol, "text/event-stream")

    it("ends successfully if every event could be read", () => {
      assert.deepStrictEqual(read(decoder(), [delta, { type: "speech.started" }, delta, done, "[DONE]"]), [
        "audio",
        "audio",
        "finish"
      ])
    })

    for (const odd of [
      "{",
      "null",
      "[]",
      '"AAAA"',
      { [field]: "AAAA".repeat(3) + "!" },
      { type: "speech.audio.delta" },
      { ...delta, [field]: null },
      { ...delta, [field]: ["AAAA"] },
      { ...delta, type: 7, [field]: undefined },
      { ...done, [field]: { x: 1 } }
    ]) {
      it(`is interrupted by ${JSON.stringify(odd)}`, () => {
        assert.deepInclude(read(decoder(), [delta, odd, delta, done]), { isInterrupted: true })
      })
    }
  })
}

describe("the partial speech in an error", () => {
  it("is bounded in size", () => {
    const arrived = new ArrivedAudio(1000)
    arrived.add([{ type: "response-start", mediaType: "audio/mpeg", provider: "any", model: "m" }])
    for (let piece = 0; piece < 100; piece++) arrived.add([{ type: "audio", data: new Uint8Array(64).fill(piece) }])
    const { content, model, provider } = arrived.partial()
    const [part] = content
    const data = part?.type === "audio" && part.data instanceof Uint8Array ? part.data : new Uint8Array()
    assert.deepStrictEqual([data.length, data[0], data[999]], [1000, 0, 15])
    assert.deepStrictEqual([provider, model], ["any", "m"])
  })
})

describe("bytes that are no recording", () => {
  it("are a failure, not audio", () => {
    const bytes = new TextEncoder().encode(JSON.stringify({ error: { message: "no such voice" } }))
    for (const mediaType of ["application/json", "text/html"]) {
      assert.propertyVal(decoderOf(OpenAiSpeech, mediaType).decodeBytes?.(bytes, []), "_tag", "ProviderFailure")
    }
    const failure = decoderOf(OpenAiSpeech, "application/json").decodeBytes?.(bytes, [])
    assert.deepInclude(failure, { message: "no such voice" })
  })

  it("are the same failure in any pieces, and whole", () => {
    for (const protocol of [OpenAiSpeech, ElevenLabsSpeech]) {
      const body = new TextEncoder().encode(
        JSON.stringify({ detail: { status: "quota_exceeded", message: "kein Guthaben für …" } })
      )
      const options = {
        provider: "any",
        model: "m",
        request: { text: "Hi" },
        headers: {},
        mediaType: "application/json"
      }
      const whole = protocol.decodeResponse(body, options)
      const failure = Result.isFailure(whole) ? whole.failure : undefined
      assert.deepInclude(failure, { _tag: "ProviderFailure", message: "kein Guthaben für …" })
      for (let at = 0; at < body.length; at++) {
        const decoder = decoderOf(protocol, "application/json")
        const first = decoder.decodeBytes?.(body.subarray(0, at), [])
        assert.deepStrictEqual(first ?? decoder.decodeBytes?.(body.subarray(at), []), failure)
      }
      const cut = decoderOf(protocol, "application/json")
      assert.strictEqual(cut.decodeBytes?.(body.subarray(0, 9), []), undefined)
      assert.strictEqual(cut.end([]), false)
    }
  })
})
