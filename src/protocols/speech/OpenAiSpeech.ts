import type { SpeechRequest, SpeechResponse } from "../../domain/Speech.ts"
import type { SpeechEvent } from "../../domain/SpeechEvent.ts"
import { make as makeUsage, type Usage } from "../../domain/Usage.ts"
import { type CallParameters, encoder, sentAs } from "../wire/CallCodec.ts"
import { finite, string, unsupported } from "../wire/request/RequestCodec.ts"
import type { CallServer, SpeechProtocol } from "../Protocol.ts"
import { decodeError } from "../wire/response/ErrorBody.ts"
import { nonNegativeInt, object } from "../wire/WireObject.ts"
import { server } from "./server/Speech.ts"
import { charactersOf, decodeRecording, isAudio, mediaTypeOf, SpeechFrames } from "./SpeechResponse.ts"

const protocol = "openai-speech"

const parameters: CallParameters<SpeechRequest> = {
  text: string("input"),
  voice: sentAs("voice"),
  instructions: string("instructions"),
  format: string("response_format"),
  sampleRate: unsupported,
  speed: finite("speed"),
  language: unsupported,
  seed: unsupported,
  user: unsupported,
  serviceTier: unsupported
}

/**
 * Speech of OpenAI and compatible servers. Without a `voice` OpenAI's models speak as `alloy`. Its first models stream
 * bytes, later ones events, which tell the usage.
 *
 * Source: https://developers.openai.com/api/reference/resources/audio/subresources/speech/methods/create
 */
export const OpenAiSpeech: SpeechProtocol & CallServer<SpeechRequest, SpeechResponse, SpeechEvent> = {
  ...server(protocol, parameters),
  reads: "bytes",
  encodeRequest: encoder(protocol, parameters, ({ fields, model, request, stream }) => ({
    path: "/audio/speech",
    json: {
      model,
      ...fields,
      voice: request.voice ?? (isOld(model) || hasEvents(model) ? "alloy" : undefined),
      stream_format: stream && hasEvents(model) ? "sse" : undefined
    }
  })),
  decodeResponse: (body, { mediaType, model, provider, request }) =>
    decodeRecording(body, {
      model,
      provider,
      mediaType: mediaType ?? mediaTypeOf(request.format ?? "mp3"),
      usage: usageOf(model, request)
    }),
  framing: ({ mediaType }) => (mediaType === "text/event-stream" ? "sse" : "bytes"),
  makeDecoder: ({ mediaType, model, request }) =>
    new SpeechFrames({
      mediaType: isAudio(mediaType) ? mediaType : mediaTypeOf(request.format ?? "mp3"),
      reportedMediaType: mediaType,
      field: "audio",
      usage: usageOf(model, request),
      usageOf: (u) => makeUsage(countsOf(u), { raw: u as Usage["raw"] })
    }),
  decodeError
}

/** Models that are billed by the character, and do not stream events. */
const isOld = (model: string): boolean => model.startsWith("tts-1")

const hasEvents = (model: string): boolean => model.startsWith("gpt-")

/** The other models report their usage only in a stream. */
const usageOf = (model: string, request: SpeechRequest): Usage =>
  isOld(model)
    ? makeUsage({ input: 0, output: 0 }, { units: charactersOf(request) })
    : makeUsage({}, { units: charactersOf(request) })

const countsOf = (u: unknown) => {
  const usage = object(u) ?? {}
  const output = nonNegativeInt(usage.output_tokens)
  return { input: nonNegativeInt(usage.input_tokens), output, outputAudio: output }
}
