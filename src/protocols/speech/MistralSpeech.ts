import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { Json } from "../../domain/Json.ts"
import { make as makeUsage, type Usage } from "../../domain/Usage.ts"
import type { SpeechRequest } from "../../domain/Speech.ts"
import { type CallParameters, encoder } from "../wire/CallCodec.ts"
import { string, unsupported } from "../wire/request/RequestCodec.ts"
import type { SpeechProtocol } from "../Protocol.ts"
import { decodeError, unreadable } from "../wire/response/ErrorBody.ts"
import { holdsError, isObject, nonNegativeInt, object, text } from "../wire/WireObject.ts"
import { charactersOf, isAudio, mediaTypeOf, SpeechFrames } from "./SpeechResponse.ts"

const protocol = "mistral-speech"

const parameters: CallParameters<SpeechRequest> = {
  text: string("input"),
  voice: string("voice_id"),
  instructions: unsupported,
  format: string("response_format"),
  sampleRate: unsupported,
  speed: unsupported,
  language: unsupported,
  seed: unsupported,
  user: unsupported,
  serviceTier: unsupported
}

/**
 * Speech of Mistral. The recording comes in JSON; a voice is that of a preset or one's own.
 *
 * Source: https://docs.mistral.ai/studio/audio/text-to-speech/quickstarts/generate-speech
 */
export const MistralSpeech: SpeechProtocol = {
  id: protocol,
  encodeRequest: encoder(protocol, parameters, (call) => ({
    path: "/audio/speech",
    accept: call.stream ? "text/event-stream" : undefined,
    json: { model: call.model, ...call.fields, stream: call.stream ? true : undefined }
  })),
  decodeResponse: (body, { model, provider, request }) => {
    const { audio_data: data, ...rest } = object(body) ?? {}
    const audio = Result.getOrUndefined(Base64.decode(text(data) ?? ""))
    if (audio === undefined || audio.length === 0) {
      if (holdsError(rest)) return Result.fail(decodeError(body))
      return unreadable("there is no `audio_data`", undefined, { provider, model })
    }
    const mediaType = mediaTypeOf(request.format ?? "mp3")
    const reportedUsage = rest.usage
    const usage = isObject(reportedUsage)
      ? usageOf(reportedUsage)
      : makeUsage({ input: 0, output: 0 }, { units: charactersOf(request) })
    return Result.succeed({ audio, mediaType, usage, warnings: [], attempts: [], raw: rest as Json })
  },
  framing: ({ mediaType }) => (isAudio(mediaType) ? "bytes" : "sse"),
  makeDecoder: ({ mediaType, request }) =>
    new SpeechFrames({
      mediaType: mediaTypeOf(request.format ?? "mp3"),
      reportedMediaType: mediaType,
      field: "audio_data",
      usage: makeUsage({ input: 0, output: 0 }, { units: charactersOf(request) }),
      usageOf
    }),
  decodeError
}

const usageOf = (u: unknown): Usage => {
  const usage = object(u) ?? {}
  const output = nonNegativeInt(usage.completion_tokens)
  return makeUsage({ input: nonNegativeInt(usage.prompt_tokens), output, outputAudio: output }, { raw: usage as Json })
}
