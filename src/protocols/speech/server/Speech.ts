import * as Base64 from "effect/encoding/Base64"
import type { Frame } from "../../../domain/Frame.ts"
import type { SpeechRequest, SpeechResponse } from "../../../domain/Speech.ts"
import type { SpeechEvent } from "../../../domain/SpeechEvent.ts"
import type { Usage } from "../../../domain/Usage.ts"
import { Bytes, type CallServer, type CallStreamEncoder, type EncodeCallOptions } from "../../Protocol.ts"
import { type CallParameters, wordsOf } from "../../wire/CallCodec.ts"
import { CallReader } from "../../wire/CallReader.ts"
import { object, text } from "../../wire/WireObject.ts"
import { mediaTypeOf } from "../SpeechResponse.ts"

/** Streams speech: as bytes, or with `stream_format: "sse"` in events. */
export const server = (
  protocol: string,
  parameters: CallParameters<SpeechRequest>
): CallServer<SpeechRequest, SpeechResponse, SpeechEvent> => ({
  id: protocol,
  words: wordsOf(parameters),
  decodeRequest: (body, pathModel) => {
    const reader = new CallReader(protocol, body)
    const model = reader.model(pathModel)
    const wireVoice = reader.take("voice") ?? undefined
    const voice = text(wireVoice) ?? text(object(wireVoice)?.id)
    if (wireVoice !== undefined && voice === undefined) reader.invalid("voice", "expected the name of a voice")
    const format = reader.word("stream_format", ["audio", "sse"])
    const request: SpeechRequest = {
      text: reader.text("input"),
      ...reader.parameters(parameters),
      ...(voice && { voice })
    }
    return reader.end<SpeechRequest>({ model, stream: true, format, request })
  },
  encodeResponse: ({ audio, mediaType }) => new Bytes(audio, mediaType),
  makeEncoder: (options) => (options.format === "sse" ? new EventEncoder() : new ByteEncoder(options))
})

class ByteEncoder implements CallStreamEncoder<SpeechEvent> {
  readonly framing = "bytes"
  #mediaType: string

  constructor({ request }: EncodeCallOptions<SpeechRequest>) {
    this.#mediaType = mediaTypeOf(request.format ?? "mp3")
  }

  encode(event: SpeechEvent): ReadonlyArray<Uint8Array> {
    if (event.type === "response-start") this.#mediaType = event.mediaType
    return event.type === "audio" ? [event.data] : []
  }

  mediaType(): string {
    return this.#mediaType
  }
}

class EventEncoder implements CallStreamEncoder<SpeechEvent> {
  readonly framing = "sse"

  encode(event: SpeechEvent): ReadonlyArray<Frame> {
    if (event.type === "audio") return [frame({ type: "speech.audio.delta", audio: Base64.encode(event.data) })]
    return event.type === "finish" ? [frame({ type: "speech.audio.done", usage: usageOf(event.usage) })] : []
  }

  mediaType(): string {
    return "text/event-stream"
  }
}

const frame = (event: { readonly type: string; readonly [name: string]: unknown }): Frame => ({
  event: event.type,
  data: JSON.stringify(event)
})

const usageOf = ({ inputTokens: { total: input = 0 }, outputTokens: { total: output = 0 } }: Usage) => ({
  input_tokens: input,
  output_tokens: output,
  total_tokens: input + output
})
